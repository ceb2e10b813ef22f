// What an agent would be told and this user has not seen: the difference first, then one click on exactly that.
import * as vscode from 'vscode';
import { request, type UnseenWords } from './contract.ts';
import type { Client } from './client.ts';
import type { VirtualDocuments } from './documents.ts';
import { plain } from './plain.ts';
import { hostAllows } from './trust.ts';

/** Commands of the document that shows the difference; the palette does not have them. */
const acceptWords = 'tollgate.words.accept';
const closeWords = 'tollgate.words.notNow';

const documentName = 'What agents are told.md';

export class WordsReview {
  /** Words as they were shown, by root. */
  private readonly shown = new Map<string, UnseenWords>();
  private readonly client: Client;
  private readonly documents: VirtualDocuments;

  constructor(client: Client, documents: VirtualDocuments) {
    this.client = client;
    this.documents = documents;
  }

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.commands.registerCommand(acceptWords, (root: string) => this.accept(root)),
      vscode.commands.registerCommand(closeWords, (root: string) => this.documents.close(documentName, root)),
    );
  }

  /** Opens the difference as a read-only document; without a pass that of the next one. */
  async review(pass: { root?: string | undefined; ticket?: string; pass?: string }): Promise<void> {
    const words = await this.client.ask<UnseenWords>(request.words, pass);
    if (words.sentences.length === 0) {
      void vscode.window.showInformationMessage(`You have seen all that ${plain(words.pass, 60)} tells its agent.`);
      return;
    }
    this.shown.set(words.root, words);
    await this.documents.show(documentName, words.root, words.markdown, lenses(words));
  }

  private async accept(root: string): Promise<void> {
    const words = this.shown.get(root);
    if (!words || !(await hostAllows('accept what an agent is told'))) return;
    const { hash, nonce, ticket, pass } = words;
    this.shown.delete(root);
    const { accepted } = await this.client.ask<{ accepted: boolean }>(request.wordsAccept, { root, hash, nonce });
    if (!accepted) {
      void vscode.window.showWarningMessage('It changed while you read it. Here is the new difference.');
      return this.review({ root, ticket, pass });
    }
    await this.documents.close(documentName, root);
  }
}

/** What can be done with the words; a client that got no nonce can only look. */
export function lenses({ root, nonce }: Pick<UnseenWords, 'root' | 'nonce'>): vscode.Command[] {
  const notNow = { title: 'Not now', command: closeWords, arguments: [root] };
  return nonce === null ? [notNow] : [{ title: 'Let an agent be told exactly this', command: acceptWords, arguments: [root] }, notNow];
}
