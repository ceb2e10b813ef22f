#!/usr/bin/env node
// A language server that follows a script: it speaks the contract between Tollgate's server and its editors, but what
// it says comes from words in the text. It proves the extension without the server, and writes all it receives to
// $SCRIPTED_LOG, so that a test can also prove what was never sent.
'use strict';
const { appendFileSync } = require('node:fs');
const { fileURLToPath, pathToFileURL } = require('node:url');
const path = require('node:path');

const note = (entry) => process.env.SCRIPTED_LOG && appendFileSync(process.env.SCRIPTED_LOG, JSON.stringify(entry) + '\n');
note({ started: process.pid, arguments: process.argv.slice(2) });

// ---- transport ----------------------------------------------------------------------------------------------------
let input = Buffer.alloc(0);
let lastId = 0;
const waiting = new Map();

function send(message) {
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
  process.stdout.write(`Content-Length: ${body.length}\r\n\r\n`);
  process.stdout.write(body);
}
const notify = (method, params) => send({ method, params });
const ask = (method, params) =>
  new Promise((resolve) => {
    const id = `s${++lastId}`;
    waiting.set(id, resolve);
    send({ id, method, params });
  });

process.stdin.on('data', (chunk) => {
  input = Buffer.concat([input, chunk]);
  for (;;) {
    const end = input.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(input.toString('latin1', 0, end))[1]);
    if (input.length < end + 4 + length) return;
    const message = JSON.parse(input.toString('utf8', end + 4, end + 4 + length));
    input = input.subarray(end + 4 + length);
    receive(message);
  }
});
process.stdin.on('end', () => process.exit(0));

async function receive(message) {
  if (message.method === undefined) {
    waiting.get(message.id)?.(message.result);
    waiting.delete(message.id);
    return;
  }
  note({ method: message.method, params: message.params });
  const handler = handlers[message.method];
  if (message.id === undefined) return handler?.(message.params);
  try {
    if (!handler) throw new Error(`unknown method ${message.method}`);
    send({ id: message.id, result: (await handler(message.params)) ?? null });
  } catch (error) {
    send({ id: message.id, error: { code: -32602, message: error.message } });
  }
}

// ---- the script ---------------------------------------------------------------------------------------------------
const documents = new Map();
const state = { root: '', trust: 'restricted', spent: 0.0123, runs: [], running: [] };
const money = (value) => `$${value.toFixed(4)}`;
const named = (pass) => ({ root: state.root, ticket: 'shop-12', pass });

/** What a word in the text stands for. */
const words = [
  { word: 'Gate: failed', severity: 1, code: 'gate/failed', message: 'gate of pass implement failed: AC-2 has no evidence' },
  { word: 'limit_usd: 4', severity: 2, code: 'budget/at', message: '$3.2104 of $4.00 is spent: at the warning mark' },
  { word: 'Gate: waiting', severity: 3, code: 'gate/pending', message: 'gate of pass spec waits for @product' },
  { word: 'Docs: stale', severity: 4, code: 'docs/stale', message: 'docs/contexts/cart.md is older than src/cart.py' },
];
const plan = {
  hash: 'sha256:5f1c0a92',
  nonce: 'plan-nonce-1',
  markdown: ['# Launch plan', '', 'Pass `implement` would start `claude` and is checked by `cargo test --workspace`.', ''].join('\n'),
  commands: ['claude -p --output-format stream-json', 'cargo test --workspace'],
};
const explanation = ['# shop-12 Cart forgets the discount', '', '| pass | state | cost |', '|---|---|---|', '| spec | waits for @product | $0.0123 |', '| **implement** | next | $0.31–$0.58 |', ''].join('\n');

function found(text) {
  return text.split('\n').flatMap((line, row) =>
    words.flatMap((entry) => {
      const column = line.indexOf(entry.word);
      const range = { start: { line: row, character: column }, end: { line: row, character: column + entry.word.length } };
      return column < 0 ? [] : [{ ...entry, range }];
    }),
  );
}
const diagnosticsOf = (uri) => found(documents.get(uri) ?? '').map(({ range, severity, code, message }) => ({ range, severity, code, message, source: 'tollgate' }));

function status() {
  notify('tollgate/status', {
    root: state.root, trust: state.trust, ticket: { id: 'shop-12', title: 'Cart forgets the discount', rule: 'branch name' },
    next: { pass: 'implement', title: 'Implement' }, spent: money(state.spent), budget: '$4.00', budget_state: 'approaching', running: state.running,
  });
}
const refresh = () => Promise.all([ask('workspace/codeLens/refresh'), ask('workspace/diagnostic/refresh')]);
function setTrust(trust) {
  state.trust = trust;
  status();
  refresh();
}
function replaceWord(word, replacement) {
  for (const [uri, text] of documents) {
    const hit = found(text).find((entry) => entry.word === word);
    if (hit) return ask('workspace/applyEdit', { edit: { changes: { [uri]: [{ range: hit.range, newText: replacement }] } } });
  }
}

async function run() {
  const answer = await ask('window/showMessageRequest', {
    type: 3, message: 'Run pass implement · ≈$0.31–$0.58 · claude sonnet?', actions: [{ title: 'Run' }, { title: 'Not now' }],
  });
  if (answer?.title !== 'Run') return;
  state.running = [{ run: 'r1', pass: 'implement', phase: 'agent', spent: '$0.1000' }];
  status();
  await ask('window/workDoneProgress/create', { token: 'r1' });
  notify('$/progress', { token: 'r1', value: { kind: 'begin', title: 'Run implement', cancellable: true, message: '$0.1000' } });
  const cancelled = await new Promise((resolve) => {
    state.cancel = () => resolve(true);
    setTimeout(resolve, 4000, false);
  });
  notify('$/progress', { token: 'r1', value: { kind: 'end' } });
  state.running = [];
  if (cancelled) return status();
  state.runs = ['r1'];
  state.spent += 0.42;
  await replaceWord('Gate: failed', 'Gate: passed');
  status();
}

