/**
 * What this package gives, as types. `index.ts` exports all of it.
 *
 * Conventions: amounts are `bigint` in a token's smallest unit, `…Wad` is a `bigint` in 1/10^18 (values in
 * US dollars, prices in dollars a whole token, ratios), `…Ms` is Unix milliseconds, `…Bps` is 1/10,000.
 * Addresses are SS58 text with the prefix 42, hashes are `0x…`. What may be absent is `undefined`.
 * Names of types and fields are those of `crates/protocol`, in camel case.
 */
import type { LegacyClient } from 'dedot';
import type { IKeyringPair, InjectedSigner } from 'dedot/types';
import type {
  Account,
  AccountSnapshot,
  AccountView,
  Action,
  BackstopView,
  BreakerView,
  Entry,
  ErrorName,
  Feed,
  GovernanceEvent,
  Level,
  MarketEvent,
  MarketParams,
  Operation,
  OracleEvent,
  Order,
  Price,
  PricedReserve,
  Quote,
  RatesView,
  Reserve,
  RiskView,
  Roles,
  Root,
  SaleView,
  Settings,
  State,
  Transition,
  Value,
  VaultStake,
  Verdict,
} from './generated/types.js';

/** SS58 text, prefix 42. Any prefix, and a public key as `0x…`, are understood where one is given. */
export type Address = string;
/** `0x` and hexadecimal digits. */
export type Hex = `0x${string}`;
/** Number of a reserve in its market. */
export type AssetId = number;
/** Ends what was begun. */
export type Stop = () => void;

/** As an amount in `Withdraw`, `WithdrawCollateral`, `Repay`, `take`: all of it. */
export const ALL = (1n << 128n) - 1n;
/** One, in `…Wad`. */
export const WAD = 10n ** 18n;

// ---- Where a market is ------------------------------------------------------------------------

/** A token and its reserve, as the deployment file names them. */
export interface Asset {
  symbol: string;
  token: Address;
  decimals: number;
  /** The reserve's number, once it is listed. */
  id?: AssetId;
}

/** The deployment file that `breakwater deploy` writes. */
export interface Deployment {
  /** Hash of the chain's first block. */
  genesis: Hex;
  market: Address;
  lens: Address;
  oracle: Address;
  governor?: Address;
  taker?: Address;
  assets: Asset[];
  pools: { base: string; quote: string; address: Address }[];
}

// ---- Connection -------------------------------------------------------------------------------

/** What becomes of the connection to the node. */
export type Connection =
  | { state: 'connecting'; attempt: number; why?: string }
  | { state: 'connected' }
  /** Another chain than the deployment's: nothing is read. Tried again, as a node may be restarted. */
  | { state: 'wrong-chain'; genesis: Hex }
  | { state: 'closed' };

/** How much of a market is read without the contracts' help. */
export type Reading =
  /** Cells come from the child trie; the code on the chain is the one that this package was built with. */
  | { from: 'cells'; exact: true }
  /** Cells come from the child trie; the layout is ours, the code is another release. What-ifs may differ. */
  | { from: 'cells'; exact: false; codeHash: Hex }
  /** Another layout: everything is asked of market and lens; no lists, no what-ifs. */
  | { from: 'views'; layout: number; codeHash: Hex };

/** Options of `Breakwater.open`. */
export interface OpenOptions {
  /** `ws://` or `wss://`; several are tried in turn. */
  endpoints: string | string[];
  deployment: Deployment;
  /** Bytes of `core.wasm`, or where to fetch them. Node.js finds its own. */
  core?: Uint8Array | URL | Response | Promise<Response>;
  /** Told of every change of the connection. */
  onConnection?: (connection: Connection) => void;
  /** Ask market and lens for everything, as where the layout is another. */
  views?: boolean;
  /** Give up after that long without a connection; otherwise `open` waits. */
  timeoutMs?: number;
}

// ---- What is read -----------------------------------------------------------------------------

/** A market at a block: everything but the accounts. The core computes with it. */
export interface Snapshot {
  blockHash: Hex;
  blockNumber: number;
  /** The block's time. */
  nowMs: number;
  params: MarketParams;
  /** Owner, guardian, and until when. */
  owner: Address;
  guardian: Address;
  /** The highest number where without end. */
  guardianUntilMs: bigint;
  /** The market's address, and its own cell. */
  market: Address;
  root: Root;
  /** Reserves as stored, with their prices: interest up to `reserve.balances.accruedMs`. `core.reserve` has it up
   * to now. */
  reserves: PricedReserve[];
  /** Newest block that is final. */
  finalisedNumber: number;
}

