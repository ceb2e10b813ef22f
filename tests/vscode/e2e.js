// node e2e.js scripted|language|renames|defects|doors|real: packs the extension with a server, starts real VS Code with it and plays the scenario of
// that name. `scripted` proves the extension against scripted_lsp.js; `language` what the server
// shows and writes, `renames` a rename as a person does it, `defects` what is shown of fixtures/defects, `doors` what is shown of the
// repository of every system, `real` the whole product; all five need TOLLGATE_BIN. Screenshots are kept in target/vscode/<mode>.
'use strict';
const { execFileSync } = require('node:child_process');
const { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const codeServer = require('./code_server.js');
const { Workbench } = require('./workbench.js');

const checkout = path.resolve(__dirname, '..', '..');
const tools = path.join(checkout, 'target', 'vscode-tools');
// code-server and the packager need the Node installed there, whichever one runs this file
process.env.PATH = `${path.join(tools, 'node', 'bin')}${path.delimiter}${process.env.PATH}`;

/** The scripted server as one file that can be packed in the place of the binary. */
function scriptedServer(folder, log) {
  const file = path.join(folder, 'scripted-tollgate');
  writeFileSync(file, `#!/bin/sh\nSCRIPTED_LOG='${log}' exec '${process.execPath}' '${path.join(__dirname, 'scripted_lsp.js')}' "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}

function pack(server, folder) {
  const vsix = path.join(folder, 'tollgate.vsix');
  execFileSync('npm', ['run', '--silent', 'package', '--', server, '--out', vsix], {
    cwd: path.join(checkout, 'editors', 'vscode'),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return vsix;
}

async function main(mode) {
  const { chromium } = require(path.join(tools, 'playwright', 'node_modules', 'playwright-core'));
  const { source, prepare, scenario, extensions } = require(`./${mode}.js`);
  const screenshots = path.join(checkout, 'target', 'vscode', mode);
  rmSync(screenshots, { recursive: true, force: true });
  mkdirSync(screenshots, { recursive: true });
  // everything of this run is new: hot exit would bring back the buffers of the last one
  const state = mkdtempSync(path.join(tmpdir(), 'tollgate-vscode-'));
  const workspace = path.join(state, 'shop');
  const log = path.join(state, 'scripted.jsonl');
  const received = () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line)) : []);
  let server, browser, bench;
  try {
    cpSync(path.resolve(checkout, source), workspace, { recursive: true });
    const binary = mode === 'scripted' ? scriptedServer(state, log) : process.env.TOLLGATE_BIN;
    if (!binary) throw new Error('TOLLGATE_BIN is not set');
    const environment = { XDG_STATE_HOME: path.join(state, 'xdg-state'), XDG_CONFIG_HOME: path.join(state, 'xdg-config') };
    prepare?.({ workspace, state, environment });
    server = await codeServer.start({ tools, vsix: pack(path.resolve(binary), state), others: extensions?.({ state }), state, environment });
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      // no name is looked up outside this machine
      args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
    });
    const page = await browser.newPage({ viewport: { width: 1440, height: 800 } });
    bench = new Workbench(page, server.port, screenshots);
    await scenario({ bench, page, workspace, state, received });
    if (bench.outside.length) throw new Error(`requests left the machine: ${bench.outside.join(' ')}`);
    bench.log(`OK ${mode}`);
  } catch (error) {
    await bench?.shot('failed').catch(() => {});
    console.error(`kept for a look: ${state}`);
    throw error;
  } finally {
    await browser?.close();
    await server?.stop();
  }
  // what code-server started writes for a moment longer
  rmSync(state, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

const mode = process.argv[2] ?? 'scripted';
if (!['scripted', 'language', 'renames', 'defects', 'doors', 'real'].includes(mode)) {
  console.error('usage: node e2e.js scripted|language|renames|defects|doors|real');
  process.exit(2);
}
main(mode).catch((error) => {
  console.error(error);
  process.exit(1);
});
