// Where this extension has something to do: in a workspace with delivery files, ours or another tool's. Elsewhere no server is started and nothing is shown,
// whatever Markdown is opened. The program knows the same places (`server/spec/src/places.rs`); a test holds the two together.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';

/** Folders that make a project of the one they lie in. */
const folders = [
  '.tollgate', '.specify', '.kiro', '.beads', '.atomic', '.taskmaster', '.opencode', '.gemini', 'openspec', 'backlog/tasks', 'backlog/drafts',
  'backlog/completed', 'backlog/archive', '.backlog', '_bmad', '_bmad-output', 'docs/stories', 'docs/sprint-artifacts',
  'docs/backlog/tasks', 'docs/backlog/drafts', 'docs/backlog/completed', 'docs/backlog/archive', 'formula-overlays',
  '.claude/agents', '.claude/skills', '.claude/commands', '.claude/rules', '.agents/skills', '.github/agents', '.github/chatmodes', '.github/prompts',
  '.github/instructions', '.github/skills', '.codex/agents', '.cursor/agents', '.cursor/commands', '.cursor/rules', '.cursor/skills',
];

/** Files that do so in folders that others have too; `*` is one folder or name. */
const files = [
  'specs/*/spec.md', '.github/workflows/*.md', 'WORKFLOW.md', 'backlog.config.yml', 'backlog/config.yml', 'backlog/config.yaml',
  'docs/backlog/config.yml', 'docs/backlog/config.yaml', 'docs/sprint-status.yaml',
  'extension.yml', 'preset.yml', 'bundle.yml', 'extensions/*/extension.yml', 'presets/*/preset.yml',
  'opencode.json', 'opencode.jsonc',
];

/** All of them: the manifest has each as a reason to wake, whatever language the first file is in. */
export const places = [...folders, ...files];

/** What is created there when a project begins, as a glob. */
export const beginnings = `**/{${[...folders.map((folder) => `${folder}/**`), ...files].join(',')}}`;

/** True for what lies at such a place. */
export function isDeliveryFile(path: string): boolean {
  const plain = path.replaceAll('\\', '/');
  return folders.some((folder) => plain.includes(`/${folder}/`)) || files.some((file) => pattern(`/${file}`).test(plain));
}

/** True where the folder, or one above it, has one. */
export function liesInProject(folder: string): boolean {
  const here = folders.some((inside) => existsSync(join(folder, inside))) || files.some((file) => holds(folder, file.split('/')));
  return here || (dirname(folder) !== folder && liesInProject(dirname(folder)));
}

/** True where the folder has a file at that path. */
function holds(folder: string, [part, ...rest]: string[]): boolean {
  if (part === undefined) return true;
  if (!part.includes('*')) return existsSync(join(folder, part)) && holds(join(folder, part), rest);
  const name = pattern(part);
  let entries: string[] = [];
  try {
    entries = readdirSync(folder);
  } catch {
    // not a folder, or not ours to read
  }
  return entries.some((entry) => name.test(entry) && holds(join(folder, entry), rest));
}

function pattern(path: string): RegExp {
  const parts = path.split('*').map((part) => part.replace(/[.]/g, '\\.'));
  return new RegExp(`${parts.join('[^/]+')}$`);
}

/** True where a workspace folder lies in a project or holds one further down, or a delivery file is open. */
export async function hasDeliveryFiles(): Promise<boolean> {
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  const open = vscode.workspace.textDocuments.filter(({ uri }) => uri.scheme === 'file');
  if (folders.some(({ uri }) => liesInProject(uri.fsPath)) || open.some(({ uri }) => isDeliveryFile(uri.fsPath))) return true;
  return (await vscode.workspace.findFiles(beginnings, '**/node_modules/**', 1)).length > 0;
}
