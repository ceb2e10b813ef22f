// The language client: which program is started, what it is told about this editor, and what happens when it ends.
import { accessSync, constants } from 'node:fs';
import * as vscode from 'vscode';
import {
  CloseAction,
  CodeLensRequest,
  ErrorAction,
  ExecuteCommandRequest,
  LanguageClient,
  type DocumentSelector,
  type LanguageClientOptions,
  type StaticFeature,
} from 'vscode-languageclient/node';
import { clientCommand, type Status, statusNotification, type TracePage, traceNotification } from './contract.ts';
import { readSettings, serverArguments, type Settings } from './settings.ts';
import type { Server } from './status.ts';
import { guardActions, guardLenses, hostAllows, starts } from './trust.ts';

/** Findings of gates, and what answers them, stand in files of any kind. */
const everyFile: DocumentSelector = [{ scheme: 'file' }];

export interface Listener {
  status(status: Status): void;
  trace(page: TracePage): void;
  serverIs(server: Server): void;
}

/** Owns the one running server. Every start reads the settings anew. */
export class Client implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel('Tollgate', { log: true });
  private client: LanguageClient | undefined;
  private started = false;
  /** From a start until the server is stopped or found dead; keeps one death from being told twice. */
  private wanted = false;
  private turn: Promise<void> = Promise.resolve();
  private readonly extension: vscode.Uri;
  private readonly listener: Listener;

  constructor(extension: vscode.Uri, listener: Listener) {
    this.extension = extension;
    this.listener = listener;
  }

  /** The program that is or would be started. */
  get serverPath(): string {
    return readSettings().serverPath || vscode.Uri.joinPath(this.extension, 'bin', 'tollgate').fsPath;
  }

  /** Takes over settings that a running server cannot. */
  async settingsChanged(): Promise<void> {
    if (this.started) await this.restart();
  }

  /** Starts the server where none was started yet: one that ended is started again by the person alone. */
  startOnce(): Promise<void> {
    return this.inTurn(async () => {
      if (!this.started) await this.launch();
    });
  }

  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.end();
      await this.launch();
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.end());
  }

  /** A client that is still starting cannot be stopped, so starts and stops wait for each other. */
  private inTurn(step: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(step);
    return this.turn;
  }

  private async launch(): Promise<void> {
    const command = this.serverPath;
    this.started = true;
    this.wanted = true;
    this.listener.serverIs('starting');
    if (!executable(command)) return this.died(`Tollgate found no server to start at ${command}.`);
    const settings = readSettings();
    const args = serverArguments(settings);
    const client = new LanguageClient('tollgate', 'Tollgate', { command, args }, this.options(settings));
    this.client = client;
    client.registerFeature(announceCommands);
    client.onNotification(statusNotification, (status: Status) => {
      if (client === this.client) this.listener.status(status);
    });
    client.onNotification(traceNotification, (page: TracePage) => {
      if (client === this.client) this.listener.trace(page);
    });
    try {
      await client.start();
      if (client === this.client) this.listener.serverIs('running');
    } catch (error) {
      this.output.error(String(error));
      this.died('The Tollgate server did not start.');
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.wanted = false;
    this.client = undefined;
    // a server that already ended cannot be stopped again, and need not be
    await client?.dispose().catch((error: unknown) => this.output.warn(String(error)));
  }

  /** Asks the server; a server that is not running is an error with a text for people. */
  async ask<Answer>(method: string, parameters: object): Promise<Answer> {
    if (!this.started) throw new Error('This workspace has no .tollgate folder. `tollgate init` in a terminal writes a small one.');
    if (!this.client?.isRunning()) throw new Error('The Tollgate server is not running.');
    return this.client.sendRequest<Answer>(method, parameters);
  }

  /** Has the server carry out one of its commands; in Restricted Mode only one that starts nothing. */
  async execute(command: string, argument: object): Promise<void> {
    if (starts(command) && !(await hostAllows('start or decide anything'))) return;
    await this.ask(ExecuteCommandRequest.method, { command, arguments: [argument] });
  }

  /** Lets VS Code ask for lenses again: what they may offer changes with the workspace's trust. */
  refreshLenses(): void {
    const lenses = this.client?.getFeature(CodeLensRequest.method);
    for (const document of vscode.workspace.textDocuments) {
      lenses?.getProvider(document)?.onDidChangeCodeLensEmitter.fire();
    }
  }

  dispose(): void {
    this.output.dispose();
  }

  private options(settings: Settings): LanguageClientOptions {
    const { run } = settings.diagnostics;
    return {
      documentSelector: everyFile,
      outputChannel: this.output,
      initializationOptions: settings,
      // the client pulls only when it is told when; a server that pushes is not affected
      diagnosticPullOptions: { onChange: run === 'onType', onSave: run !== 'off' },
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          this.died('The Tollgate server ended unexpectedly.');
          return { action: CloseAction.DoNotRestart, handled: true };
        },
      },
      middleware: {
        executeCommand: async (command, parameters, next) => {
          if (starts(command) && !(await hostAllows('start or decide anything'))) return undefined;
          return next(command, parameters);
        },
        provideCodeLenses: async (document, token, next) =>
          guardLenses((await next(document, token)) ?? [], vscode.workspace.isTrusted),
        provideCodeActions: async (document, range, context, token, next) =>
          guardActions((await next(document, range, context, token)) ?? [], vscode.workspace.isTrusted),
      },
    };
  }

  /** One message for an ended server; nothing is restarted behind the person's back. */
  private died(message: string): void {
    if (!this.wanted) return;
    this.wanted = false;
    this.client = undefined;
    this.listener.serverIs('stopped');
    const log = 'Show Log';
    const restart = 'Restart';
    void vscode.window.showErrorMessage(message, log, restart).then((choice) => {
      if (choice === log) this.output.show();
      if (choice === restart) void this.restart();
    });
  }
}

/** Tells the server which client-side commands its lenses and actions may use, and that pages of rules can be opened. */
const announceCommands: StaticFeature = {
  fillClientCapabilities(capabilities) {
    capabilities.experimental = {
      ...(capabilities.experimental as object | undefined),
      tollgate: { commands: Object.values(clientCommand), rulePages: true, tokenTypes: true },
    };
  },
  initialize() {},
  getState: () => ({ kind: 'static' }),
  clear() {},
};

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
