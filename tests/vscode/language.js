// What shows and writes, with the real server in real VS Code: the providers are asked as other extensions would ask them.
// Colours of names, also right after an edit; hover; completion; formatting, which Format Document then does.
'use strict';
const assert = require('node:assert');
const { mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { asker, extensions, prepare: prepareProbe } = require('./ask.js');

const flow = '.tollgate/workflows/flow.md';
const text = `---
schema_version: 1
name: flow
defaults: {tier:   deep}
passes:
- id: a # é😀
  agent:  worker
- {id: b, needs: [a], agent: nobody}
---
# Body

## a
Do it 😀 for {{ticket.id}}.
`;

/** A workspace of two files, and where the probe is asked. */
function prepare({ workspace, state, environment }) {
  rmSync(workspace, { recursive: true, force: true });
  for (const [file, content] of [
    [flow, text],
    ['.tollgate/agents/worker.md', '---\nschema_version: 1\nname: worker\ndescription: "Works."\n---\n'],
  ]) {
    mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true });
    writeFileSync(path.join(workspace, file), content);
  }
  prepareProbe({ state, environment });
}

async function scenario({ bench, workspace, state }) {
  const file = path.join(workspace, flow);
  const uri = { path: file };
  const ask = asker(state);
  const run = (command, ...rest) => ask({ command, arguments: [uri, ...rest] });
  /** Asks again until the answer is good: a server that has just started may still be reading. */
  const until = async (what, look) => {
    let seen;
    for (let attempt = 0; attempt < 100; attempt++) {
      seen = await look();
      if (seen?.good) return bench.log(what);
      await new Promise((done) => setTimeout(done, 200));
    }
    assert.fail(`${what}: ${JSON.stringify(seen)}`);
  };

  await bench.open(workspace, flow);
  let lines = text.split('\n');
  /** `line:word` → kind of token. */
  const tokens = async () => {
    const legend = await run('vscode.provideDocumentSemanticTokensLegend');
    const { data } = (await run('vscode.provideDocumentSemanticTokens')) ?? { data: [] };
    const found = {};
    let [line, column] = [0, 0];
    for (let at = 0; at < data.length; at += 5) {
      column = data[at] === 0 ? column + data[at + 1] : data[at + 1];
      line += data[at];
      found[`${line}:${lines[line]?.slice(column, column + data[at + 2])}`] = legend.tokenTypes[data[at + 3]];
    }
    return found;
  };
  await until('names have the colour of their kind', async () => {
    const seen = await tokens();
    const good = seen['5:a'] === 'pass' && seen['6:worker'] === 'agent' && seen['3:deep'] === 'tier' && seen['12:ticket'] === 'variable' && seen['12:id'] === 'property';
    return { good: good && seen['7:nobody'] === undefined, seen };
  });
  await ask({ edit: [file, 7, 29, 35, 'worker'] });
  lines = lines.with(7, lines[7].replace('nobody', 'worker'));
  await until('an edit gives a name its colour', async () => {
    const seen = await tokens();
    return { good: seen['7:worker'] === 'agent' && seen['12:ticket'] === 'variable', seen };
  });

  const hovers = await run('vscode.executeHoverProvider', { line: 3, character: 12 });
  const said = hovers.flatMap(({ contents }) => contents).map((it) => it.value ?? it).join('\n');
  assert.ok(said.includes('| `a` | deep | workflow defaults |'), said);
  bench.log('a hover says what holds');

  const { items } = await run('vscode.executeCompletionItemProvider', { line: 6, character: 2 }, undefined, 100);
  const labels = items.map(({ label }) => label.label ?? label);
  assert.ok(labels.includes('kind') && !labels.includes('id'), labels.join());
  bench.log('keys are offered');

  const edits = await run('vscode.executeFormatDocumentProvider', { tabSize: 4, insertSpaces: true });
  assert.ok(edits.length > 0 && edits.every(({ range }) => range[0].line < 8), JSON.stringify(edits));
  await bench.palette('Format Document');
  await bench.page.keyboard.press('Control+S');
  const wanted = ['passes:', '  - id: a # é😀', '    agent: worker', '  - {id: b, needs: [a], agent: worker}', '---'].join('\n');
  await until('Format Document lays the front matter out and keeps the rest', async () => {
    const seen = readFileSync(file, 'utf8');
    return { good: seen.includes(wanted) && seen.includes('defaults: {tier:   deep}') && seen.endsWith(text.slice(text.indexOf('# Body'))), seen };
  });
  await bench.shot('formatted');

  // who starts whom, down to the agent
  const [workflow] = await run('vscode.prepareCallHierarchy', { line: 2, character: 7 });
  assert.equal(workflow.name, 'flow');
  const [pass] = await run('vscode.prepareCallHierarchy', { line: 5, character: 8 });
  assert.deepEqual([pass.name, pass.detail], ['a', 'pass of flow']);
  const called = await ask({ calls: [uri, { line: 5, character: 8 }] });
  assert.deepEqual(called.map(({ to }) => to.name), ['worker']);
  bench.log('a workflow, its pass and its agent are in the call hierarchy');

  // a rename as other extensions ask for it: all the files, and the agent's own
  const renamed = await run('vscode.executeDocumentRenameProvider', { line: 6, character: 12 }, 'builder');
  const touched = JSON.stringify(renamed);
  assert.ok(touched.includes('flow.md') && touched.includes('worker.md'), touched);
  bench.log('an agent can be renamed with its users');
  const failed = await ask({ command: 'vscode.executeDocumentRenameProvider', arguments: [uri, { line: 5, character: 8 }, 'b'], fails: true });
  assert.match(failed, /There is a pass `b` already/);
  bench.log('a name that is taken is refused in words');
}

module.exports = { source: 'fixtures/shop', prepare, scenario, extensions };
