/** Which happenings tell an account's story. */
import type { Happening } from '../data/model';

/** What somebody has lent, and in which backstops they have a stake, by asset. */
export interface Holds {
  lends: ReadonlySet<number>;
  stakes: ReadonlySet<number>;
}

const NOTHING: Holds = { lends: new Set(), stakes: new Set() };

/**
 * What happened to an account and, before each of its auctions, the prices that brought it there: those that
 * have changed since it last took on risk, each with the one before it.
 */
export function storyOf(happenings: readonly Happening[], address: string, holds: Holds = NOTHING): Happening[] {
  const told: Happening[] = [];
  const since = new Map<string, number>();
  for (const { account, asset, block, what } of happenings) {
    if (account === address && (what.kind === 'supplied' || what.kind === 'staked')) since.set(`${what.kind}-${asset}`, block);
  }
  const from = (asset: number | null, kind: 'supplied' | 'staked', held: ReadonlySet<number>, block: number) =>
    asset !== null && held.has(asset) && block >= (since.get(`${kind}-${asset}`) ?? 0);
  /** What befell money that was lent or staked, while it was. */
  const befell = ({ asset, block, what }: Happening) =>
    (what.kind === 'loss' && what.bearer === 'lenders' && from(asset, 'supplied', holds.lends, block)) ||
    (what.kind === 'loss' && what.bearer === 'backstop' && from(asset, 'staked', holds.stakes, block)) ||
    (what.kind === 'stockSold' && from(asset, 'staked', holds.stakes, block)) ||
    (what.kind === 'taken' && what.backstop && from(what.debt, 'staked', holds.stakes, block));
  // Newest first: the prices looked for are the first ones met after a start.
  let wanted = false;
  const priced = new Set<number>();
  for (const [place, one] of happenings.entries()) {
    if (one.account === address) {
      told.push(one);
      // Who borrowed at a price was not brought into auction by it.
      if (one.what.kind === 'borrowed' || one.what.kind === 'takenBack') wanted = false;
      if (one.what.kind === 'started') {
        wanted = true;
        priced.clear();
      }
    } else if (befell(one)) {
      told.push(one);
    } else if (wanted && one.what.kind === 'priced' && one.asset !== null && !priced.has(one.asset)) {
      priced.add(one.asset);
      const beforeWad = priceBefore(happenings, place, one.asset);
      if (beforeWad === null) told.push(one);
      else if (beforeWad !== one.what.priceWad) told.push({ ...one, what: { ...one.what, beforeWad } });
    }
  }
  return told;
}

/** The last other price of an asset before a place in the list, as far as it is known. */
function priceBefore(happenings: readonly Happening[], place: number, asset: number): bigint | null {
  let before: bigint | null = null;
  const now = happenings[place]?.what;
  for (const { asset: of, what } of happenings.slice(place + 1)) {
    if (of !== asset || what.kind !== 'priced') continue;
    before = what.priceWad;
    if (now?.kind === 'priced' && before !== now.priceWad) break;
  }
  return before;
}

/** Accounts and blocks in which a debt was written off, by `key`: nothing was left to sell. */
export function writtenOff(happenings: readonly Happening[]): ReadonlySet<string> {
  return new Set(happenings.filter(({ what }) => what.kind === 'badDebt').map(keyOf));
}

export function keyOf({ account, block }: Happening): string {
  return `${account}-${block}`;
}

/** What a market's feed shows: prices only where something is odd about them. */
export function notable(happenings: readonly Happening[]): Happening[] {
  return happenings.filter(({ what }) => what.kind !== 'priced' || what.quarantinedWad !== null);
}

/** What auctions sold of an account of one collateral for one debt, as far as it is known. */
export interface Outcome {
  collateral: number;
  debt: number;
  received: bigint;
  repaid: bigint;
  /** What buyers paid less than the oracle's price, in wad dollars, and of what. */
  lessWad: bigint;
  fairWad: bigint;
  /** Units of the collateral that went to who started the auction and to the protocol, and their value then. */
  fee: bigint;
  feeWad: bigint;
}

export function outcomes(happenings: readonly Happening[], address: string): Outcome[] {
  const sums = new Map<string, Outcome>();
  for (const { account, asset, what } of happenings) {
    if (account !== address || asset === null || what.kind !== 'taken') continue;
    const key = `${asset}-${what.debt}`;
    const none = { collateral: asset, debt: what.debt, received: 0n, repaid: 0n, lessWad: 0n, fairWad: 0n, fee: 0n, feeWad: 0n };
    const sum = sums.get(key) ?? none;
    sums.set(key, {
      ...sum,
      received: sum.received + what.received,
      repaid: sum.repaid + what.repaid,
      lessWad: sum.lessWad + what.fairWad - what.paidWad,
      fairWad: sum.fairWad + what.fairWad,
      fee: sum.fee + what.fee,
      feeWad: sum.feeWad + (what.received === 0n ? 0n : (what.fairWad * what.fee) / what.received),
    });
  }
  return [...sums.values()];
}