/** An account's cell with its owner. */
export interface AccountEntry {
  who: Address;
  account: Account;
  /** As it is stored, where it was read from its cell: spares the core's encoding. */
  raw?: Uint8Array | undefined;
}

/** An account of a list, by its health. */
export interface Standing extends AccountEntry {
  /** The highest number without debt. */
  healthFactorWad: bigint;
  collateralWad: bigint;
  debtWad: bigint;
}

/** Debt that could be liquidated if all collateral fell by `fallBps`. */
export interface DebtAtRisk {
  fallBps: number;
  alreadyWad: bigint;
  newWad: bigint;
  newAccounts: number;
}

/** A collateral's gradual price at a time, if nothing is sold until then. */
export interface PricePoint {
  timeMs: number;
  /** The common bonus beyond the oracle's price; negative below it. */
  bonusWad: bigint;
  /** Dollars a token at which it is sold: the oracle's price / (1 + bonus). */
  priceWad: bigint;
  /** Units that accounts may sell then. */
  room: bigint;
}

// ---- What is done -----------------------------------------------------------------------------

/** A message to the market: what a what-if runs and what is sent. */
export type Message =
  /** The caller's own account; one judgement at the end. */
  | { type: 'Act'; actions: Action[]; receiver?: Address; deadlineMs?: number }
  /** One action for somebody else's account. */
  | { type: 'ActFor'; account: Address; action: Action }
  | { type: 'Liquidate'; account: Address }
  | { type: 'Take'; account: Address; order: Order; deadlineMs?: number; receiver?: Address }
  | { type: 'BackstopFill'; account: Address; collateral: AssetId; debt: AssetId }
  | { type: 'Cure'; account: Address }
  | { type: 'RecogniseBadDebt'; account: Address }
  | { type: 'ClaimReward'; asset: AssetId; receiver?: Address }
  | { type: 'BackstopDeposit'; asset: AssetId; assets: bigint }
  | { type: 'BackstopGiveNotice'; asset: AssetId }
  | { type: 'BackstopWithdraw'; asset: AssetId; shares: bigint; receiver?: Address }
  | { type: 'BuyStock'; order: Order; deadlineMs?: number; receiver?: Address };

/** Units that move between the market and somebody. */
export interface Payment {
  asset: AssetId;
  token: Address;
  paidIn: bigint;
  paidOut: bigint;
}

/** What a message would do now, computed by the contract's own code. */
export interface WhatIf {
  /** The account it is about (the caller's; the one in auction for a liquidation, take, fill). */
  account: Address;
  /** Nothing where a debt has no price. */
  before?: AccountView | undefined;
  after?: AccountView | undefined;
  /** Units in from the caller, units out to the receiver. */
  payments: Payment[];
  /** Changes of the breaker's levels. */
  transitions: Transition[];
  /** Level of each asset the message touches, after it. */
  levels: { asset: AssetId; level: Level }[];
  /** The message ends the account's auction. */
  cured: boolean;
  /** Of a take, a fill, a purchase of stock: what is sold. */
  quote?: Quote | undefined;
  /** Of a stake: as it will be. */
  stake?: VaultStake | undefined;
  /**
   * Cells that will be stored, SCALE-encoded, by the contract's own keys; `undefined` removes. Of the market's
   * own cell, the part behind oracle and codes.
   */
  cells: { key: Hex; value: Hex | undefined }[];
}

/** Why a message was refused: the core's error, or the chain's. */
export interface Refusal {
  /** `Overflow`, `InsufficientCollateral`, …; of the chain `OutOfGas`, `FundsUnavailable`, … */
  name: ErrorName | string;
  /** What it means and what to do: the sentence of the command line. */
  sentence: string;
}

/** A call of a contract. */
export interface Call {
  contract: Address;
  data: Uint8Array;
  /** Native balance sent along, in planck. */
  value: bigint;
  /** What it is, in a few words: `approve 10 ETH`, `borrow 5 USD`. */
  label: string;
}

