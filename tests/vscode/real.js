// The whole product on a copy of the shop: an open bug whose gate fails, the pass that repairs it, started from the
// editor with the user's own program as the agent, and the gate that a person approves.
'use strict';
const { execFileSync } = require('node:child_process');
const { mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const ticket = 'bug-7.md';
const pass = 'Run pass fix';
/** The gate builds and tests the shop. */
const builds = 300_000;

/** A repository on the ticket's branch, and a user who named the agent's program. */
function prepare({ workspace, environment }) {
  const git = (...args) => execFileSync('git', ['-c', 'user.name=Mira', '-c', 'user.email=mira@shop.invalid', ...args], { cwd: workspace, stdio: 'ignore' });
  git('init', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--message=The shop');
  git('switch', '--create=fix/bug-7-cart-and-order-disagree');
  const folder = path.join(environment.XDG_CONFIG_HOME, 'tollgate');
  mkdirSync(folder, { recursive: true });
  // JSON is YAML
  const command = ['python3', path.join(__dirname, 'repair_bug_7.py')];
  writeFileSync(path.join(folder, 'config.yaml'), JSON.stringify({ schema_version: 1, harnesses: { command: { command } } }));
}

async function scenario({ bench, page, workspace }) {
  await bench.open(workspace, `.tollgate/tickets/${ticket}`);

  // cloned and opened: read, explained, nothing started
  await bench.status('Restricted Mode').waitFor();
  await bench.status('Tollgate: restricted').waitFor();
  await bench.status('bug-7').waitFor();
  await bench.lens(/^spent/).waitFor();
  await bench.lens('Review plan…').waitFor();
  await bench.shot('1-restricted');
  bench.log('restricted');

  await bench.trustWorkspace(ticket);
  await bench.lens('Review plan…').click();
  await bench.lens('Allow this plan…').click();
  const question = bench.dialog('Allow Tollgate to start what this plan lists?');
  await question.waitFor();
  await bench.shot('2-review-plan');
  await bench.button(question, 'Allow');
  await bench.status('Tollgate: reviewed').waitFor();
  bench.log('plan reviewed');

  // the gate, checked on the work tree, fails: on the ticket and at the place in the source
  await bench.tab(ticket).click();
  await bench.lens(pass).waitFor();
  await bench.lens('Check gate').click();
  await bench.gutterHas('error', builds);
  await bench.shot('3-gate-failed');
  await bench.openFile('discount.rs');
  await bench.goToLine(44);
  await bench.gutterHas('error');
  await bench.shot('4-finding');
  bench.log('gate failed, finding in the source');

  // the action on the finding runs the pass
  const action = await bench.action('subtotal.minor()', pass);
  await bench.shot('5-action');
  await action.click();
  const launch = bench.offer('Run');
  await launch.waitFor();
  await bench.shot('6-confirm-launch');
  await bench.button(launch, 'Run');
  await bench.tab(ticket).click();
  await bench.gutterHas('information', builds);
  await bench.status('fix waits for you').waitFor();
  await bench.lens('Approve fix').waitFor();
  await bench.shot('7-waits-for-a-person');
  bench.log('pass ran, its gate waits for a person');

  await bench.lens('Approve fix').click();
  const approval = bench.dialog('Approve the gate of pass fix');
  await approval.waitFor();
  await bench.shot('8-approve');
  await bench.button(approval, 'Approve');
  await bench.gutter('information', 0);
  bench.log('gate approved');

  // the change is in the work tree, the findings are gone
  await bench.tab('discount.rs').click();
  await bench.line('subtotal.percent(rate)').waitFor();
  await bench.gutter('error', 0);
  await bench.shot('9-repaired');
  bench.log('finding gone');

  await bench.palette('Tollgate: Explain Ticket');
  await bench.preview().getByText('bug-7').first().waitFor();
  await bench.shot('10-explain');
  await bench.palette('Tollgate: Debug Information');
  await bench.line('Workspace trusted by the editor: yes').waitFor();
  await page.keyboard.press('Escape');
}

module.exports = { source: 'fixtures/shop', prepare, scenario };
