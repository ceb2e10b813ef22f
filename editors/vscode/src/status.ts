// The status item: trust, ticket, spend and budget of the root the person is in. Its tooltip explains every word of it.
import * as vscode from 'vscode';
import type { Status, Trust } from './contract.ts';
import { passLabel, plain } from './plain.ts';
import { effectiveTrust } from './trust.ts';

export type Server = 'starting' | 'running' | 'stopped';

interface View {
  text: string;
  /** Label and value, in reading order; values may be text from outside. */
  lines: [string, string][];
  alarm: 'none' | 'warning' | 'error';
}

const trustIcon: Record<Trust, string> = {
  restricted: '$(shield)',
  reviewed: '$(verified)',
  changed: '$(warning)',
  denied: '$(circle-slash)',
};

const trustMeaning: Record<Trust, string> = {
  restricted: 'restricted – files are read and explained, nothing is started',
  reviewed: 'reviewed – what the reviewed plan lists may be started',
  changed: 'changed – the plan is not the one you reviewed; nothing is started until you review it again',
  denied: 'denied – you refused this folder; nothing is started',
};

const budgetMeaning: Record<Status['budget_state'], string> = {
  none: 'no budget is set',
  ok: 'within the budget',
  approaching: 'approaching the budget',
  at: 'at the warning mark of the budget',
  over: 'over the budget',
};

/** The status item as text; pure, so that it can be read in tests. */
export function viewOf(server: Server, status: Status | undefined, hostTrusted: boolean): View {
  if (server === 'stopped') {
    return { text: '$(error) Tollgate: stopped', lines: [['Server', 'not running']], alarm: 'error' };
  }
  if (server === 'starting') {
    return { text: '$(loading~spin) Tollgate', lines: [['Server', 'starting']], alarm: 'none' };
  }
  const trust = effectiveTrust(hostTrusted, status?.trust);
  const [first, ...others] = status?.running ?? [];
  const parts = [`${first ? '$(sync~spin)' : trustIcon[trust]} Tollgate: ${trust}`];
  const lines: [string, string][] = [['Trust', trustMeaning[trust]]];
  if (!hostTrusted) lines.push(['Restricted Mode', 'VS Code does not trust this workspace']);
  if (status?.ticket) {
    parts.push(plain(status.ticket.id, 24));
    lines.push(['Ticket', `${plain(status.ticket.id)} ${plain(status.ticket.title)} (${plain(status.ticket.rule)})`]);
  }
  if (status?.ambiguous) {
    parts.push('which ticket?');
    lines.push(['Ticket', `none: ${plain(status.ambiguous.why)}`]);
  }
  if (status?.beads) lines.push(['Beads', plain(status.beads)]);
  if (status) {
    parts.push(status.budget === null ? plain(status.spent) : `${plain(status.spent)} of ${plain(status.budget)}`);
    lines.push(['Spent', plain(status.spent)], ['Budget', `${plain(status.budget ?? '–')} – ${budgetMeaning[status.budget_state]}`]);
  }
  if (status?.next) lines.push(['Next pass', plain(passLabel(status.next))]);
  if (first) parts.push(`${plain(first.pass, 24)} ${plain(first.spent)}${others.length ? ` +${others.length}` : ''}`);
  const [gate, ...more] = status?.waiting ?? [];
  if (gate) parts.push(`${plain(gate.pass, 24)} waits for you${more.length ? ` +${more.length}` : ''}`);
  for (const { ticket, pass } of status?.waiting ?? []) {
    lines.push(['Waiting', `gate of ${plain(pass)}, ${plain(ticket)}`]);
  }
  for (const run of status?.running ?? []) {
    lines.push(['Running', `${plain(run.pass)}, ${plain(run.phase)}, ${plain(run.spent)} so far`]);
  }
  return { text: parts.join(' · '), lines, alarm: alarmOf(trust, status) };
}

function alarmOf(trust: Trust, status: Status | undefined): View['alarm'] {
  if (status?.budget_state === 'over') return 'error';
  return status?.budget_state === 'at' || trust === 'changed' ? 'warning' : 'none';
}

/** The status of the root that holds `path`: the innermost one; without a match the one that reported first. */
export function statusAt(statuses: ReadonlyMap<string, Status>, path: string | undefined): Status | undefined {
  const holds = (status: Status) => {
    const root = rootPath(status.root);
    return path === root || path?.startsWith(root.endsWith('/') ? root : `${root}/`);
  };
  const all = [...statuses.values()];
  const innermost = all.filter(holds).sort((one, other) => rootPath(other.root).length - rootPath(one.root).length);
  return innermost[0] ?? all[0];
}

/** Roots are named by path or by `file:` URI. */
function rootPath(root: string): string {
  return root.startsWith('file:') ? vscode.Uri.parse(root).fsPath : root;
}

/** Keeps the last status of every root and shows the one of the active editor. */
export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('tollgate.status', vscode.StatusBarAlignment.Left, 50);
  private readonly statuses = new Map<string, Status>();
  private readonly listeners: vscode.Disposable;
  private server: Server = 'starting';

  constructor(menu: string) {
    this.item.name = 'Tollgate';
    this.item.command = menu;
    this.listeners = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor(() => this.draw()),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.draw()),
    );
    this.draw();
  }

  /** The status of the root the person is in, with the trust that holds in this window. */
  get current(): Status | undefined {
    const editor = vscode.window.activeTextEditor;
    const path = editor?.document.uri.scheme === 'file' ? editor.document.uri.fsPath : undefined;
    return statusAt(this.statuses, path ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
  }

  update(status: Status): void {
    this.statuses.set(status.root, status);
    this.draw();
  }

  /** What an ended server said is no longer true. */
  serverIs(server: Server): void {
    // from here on there is something to say
    this.item.show();
    this.server = server;
    if (server !== 'running') this.statuses.clear();
    this.draw();
  }

  dispose(): void {
    this.listeners.dispose();
    this.item.dispose();
  }

  private draw(): void {
    const view = viewOf(this.server, this.current, vscode.workspace.isTrusted);
    const tooltip = new vscode.MarkdownString();
    for (const [label, value] of view.lines) {
      tooltip.appendMarkdown(`**${label}** `).appendText(value).appendMarkdown('\n\n');
    }
    tooltip.appendText('Click for the commands.');
    this.item.text = view.text;
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: view.lines.map((line) => line.join(': ')).join('; ') };
    this.item.backgroundColor =
      view.alarm === 'none' ? undefined : new vscode.ThemeColor(`statusBarItem.${view.alarm}Background`);
  }
}