/** What a call would cost, and do, from a dry run. */
export interface DryRun {
  gas: { refTime: bigint; proofSize: bigint };
  /** It could not be tried alone, as it needs the approval before it: `gas` is an upper bound. */
  bound: boolean;
  /** Storage deposit, planck; negative is a refund. */
  deposit: bigint;
  /** The message's answer, SCALE-encoded, behind ink!'s own Ok. */
  answer: Uint8Array;
}

/** Where a transaction is. */
export type Progress =
  | { state: 'signing' }
  | { state: 'sent'; hash: Hex }
  | { state: 'in-block'; hash: Hex; blockHash: Hex; blockNumber: number }
  | { state: 'final'; hash: Hex; blockHash: Hex; blockNumber: number };

/** A transaction that is in a block and has done what it should. */
export interface Receipt {
  hash: Hex;
  blockHash: Hex;
  blockNumber: number;
  feePlanck: bigint;
  events: ChainEvent[];
}

/** Who signs: a keyring's pair (tests, Node.js), or a wallet's signer with an address. */
export type Signer =
  | { address: Address; pair: IKeyringPair }
  | { address: Address; signer: InjectedSigner };

/** Options of `send`. */
export interface SendOptions {
  /** Told of each step. */
  onProgress?: (progress: Progress) => void;
  /** Resolve when it is in a block (the default) or final. */
  until?: 'in-block' | 'final';
  /** Margin on the gas of the dry run, parts of 10,000; by default 2,500 (x 1.25). Unspent gas is refunded. */
  gasMarginBps?: number;
}

/** Something that one of the contracts reported. */
export type ChainEvent = { contract: Address; blockHash: Hex; blockNumber: number; timeMs: number } & (
  | ({ of: 'market' } & MarketEvent)
  | ({ of: 'oracle' } & OracleEvent)
  | ({ of: 'governor' } & GovernanceEvent)
);

// ---- The whole --------------------------------------------------------------------------------

/** The core in WebAssembly: pure, synchronous. All throw [`ProtocolError`] where the contract would refuse. */
export interface CoreApi {
  /** Number of the storage layout that it knows. */
  readonly layout: number;
  /** Puts a market on the table; all that follows is computed with it. `nowMs` moves the clock. */
  load(snapshot: Snapshot, nowMs?: number): void;
  /** Moves the clock on from the snapshot's block. */
  at(nowMs: number): void;
  /** An account, as the lens answers. */
  account(account: Account): AccountView;
  /** What a message by `caller` would do to the accounts given (those it names, as they are stored). */
  whatIf(caller: Address, message: Message, cells: Cells): WhatIf;
  /** What a take would move. */
  quote(account: Account, order: Order): Quote;
  quoteStock(order: Order): Quote;
  /** A collateral's price at several times, if nothing is sold and nothing else happens. */
  priceOverTime(asset: AssetId, timesMs: number[]): PricePoint[];
  /** What a take of an account would move at several times; `undefined` where it would be refused. */
  quoteOverTime(account: Account, order: Order, timesMs: number[]): (Quote | undefined)[];
  /** Health of many accounts: 10,000 in some 20 ms. Those without a price of a debt are left out. */
  standings(accounts: AccountEntry[]): Standing[];
  /** Debt that falls of all collateral would bring into liquidation. */
  debtAtRisk(accounts: AccountEntry[], fallsBps: number[]): DebtAtRisk[];
  /** A reserve with interest up to the clock. */
  reserve(asset: AssetId): Reserve;
  rates(asset: AssetId): RatesView;
  risk(asset: AssetId): RiskView;
  breaker(asset: AssetId): BreakerView;
  sale(asset: AssetId): SaleView;
  backstop(asset: AssetId): BackstopView;
}

/** Cells that a what-if works on, as they are stored. What is left out is empty. */
export interface Cells {
  accounts?: AccountEntry[];
  stakes?: { asset: AssetId; who: Address; stake: VaultStake }[];
  rewards?: { who: Address; earned: [AssetId, bigint][] }[];
  /** Pages of the index of open auctions. */
  pages?: Address[][];
}

/** What a governor knows. What an operation does is in its `OperationQueued` event. */
export interface Governance {
  governor: Address;
  settings: Settings;
  roles: Roles;
  open: { id: Hex; entry: Entry; state: State }[];
}

/** A call of one of the deployment's contracts, read. */
export interface ReadCall {
  /** `market`, `oracle`, `governor`, or a token's symbol. */
  contract: string;
  message: string;
  args: unknown[];
}

