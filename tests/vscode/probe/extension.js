// Runs commands of VS Code that a test asks for in files: `$TOLLGATE_PROBE/<n>.ask` holds the command and its arguments,
// `<n>.answer` gets what came of it; where that folder has one of the workspace's name, they lie there. Arguments that are paths, positions and ranges become what VS Code takes for them.
'use strict';
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');

/** A window that was left may go on for a while: a workspace of its own name is asked in its own place. */
function ownFolder(all) {
  const name = vscode.workspace.workspaceFolders?.[0]?.name;
  return name && existsSync(path.join(all, name)) ? path.join(all, name) : all;
}

const folder = process.env.TOLLGATE_PROBE && ownFolder(process.env.TOLLGATE_PROBE);

function argument(value) {
  if (value?.path) return vscode.Uri.file(value.path);
  if (value?.line !== undefined) return new vscode.Position(value.line, value.character);
  return value;
}

/** Everything that is wrong, as VS Code has it. */
function diagnostics() {
  const word = (severity) => ['error', 'warning', 'info', 'hint'][severity];
  const row = (uri) => ({ range, severity, code, source }) => ({
    path: uri.fsPath,
    start: range.start,
    end: range.end,
    severity: word(severity),
    code: code?.value ?? code,
    source,
  });
  return vscode.languages.getDiagnostics().flatMap(([uri, found]) => found.map(row(uri)));
}

async function answer(ask) {
  if (ask.diagnostics) return diagnostics();
  if (ask.edit) {
    const [file, line, from, to, text] = ask.edit;
    const change = new vscode.WorkspaceEdit();
    change.replace(vscode.Uri.file(file), new vscode.Range(line, from, line, to), text);
    return vscode.workspace.applyEdit(change);
  }
  if (ask.outline) {
    // An outline that is written as JSON keeps its first level alone.
    const symbol = ({ name, children }) => ({ name, children: children.map(symbol) });
    return (await vscode.commands.executeCommand('vscode.executeDocumentSymbolProvider', argument(ask.outline)))?.map(symbol);
  }
  if (ask.calls) {
    const [item] = await vscode.commands.executeCommand('vscode.prepareCallHierarchy', ...ask.calls.map(argument));
    return vscode.commands.executeCommand('vscode.provideOutgoingCalls', item);
  }
  const done = vscode.commands.executeCommand(ask.command, ...(ask.arguments ?? []).map(argument));
  return ask.fails ? done.then((said) => Promise.reject(new Error(`it did not fail: ${JSON.stringify(said)}`)), String) : done;
}

exports.activate = (context) => {
  if (!folder) return;
  let next = 1;
  let busy = false;
  const look = async () => {
    const file = path.join(folder, `${next}.ask`);
    if (busy || !existsSync(file)) return;
    busy = true;
    const said = await answer(JSON.parse(readFileSync(file, 'utf8'))).then(
      (result) => ({ result: result?.data && ArrayBuffer.isView(result.data) ? { data: [...result.data] } : result }),
      (error) => ({ error: String(error) }),
    );
    const done = path.join(folder, `${next}.answer`);
    // Markdown keeps its text where JSON does not look.
    const plain = (_, value) => (value instanceof vscode.MarkdownString ? value.value : value);
    writeFileSync(`${done}.part`, JSON.stringify(said, plain));
    renameSync(`${done}.part`, done);
    next += 1;
    busy = false;
  };
  const timer = setInterval(look, 50);
  context.subscriptions.push({ dispose: () => clearInterval(timer) });
};
