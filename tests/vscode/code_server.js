// Real VS Code on loopback: code-server with one extension, a state folder of its own and no gallery.
'use strict';
const { execFileSync, spawn } = require('node:child_process');
const { once } = require('node:events');
const { mkdirSync, openSync, writeFileSync } = require('node:fs');
const net = require('node:net');
const path = require('node:path');

/** What would move, call out or steal the focus during a test. */
const userSettings = {
  'chat.disableAIFeatures': true,
  'editor.accessibilitySupport': 'off',
  'editor.cursorBlinking': 'solid',
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'files.autoSave': 'off',
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  'workbench.editor.useModal': 'off',
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Installs `vsix` and `others` and starts; resolves to the port and a `stop` that waits for the end. */
async function start({ tools, vsix, others = [], state, machineSettings = {}, environment = {} }) {
  const data = path.join(state, 'data');
  const json = (file, value) => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(value, null, 2));
  };
  json(path.join(data, 'User', 'settings.json'), userSettings);
  // an extension reads its settings while it activates: those of the user may arrive later, those of the machine do not
  json(path.join(data, 'Machine', 'settings.json'), machineSettings);
  const port = await freePort();
  const config = path.join(state, 'config.yaml');
  writeFileSync(config, `bind-addr: 127.0.0.1:${port}\nauth: none\n`);

  const program = path.join(tools, 'code-server', 'node_modules', '.bin', 'code-server');
  const common = ['--config', config, '--user-data-dir', data, '--extensions-dir', path.join(state, 'extensions')];
  const env = { ...process.env, ...environment, EXTENSIONS_GALLERY: '{}' };
  const log = openSync(path.join(state, 'code-server.log'), 'a');
  for (const extension of [vsix, ...others]) {
    execFileSync(program, [...common, '--force', '--install-extension', extension], { env, stdio: ['ignore', log, log] });
  }
  const child = spawn(
    program,
    [...common, '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override', '--disable-proxy', '--ignore-last-opened'],
    { env, stdio: ['ignore', log, log] },
  );
  const ended = once(child, 'exit');
  await healthy(port, child);
  return {
    port,
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

async function healthy(port, child) {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`code-server ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGTERM');
  throw new Error('code-server does not answer');
}

module.exports = { start };