/** A market on a chain. */
export interface BreakwaterApi {
  readonly deployment: Deployment;
  /** dedot's client, for whatever else. Another one after each reconnection. @throws while not connected. */
  readonly client: LegacyClient;
  readonly connection: Connection;
  onConnection(listener: (connection: Connection) => void): Stop;
  /** Native token, as the chain calls it. */
  readonly nativeToken: { symbol: string; decimals: number };
  readonly core: CoreApi;
  /** How it is read. Changes with an upgrade of the market. */
  readonly reading: Reading;

  /** The market at the newest block (or at the one given): one dry run. Also loads the core with it. */
  snapshot(blockHash?: Hex): Promise<Snapshot>;
  /** Calls back with each new block's snapshot and the events in it; first at once. */
  watch(each: (snapshot: Snapshot, events: ChainEvent[]) => void, failed?: (why: unknown) => void): Stop;

  /** One account's cell. An account that has nothing is empty. */
  account(who: Address, blockHash?: Hex): Promise<Account>;
  /** All accounts of the market, from the child trie. @throws where `reading.from` is `views`. */
  accounts(blockHash?: Hex): Promise<AccountEntry[]>;
  /** An account as its owner wants to see it: by the core, or by the lens where the core can't. */
  view(who: Address): Promise<AccountView>;
  /** The lens's own answer, for comparison. */
  lensAccount(who: Address, blockHash?: Hex): Promise<AccountView>;
  /** An account with all that its health is made of, as the market answers. */
  accountSnapshot(who: Address, blockHash?: Hex): Promise<AccountSnapshot>;
  /** Accounts in auction. */
  auctions(blockHash?: Hex): Promise<AccountEntry[]>;
  /** A stake in the backstop of an asset. */
  stake(asset: AssetId, who: Address, blockHash?: Hex): Promise<VaultStake>;
  /** Rewards to be claimed. */
  rewards(who: Address, blockHash?: Hex): Promise<[AssetId, bigint][]>;
  /** Units of an asset's token in somebody's wallet. */
  balance(asset: AssetId, who: Address): Promise<bigint>;
  /** Units that the market may pull from somebody. */
  allowance(asset: AssetId, who: Address): Promise<bigint>;
  /** Native balance that can be spent, planck. */
  native(who: Address): Promise<bigint>;
  /** What the oracle says of an asset. */
  price(asset: AssetId): Promise<Price | undefined>;

  /** An asset's feed as the oracle adapter keeps it: its sources' kinds among it. */
  feed(asset: AssetId, blockHash?: Hex): Promise<Feed | undefined>;
  /** The last value of each of its sources, in wad dollars with its time, and why it counts or not. */
  sources(asset: AssetId, blockHash?: Hex): Promise<{ last: Value; verdict: Verdict }[]>;

  /** Reads the cells a message needs and computes what it would do now. @throws [`ProtocolError`] */
  whatIf(caller: Address, message: Message): Promise<WhatIf>;
  /** The calls that a message needs: approvals of what it pulls where the allowance is short, then itself. */
  calls(caller: Address, message: Message): Promise<Call[]>;
  /** Looks at the breaker's measures of some assets. */
  poke(assets: AssetId[]): Call;
  /** Executes, or cancels, an operation of the governor's. @throws without one. */
  execute(operation: Operation): Call;
  cancel(id: Hex): Call;
  /** What the governor knows; nothing where there is none. */
  governance(blockHash?: Hex): Promise<Governance | undefined>;
  /** Reads a call of one of the deployment's contracts. */
  readCall(call: { target: Address; data: Uint8Array }): ReadCall | undefined;
  /** Dry-runs calls together, as one transaction. @throws [`ProtocolError`] with the sentence. */
  dryRun(caller: Address, calls: Call[]): Promise<DryRun[]>;
  /** Signs and sends calls as one transaction (`utility.batchAll` of several) with one signature. */
  send(signer: Signer, calls: Call[], options?: SendOptions): Promise<Receipt>;
  /** `calls` and `send` in one. */
  do(signer: Signer, message: Message, options?: SendOptions): Promise<Receipt>;

  /** The command line's line for a message: `breakwater borrow USD 100`. */
  commandLine(message: Message): string;
  /** Events of the deployment's contracts in a block. */
  events(blockHash: Hex): Promise<ChainEvent[]>;
  blockHash(number: number): Promise<Hex>;
  close(): Promise<void>;
}
