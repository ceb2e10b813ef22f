import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import type * as vscode from 'vscode';
import { guardActions, guardLenses, hostAllows, starts } from '../src/trust.ts';
import { seen, world } from './vscode_stub.ts';
import { lenses as wordsLenses } from '../src/words.ts';

const lens = (command: string) => ({ range: {}, command: { title: command, command } }) as vscode.CodeLens;
const commandsOf = (lenses: vscode.CodeLens[]) => lenses.map(({ command }) => command?.command);

beforeEach(() => {
  Object.assign(world, { trusted: true, answer: undefined });
  Object.assign(seen, { messages: [], commands: [] });
});

test('starting, deciding, checking and applying need trust; cancelling never does', () => {
  assert.deepEqual(['run', 'decide', 'gate', 'apply'].map((name) => starts(`tollgate.${name}`)), [true, true, true, true]);
  assert.deepEqual([starts('tollgate.cancel'), starts('tollgate.explain'), starts(undefined)], [false, false, false]);
});

test('in Restricted Mode a run lens leads to the trust editor, others stay', () => {
  const lenses = [lens('tollgate.run'), lens('tollgate.agentReview'), lens('tollgate.reviewPlan')];
  const manage = 'workbench.trust.manage';
  assert.deepEqual(commandsOf(guardLenses(lenses, false)), [manage, manage, 'tollgate.reviewPlan']);
  assert.deepEqual(commandsOf(guardLenses(lenses, true)), ['tollgate.run', 'tollgate.agentReview', 'tollgate.reviewPlan']);
});

test('in Restricted Mode actions that start something are not offered, in either of their forms', () => {
  const actions: (vscode.Command | vscode.CodeAction)[] = [
    { title: 'bare', command: 'tollgate.run' },
    { title: 'wrapped', command: { title: '', command: 'tollgate.gate' } },
    { title: 'edit' },
  ];
  assert.deepEqual(guardActions(actions, false).map(({ title }) => title), ['edit']);
  assert.equal(guardActions(actions, true).length, 3);
});

test('a refusal says so and offers the way', async () => {
  assert.equal(await hostAllows('start anything'), true);
  assert.deepEqual(seen.messages, []);
  Object.assign(world, { trusted: false, answer: 'Manage Workspace Trust' });
  assert.equal(await hostAllows('start anything'), false);
  assert.match(seen.messages[0]!, /does not start anything until you trust/);
  assert.deepEqual(seen.commands, ['workbench.trust.manage']);
});

test('unseen words are accepted only with the nonce of what was shown', () => {
  assert.deepEqual(commandsOfWords('n1'), ['tollgate.words.accept', 'tollgate.words.notNow']);
  assert.deepEqual(commandsOfWords(null), ['tollgate.words.notNow']);
});

function commandsOfWords(nonce: string | null): string[] {
  return wordsLenses({ root: '/shop', nonce }).map(({ command }) => command);
}
