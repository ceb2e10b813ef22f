// Where this extension has something to do: in a workspace with delivery files, ours or those of Spec Kit. Elsewhere no server is started and nothing
// is shown, whatever Markdown is opened.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';

/** Folders that make a project of the one they lie in. */
const marks = ['.tollgate', '.specify'];

/** What is created there when a project begins, as a glob. */
export const beginnings = `**/{${marks.join(',')}}/**`;

/** True for what lies in such a folder. */
export function isDeliveryFile(path: string): boolean {
  return path.split(/[\\/]/).slice(0, -1).some((part) => marks.includes(part));
}

/** True where the folder, or one above it, has one. */
export function liesInProject(folder: string): boolean {
  return marks.some((mark) => existsSync(join(folder, mark))) || (dirname(folder) !== folder && liesInProject(dirname(folder)));
}

/** True where a workspace folder lies in a project or holds one further down, or a delivery file is open. */
export async function hasDeliveryFiles(): Promise<boolean> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const open = vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === 'file');
  if (folders.some(({ uri }) => liesInProject(uri.fsPath)) || open.some(({ uri }) => isDeliveryFile(uri.fsPath))) return true;
  return (await vscode.workspace.findFiles(`${beginnings}/*.{md,yaml,json}`, '**/node_modules/**', 1)).length > 0;
}
