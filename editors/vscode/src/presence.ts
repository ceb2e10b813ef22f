// Where this extension has something to do: in a workspace with delivery files. Elsewhere no server is started and nothing
// is shown, whatever Markdown is opened.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';

/** True for what lies in a `.tollgate` folder. */
export function isDeliveryFile(path: string): boolean {
  return /[\\/]\.tollgate[\\/]/.test(path);
}

/** True where the folder, or one above it, has a `.tollgate`. */
export function liesInProject(folder: string): boolean {
  return existsSync(join(folder, '.tollgate')) || (dirname(folder) !== folder && liesInProject(dirname(folder)));
}

/** True where a workspace folder lies in a project or holds one further down, or a delivery file is open. */
export async function hasDeliveryFiles(): Promise<boolean> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const open = vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === 'file');
  if (folders.some(({ uri }) => liesInProject(uri.fsPath)) || open.some(({ uri }) => isDeliveryFile(uri.fsPath))) return true;
  return (await vscode.workspace.findFiles('**/.tollgate/**/*.{md,yaml}', '**/node_modules/**', 1)).length > 0;
}
