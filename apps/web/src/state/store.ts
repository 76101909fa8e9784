/** The one store: what the chain says, what the person looks at, and what they have signed. */
import { useSyncExternalStore } from 'react';
import type { Intent, Progress } from '../data/intent';
import type {
  Account,
  AccountRow,
  Address,
  Governance,
  Happening,
  Snapshot,
  Wallet,
} from '../data/model';
import type { Signer, SourceEvent, Trouble } from '../data/source';

/** A transaction that this page has sent, or tried to. */
export interface Sent {
  id: number;
  intent: Intent;
  line: string;
  progress: Progress;
}

/** How the common bonus of a collateral went, for its chart. */
export interface Trace {
  timeMs: number;
  bonusWad: bigint;
  impactWad: bigint;
  capWad: bigint;
  stock: bigint;
  waiting: number;
  priceWad: bigint | null;
}

export interface State {
  snapshot: Snapshot | null;
  traces: Map<number, Trace[]>;
  trouble: Trouble | null;
  rows: AccountRow[] | null;
  /** Whose account is looked at, and what it is. */
  looking: Address | null;
  account: Account | null;
  wallet: Wallet | null;
  accountRead: boolean;
  happenings: Happening[];
  /** The block from which on the page has read what happened. */
  readFrom: number | null;
  governance: Governance | null;
  governanceRead: boolean;
  signer: Signer | null;
  sent: Sent[];
}

const EMPTY: State = {
  snapshot: null,
  traces: new Map(),
  trouble: null,
  rows: null,
  looking: null,
  account: null,
  wallet: null,
  accountRead: false,
  happenings: [],
  readFrom: null,
  governance: null,
  governanceRead: false,
  signer: null,
  sent: [],
};

/** Points kept of a collateral's price: four hours of six-second blocks. */
const MOST_TRACED = 2_400;
/** Happenings kept. */
const MOST_HAPPENINGS = 2_000;

let state = EMPTY;
const listeners = new Set<() => void>();

export function get(): State {
  return state;
}

export function set(change: Partial<State>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener();
}

export function reset(): void {
  set(EMPTY);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** A part of the state. `select` must answer with the same thing while nothing has changed. */
export function useStore<T>(select: (state: State) => T): T {
  return useSyncExternalStore(subscribe, () => select(state));
}

/** What the chain says, taken in. */
export function take(event: SourceEvent): void {
  switch (event.kind) {
    case 'snapshot':
      set({ snapshot: event.snapshot, traces: traced(state.traces, event.snapshot) });
      break;
    case 'accounts':
      set({ rows: event.rows });
      break;
    case 'account':
      if (event.account !== null && event.account.address !== state.looking) break;
      set({ account: event.account, wallet: event.wallet, accountRead: true });
      break;
    case 'happenings':
      set({ happenings: merged(state.happenings, event.happenings) });
      break;
    case 'read':
      set({ readFrom: event.fromBlock });
      break;
    case 'governance':
      set({ governance: event.governance, governanceRead: true });
      break;
    case 'trouble':
      set({ trouble: event.trouble });
      break;
    case 'well':
      set({ trouble: null });
  }
}

/** One point a block and collateral; a block seen twice, or a fork's, replaces what is not before it. */
function traced(traces: Map<number, Trace[]>, { block, assets }: Snapshot): Map<number, Trace[]> {
  const next = new Map(traces);
  for (const { id, sale, price } of assets) {
    if (sale === null) continue;
    const { bonusWad, impactWad, capWad, stock, waiting } = sale;
    const point = { bonusWad, impactWad, capWad, stock, waiting, timeMs: block.timeMs };
    const before = (traces.get(id) ?? []).filter((at) => at.timeMs < block.timeMs);
    const all = [...before, { ...point, priceWad: price?.midWad ?? null }];
    next.set(id, all.slice(-MOST_TRACED));
  }
  return next;
}

/** Newest first, each once. */
function merged(old: Happening[], more: Happening[]): Happening[] {
  const known = new Set(old.map(({ id }) => id));
  const fresh = more.filter(({ id }) => !known.has(id));
  if (fresh.length === 0) return old;
  const all = [...fresh, ...old];
  const place = (id: string) => Number(id.split('-')[1] ?? 0);
  all.sort((a, b) => b.block - a.block || place(b.id) - place(a.id));
  return all.slice(0, MOST_HAPPENINGS);
}

let nextSent = 1;

export function noteSent(intent: Intent, line: string): number {
  const id = nextSent++;
  const sent: Sent = { id, intent, line, progress: { step: 'checking' } };
  // What is done makes room: a pile of it would cover the page.
  const open = state.sent.filter(({ progress }) => progress.step !== 'final' && progress.step !== 'failed');
  set({ sent: [sent, ...open].slice(0, 8) });
  return id;
}

export function noteProgress(id: number, progress: Progress): void {
  set({ sent: state.sent.map((one) => (one.id === id ? { ...one, progress } : one)) });
}

export function forgetSent(id: number): void {
  set({ sent: state.sent.filter((one) => one.id !== id) });
}
