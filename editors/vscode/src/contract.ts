// What the server and its editors say to each other beyond LSP: names and shapes, nothing that acts.

/** State of one root as the server keeps it; the host's own trust never raises it. */
export type Trust = 'restricted' | 'reviewed' | 'changed' | 'denied';

/** Server to client, `tollgate/status`: sent for a root whenever one of these changes. Money arrives formatted. */
export interface Status {
  root: string;
  trust: Trust;
  ticket: { id: string; title: string; rule: string } | null;
  /** Tickets that could be current, where no rule decided between them. */
  ambiguous?: { tickets: string[]; why: string } | null;
  /** Where the tickets of Beads come from. */
  beads?: string | null;
  /** The pass to run next; `title` says its cost and its model, `unseen` that what it tells its agent has to be looked at. */
  next: { pass: string; title: string; unseen?: boolean } | null;
  spent: string;
  budget: string | null;
  budget_state: 'none' | 'ok' | 'approaching' | 'at' | 'over';
  running: { run: string; pass: string; phase: string; spent: string }[];
  /** Passes whose gate a person has to decide. */
  waiting?: { ticket: string; pass: string }[];
}

export interface Explanation {
  ticket: string;
  markdown: string;
}

/** Everything that would become startable in a root, and the nonce without which it cannot be allowed. */
export interface Plan {
  root: string;
  state: Trust;
  hash: string;
  markdown: string;
  /** Every command line in it, once each. */
  commands: string[];
  nonce: string;
}

/** A section of a document, or all of it. */
export interface SectionReference {
  root: string;
  document: string;
  section?: string | null;
}

export interface PassReference {
  root: string;
  ticket: string;
  pass: string;
}

/** What a pass would tell its agent and this user has not seen; no nonce where it cannot be accepted. */
export interface UnseenWords extends PassReference {
  sentences: string[];
  markdown: string;
  hash: string;
  nonce: string | null;
}

export type GateReference = PassReference;

/** A gate that waits for a human. */
export interface PendingGate extends GateReference {
  /** What waits: a gate, or a pass that needs more money than its budget has. */
  kind: 'gate' | 'budget';
  title: string;
  markdown: string;
  nonce: string;
}

export interface RunLog {
  run: string;
  path: string;
  text: string;
}

/** What a feature asks for and what was done for it; sent again (`tollgate/traceChanged`) when it says something else. */
export interface TracePage {
  root: string;
  feature: string;
  markdown: string;
}

export interface RulePage {
  rule: string;
  markdown: string;
}

export const request = {
  explain: 'tollgate/explain',
  trace: 'tollgate/trace',
  debugInformation: 'tollgate/debugInformation',
  trustPlan: 'tollgate/trustPlan',
  trustAllow: 'tollgate/trustAllow',
  trustRevoke: 'tollgate/trustRevoke',
  words: 'tollgate/words',
  wordsAccept: 'tollgate/wordsAccept',
  pendingGates: 'tollgate/pendingGates',
  runLog: 'tollgate/runLog',
  rule: 'tollgate/rule',
} as const;

export const statusNotification = 'tollgate/status';

export const traceNotification = 'tollgate/traceChanged';

/** Commands the server carries out. */
export const serverCommand = {
  run: 'tollgate.run',
  review: 'tollgate.agentReview',
  cancel: 'tollgate.cancel',
  decide: 'tollgate.decide',
  gate: 'tollgate.gate',
  apply: 'tollgate.apply',
  attest: 'tollgate.attest',
} as const;

/** Commands this extension carries out; the server may put them into lenses and actions. */
export const clientCommand = {
  runNextPass: 'tollgate.runNextPass',
  explain: 'tollgate.explain',
  trace: 'tollgate.trace',
  approve: 'tollgate.approve',
  reject: 'tollgate.reject',
  reviewPlan: 'tollgate.reviewPlan',
  reviewWords: 'tollgate.reviewWords',
  revokeTrust: 'tollgate.revokeTrust',
  showLog: 'tollgate.showLog',
  stillAccurate: 'tollgate.stillAccurate',
  restart: 'tollgate.restart',
  debugInformation: 'tollgate.debugInformation',
} as const;

/** Commands of the palette and the menu that ask the server for one of its own; it is not told of them. */
export const ownCommand = {
  checkGate: 'tollgate.checkGate',
  applyChange: 'tollgate.applyChange',
  cancelRun: 'tollgate.cancelRun',
} as const;
