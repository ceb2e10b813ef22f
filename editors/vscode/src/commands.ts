// The commands of the palette, of lenses and of the status item. Each asks the server and shows the answer.
import * as vscode from 'vscode';
import type { Client } from './client.ts';
import { clientCommand, ownCommand, request, serverCommand, type Explanation, type GateReference, type PassReference, type RunLog, type SectionReference, type TracePage } from './contract.ts';
import type { VirtualDocuments } from './documents.ts';
import type { Gates } from './gates.ts';
import { passLabel, plain } from './plain.ts';
import type { PlanReview } from './plan.ts';
import type { StatusItem } from './status.ts';
import { hostAllows } from './trust.ts';
import type { WordsReview } from './words.ts';

/** Opened by a click on the status item. */
export const menuCommand = 'tollgate.menu';

export interface Parts {
  client: Client;
  status: StatusItem;
  documents: VirtualDocuments;
  plans: PlanReview;
  words: WordsReview;
  gates: Gates;
  /** Name and version of this extension. */
  title: string;
}

/** The ticket that a path is the file of. */
export function ticketOf(path: string | undefined): string | undefined {
  return path?.match(/[\\/]\.tollgate[\\/]tickets[\\/]([^\\/]+)\.md$/)?.[1];
}

export function registerCommands(parts: Parts): vscode.Disposable {
  const { client, status, plans, words, gates } = parts;
  const root = (argument?: { root?: string }) => argument?.root ?? status.current?.root;
  const commands: Record<string, (argument?: never) => Promise<unknown>> = {
    [clientCommand.runNextPass]: () => runNextPass(parts),
    [clientCommand.explain]: (argument?: { root?: string; ticket?: string }) => explain(parts, argument),
    [clientCommand.trace]: (argument?: { root?: string; feature?: string }) => trace(parts, argument),
    [clientCommand.approve]: (argument?: Partial<GateReference>) => gates.approve(argument),
    [clientCommand.reject]: (argument?: Partial<GateReference>) => gates.reject(argument),
    [clientCommand.reviewPlan]: (argument?: { root?: string }) => plans.review(root(argument)),
    [clientCommand.reviewWords]: (argument?: Partial<PassReference>) => words.review({ root: root(argument), ...argument }),
    [clientCommand.revokeTrust]: (argument?: { root?: string }) => plans.revoke(root(argument)),
    [clientCommand.showLog]: (argument?: { run?: string }) => showLog(parts, argument?.run),
    [clientCommand.stillAccurate]: (argument?: SectionReference) => stillAccurate(parts, argument),
    [clientCommand.restart]: () => client.restart(),
    [clientCommand.debugInformation]: () => debugInformation(parts),
    [ownCommand.checkGate]: () => whereReviewed(parts, (root) => client.execute(serverCommand.gate, { root })),
    [ownCommand.applyChange]: () => whereReviewed(parts, (root) => client.execute(serverCommand.apply, { root })),
    [ownCommand.cancelRun]: () => cancelRun(parts),
    [menuCommand]: () => menu(parts),
  };
  return vscode.Disposable.from(
    ...Object.entries(commands).map(([id, run]) =>
      vscode.commands.registerCommand(id, (argument?: never) => run(argument).catch(report(client))),
    ),
  );
}

/** A section did not change and is right all the same: a person says why. */
async function stillAccurate({ client }: Parts, argument?: SectionReference): Promise<void> {
  if (!argument) {
    void vscode.window.showInformationMessage('Choose it from the light bulb, where a document says that the code has changed.');
    return;
  }
  const reason = await vscode.window.showInputBox({
    title: `Still accurate: ${plain(argument.section ?? argument.document)}`,
    prompt: 'Why? The reason is recorded in .tollgate/docs.lock.',
    ignoreFocusOut: true,
    validateInput: (text) => (/\S\s+\S/.test(text) ? undefined : 'A reason needs words that a reviewer can check.'),
  });
  if (reason?.trim()) await client.execute(serverCommand.attest, { ...argument, reason: reason.trim() });
}

/** A failure is one message with the way to its cause. */
function report(client: Client): (error: unknown) => Promise<void> {
  return async (error) => {
    const log = 'Show Log';
    const text = error instanceof Error ? error.message : String(error);
    if ((await vscode.window.showErrorMessage(plain(text, 300), log)) === log) client.output.show();
  };
}

/** What starts or writes something leads to the review of the plan first. */
async function whereReviewed({ status, plans }: Parts, act: (root: string | undefined) => Promise<void>): Promise<void> {
  if (!(await hostAllows('start anything'))) return;
  const current = status.current;
  return current && current.trust !== 'reviewed' ? plans.review(current.root) : act(current?.root);
}

async function runNextPass(parts: Parts): Promise<void> {
  const current = parts.status.current;
  await whereReviewed(parts, async (root) => {
    if (current && !current.next) {
      void vscode.window.showInformationMessage('No pass is ready to run. Explain Ticket says why.');
      return;
    }
    if (current?.ticket && current.next?.unseen) {
      return parts.words.review({ root: current.root, ticket: current.ticket.id, pass: current.next.pass });
    }
    await parts.client.execute(serverCommand.run, { root, ticket: current?.ticket?.id, pass: current?.next?.pass });
  });
}

