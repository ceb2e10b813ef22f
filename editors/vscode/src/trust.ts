// What may be started. The server decides by the reviewed plan; VS Code's own Restricted Mode can only lower that.
import * as vscode from 'vscode';
import { serverCommand, type Trust } from './contract.ts';

/** Commands that start a process, record a decision or write files; `cancel` only ends things and is always allowed. */
const starting: ReadonlySet<string> = new Set([
  serverCommand.run,
  serverCommand.review,
  serverCommand.decide,
  serverCommand.gate,
  serverCommand.apply,
]);

export function starts(command: string | undefined): boolean {
  return command !== undefined && starting.has(command);
}

/** The lower of the host's trust and the server's. */
export function effectiveTrust(hostTrusted: boolean, server: Trust | undefined): Trust {
  if (server === 'denied') return 'denied';
  return hostTrusted ? (server ?? 'restricted') : 'restricted';
}

/** True where VS Code trusts the workspace; otherwise says what is missing and where to grant it. */
export async function hostAllows(what: string): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  const choice = await vscode.window.showWarningMessage(
    `Restricted Mode: Tollgate does not ${what} until you trust this workspace.`,
    manage,
  );
  if (choice === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}

/** In Restricted Mode a lens that would start something leads to the workspace trust editor instead. */
export function guardLenses(lenses: vscode.CodeLens[], hostTrusted: boolean): vscode.CodeLens[] {
  if (hostTrusted) return lenses;
  return lenses.map((lens) =>
    starts(lens.command?.command)
      ? new vscode.CodeLens(lens.range, { title: 'Restricted Mode: trust this workspace…', command: 'workbench.trust.manage' })
      : lens,
  );
}

/** In Restricted Mode actions that would start something are not offered. */
export function guardActions<Action extends vscode.Command | vscode.CodeAction>(actions: Action[], hostTrusted: boolean): Action[] {
  if (hostTrusted) return actions;
  return actions.filter((action) => !starts(typeof action.command === 'string' ? action.command : action.command?.command));
}
