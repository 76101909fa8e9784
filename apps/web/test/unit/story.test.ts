import { describe, expect, it } from 'vitest';
import type { Happening, What } from '../../src/data/model';
import { notable, storyOf } from '../../src/text/story';

const at = (block: number, what: What, account: string | null = null, asset: number | null = null): Happening => ({
  id: `${block}-0`,
  block,
  timeMs: block,
  account,
  asset,
  what,
});
const price = (block: number, asset: number, quarantinedWad: bigint | null = null) =>
  at(block, { kind: 'priced', priceWad: 1n, quarantinedWad }, null, asset);

describe('an account’s story', () => {
  it('has the prices that brought it into auction, the newest of each asset before the start', () => {
    const happenings = [
      price(9, 0),
      at(8, { kind: 'started', starter: 's' }, 'me'),
      price(7, 1),
      price(6, 0),
      price(5, 0),
      at(4, { kind: 'started', starter: 's' }, 'other'),
      at(3, { kind: 'borrowed', units: 1n }, 'me', 1),
      price(2, 0),
    ];
    expect(storyOf(happenings, 'me').map(({ block }) => block)).toEqual([8, 7, 6, 3]);
    expect(storyOf(happenings, 'nobody')).toEqual([]);
  });
});

describe('a market’s feed', () => {
  it('leaves prices out unless they are held back', () => {
    expect(notable([price(2, 0), price(1, 0, 5n), at(0, { kind: 'cured' }, 'me')]).map(({ block }) => block)).toEqual([1, 0]);
  });
});
