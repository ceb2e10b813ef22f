// Read-only documents that exist only while they are shown: explanations, plans, gates, logs. The server never sees
// them: its selector asks for the scheme `file`.
import * as vscode from 'vscode';
import { plain } from './plain.ts';

const scheme = 'tollgate';

/** Pages kept to be shown again: a hidden preview reads its document anew when it is seen again. */
const kept = 32;

interface Page {
  text: string;
  lenses: vscode.Command[];
}

export class VirtualDocuments implements vscode.TextDocumentContentProvider, vscode.CodeLensProvider, vscode.Disposable {
  private readonly pages = new Map<string, Page>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly lensesChanged = new vscode.EventEmitter<void>();
  private readonly registrations: vscode.Disposable;
  readonly onDidChange = this.changed.event;
  readonly onDidChangeCodeLenses = this.lensesChanged.event;
  /** Asks the server for the page of a rule: a diagnostic's link leads to `tollgate:/rules/<id>.md`. */
  rulePage: ((rule: string) => Promise<string>) | undefined;

  constructor() {
    this.registrations = vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.languages.registerCodeLensProvider({ scheme }, this),
    );
  }

  /** Shows `text` under `name` (its extension chooses the language); `lenses` stand above the first line. */
  async show(name: string, root: string, text: string, lenses: vscode.Command[] = []): Promise<vscode.TextEditor> {
    const uri = this.put(name, root, text, lenses);
    return vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  /** Shows Markdown as a rendered page. In Restricted Mode it stays text: nothing in it can be loaded or clicked. */
  async showRendered(name: string, root: string, markdown: string): Promise<void> {
    const uri = this.put(name, root, markdown, []);
    if (vscode.workspace.isTrusted && (await rendered(uri))) return;
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  /** Gives a document that was shown another text; one that was not stays unknown. */
  update(name: string, root: string, text: string): void {
    const uri = address(name, root);
    const page = this.pages.get(uri.toString());
    if (!page) return;
    page.text = text;
    this.changed.fire(uri);
  }

  /** Closes the tabs of a document that `show` opened. */
  async close(name: string, root: string): Promise<void> {
    const uri = address(name, root).toString();
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    await vscode.window.tabGroups.close(
      tabs.filter((tab) => tab.input instanceof vscode.TabInputText && tab.input.uri.toString() === uri),
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string | Promise<string> {
    const rule = uri.path.match(/^\/rules\/([a-z0-9-]+\/[a-z0-9-]+)\.md$/)?.[1];
    if (rule && this.rulePage) return this.rulePage(rule).catch((error: unknown) => `${plain(String(error))}\n`);
    return this.pages.get(uri.toString())?.text ?? 'Closed. Run the command again.\n';
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const top = new vscode.Range(0, 0, 0, 0);
    return (this.pages.get(document.uri.toString())?.lenses ?? []).map((command) => new vscode.CodeLens(top, command));
  }

  dispose(): void {
    this.registrations.dispose();
    this.changed.dispose();
    this.lensesChanged.dispose();
  }

  private put(name: string, root: string, text: string, lenses: vscode.Command[]): vscode.Uri {
    const uri = address(name, root);
    const key = uri.toString();
    this.pages.delete(key);
    this.pages.set(key, { text, lenses });
    for (const oldest of [...this.pages.keys()].slice(0, -kept)) this.pages.delete(oldest);
    this.changed.fire(uri);
    this.lensesChanged.fire();
    return uri;
  }
}

/** The name becomes the tab's title, the root keeps documents of several roots apart. */
function address(name: string, root: string): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${plain(name).replaceAll('/', '-')}`, query: root });
}

/** Whether the Markdown extension that comes with VS Code showed a preview. */
async function rendered(uri: vscode.Uri): Promise<boolean> {
  try {
    // locked: it stays with this document when another Markdown file is opened
    await vscode.commands.executeCommand('markdown.showPreview', uri, [uri], { locked: true });
    return true;
  } catch {
    return false;
  }
}
