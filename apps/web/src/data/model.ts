/**
 * What the page knows of a market. Amounts are units of their asset, `_wad` numbers 10^18ths, times
 * Unix milliseconds of the chain. Everything is plain data: pages are functions of it.
 */

/** An asset's number in its market. */
export type AssetId = number;
/** An account's address, as people write it (SS58). */
export type Address = string;

export type Level = 'Normal' | 'Guarded' | 'Stressed' | 'Halted';
export const LEVELS: readonly Level[] = ['Normal', 'Guarded', 'Stressed', 'Halted'];
export type Trigger = 'Calm' | 'Volatility' | 'Outflow' | 'BadDebt' | 'Price' | 'People';

export interface Price {
  midWad: bigint;
  lowWad: bigint;
  highWad: bigint;
  timeMs: number;
  fastVolatilityWad: bigint;
  slowVolatilityWad: bigint;
  forRisk: boolean;
  forLiquidation: boolean;
  forSettlement: boolean;
  goodSinceMs: number;
}

export interface PriceSource {
  /** Why it counts or does not, as the adapter says: `Counts`, `TooOld`, … */
  verdict: string;
}

export interface Breaker {
  level: Level;
  trigger: Trigger;
  /** When the level falls by one if nothing holds it; 0 where it lasts as long as its reason. */
  untilMs: number;
  meters: Meter[];
}

/** A trigger's measure as parts of its thresholds, in basis points; null where there is no threshold. */
export interface Meter {
  trigger: Trigger;
  guardedBps: bigint | null;
  stressedBps: bigint | null;
  haltedBps: bigint | null;
}

/** How a collateral is sold now. */
export interface Sale {
  bonusWad: bigint;
  impactWad: bigint;
  capWad: bigint;
  room: bigint;
  stockRoom: bigint;
  waiting: number;
  stock: bigint;
  settlesSinceMs: number | null;
  fuseWad: bigint;
  /** Basis points, thousandths of them a minute. */
  riseMbpsPerMin: number;
  floorBps: number;
  maxBonusBps: number;
  halfLifeMs: number;
}

export interface Backstop {
  money: bigint;
  tied: bigint;
  target: bigint;
  premiumWad: bigint;
  shares: bigint;
  stocks: { collateral: AssetId; units: bigint; cost: bigint }[];
  cooldownMs: number;
  windowMs: number;
}

export interface Bracket {
  fromWad: bigint;
  rateWad: bigint;
}

export interface Asset {
  id: AssetId;
  symbol: string;
  decimals: number;
  token: Address;
  borrowable: boolean;
  isCollateral: boolean;
  frozen: boolean;
  price: Price | null;
  sources: PriceSource[];
  supplied: bigint;
  borrowed: bigint;
  cash: bigint;
  collateral: bigint;
  supplyCap: bigint;
  borrowCap: bigint;
  collateralCap: bigint;
  minDebt: bigint;
  depth: bigint;
  utilisationWad: bigint;
  borrowRateWad: bigint;
  supplyRateWad: bigint;
  loadWad: bigint;
  maxLoadWad: bigint;
  haircutWad: bigint | null;
  ltv: Bracket[];
  thresholds: Bracket[];
  outflowRoom: bigint;
  breaker: Breaker;
  sale: Sale | null;
  backstop: Backstop | null;
}

export interface Block {
  number: number;
  hash: string;
  timeMs: number;
  /** When this page saw it, by the page's own clock (`performance.now`). */
  seenAtMs: number;
  finalised: number;
}

/** One position of an account. */
export interface Position {
  asset: AssetId;
  supplied: bigint;
  owed: bigint;
  collateral: bigint;
  collateralWad: bigint;
  owedWad: bigint;
  liquidationPriceWad: bigint | null;
}

export interface Account {
  address: Address;
  positions: Position[];
  collateralWad: bigint;
  debtWad: bigint;
  thresholdWad: bigint;
  /** Null without debt. */
  healthWad: bigint | null;
  ltvWad: bigint | null;
  availableWad: bigint;
  /** By what part all collateral may fall together; null without debt. */
  shockWad: bigint | null;
  /** The highest level of what bears its risk. */
  level: Level;
  auction: { startedMs: number; starter: Address } | null;
}

/** What a row of the list of all accounts needs. */
export interface AccountRow {
  address: Address;
  healthWad: bigint;
  debtWad: bigint;
  collateralWad: bigint;
  collaterals: AssetId[];
  debts: AssetId[];
  inAuction: boolean;
}

