// Asks the probe (probe/), an extension beside ours that says what VS Code itself has.
'use strict';
const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const path = require('node:path');

/** Where the probe is asked. */
function prepare({ state, environment }) {
  environment.TOLLGATE_PROBE = path.join(state, 'probe');
  mkdirSync(environment.TOLLGATE_PROBE);
}

/** The probe as a second extension. */
function extensions({ state }) {
  const vsix = path.join(state, 'probe.vsix');
  const vsce = path.resolve(__dirname, '..', '..', 'editors', 'vscode', 'node_modules', '.bin', 'vsce');
  const options = ['--no-dependencies', '--allow-missing-repository', '--skip-license', '--out', vsix];
  execFileSync(vsce, ['package', ...options], { cwd: path.join(__dirname, 'probe'), stdio: ['ignore', 'ignore', 'inherit'] });
  return [vsix];
}

/** A function that asks, one question after the other; with the name of a workspace, in the place of that one alone. */
function asker(state, workspace = '') {
  const folder = path.join(state, 'probe', workspace);
  mkdirSync(folder, { recursive: true });
  let asked = 0;
  return async (request) => {
    asked += 1;
    const place = path.join(folder, String(asked));
    writeFileSync(`${place}.part`, JSON.stringify(request));
    renameSync(`${place}.part`, `${place}.ask`);
    for (let waited = 0; waited < 1200 && !existsSync(`${place}.answer`); waited++) await new Promise((done) => setTimeout(done, 50));
    const said = JSON.parse(readFileSync(`${place}.answer`, 'utf8'));
    assert.equal(said.error, undefined);
    return said.result;
  };
}

module.exports = { prepare, extensions, asker };
