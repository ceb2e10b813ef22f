// What VS Code shows of fixtures/defects, against the one list of all drivers. Nothing in the window shows where a range
// ends, so the probe is asked for the diagnostics that VS Code has.
'use strict';
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { asker, extensions, prepare } = require('./ask.js');

const source = 'fixtures/defects';
const expected = path.join(__dirname, '..', '..', source, 'expected.txt');

/** The list as this editor has it: columns from 1, in characters. */
function shown(workspace, diagnostics) {
  const place = (lines, { line, character }) => `${line + 1}:${Array.from((lines[line] ?? '').slice(0, character)).length + 1}`;
  const ours = diagnostics.filter((row) => row.source === 'tollgate');
  const rows = ours.map(({ path: full, start, end, severity, code }) => {
    const lines = readFileSync(full, 'utf8').split('\n');
    return `${path.relative(workspace, full)}:${place(lines, start)}-${place(lines, end)}: ${severity} ${code}`;
  });
  return rows.sort();
}

async function scenario({ bench, workspace, state }) {
  const wanted = readFileSync(expected, 'utf8').trim().split('\n').sort();
  await bench.open(workspace, '.tollgate/workflows/mend.md');
  const ask = asker(state);
  let seen = [];
  for (let attempt = 0; attempt < 200; attempt++) {
    seen = shown(workspace, await ask({ diagnostics: true }));
    if (seen.length === wanted.length && seen.every((row, at) => row === wanted[at])) {
      bench.log(`all ${seen.length} of expected.txt are shown`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const missing = wanted.filter((row) => !seen.includes(row));
  const more = seen.filter((row) => !wanted.includes(row));
  throw new Error(`not as in expected.txt\nmissing:\n${missing.join('\n')}\nmore:\n${more.join('\n')}`);
}

module.exports = { source, prepare, scenario, extensions };
