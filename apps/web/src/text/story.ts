/** Which happenings tell an account's story. */
import type { Happening } from '../data/model';

/** What happened to an account and, before each of its auctions, the prices that brought it there. */
export function storyOf(happenings: readonly Happening[], address: string): Happening[] {
  const told: Happening[] = [];
  // Newest first: the prices looked for are the first ones met after a start.
  let wanted = false;
  const priced = new Set<number>();
  for (const one of happenings) {
    if (one.account === address) {
      told.push(one);
      if (one.what.kind === 'started') {
        wanted = true;
        priced.clear();
      }
    } else if (wanted && one.what.kind === 'priced' && one.asset !== null && !priced.has(one.asset)) {
      priced.add(one.asset);
      told.push(one);
    }
  }
  return told;
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
}

export function outcomes(happenings: readonly Happening[], address: string): Outcome[] {
  const sums = new Map<string, Outcome>();
  for (const { account, asset, what } of happenings) {
    if (account !== address || asset === null || what.kind !== 'taken') continue;
    const key = `${asset}-${what.debt}`;
    const none = { collateral: asset, debt: what.debt, received: 0n, repaid: 0n, lessWad: 0n, fairWad: 0n };
    const sum = sums.get(key) ?? none;
    sums.set(key, {
      ...sum,
      received: sum.received + what.received,
      repaid: sum.repaid + what.repaid,
      lessWad: sum.lessWad + what.fairWad - what.paidWad,
      fairWad: sum.fairWad + what.fairWad,
    });
  }
  return [...sums.values()];
}
