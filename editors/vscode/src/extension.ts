// Entry point: builds the parts, ties them together, starts the server. Everything that knows Tollgate is in the
// server; this extension shows what the server says and carries decisions back.
import * as vscode from 'vscode';
import { Client } from './client.ts';
import { menuCommand, registerCommands, traceName } from './commands.ts';
import { request, type RulePage } from './contract.ts';
import { VirtualDocuments } from './documents.ts';
import { Gates } from './gates.ts';
import { gutter } from './gutter.ts';
import { PlanReview } from './plan.ts';
import { beginnings, hasDeliveryFiles, isDeliveryFile } from './presence.ts';
import { needsRestart } from './settings.ts';
import { StatusItem } from './status.ts';
import { WordsReview } from './words.ts';

let running: Client | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const status = new StatusItem(menuCommand);
  const documents = new VirtualDocuments();
  const client = new Client(context.extensionUri, {
    status: (news) => status.update(news),
    trace: (page) => documents.update(traceName(page.feature), page.root, page.markdown),
    serverIs: (server) => status.serverIs(server),
  });
  documents.rulePage = async (rule) => (await client.ask<RulePage>(request.rule, { rule })).markdown;
  const plans = new PlanReview(client, documents);
  const words = new WordsReview(client, documents);
  const { id, packageJSON } = context.extension;
  const deliveryFiles = vscode.workspace.createFileSystemWatcher(beginnings, false, true, true);
  running = client;
  context.subscriptions.push(
    status,
    client,
    documents,
    plans.register(),
    words.register(),
    gutter(context.extensionUri),
    deliveryFiles,
    deliveryFiles.onDidCreate(() => client.startOnce()),
    vscode.workspace.onDidOpenTextDocument(({ uri }) => {
      if (uri.scheme === 'file' && isDeliveryFile(uri.fsPath)) void client.startOnce();
    }),
    registerCommands({ client, status, documents, plans, words, gates: new Gates(client, documents), title: `${id} ${packageJSON.version}` }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => client.refreshLenses()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (needsRestart(event)) void client.settingsChanged();
    }),
  );
  if (await hasDeliveryFiles()) await client.startOnce();
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}
