import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeliveryFile, liesInProject } from '../src/presence.ts';

test('a folder lies in a project where it or one above has delivery files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-presence-'));
  mkdirSync(join(folder, 'shop/.tollgate'), { recursive: true });
  mkdirSync(join(folder, 'shop/src/cart'), { recursive: true });
  mkdirSync(join(folder, 'library/.specify'), { recursive: true });
  mkdirSync(join(folder, 'notes'));
  const found = ['shop', 'shop/src/cart', 'library', 'notes', '.'].map((path) => liesInProject(join(folder, path)));
  rmSync(folder, { recursive: true });
  assert.deepEqual(found, [true, true, true, false, false]);
});

test('a delivery file is told by its folder', () => {
  assert.deepEqual(['/a/.tollgate/tickets/t.md', 'C:\\a\\.tollgate\\config.yaml', '/a/.specify/memory/c.md', '/a/README.md', '/a/.tollgate'].map(isDeliveryFile), [true, true, true, false, false]);
});
