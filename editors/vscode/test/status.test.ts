import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../src/contract.ts';
import { statusAt, viewOf } from '../src/status.ts';

const status: Status = {
  root: '/shop',
  trust: 'reviewed',
  ticket: { id: 'shop-12', title: 'Cart forgets the discount', rule: 'branch name' },
  next: { pass: 'implement', title: 'Implement' },
  spent: '$0.0123',
  budget: '$4.00',
  budget_state: 'ok',
  running: [],
};
const text = (change: Partial<Status>, hostTrusted = true) => viewOf('running', { ...status, ...change }, hostTrusted).text;

test('trust, ticket, spend and budget in one line', () => {
  assert.equal(text({}), '$(verified) Tollgate: reviewed · shop-12 · $0.0123 of $4.00');
  assert.equal(text({ trust: 'changed', budget: null }), '$(warning) Tollgate: changed · shop-12 · $0.0123');
  assert.equal(text({ ticket: null }), '$(verified) Tollgate: reviewed · $0.0123 of $4.00');
});

test('the lower trust wins', () => {
  assert.equal(text({}, false), '$(shield) Tollgate: restricted · shop-12 · $0.0123 of $4.00');
  assert.equal(text({ trust: 'denied' }, false), '$(circle-slash) Tollgate: denied · shop-12 · $0.0123 of $4.00');
  assert.equal(viewOf('running', undefined, true).text, '$(shield) Tollgate: restricted');
});

test('runs show pass and spend', () => {
  const run = (pass: string) => ({ run: pass, pass, phase: 'agent', spent: '$0.1000' });
  assert.equal(text({ running: [run('spec')] }), '$(sync~spin) Tollgate: reviewed · shop-12 · $0.0123 of $4.00 · spec $0.1000');
  assert.match(text({ running: [run('spec'), run('docs')] }), / · spec \$0\.1000 \+1$/);
});

test('a gate that waits for you is said', () => {
  const waiting = [{ ticket: 'shop-12', pass: 'spec' }, { ticket: 'shop-9', pass: 'docs' }];
  assert.equal(text({ waiting: waiting.slice(0, 1) }), '$(verified) Tollgate: reviewed · shop-12 · $0.0123 of $4.00 · spec waits for you');
  assert.match(text({ waiting }), / · spec waits for you \+1$/);
});

test('a budget at its mark warns, over it alarms, a changed plan warns', () => {
  const alarm = (change: Partial<Status>) => viewOf('running', { ...status, ...change }, true).alarm;
  assert.deepEqual(
    [{ budget_state: 'approaching' as const }, { budget_state: 'at' as const }, { budget_state: 'over' as const }, { trust: 'changed' as const }].map(alarm),
    ['none', 'warning', 'error', 'warning'],
  );
});

test('the tooltip explains itself', () => {
  const lines = new Map(viewOf('running', { ...status, budget_state: 'over' }, false).lines);
  assert.deepEqual([...lines.keys()], ['Trust', 'Restricted Mode', 'Ticket', 'Spent', 'Budget', 'Next pass']);
  assert.equal(lines.get('Ticket'), 'shop-12 Cart forgets the discount (branch name)');
  assert.equal(lines.get('Budget'), '$4.00 – over the budget');
});

test('a title from outside stays one visible line without icons', () => {
  const title = '$(trash)\n\u202Ereversed ' + 'x'.repeat(200);
  const lines = new Map(viewOf('running', { ...status, ticket: { id: '$(zap)', title, rule: 'file' } }, true).lines);
  assert.match(lines.get('Ticket')!, /^\$ \(zap\) \$ \(trash\) \\u\{202e\}reversed x+… \(file\)$/);
});

test('a server that is not there is said, whatever it said before', () => {
  assert.equal(viewOf('stopped', status, true).text, '$(error) Tollgate: stopped');
  assert.equal(viewOf('starting', status, true).text, '$(loading~spin) Tollgate');
});

test('the innermost root of the file is the current one', () => {
  const inner = { ...status, root: 'file:///shop/web', spent: '$1' };
  const statuses = new Map([['a', status], ['b', inner]]);
  assert.equal(statusAt(statuses, '/shop/web/cart.md'), inner);
  assert.equal(statusAt(statuses, '/shop/website.md'), status);
  assert.equal(statusAt(statuses, '/elsewhere'), status);
  assert.equal(statusAt(new Map(), '/shop'), undefined);
});
