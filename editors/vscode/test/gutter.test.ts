import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as vscode from 'vscode';
import { gutter, marks } from '../src/gutter.ts';
import { world } from './vscode_stub.ts';

const diagnostic = (line: number, severity: number, source = 'tollgate') =>
  ({ source, severity, range: { start: { line } } }) as unknown as vscode.Diagnostic;

/** An editor that remembers which lines carry which icon, and how often it was drawn. */
function editor(uri: string) {
  const icons = new Map<string, number[]>();
  const self = {
    document: { uri },
    icons,
    drawn: 0,
    setDecorations(type: { name: string }, ranges: vscode.Range[]) {
      if (type.name.endsWith('error.svg')) self.drawn++;
      icons.set(type.name.split('/').at(-1)!, ranges.map((range) => range.start.line));
    },
  };
  return self;
}

test('a line shows the icon of its worst diagnostic', () => {
  assert.deepEqual(marks([diagnostic(4, 3), diagnostic(4, 1), diagnostic(4, 2), diagnostic(9, 1)]), new Map([[1, [4, 9]]]));
});

test('diagnostics of others are left alone', () => {
  assert.deepEqual(marks([diagnostic(1, 0, 'rustc')]), new Map());
});

test('every severity has an icon of its own, and only changed editors are drawn again', () => {
  const [one, other] = [editor('file:///one'), editor('file:///other')];
  world.editors = [one, other];
  world.diagnostics.set('file:///one', [diagnostic(0, 0), diagnostic(1, 1), diagnostic(2, 2), diagnostic(3, 3)]);
  gutter('extension' as unknown as vscode.Uri);
  assert.deepEqual(Object.fromEntries(one.icons), { 'error.svg': [0], 'warning.svg': [1], 'information.svg': [2], 'hint.svg': [3] });
  assert.deepEqual([one.drawn, other.drawn], [1, 1]);

  world.diagnostics.set('file:///one', []);
  for (const listener of world.diagnosticListeners) listener({ uris: ['file:///one'] });
  assert.deepEqual(one.icons.get('error.svg'), []);
  assert.deepEqual([one.drawn, other.drawn], [2, 1]);
});
