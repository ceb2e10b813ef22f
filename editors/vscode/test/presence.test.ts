import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isDeliveryFile, liesInProject, places } from '../src/presence.ts';

test('a folder lies in a project where it or one above has delivery files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-presence-'));
  mkdirSync(join(folder, 'shop/.tollgate'), { recursive: true });
  mkdirSync(join(folder, 'shop/src/cart'), { recursive: true });
  mkdirSync(join(folder, 'library/.specify'), { recursive: true });
  mkdirSync(join(folder, 'notes/specs/empty'), { recursive: true });
  mkdirSync(join(folder, 'hosts/.claude/agents'), { recursive: true });
  mkdirSync(join(folder, 'login/specs/001-a'), { recursive: true });
  writeFileSync(join(folder, 'login/specs/001-a/spec.md'), '');
  mkdirSync(join(folder, 'actions/.github/workflows'), { recursive: true });
  writeFileSync(join(folder, 'actions/.github/workflows/ci.yml'), '');
  const found = ['shop', 'shop/src/cart', 'library', 'hosts', 'login', 'notes', 'actions', '.'].map((path) => liesInProject(join(folder, path)));
  rmSync(folder, { recursive: true });
  assert.deepEqual(found, [true, true, true, true, true, false, false, false]);
});

test('a delivery file is told by its folder', () => {
  assert.deepEqual(['/a/.tollgate/tickets/t.md', 'C:\\a\\.tollgate\\config.yaml', '/a/.specify/memory/c.md', '/a/.claude/agents/x.md', '/a/specs/1/spec.md', '/a/WORKFLOW.md', '/a/README.md', '/a/.tollgate', '/a/.claude/settings.json', '/a/specs/1/notes.md', '/a/.github/workflows/ci.yml'].map(isDeliveryFile), [true, true, true, true, true, true, false, false, false, false, false]);
});

test('VS Code wakes the extension at each of them', () => {
  const { activationEvents } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const reasons = activationEvents.filter((event: string) => event.startsWith('workspaceContains:'));
  assert.deepEqual(reasons, places.map((place) => `workspaceContains:${place}`));
});
