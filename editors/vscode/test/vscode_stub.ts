// As much of VS Code as the tests touch, made by hand. What a test wants to see is written to `seen`; what it wants
// to be asked for is set in `world`.

type Handler = (event: unknown) => void;
const nothing = { dispose() {} };

export const world = {
  trusted: true,
  diagnostics: new Map<string, unknown[]>(),
  diagnosticListeners: [] as Handler[],
  editors: [] as unknown[],
  answer: undefined as string | undefined,
};
export const seen = { messages: [] as string[], commands: [] as string[] };

export const DiagnosticSeverity = { Error: 0, Warning: 1, Information: 2, Hint: 3 };
export const DecorationRangeBehavior = { ClosedClosed: 1 };
export const StatusBarAlignment = { Left: 1 };

export class Range {
  readonly start: { line: number; character: number };
  constructor(line: number, character: number) {
    this.start = { line, character };
  }
}
export class CodeLens {
  readonly range: Range;
  readonly command: unknown;
  constructor(range: Range, command: unknown) {
    this.range = range;
    this.command = command;
  }
}
export const Uri = {
  parse: (text: string) => ({ fsPath: decodeURIComponent(text.replace(/^file:\/\//, '')), toString: () => text }),
  joinPath: (base: string, ...parts: string[]) => [base, ...parts].join('/'),
};
export const Disposable = {
  from: (...all: { dispose(): void }[]) => ({ dispose: () => all.forEach((one) => one.dispose()) }),
};
export const workspace = {
  get isTrusted() {
    return world.trusted;
  },
};
export const languages = {
  getDiagnostics: (uri: string) => world.diagnostics.get(uri) ?? [],
  onDidChangeDiagnostics: (handler: Handler) => {
    world.diagnosticListeners.push(handler);
    return nothing;
  },
};
export const window = {
  get visibleTextEditors() {
    return world.editors;
  },
  createTextEditorDecorationType: ({ gutterIconPath }: { gutterIconPath: string }) => ({ name: gutterIconPath, ...nothing }),
  onDidChangeVisibleTextEditors: () => nothing,
  showWarningMessage: async (message: string) => {
    seen.messages.push(message);
    return world.answer;
  },
};
export const commands = {
  executeCommand: async (id: string) => {
    seen.commands.push(id);
  },
};
