// A rename as a person does it, with the real server in real VS Code: F2, another name, Enter. What touches several files is
// shown before it is done. What is discarded changes nothing; what is ticked follows in every file, and so does the name of the
// file that defines it.
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
  /** Asks for the other name at the cursor; a key that comes before the server is ready does nothing. */
  const rename = async (key) => {
    for (let pressed = 0; pressed < 10; pressed++) {
      await bench.line('agent: worker').click();
      await bench.goToLine('6:13');
      await page.keyboard.press('F2');
      if (await box.waitFor({ timeout: 4000 }).then(() => true, () => false)) break;
    }
    assert.equal(await box.inputValue(), 'worker');
    await box.fill('builder');
    await page.keyboard.press(key);
    await preview.locator('.monaco-button', { hasText: /^Apply$/ }).waitFor();
  };

  await bench.open(workspace, flow);
  await rename('Enter');
  bench.log('what touches several files is shown before it is done');
  assert.ok(untouched());
  await bench.button(preview, 'Discard');
  await preview.waitFor({ state: 'hidden' });
  assert.ok(untouched());
  bench.log('what is discarded changes nothing');

  await rename('Control+Enter');
  const rows = preview.locator('.monaco-list-row[aria-level="1"]');
  await rows.nth(2).waitFor();
  const shown = (await rows.allInnerTexts()).join('\n');
  for (const name of ['judge.md', 'flow.md', `${agent('worker')} → ${agent('builder')}`]) assert.ok(shown.includes(name), shown);
  for (let at = 0; at < 3; at++) {
    const tick = rows.nth(at).locator('.edit-checkbox');
    if ((await tick.getAttribute('aria-checked')) !== 'true') await tick.click();
  }
  await bench.shot('preview');
  await bench.button(preview, 'Apply');
  const wanted = Object.entries(files).map(([file, content]) => [file === agent('worker') ? agent('builder') : file, content.replaceAll('worker', 'builder')]);
  const followed = () => wanted.every(([file, content]) => read(file) === content) && !read(agent('worker'));
  for (let waited = 0; waited < 100 && !followed(); waited++) await new Promise((done) => setTimeout(done, 100));
  for (const [file, content] of wanted) assert.equal(read(file), content, file);
  assert.equal(read(agent('worker')), undefined);
  bench.log('an agent follows in all files, its own file too');
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
