// npm run package -- <binary> [--out FILE]: bundles the extension, lays the server beside it and packs both as
// dist/tollgate-<version>-<platform>.vsix. The platform is this machine's: a binary cannot run elsewhere.
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });
const [binary] = positionals;
if (!binary || !statSync(binary, { throwIfNoEntry: false })?.isFile()) {
  console.error('usage: npm run package -- <path of the tollgate binary> [--out FILE]');
  process.exit(2);
}

const run = (tool, ...args) =>
  execFileSync(join(here, 'node_modules', '.bin', tool), args, { cwd: here, stdio: ['ignore', 'ignore', 'inherit'] });
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const platform = `${process.platform}-${process.arch}`;
const out = resolve(values.out ?? join(here, 'dist', `tollgate-${version}-${platform}.vsix`));

/** The licences of the packages that the bundle took in. */
function notices() {
  const { inputs } = JSON.parse(readFileSync(join(here, 'dist', 'bundle.json'), 'utf8'));
  const packages = new Set(Object.keys(inputs).flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []));
  const texts = [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(here, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(here, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    return [`${name} ${version} (${license})`, ...(file ? ['', readFileSync(join(here, folder, file), 'utf8').trim()] : [])].join('\n');
  });
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

mkdirSync(join(here, 'bin'), { recursive: true });
mkdirSync(dirname(out), { recursive: true });
copyFileSync(binary, join(here, 'bin', 'tollgate'));
chmodSync(join(here, 'bin', 'tollgate'), 0o755);
execFileSync('npm', ['run', '--silent', 'build'], { cwd: here, stdio: 'inherit' });
writeFileSync(join(here, 'dist', 'notices.txt'), notices());
// everything is in the bundle, and the repository's licence is not in this folder
run('vsce', 'package', '--no-dependencies', '--skip-license', '--allow-missing-repository', '--target', platform, '--out', out);
console.log(out);
