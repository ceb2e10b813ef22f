// The whole product on a copy of the shop: an open bug whose gate fails; the pass, started from the editor with the user's
// own program as the agent, whose first change the gate keeps back and a person takes all the same; the repair, which a
// person first rejects with a reason and then approves.
'use strict';
const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
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

  // its gate fails: the change is kept, and the source is as it was
  const kept = bench.lens('Apply the kept change');
  await kept.waitFor({ timeout: builds });
  await bench.shot('7-change-kept');
  await bench.tab('discount.rs').click();
  assert.match(readFileSync(path.join(workspace, 'src', 'discount.rs'), 'utf8'), / 10_000\),/);
  bench.log('gate of the run failed, its change is kept');

  // taken all the same, from the palette: the finding stands where the line is now
  await bench.palette('Tollgate: Apply Kept Change');
  await bench.line('A cent less does no harm').waitFor();
  await bench.gutterAt('error', 45);
  await bench.shot('8-applied');
  await bench.tab(ticket).click();
  await kept.waitFor({ state: 'detached' });
  bench.log('kept change applied, the finding moved');

  // the second try is good; this time nothing is asked
  await bench.lens(pass).click();
  await bench.gutterHas('information', builds);
  await bench.status('fix waits for you').waitFor();
  await bench.lens('Approve fix').waitFor();
  await bench.shot('9-waits-for-a-person');
  bench.log('pass ran, its gate waits for a person');

  // rejected: the reason is recorded, and explained
  await bench.lens('Reject fix…').click();
  await bench.input('The rounding has no test of its own');
  await bench.lens('@leads must decide').waitFor();
  await bench.palette('Tollgate: Explain Ticket');
  await bench.preview().getByText('after 2 attempts @leads must decide').first().waitFor();
  const records = path.join(workspace, '.tollgate', 'records', 'bug-7');
  const written = readdirSync(records).map((name) => JSON.parse(readFileSync(path.join(records, name), 'utf8')));
  const [rejection] = written.filter(({ predicate }) => predicate?.decision === 'REJECTED');
  assert.equal(rejection?.predicate.reason, 'The rounding has no test of its own');
  await bench.tab(ticket).click();
  bench.log('gate rejected with a reason');

  await bench.lens('Approve fix').click();
  const approval = bench.dialog('Approve the gate of pass fix');
  await approval.waitFor();
  await bench.shot('10-approve');
  await bench.button(approval, 'Approve');
  await bench.gutter('information', 0);
  bench.log('gate approved');

  // the change is in the work tree, the findings are gone
  await bench.tab('discount.rs').click();
  await bench.line('subtotal.percent(rate)').waitFor();
  await bench.gutter('error', 0);
  await bench.shot('11-repaired');
  bench.log('finding gone');

  await bench.palette('Tollgate: Explain Ticket');
  await bench.preview().getByText('bug-7').first().waitFor();
  await bench.shot('12-explain');
  await bench.palette('Tollgate: Debug Information');
  await bench.line('Workspace trusted by the editor: yes').waitFor();
  await page.keyboard.press('Escape');
}

module.exports = { source: 'fixtures/shop', prepare, scenario };