const commands = {
  'tollgate.run': () => {
    if (state.trust !== 'reviewed') throw new Error('this folder is restricted');
    run();
  },
  'tollgate.cancel': ({ run }) => {
    if (run !== state.running[0]?.run) throw new Error('no such run');
    state.cancel();
  },
  'tollgate.decide': ({ nonce, decision, reason }) => {
    if (nonce !== 'gate-nonce-1') throw new Error('the nonce is not the one of this gate');
    if (decision === 'REJECTED' && !reason) throw new Error('a rejection needs a reason');
    replaceWord('Gate: waiting', decision === 'APPROVED' ? 'Gate: approved' : 'Gate: rejected');
  },
  'tollgate.gate': () => {},
  'tollgate.apply': () => {},
};

const handlers = {
  initialize({ rootUri, capabilities }) {
    state.root = fileURLToPath(rootUri);
    state.clientCommands = capabilities.experimental?.tollgate?.commands ?? [];
    return {
      serverInfo: { name: 'scripted', version: '0' },
      capabilities: {
        textDocumentSync: { openClose: true, change: 1 },
        codeLensProvider: {}, hoverProvider: true, codeActionProvider: { codeActionKinds: ['quickfix'] },
        diagnosticProvider: { interFileDependencies: true, workspaceDiagnostics: false },
        executeCommandProvider: { commands: Object.keys(commands) },
      },
    };
  },
  initialized() {
    status();
    // findings in source files are published: no selector names their language
    const uri = pathToFileURL(path.join(state.root, 'src', 'cart.py')).href;
    const range = { start: { line: 1, character: 4 }, end: { line: 1, character: 10 } };
    notify('textDocument/publishDiagnostics', { uri, diagnostics: [{ range, severity: 1, source: 'tollgate', code: 'gate/finding', message: 'AC-2: the discount is lost on reload' }] });
  },
  shutdown() {},
  exit() { process.exit(0); },
  'textDocument/didOpen': ({ textDocument: { uri, text } }) => documents.set(uri, text),
  'textDocument/didChange': ({ textDocument: { uri }, contentChanges }) => documents.set(uri, contentChanges.at(-1).text),
  'textDocument/didClose': ({ textDocument: { uri } }) => documents.delete(uri),
  'textDocument/diagnostic': ({ textDocument: { uri } }) => ({ kind: 'full', items: diagnosticsOf(uri) }),
  'textDocument/hover': () => ({ contents: { kind: 'markdown', value: '**shop-12** spent $0.0123 of $4.00 [run](command:tollgate.run)<b>html</b>' } }),
  'textDocument/codeLens': ({ textDocument: { uri } }) =>
    found(documents.get(uri) ?? '').flatMap(({ word, range }) => {
      if (word === 'Gate: failed') {
        return state.trust === 'reviewed'
          ? [{ range, command: { title: 'Run pass implement · ≈$0.31–$0.58 · claude sonnet', command: 'tollgate.run', arguments: [named('implement')] } }]
          : [{ range, command: { title: 'Review plan…', command: 'tollgate.reviewPlan', arguments: [{ root: state.root }] } }];
      }
      if (word !== 'Gate: waiting') return [];
      return ['approve', 'reject'].map((verb) => ({
        range, command: { title: verb === 'approve' ? 'Approve' : 'Reject…', command: `tollgate.${verb}`, arguments: [named('spec')] },
      }));
    }),
  'textDocument/codeAction': ({ textDocument: { uri }, range }) =>
    // from the line, never from context.diagnostics: that holds only what is under the cursor
    found(documents.get(uri) ?? '')
      .filter((hit) => hit.word === 'Gate: failed' && hit.range.start.line >= range.start.line && hit.range.start.line <= range.end.line)
      .map(() => ({ title: 'Run pass implement · ≈$0.31–$0.58 · claude sonnet', kind: 'quickfix', command: { title: 'Run', command: 'tollgate.run', arguments: [named('implement')] } })),
  'workspace/executeCommand': ({ command, arguments: [argument] }) => commands[command](argument ?? {}),
  'tollgate/explain': () => ({ ticket: 'shop-12', markdown: explanation }),
  'tollgate/debugInformation': () => ({ text: 'tollgate scripted 0\nencoding: utf-16' }),
  'tollgate/trustPlan': () => ({ root: state.root, state: state.trust, ...plan }),
  'tollgate/trustAllow': ({ root, hash, nonce }) => {
    if (root !== state.root || hash !== plan.hash || nonce !== plan.nonce) throw new Error('not the plan that was shown');
    setTrust('reviewed');
    return { state: state.trust };
  },
  'tollgate/trustRevoke': () => setTrust('restricted'),
  'tollgate/pendingGates': () =>
    [...documents.values()].some((text) => text.includes('Gate: waiting'))
      ? [{ ...named('spec'), kind: 'gate', title: 'Spec of the discount', markdown: '# Spec of the discount\n\n- [ ] AC-1 every requirement has an id\n', nonce: 'gate-nonce-1' }]
      : [],
  'tollgate/runLog': ({ run }) => {
    const id = run ?? state.runs.at(-1);
    return id ? { run: id, path: `runs/${id}/log`, text: 'implement: started\nimplement: 2 files changed\n' } : null;
  },
};
