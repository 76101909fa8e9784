/** The one way to the chain. The live one stands on `@breakwater/client`; tests have one of fixtures. */
import type { Intent, Progress } from './intent';
import type {
  Account,
  AccountRow,
  Address,
  Answer,
  AssetId,
  Governance,
  Happening,
  Quote,
  Snapshot,
  Wallet,
} from './model';

export type Trouble =
  /** No answer; it is tried again by itself. */
  | { kind: 'noNode'; node: string; sinceMs: number }
  /** The node is of another chain. */
  | { kind: 'wrongChain'; expected: string; found: string }
  /** The chain is the right one and the market is not there: a local chain that was started anew. */
  | { kind: 'noMarket' }
  /** The market runs code that this page does not know: it shows what the lens says, and no more. */
  | { kind: 'unknownLayout'; layout: string }
  /** The page itself is broken or incomplete. */
  | { kind: 'broken'; why: string };

export type SourceEvent =
  | { kind: 'snapshot'; snapshot: Snapshot }
  | { kind: 'accounts'; rows: AccountRow[] }
  | { kind: 'account'; account: Account | null; wallet: Wallet | null }
  | { kind: 'happenings'; happenings: Happening[] }
  /** From which block on everything has been read by now. */
  | { kind: 'read'; fromBlock: number }
  | { kind: 'governance'; governance: Governance | null }
  | { kind: 'trouble'; trouble: Trouble }
  | { kind: 'well' };

/** What is wanted besides the market itself: it costs the node something. */
export interface Wants {
  account: Address | null;
  everybody: boolean;
  governance: boolean;
}

/** Who signs. */
export interface Signer {
  address: Address;
  name: string;
  /** Of `window.injectedWeb3`. */
  signer: unknown;
}

export interface Source {
  /** Begins to follow the chain; the answer ends it. */
  follow(listener: (event: SourceEvent) => void): () => void;
  want(wants: Wants): void;
  /** What an action would leave of an account, by the contract's own code at the newest block. */
  whatIf(account: Address, intent: Intent): Answer<Account>;
  /** The account if prices were others: parts of the present ones in basis points, by asset. */
  shocked(account: Address, priceBps: Map<AssetId, number>): Answer<Account>;
  /** What a lot would sell for at a time ahead, if nothing is sold before. */
  quoteAt(account: Address, collateral: AssetId, debt: AssetId, maxRepay: bigint, timeMs: number): Answer<Quote>;
  /** The common bonus of a collateral at a time ahead, wad. */
  bonusAt(collateral: AssetId, timeMs: number): bigint | null;
  /** Debt that could be liquidated after falls of all collateral, in wad dollars, in their order. */
  debtAtRisk(fallsBps: number[]): bigint[] | null;
  /** Tries, signs, sends and follows. Never throws: what goes wrong is a `failed` step. */
  send(intent: Intent, signer: Signer, report: (progress: Progress) => void): Promise<void>;
}
