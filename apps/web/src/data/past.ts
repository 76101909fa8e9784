/** What a keeper tells of the past. It is shown as told, and no action is computed from it. */
import type { AssetId, Happening, Level } from './model';

/** Events, newest first. */
export interface Older {
  happenings: Happening[];
  /** Where to ask on; null where the keeper knows nothing older. */
  next: string | null;
  /** From which block on the keeper's record is whole, and since when. */
  fromBlock: number;
  fromMs: number;
}

/** A reserve at the end of a step. */
export interface AssetThen {
  asset: AssetId;
  supplied: bigint;
  borrowed: bigint;
  collateral: bigint;
  priceWad: bigint | null;
  utilisationWad: bigint;
  level: Level;
}

/** What happened in a while, by asset where it is units. */
export interface Sums {
  opened: number;
  closed: number;
  takes: number;
  sold: Map<AssetId, bigint>;
  repaid: Map<AssetId, bigint>;
  badDebt: Map<AssetId, bigint>;
  fairWad: bigint;
  paidWad: bigint;
}

export interface Point extends Sums {
  /** When the step begins. */
  fromMs: number;
  /** Empty where nobody looked in that step. */
  assets: AssetThen[];
}

export interface Series {
  stepMs: number;
  /** Since when the record is whole, and the time of its last block. */
  fromMs: number;
  toMs: number;
  points: Point[];
  totals: Sums;
}
