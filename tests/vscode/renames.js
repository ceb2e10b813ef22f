// A rename as a person does it, with the real server in real VS Code: F2, another name, Control+Enter for a preview, or Enter.
// What is discarded changes nothing; what is applied follows in every file, and so does the name of the file that defines it.
'use strict';
const assert = require('node:assert');
const { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { asker, extensions, prepare: prepareProbe } = require('./ask.js');

const flow = '.tollgate/workflows/flow.md';
const agent = (name) => `.tollgate/agents/${name}.md`;
const files = {
  [flow]: '---\nschema_version: 1\nname: flow\npasses:\n  - id: a\n    agent: worker\n  - {id: b, needs: [a], agent: "worker"}\n---\n## a\nDo it.\n\n## b\nDo it, too.\n',
  [agent('worker')]: '---\nschema_version: 1\nname: worker\ndescription: "Works."\n---\nYou work.\n',
  [agent('judge')]: '---\nschema_version: 1\nname: judge\ndescription: "Judges."\nindependent_of: [worker]\n---\nYou judge.\n',
};

function prepare({ workspace, state, environment }) {
  rmSync(workspace, { recursive: true, force: true });
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(workspace, file)), { recursive: true });
    writeFileSync(path.join(workspace, file), content);
  }
  prepareProbe({ state, environment });
}

async function scenario({ bench, page, workspace, state }) {
  const ask = asker(state);
  const read = (file) => (existsSync(path.join(workspace, file)) ? readFileSync(path.join(workspace, file), 'utf8') : undefined);
  const untouched = () => Object.entries(files).every(([file, content]) => read(file) === content) && !read(agent('builder'));
  const preview = page.locator('.bulk-edit-panel');
  const box = page.locator('.rename-box input');
  /** Gives the name at the cursor another one; a key that comes before the server is ready does nothing. */
  const rename = async (old, name, key) => {
    for (let pressed = 0; pressed < 10; pressed++) {
      await bench.line(`agent: ${old}`).click();
      await bench.goToLine('6:13');
      await page.keyboard.press('F2');
      if (await box.waitFor({ timeout: 4000 }).then(() => true, () => false)) break;
    }
    assert.equal(await box.inputValue(), old);
    await box.fill(name);
    await page.keyboard.press(key);
  };
  const shownFirst = async () => {
    await rename('worker', 'builder', 'Control+Enter');
    await preview.locator('.monaco-button', { hasText: /^Apply$/ }).waitFor();
  };
  /** Until all files say the one name and none the other. */
  const say = async (old, name) => {
    const wanted = Object.entries(files).map(([file, content]) => [file === agent('worker') ? agent(name) : file, content.replaceAll('worker', name)]);
    const followed = () => wanted.every(([file, content]) => read(file) === content) && !read(agent(old));
    for (let waited = 0; waited < 100 && !followed(); waited++) await new Promise((done) => setTimeout(done, 100));
    for (const [file, content] of wanted) assert.equal(read(file), content, file);
    assert.equal(read(agent(old)), undefined);
  };

  await bench.open(workspace, flow);
  await shownFirst();
  assert.ok(untouched());
  await bench.button(preview, 'Discard');
  await preview.waitFor({ state: 'hidden' });
  assert.ok(untouched());
  bench.log('what is discarded changes nothing');

  await shownFirst();
  const rows = preview.locator('.monaco-list-row[aria-level="1"]');
  await rows.nth(2).waitFor();
  const shown = (await rows.allInnerTexts()).join('\n');
  for (const name of ['judge.md', 'flow.md', `${agent('worker')} → ${agent('builder')}`]) assert.ok(shown.includes(name), shown);
  for (let at = 0; at < 3; at++) assert.equal(await rows.nth(at).locator('.edit-checkbox').getAttribute('aria-checked'), 'true');
  await bench.shot('preview');
  await bench.button(preview, 'Apply');
  await say('worker', 'builder');
  bench.log('an agent follows in all files, its own file too');
  await rename('builder', 'worker', 'Enter');
  await say('builder', 'worker');
  bench.log('without a preview at once');
  let seen;
  for (let asked = 0; asked < 50; asked++) {
    seen = (await ask({ diagnostics: true })).filter(({ source, severity, path: file }) => source === 'tollgate' && severity === 'error' && file.startsWith(workspace));
    if (seen.length === 0) break;
    await new Promise((done) => setTimeout(done, 200));
  }
  assert.deepEqual(seen, []);
  await bench.shot('renamed');
}

module.exports = { source: 'fixtures/shop', prepare, scenario, extensions };
