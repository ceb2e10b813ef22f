// The trust review: see first, then allow. A plan can only be allowed from the document that shows it, and the answer
// that a hasty Enter gives is "Not now".
import * as vscode from 'vscode';
import { clientCommand, request, type Plan, type Trust } from './contract.ts';
import type { Client } from './client.ts';
import type { VirtualDocuments } from './documents.ts';
import { plain } from './plain.ts';
import { hostAllows } from './trust.ts';

/** Commands of the plan document; the palette does not have them. */
const allowPlan = 'tollgate.plan.allow';
const closePlan = 'tollgate.plan.notNow';

const documentName = 'Launch plan.md';
const listed = 12;

/** The text under the question. */
export function question({ root, hash, commands }: Pick<Plan, 'root' | 'hash' | 'commands'>): string {
  const more = commands.length > listed ? [`… and ${commands.length - listed} more in the document`] : [];
  return [
    root,
    `Plan ${hash}`,
    '',
    ...commands.slice(0, listed).map((command) => plain(command, 120)),
    ...more,
    ...(commands.length ? [''] : []),
    'Any change to the plan asks again.',
  ].join('\n');
}

export class PlanReview {
  /** Plans as they were shown, by root. */
  private readonly shown = new Map<string, Plan>();
  private readonly client: Client;
  private readonly documents: VirtualDocuments;

  constructor(client: Client, documents: VirtualDocuments) {
    this.client = client;
    this.documents = documents;
  }

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.commands.registerCommand(allowPlan, (root: string) => this.allow(root)),
      vscode.commands.registerCommand(closePlan, (root: string) => this.documents.close(documentName, root)),
    );
  }

  /** Opens the plan of a root as a read-only document. */
  async review(root: string | undefined): Promise<void> {
    const plan = await this.client.ask<Plan>(request.trustPlan, { root });
    this.shown.set(plan.root, plan);
    await this.documents.show(documentName, plan.root, plan.markdown, this.lenses(plan));
  }

  async revoke(root: string | undefined): Promise<void> {
    if (root === undefined) throw new Error('No folder with a plan is open.');
    await this.client.ask(request.trustRevoke, { root });
    await this.documents.close(documentName, root);
  }

  private lenses(plan: Plan): vscode.Command[] {
    if (plan.state === 'reviewed') {
      return [{ title: 'Reviewed: revoke', command: clientCommand.revokeTrust, arguments: [{ root: plan.root }] }];
    }
    return [
      { title: 'Allow this plan…', command: allowPlan, arguments: [plan.root] },
      { title: 'Not now', command: closePlan, arguments: [plan.root] },
    ];
  }

  private async allow(root: string): Promise<void> {
    const plan = this.shown.get(root);
    if (!plan || !(await hostAllows('allow a plan'))) return;
    const notNow = 'Not now';
    const allow = 'Allow';
    // the first button is the one that Enter presses
    const answer = await vscode.window.showWarningMessage(
      'Allow Tollgate to start what this plan lists?',
      { modal: true, detail: question(plan) },
      notNow,
      allow,
    );
    if (answer !== allow) return;
    const { state } = await this.client.ask<{ state: Trust }>(request.trustAllow, { root, hash: plan.hash, nonce: plan.nonce });
    if (state !== 'reviewed') {
      void vscode.window.showWarningMessage('The plan changed while you read it. Here is the new one.');
      return this.review(root);
    }
    await this.documents.close(documentName, root);
  }
}