/** What a buyer would get of an account, or of stock, at one time. */
export interface Quote {
  repaid: bigint;
  received: bigint;
  bonusWad: bigint;
  backstopRepaid: bigint;
}

/** A quote, or the name of the error that stands against it. */
export type Answer<T> = { ok: true; value: T } | { ok: false; error: Refusal };

/** An error of the protocol's, with its sentence of advice. */
export interface Refusal {
  name: string;
  advice: string;
}

/** One pair of assets of an account in auction. */
export interface Lot {
  account: Address;
  collateral: AssetId;
  debt: AssetId;
  startedMs: number;
  healthWad: bigint;
  debtWad: bigint;
  quote: Answer<Quote>;
}

export interface Stake {
  asset: AssetId;
  shares: bigint;
  /** What the stake is worth in money, and its part of each stock. */
  money: bigint;
  stocks: { collateral: AssetId; units: bigint }[];
  notice: { opensMs: number; closesMs: number; againMs: number } | null;
}

/** What somebody holds outside the market. */
export interface Wallet {
  address: Address;
  balances: Map<AssetId, bigint>;
  native: bigint;
  nativeDecimals: number;
  nativeSymbol: string;
  stakes: Stake[];
  rewards: { asset: AssetId; units: bigint }[];
}

export type Role = 'proposer' | 'executor' | 'guardian' | 'steward';
export type OperationState = 'waiting' | 'ready' | 'done' | 'cancelled' | 'expired';

export interface Operation {
  id: string;
  proposer: Address;
  state: OperationState;
  readyMs: number;
  expiresMs: number;
  /** What its proposer says; null where its calls have not been read yet. */
  lowersRisk: boolean | null;
  /** One line a difference: what would change, from what, to what; a call that is no change in words. */
  changes: { what: string; from: string | null; to: string }[];
}

export interface Governance {
  governor: Address;
  delayMs: number;
  loweringDelayMs: number;
  graceMs: number;
  roles: Record<Role, Address[]>;
  operations: Operation[];
}

/** Something that happened, newest first in lists. `id` is its block and place. */
export interface Happening {
  id: string;
  block: number;
  timeMs: number;
  asset: AssetId | null;
  account: Address | null;
  what: What;
}

export type What =
  | { kind: 'supplied' | 'withdrawn' | 'borrowed' | 'repaid'; units: bigint }
  | { kind: 'deposited' | 'takenBack'; units: bigint }
  | { kind: 'started'; starter: Address }
  | { kind: 'cured' }
  | {
      kind: 'taken';
      debt: AssetId;
      taker: Address;
      repaid: bigint;
      received: bigint;
      /** Units of the collateral beside what was bought: the starter's reward and the protocol's part. */
      fee: bigint;
      bonusWad: bigint;
      fairWad: bigint;
      paidWad: bigint;
      backstop: boolean;
      closed: boolean;
    }
  | { kind: 'badDebt'; units: bigint }
  | { kind: 'loss'; bearer: 'protocol' | 'backstop' | 'lenders'; units: bigint }
  | { kind: 'staked'; units: bigint }
  | { kind: 'noticed'; opensMs: number }
  | { kind: 'unstaked' }
  | { kind: 'stockSold'; collateral: AssetId; paid: bigint; received: bigint; bonusWad: bigint }
  | { kind: 'level'; from: Level; to: Level; trigger: Trigger; measureBps: bigint; untilMs: number }
  | { kind: 'raised'; level: Level; untilMs: number }
  /** With the price before it, where somebody is told how they came into auction. */
  | { kind: 'priced'; priceWad: bigint; beforeWad?: bigint; quarantinedWad: bigint | null }
  | { kind: 'governed'; text: string };

/** Who the market is. */
export interface Market {
  address: Address;
  name: string;
  owner: Address;
  guardian: Address;
  node: string;
  /** Where a keeper tells its health, if one was named: it tells of the past then. */
  keeper: string | null;
  targetHealthWad: bigint;
}

/** The market at one block. */
export interface Snapshot {
  block: Block;
  market: Market;
  assets: Asset[];
  lots: Lot[];
  /** Accounts in auction: more than lots are of where a storm has put many there. */
  inAuction: number;
  /** Where the page reads accounts by: cells directly, or by the lens alone. */
  accountsKnown: boolean;
}
