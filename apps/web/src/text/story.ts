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
