import assert from 'node:assert/strict';
import { test } from 'node:test';
import { menuItems, ticketOf } from '../src/commands.ts';
import type { PendingGate, Status } from '../src/contract.ts';
import { excerpt, matching } from '../src/gates.ts';
import { passLabel, plain } from '../src/plain.ts';
import { question } from '../src/plan.ts';
import { serverArguments } from '../src/settings.ts';

test('plain keeps what is visible and caps by characters, not by halves of them', () => {
  assert.equal(plain('  a\tb\r\nc  '), 'a b c');
  assert.equal(plain('zero\u200bwidth'), 'zero\\u{200b}width');
  assert.equal(plain('😀'.repeat(5), 3), '😀😀…');
});

test('a title that only repeats the id is left out', () => {
  assert.equal(passLabel({ pass: 'spec', title: 'Spec' }), 'spec');
  assert.equal(passLabel({ pass: 'spec', title: 'Write the specification' }), 'spec – Write the specification');
});

test('the question lists the commands of a plan and says what it left out', () => {
  const commands = Array.from({ length: 14 }, (_, index) => `command ${index}`);
  const lines = question({ root: '/shop', hash: 'sha256:5f', commands }).split('\n');
  assert.deepEqual(lines.slice(0, 4), ['/shop', 'Plan sha256:5f', '', 'command 0']);
  assert.ok(lines.includes('… and 2 more in the document'));
});

test('a gate is found by what its reference names', () => {
  const gate = (pass: string) => ({ root: '/shop', ticket: 'shop-12', pass }) as PendingGate;
  const gates = [gate('spec'), gate('design')];
  assert.deepEqual(matching(gates, { root: '/shop', ticket: 'shop-12', pass: 'design' }), [gates[1]]);
  assert.deepEqual(matching(gates, undefined), gates);
  assert.deepEqual(matching(gates, { root: '/other' }), []);
});

test('an excerpt ends where a question would become a page', () => {
  assert.equal(excerpt('# Title\n\n- [ ] AC-1'), 'Title\n- [ ] AC-1');
  assert.equal(excerpt('**fix** of `bug-7` \\(a\\*b\\)'), 'fix of bug-7 (a*b)');
  assert.equal(excerpt('line\n'.repeat(40)).split('\n').length, 15);
});

test('the ticket of a file', () => {
  assert.equal(ticketOf('/shop/.tollgate/tickets/shop-12.md'), 'shop-12');
  assert.equal(ticketOf('/shop/.tollgate/workflows/feature.md'), undefined);
  assert.equal(ticketOf(undefined), undefined);
});

test('the menu offers what the state allows', () => {
  const status: Status = {
    root: '/shop', trust: 'restricted', ticket: null, next: { pass: 'spec', title: 'Spec' },
    spent: '$0', budget: null, budget_state: 'none', running: [],
  };
  const commands = (change: Partial<Status>, trusted = true) => menuItems({ ...status, ...change }, trusted).map(({ command }) => command);
  assert.equal(commands({}, false)[0], 'workbench.trust.manage');
  assert.ok(!commands({}).includes('tollgate.runNextPass'));
  assert.equal(commands({})[0], 'tollgate.reviewPlan');
  assert.equal(commands({ trust: 'reviewed' })[0], 'tollgate.runNextPass');
  assert.ok(!commands({ trust: 'reviewed' }, false).includes('tollgate.runNextPass'));
  const running = [{ run: 'r1', pass: 'spec', phase: 'agent', spent: '$0' }];
  assert.equal(commands({ trust: 'reviewed', running })[0], 'tollgate.cancel');
});

test('the log file is an argument of the server', () => {
  assert.deepEqual(serverArguments({ logFile: '' }), ['lsp']);
  assert.deepEqual(serverArguments({ logFile: '/tmp/tollgate.log' }), ['lsp', '--log-file', '/tmp/tollgate.log']);
});
