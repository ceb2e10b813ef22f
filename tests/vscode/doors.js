// A door into the repository of every system: the files of tests/doors.json in real VS Code, one window for each repository.
// The extension is to wake by itself. The providers are asked as other extensions would ask them.
'use strict';
const assert = require('node:assert');
const { cpSync, readFileSync, rmSync } = require('node:fs');
const path = require('node:path');
const { asker, extensions, prepare: prepareProbe } = require('./ask.js');

const checkout = path.resolve(__dirname, '..', '..');
const doors = JSON.parse(readFileSync(path.join(checkout, 'tests', 'doors.json'), 'utf8'));
const fixtures = [...new Set(doors.map(({ fixture }) => fixture))];

/** Not beside each other under their own names: a folder `openspec` makes a project of the one that it lies in. */
const named = (fixture) => `at-${fixture}`;

function prepare({ workspace, state, environment }) {
  rmSync(workspace, { recursive: true, force: true });
  for (const fixture of fixtures) cpSync(path.join(checkout, 'fixtures', fixture), path.join(workspace, named(fixture)), { recursive: true });
  prepareProbe({ state, environment });
}

/** Names in the order of the text, whatever stands below which. */
function names(symbols) {
  return (symbols ?? []).flatMap(({ name, children }) => [name, ...names(children)]);
}

/** True where `all` has the names of `part` in their order: VS Code puts the headings that it finds itself between them. */
function holds(all, part) {
  let from = 0;
  return part.every((name) => (from = all.indexOf(name, from) + 1) > 0);
}

/** Where a word stands that has so many of its kind before it, with one letter behind the place. */
function inside(text, { word, before }) {
  let at = -1;
  for (let n = 0; n <= before; n++) {
    at = text.indexOf(word, at + 1);
    assert.ok(at >= 0, word);
  }
  const lines = text.slice(0, at).split('\n');
  return { line: lines.length - 1, character: lines.at(-1).length + 1 };
}

async function enter({ ask, root, door }) {
  const file = path.join(root, door.file);
  const run = (command, ...rest) => ask({ command, arguments: [{ path: file }, ...rest] });
  /** Asks again until the answer is good: a server that has just started may still be reading. */
  const until = async (what, look) => {
    let seen;
    for (let attempt = 0; attempt < 150; attempt++) {
      seen = await look();
      if (seen.good) return;
      await new Promise((done) => setTimeout(done, 100));
    }
    assert.fail(`${door.system}: ${what}: ${JSON.stringify(seen)}`);
  };
  await until('outline', async () => {
    const seen = names(await ask({ outline: { path: file } }));
    return { good: holds(seen, door.symbols), seen };
  });
  const hovers = (what, place, words) =>
    until(what, async () => {
      const seen = (await run('vscode.executeHoverProvider', place)).flatMap(({ contents }) => contents.map((it) => it.value ?? it));
      return { good: seen.some((said) => said.includes(words)), seen };
    });
  if (door.key) {
    const place = inside(readFileSync(file, 'utf8'), door.key);
    await hovers('hover of a key', place, door.key.hover);
    await until('keys that may stand there', async () => {
      const { items } = await run('vscode.executeCompletionItemProvider', place);
      const seen = items.map(({ label }) => label.label ?? label);
      return { good: seen.includes(door.key.offers), seen };
    });
  }
  if (!door.name) return;
  const place = inside(readFileSync(file, 'utf8'), door.name);
  await hovers('hover', place, door.name.hover);
  await until('definition', async () => {
    const found = await run('vscode.executeDefinitionProvider', place);
    const seen = found.map((it) => {
      const uri = it.targetUri ?? it.uri;
      const [start] = it.targetSelectionRange ?? it.targetRange ?? it.range;
      return `${path.relative(root, uri.fsPath ?? uri.path)}:${start.line + 1}`;
    });
    return { good: seen.includes(door.name.definition), seen };
  });
}

async function scenario({ bench, workspace, state }) {
  assert.ok(doors.length > 20, 'there are doors');
  for (const fixture of fixtures) {
    const root = path.join(workspace, named(fixture));
    const here = doors.filter((door) => door.fixture === fixture);
    const ask = asker(state, named(fixture));
    await bench.open(root, here[0].file);
    for (const door of here) await enter({ ask, root, door });
    const errors = (await ask({ diagnostics: true })).filter(({ source, severity }) => source === 'tollgate' && severity === 'error');
    assert.deepEqual(errors, []);
    bench.log(`${here.map(({ system }) => system).join('; ')}: served`);
  }
}

module.exports = { source: 'fixtures', prepare, scenario, extensions };
