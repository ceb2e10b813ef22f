// The `tollgate.*` settings. The server asks for those that are its own; its program and its log file are chosen here.
import * as vscode from 'vscode';

export interface Settings {
  serverPath: string;
  diagnostics: { run: 'onType' | 'onSave' | 'off' };
  inlayHints: { enable: boolean };
  codeLens: { enable: boolean };
  logFile: string;
}

/** Settings that a running server cannot take over. */
const needRestart = ['tollgate.serverPath', 'tollgate.logFile', 'tollgate.diagnostics.run'];

export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration('tollgate');
  return {
    serverPath: section.get('serverPath', ''),
    diagnostics: { run: section.get('diagnostics.run', 'onType') },
    inlayHints: { enable: section.get('inlayHints.enable', true) },
    codeLens: { enable: section.get('codeLens.enable', true) },
    logFile: section.get('logFile', ''),
  };
}

export function serverArguments({ logFile }: Pick<Settings, 'logFile'>): string[] {
  return logFile ? ['lsp', '--log-file', logFile] : ['lsp'];
}

export function needsRestart(event: vscode.ConfigurationChangeEvent): boolean {
  return needRestart.some((name) => event.affectsConfiguration(name));
}
