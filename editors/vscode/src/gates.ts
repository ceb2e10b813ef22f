// Decisions on gates that wait for a human. The server makes a nonce for exactly what is judged; a decision carries it
// back, so a change of the work in between makes the decision void.
import * as vscode from 'vscode';
import { clientCommand, request, serverCommand, type GateReference, type PendingGate } from './contract.ts';
import type { Client } from './client.ts';
import type { VirtualDocuments } from './documents.ts';
import { plain } from './plain.ts';
import { hostAllows } from './trust.ts';

type Decision = 'APPROVED' | 'REJECTED';

const excerptLines = 14;

/** A question shows text as it is. */
function withoutMarkdown(line: string): string {
  return line.replace(/^#+ /, '').replace(/\\([\\`*_{}[\]()#!|<>~&])|[`]|\*\*/g, '$1');
}

/** The start of what is judged, short enough for a question. */
export function excerpt(markdown: string): string {
  const lines = markdown
    .split(/\r?\n/)
    .map((line) => plain(withoutMarkdown(line), 100))
    .filter((line) => line !== '');
  return lines.length <= excerptLines ? lines.join('\n') : [...lines.slice(0, excerptLines), '…'].join('\n');
}

/** The gates a command can mean: the one its arguments name, else all that wait. */
export function matching(gates: readonly PendingGate[], wanted: Partial<GateReference> | undefined): PendingGate[] {
  return gates.filter(
    (gate) =>
      (wanted?.root === undefined || gate.root === wanted.root) &&
      (wanted?.ticket === undefined || gate.ticket === wanted.ticket) &&
      (wanted?.pass === undefined || gate.pass === wanted.pass),
  );
}

export class Gates {
  private readonly client: Client;
  private readonly documents: VirtualDocuments;

  constructor(client: Client, documents: VirtualDocuments) {
    this.client = client;
    this.documents = documents;
  }

  async approve(wanted?: Partial<GateReference>): Promise<void> {
    if (!(await hostAllows('record a decision'))) return;
    const gate = await this.choose(wanted);
    if (!gate) return;
    const approve = 'Approve';
    const details = 'Show Details';
    const answer = await vscode.window.showInformationMessage(
      gate.kind === 'budget'
        ? `Approve more money for pass ${plain(gate.pass)} of ${plain(gate.ticket)}?`
        : `Approve the gate of pass ${plain(gate.pass)} for ${plain(gate.ticket)}?`,
      { modal: true, detail: excerpt(gate.markdown) },
      details,
      approve,
    );
    if (answer === details) return this.show(gate);
    if (answer === approve) await this.decide(gate, 'APPROVED', '');
  }

  async reject(wanted?: Partial<GateReference>): Promise<void> {
    if (!(await hostAllows('record a decision'))) return;
    const gate = await this.choose(wanted, 'gate');
    if (!gate) return;
    const reason = await vscode.window.showInputBox({
      title: `Reject the gate of pass ${plain(gate.pass)} for ${plain(gate.ticket)}`,
      prompt: 'Why? The reason is recorded and given to the next attempt.',
      ignoreFocusOut: true,
      validateInput: (text) => (text.trim() ? undefined : 'A rejection needs a reason.'),
    });
    if (reason?.trim()) await this.decide(gate, 'REJECTED', reason.trim());
  }

  /** Money that nobody approves needs no decision: only a gate can be rejected. */
  private async choose(wanted: Partial<GateReference> | undefined, kind?: PendingGate['kind']): Promise<PendingGate | undefined> {
    const pending = await this.client.ask<PendingGate[]>(request.pendingGates, { root: wanted?.root });
    const gates = matching(pending, wanted).filter((gate) => kind === undefined || gate.kind === kind);
    if (gates.length === 0) {
      void vscode.window.showInformationMessage('No gate waits for a decision here.');
    }
    if (gates.length <= 1) return gates[0];
    const picked = await vscode.window.showQuickPick(
      gates.map((gate) => ({ label: plain(gate.title), description: `${plain(gate.ticket)} · ${plain(gate.pass)}`, gate })),
      { title: 'Which gate?', matchOnDescription: true },
    );
    return picked?.gate;
  }

  private async decide({ root, ticket, pass, nonce }: PendingGate, decision: Decision, reason: string): Promise<void> {
    await this.client.execute(serverCommand.decide, { root, ticket, pass, decision, reason, nonce });
  }

  private async show({ root, ticket, pass, markdown }: PendingGate): Promise<void> {
    const named = [{ root, ticket, pass }];
    await this.documents.show(`Gate ${ticket} ${pass}.md`, root, markdown, [
      { title: 'Approve…', command: clientCommand.approve, arguments: named },
      { title: 'Reject…', command: clientCommand.reject, arguments: named },
    ]);
  }
}
