// The extension against the scripted server: from a folder nobody trusts to a reviewed plan, a run, decisions, and a
// server that dies.
'use strict';
const assert = require('node:assert');
const { mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const ticket = 'shop-12.md';
/** What must never arrive while VS Code does not trust the workspace. */
const starting = /^tollgate\/trustAllow$|^tollgate\.(run|decide|gate|apply)$/;
const namesOf = (entries) => entries.flatMap(({ method, params }) => [method, params?.command]).filter(Boolean);

async function scenario({ bench, page, workspace, state, received }) {
  const sent = (name) => namesOf(received()).filter((one) => one === name).length;
  const until = async (what, holds) => {
    for (let attempt = 0; attempt < 300; attempt++) {
      if (holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`never happened: ${what}`);
  };

  await bench.open(workspace, `.tollgate/tickets/${ticket}`);

  // Restricted Mode: everything is shown, nothing is started
  await bench.status('Restricted Mode').waitFor();
  await bench.status('Tollgate: restricted').waitFor();
  for (const name of ['error', 'warning', 'information', 'hint']) await bench.gutter(name, 1);
  bench.log('four kinds of gutter icons');
  await bench.lens('Review plan…').waitFor();
  await bench.shot('1-restricted');
  await bench.palette('Tollgate: Run Next Pass');
  await bench.toast('does not start anything until you trust this workspace').waitFor();
  await bench.palette('Tollgate: Approve Gate');
  await bench.toast('does not record a decision until you trust this workspace').waitFor();
  await bench.palette('Tollgate: Review Plan');
  await bench.lens('Allow this plan…').click();
  await bench.toast('does not allow a plan until you trust this workspace').waitFor();
  await bench.palette('Notifications: Clear All Notifications');
  assert.deepEqual(namesOf(received()).filter((name) => starting.test(name)), []);
  bench.log('restricted: nothing that starts was sent');

  // the host's trust is not ours
  await bench.trustWorkspace(ticket);
  await bench.status('Tollgate: restricted').waitFor();
  await bench.lens('Review plan…').click();
  await bench.lens('Allow this plan…').click();
  const question = bench.dialog('Allow Tollgate to start what this plan lists?');
  await question.waitFor();
  await bench.shot('2-review-plan');
  await page.keyboard.press('Enter');
  await question.waitFor({ state: 'detached' });
  assert.equal(sent('tollgate/trustAllow'), 0, 'Enter must mean "Not now"');
  await bench.lens('Allow this plan…').click();
  await bench.button(question, 'Allow');
  await bench.status('Tollgate: reviewed').waitFor();
  assert.equal(sent('tollgate/trustAllow'), 1);
  bench.log('plan reviewed');

  // a run from the lens, cancelled from the status item
  await bench.tab(ticket).click();
  await bench.lens('Run pass implement').click();
  await bench.button(bench.toast('Run pass implement'), 'Run');
  await bench.status('implement $0.1000').click();
  await bench.shot('3-menu-while-running');
  await bench.pick('Cancel implement');
  await bench.status('implement $0.1000').waitFor({ state: 'detached' });
  await bench.gutter('error', 1);
  assert.equal(sent('tollgate.cancel'), 1);
  bench.log('run cancelled');

  // a failed gate: seen in the gutter, run from its action, gone
  const action = await bench.action('Gate: failed', 'Run pass implement');
  await bench.shot('4-action');
  await action.click();
  await bench.toast('Run pass implement').waitFor();
  await bench.shot('5-confirm-launch');
  await bench.button(bench.toast('Run pass implement'), 'Run');
  await bench.status('implement $0.1000').waitFor();
  await bench.status('Run implement: $0.1000').waitFor();
  await bench.shot('6-running');
  await bench.line('Gate: passed').waitFor();
  await bench.gutter('error', 0);
  await bench.status('$0.4323 of $4.00').waitFor();
  await bench.gutter('warning', 1);
  await bench.shot('7-passed');
  bench.log('action ran the pass, the icon is gone');

  // a finding in a source file nobody asked the server about
  await bench.openFile('cart.py');
  await bench.line('def').waitFor();
  await bench.gutter('error', 1);
  await bench.tab(ticket).click();
  bench.log('published finding in a source file');

  // documents
  await bench.palette('Tollgate: Explain Ticket');
  await bench.preview().getByText('Cart forgets the discount').waitFor();
  await bench.shot('8-explain');
  await bench.tab(ticket).click();
  await bench.palette('Tollgate: Show Log');
  await bench.pick('Run r1');
  await bench.line('2 files changed').waitFor();
  await bench.palette('Tollgate: Debug Information');
  await bench.line('Workspace trusted by the editor: yes').waitFor();
  await bench.shot('9-debug-information');
  bench.log('explanation, log, debug information');

  // decisions
  await bench.tab(ticket).click();
  await bench.lens('Reject…').click();
  await page.locator('.quick-input-widget input').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.quick-input-widget', { hasText: 'A rejection needs a reason' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(sent('tollgate.decide'), 0, 'no rejection without a reason');
  await bench.lens('Approve').click();
  const approval = bench.dialog('Approve the gate of pass spec');
  await approval.waitFor();
  await bench.shot('10-approve');
  await bench.button(approval, 'Approve');
  await bench.line('Gate: approved').waitFor();
  await bench.gutter('information', 0);
  bench.log('gate approved');
  await page.keyboard.press('Control+Z');
  await bench.gutter('information', 1);
  await bench.lens('Reject…').click();
  await page.locator('.quick-input-widget input').fill('AC-1 has no criterion');
  await page.keyboard.press('Enter');
  await bench.line('Gate: rejected').waitFor();
  const rejection = received().findLast(({ params }) => params?.command === 'tollgate.decide').params.arguments[0];
  assert.equal(rejection.reason, 'AC-1 has no criterion');
  bench.log('gate rejected with a reason');

  // hovers carry no command links and no HTML
  await bench.line('Gate: rejected').hover({ position: { x: 30, y: 8 } });
  const hover = page.locator('.monaco-hover:visible', { hasText: 'spent $0.0123' }).first();
  await hover.waitFor();
  assert.equal(await hover.locator('a[data-href^="command:"]').count(), 0);
  assert.equal(await hover.locator('b').count(), 0);

  // the status item explains itself
  await bench.status('Tollgate: reviewed').hover();
  await page.locator('.monaco-hover:visible', { hasText: 'what the reviewed plan lists may be started' }).first().waitFor();
  await bench.shot('11-tooltip');
  await bench.status('Tollgate: reviewed').click();
  await bench.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Revoke Trust' }).waitFor();
  await bench.shot('12-menu');
  await bench.pick('Revoke Trust');
  await bench.status('Tollgate: restricted').waitFor();
  bench.log('trust revoked');

  // a server that dies: one message, and a way back
  const process_ = received().findLast(({ started }) => started).started;
  process.kill(process_, 'SIGKILL');
  await bench.status('Tollgate: stopped').waitFor();
  const message = bench.toast('The Tollgate server ended unexpectedly');
  await message.waitFor();
  await bench.shot('13-server-ended');
  assert.equal(await page.locator('.notification-toast').count(), 1, 'one message');
  await bench.button(message, 'Restart');
  await bench.status('Tollgate: restricted').waitFor();
  await bench.tab(ticket).click();
  await bench.gutter('warning', 1);
  const starts = received().filter(({ started }) => started).length;
  await bench.palette('Tollgate: Restart Server');
  await until('another server', () => received().filter(({ started }) => started).length === starts + 1);
  await bench.status('Tollgate: restricted').waitFor();
  bench.log('server restarted');

  // a server that is not there: one message, and the setting that mends it is taken over at once
  await bench.palette('Notifications: Clear All Notifications');
  const settings = path.join(state, 'data', 'Machine', 'settings.json');
  writeFileSync(settings, JSON.stringify({ 'tollgate.serverPath': '/nowhere/tollgate' }));
  await bench.toast('found no server to start at /nowhere/tollgate').waitFor();
  await bench.status('Tollgate: stopped').waitFor();
  assert.equal(await page.locator('.notification-toast').count(), 1, 'one message');
  writeFileSync(settings, '{}');
  await bench.status('Tollgate: restricted').waitFor();
  bench.log('missing server');

  // a workspace without delivery files: nothing is started and nothing shown, until there are some
  const plain = path.join(state, 'plain');
  mkdirSync(plain);
  writeFileSync(path.join(plain, 'README.md'), '# Plain\n');
  const before = received().filter(({ started }) => started).length;
  await bench.open(plain, 'README.md');
  await bench.palette('Tollgate: Explain Ticket');
  await bench.toast('This workspace has no .tollgate folder').waitFor();
  assert.equal(await bench.status('Tollgate').count(), 0, 'no status item');
  await bench.shot('14-plain-workspace');
  assert.equal(received().filter(({ started }) => started).length, before, 'no server');
  mkdirSync(path.join(plain, '.tollgate'));
  writeFileSync(path.join(plain, '.tollgate', 'config.yaml'), 'schema_version: 1\n');
  await until('a server', () => received().filter(({ started }) => started).length === before + 1);
  await bench.status('Tollgate').waitFor();
  bench.log('plain workspace');
}

module.exports = { source: 'tests/vscode/workspace', scenario };
