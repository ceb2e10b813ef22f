// Icons in the gutter. VS Code marks a diagnostic in the text and in the overview ruler but draws no icon beside the
// line, so every diagnostic of ours becomes a decoration of its severity.
import * as vscode from 'vscode';

/** One file of `icons/` per severity, worst first; shapes differ, not only colours. */
const icons: readonly [vscode.DiagnosticSeverity, string][] = [
  [vscode.DiagnosticSeverity.Error, 'error.svg'],
  [vscode.DiagnosticSeverity.Warning, 'warning.svg'],
  [vscode.DiagnosticSeverity.Information, 'information.svg'],
  [vscode.DiagnosticSeverity.Hint, 'hint.svg'],
];

/** Lines by severity. A line shows one icon: that of its worst diagnostic. */
export function marks(diagnostics: readonly vscode.Diagnostic[]): Map<vscode.DiagnosticSeverity, number[]> {
  const worst = new Map<number, vscode.DiagnosticSeverity>();
  for (const { source, severity, range } of diagnostics) {
    if (source !== 'tollgate') continue;
    const line = range.start.line;
    worst.set(line, Math.min(severity, worst.get(line) ?? severity));
  }
  const lines = new Map<vscode.DiagnosticSeverity, number[]>();
  for (const [line, severity] of worst) lines.set(severity, [...(lines.get(severity) ?? []), line]);
  return lines;
}

/** Draws the icons of visible editors, and again only those whose diagnostics changed. */
export function gutter(extension: vscode.Uri): vscode.Disposable {
  const types = icons.map(([severity, file]) => ({
    severity,
    type: vscode.window.createTextEditorDecorationType({
      gutterIconPath: vscode.Uri.joinPath(extension, 'icons', file),
      gutterIconSize: 'contain',
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    }),
  }));

  const draw = (editor: vscode.TextEditor) => {
    const lines = marks(vscode.languages.getDiagnostics(editor.document.uri));
    for (const { severity, type } of types) {
      editor.setDecorations(type, (lines.get(severity) ?? []).map((line) => new vscode.Range(line, 0, line, 0)));
    }
  };
  const drawAll = (editors: readonly vscode.TextEditor[]) => editors.forEach(draw);
  const drawChanged = (event: vscode.DiagnosticChangeEvent) => {
    const changed = new Set(event.uris.map(String));
    drawAll(vscode.window.visibleTextEditors.filter((editor) => changed.has(editor.document.uri.toString())));
  };

  drawAll(vscode.window.visibleTextEditors);
  return vscode.Disposable.from(
    ...types.map(({ type }) => type),
    vscode.languages.onDidChangeDiagnostics(drawChanged),
    vscode.window.onDidChangeVisibleTextEditors(drawAll),
  );
}