async function cancelRun({ client, status }: Parts): Promise<void> {
  const runs = (status.current?.running ?? []).map(({ run, pass, phase, spent }) => ({
    label: plain(pass),
    description: `${plain(phase)} · ${plain(spent)} so far`,
    run,
  }));
  if (runs.length === 0) {
    void vscode.window.showInformationMessage('Nothing runs here.');
    return;
  }
  const picked = runs.length === 1 ? runs[0] : await vscode.window.showQuickPick(runs, { title: 'Cancel which run?' });
  if (picked) await client.execute(serverCommand.cancel, { run: picked.run });
}

async function explain({ client, status, documents }: Parts, argument?: { root?: string; ticket?: string }): Promise<void> {
  const root = argument?.root ?? status.current?.root;
  const ticket = argument?.ticket ?? ticketOf(vscode.window.activeTextEditor?.document.uri.path);
  const answer = await client.ask<Explanation>(request.explain, { root, ticket });
  await documents.showRendered(`Explain ${answer.ticket}.md`, root ?? '', answer.markdown);
}

/** The name of the page of a feature. */
export function traceName(feature: string): string {
  return `Trace ${feature}.md`;
}

async function trace({ client, documents }: Parts, argument?: { root?: string; feature?: string }): Promise<void> {
  const page = await client.ask<TracePage>(request.trace, { root: argument?.root, feature: argument?.feature });
  await documents.showRendered(traceName(page.feature), page.root, page.markdown);
}

async function showLog(parts: Parts, run: string | undefined): Promise<void> {
  const log = await parts.client.ask<RunLog | null>(request.runLog, { run }).catch((error: unknown) => {
    // the log of the server must be reachable when the server is not
    if (run !== undefined) throw error;
    return null;
  });
  if (log?.run && (run !== undefined || (await wantsRun(log)))) {
    const editor = await parts.documents.show(`Run ${log.run}.log`, '', log.text);
    const end = new vscode.Position(editor.document.lineCount - 1, 0);
    editor.revealRange(new vscode.Range(end, end));
  } else if (run === undefined && !log?.run) {
    parts.client.output.show();
  }

  async function wantsRun({ run, path }: RunLog): Promise<boolean> {
    const server = 'Language server';
    const choice = await vscode.window.showQuickPick(
      [{ label: `Run ${plain(run)}`, detail: plain(path, 200) }, { label: server }],
      { title: 'Which log?' },
    );
    if (choice?.label === server) parts.client.output.show();
    return choice !== undefined && choice.label !== server;
  }
}

async function debugInformation({ client, documents, title }: Parts): Promise<void> {
  const server = await client
    .ask<{ text: string }>(request.debugInformation, {})
    .then(({ text }) => text, (error: unknown) => String(error));
  const text = [
    `Extension: ${title}`,
    `Editor: ${vscode.env.appName} ${vscode.version}, ${process.platform}-${process.arch}`,
    `Workspace trusted by the editor: ${vscode.workspace.isTrusted ? 'yes' : 'no'}`,
    `Server program: ${client.serverPath}`,
    '',
    server,
    '',
  ].join('\n');
  await documents.show('Debug information.txt', '', text);
}

type MenuItem = vscode.QuickPickItem & { command?: string; argument?: object };

/** What a person may want from here, first what the present state asks for. */
export function menuItems(status: StatusItem['current'], hostTrusted: boolean): MenuItem[] {
  const items: MenuItem[] = [];
  const root = status && { root: status.root };
  if (!hostTrusted) items.push({ label: '$(shield) Manage Workspace Trust', command: 'workbench.trust.manage' });
  for (const { run, pass } of status?.running ?? []) {
    items.push({ label: `$(debug-stop) Cancel ${plain(pass)}`, command: serverCommand.cancel, argument: { run } });
  }
  if (hostTrusted && status?.trust === 'reviewed' && status.next) {
    items.push({ label: '$(play) Run Next Pass', description: plain(passLabel(status.next)), command: clientCommand.runNextPass });
  }
  if (status && status.trust !== 'reviewed') {
    items.push({ label: '$(verified) Review Plan', command: clientCommand.reviewPlan, ...(root && { argument: root }) });
  }
  if (hostTrusted && status?.trust === 'reviewed' && status.ticket) {
    items.push({ label: '$(checklist) Check Gate', command: ownCommand.checkGate });
  }
  items.push(
    { label: '$(list-ordered) Explain Ticket', command: clientCommand.explain },
    { label: '$(check) Approve Gate', command: clientCommand.approve },
    { label: '$(x) Reject Gate', command: clientCommand.reject },
  );
  if (status?.trust === 'reviewed') {
    items.push({ label: '$(shield) Review Plan', command: clientCommand.reviewPlan }, { label: '$(circle-slash) Revoke Trust', command: clientCommand.revokeTrust });
  }
  items.push(
    { label: '', kind: -1 },
    { label: '$(output) Show Log', command: clientCommand.showLog },
    { label: '$(debug-restart) Restart Server', command: clientCommand.restart },
    { label: '$(info) Debug Information', command: clientCommand.debugInformation },
  );
  return items;
}

async function menu({ status }: Parts): Promise<void> {
  const picked = await vscode.window.showQuickPick(menuItems(status.current, vscode.workspace.isTrusted), { title: 'Tollgate' });
  if (picked?.command) await vscode.commands.executeCommand(picked.command, picked.argument);
}
