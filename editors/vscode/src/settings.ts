// The `tollgate.*` settings. They mirror the server's one to one; only the path of the server is the extension's own.
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

export function needsRestart(event: vscode.ConfigurationChangeEvent): boolean {
  return needRestart.some((name) => event.affectsConfiguration(name));
}
