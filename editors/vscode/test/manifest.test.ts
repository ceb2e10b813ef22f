import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { clientCommand, ownCommand } from '../src/contract.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const manifest = JSON.parse(read('../package.json'));
const settings: Record<string, { scope: string }> = manifest.contributes.configuration.properties;

test('the palette has exactly the commands of the contract', () => {
  const contributed = manifest.contributes.commands.map(({ command }: { command: string }) => command);
  assert.deepEqual(contributed.toSorted(), Object.values({ ...clientCommand, ...ownCommand }).toSorted());
});

test('no workspace can set a path', () => {
  const paths = Object.keys(settings).filter((name) => /(Path|File)$/.test(name));
  assert.deepEqual(paths.toSorted(), ['tollgate.logFile', 'tollgate.serverPath']);
  for (const path of paths) assert.equal(settings[path]!.scope, 'machine');
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.toSorted(), paths.toSorted());
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, 'limited');
});

test('the README names every setting', () => {
  for (const name of Object.keys(settings)) assert.ok(read('../README.md').includes(`\`${name}\``), name);
});

test('every word of the server for a token has a colour, and is known in Neovim', () => {
  const own = read('../../../server/ide/src/tokens.rs').match(/pub fn own[\s\S]*?other\.standard/)![0];
  const words = new Set([...own.matchAll(/=> "(\w+)"/g)].map(([, word]) => word!));
  const contributed = manifest.contributes.semanticTokenTypes.map(({ id }: { id: string }) => id);
  assert.deepEqual(contributed.toSorted(), [...words].toSorted());
  const scopes = Object.keys(manifest.contributes.semanticTokenScopes[0].scopes);
  for (const word of words) assert.ok(scopes.includes(word), word);
  for (const word of words) assert.match(read('../../nvim/lua/tollgate/colours.lua'), new RegExp(`\\b${word} = `), word);
});

test('extension and server carry one version', () => {
  const workspace = read('../../../Cargo.toml').match(/\[workspace\.package\]\s+version = "([^"]+)"/);
  assert.equal(manifest.version, workspace?.[1]);
});
