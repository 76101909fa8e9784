import { describe, expect, it } from 'vitest';
import type { Happening, What } from '../../src/data/model';
import { keyOf, notable, outcomes, storyOf, writtenOff } from '../../src/text/story';

const at = (block: number, what: What, account: string | null = null, asset: number | null = null): Happening => ({
  id: `${block}-0`,
  block,
  timeMs: block,
  account,
  asset,
  what,
});
const price = (block: number, asset: number, priceWad = 1n, quarantinedWad: bigint | null = null) =>
  at(block, { kind: 'priced', priceWad, quarantinedWad }, null, asset);

describe('an account’s story', () => {
  it('has the prices that brought it into auction: of each asset the newest before the start, if it was another before', () => {
    const happenings = [
      price(9, 0),
      at(8, { kind: 'started', starter: 's' }, 'me'),
      price(7, 1),
      price(6, 0, 80n),
      price(5, 0, 80n),
      at(4, { kind: 'started', starter: 's' }, 'other'),
      at(3, { kind: 'borrowed', units: 1n }, 'me', 1),
      price(2, 0, 100n),
    ];
    const told = storyOf(happenings, 'me');
    expect(told.map(({ block }) => block)).toEqual([8, 7, 6, 3]);
    expect(told[2]?.what).toMatchObject({ priceWad: 80n, beforeWad: 100n });
    expect(storyOf(happenings, 'nobody')).toEqual([]);
  });
});

describe('a price that brought nobody anywhere', () => {
  it('is left out: it is as it was, or the loan was taken at it', () => {
    const start = at(8, { kind: 'started', starter: 's' }, 'me');
    const borrowed = at(4, { kind: 'borrowed', units: 1n }, 'me', 1);
    const stood = [start, price(7, 0, 90n), price(6, 1), borrowed, price(3, 1), price(2, 0, 100n)];
    expect(storyOf(stood, 'me').map(({ block }) => block)).toEqual([8, 7, 4]);
    expect(storyOf([start, borrowed, price(3, 0, 5n), price(2, 0, 6n)], 'me').map(({ block }) => block)).toEqual([8, 4]);
  });
});

describe('the story of who lends and stakes', () => {
  const loss = (block: number, bearer: 'lenders' | 'backstop', asset = 1) => at(block, { kind: 'loss', bearer, units: 5n }, null, asset);
  const bought = (block: number, debt: number): Happening =>
    at(block, { kind: 'taken', debt, taker: 't', repaid: 1n, received: 1n, fee: 0n, bonusWad: 0n, fairWad: 1n, paidWad: 1n, backstop: true, closed: true }, 'other', 0);
  const sold = at(6, { kind: 'stockSold', collateral: 0, paid: 1n, received: 1n, bonusWad: 0n }, null, 1);
  const happenings = [
    loss(9, 'lenders'), loss(8, 'backstop'), bought(7, 1), sold, loss(5, 'lenders', 2), bought(5, 2),
    at(4, { kind: 'supplied', units: 9n }, 'me', 1), loss(3, 'lenders'), loss(2, 'backstop'),
  ];
  const blocks = (lends: number[], stakes: number[]) =>
    storyOf(happenings, 'me', { lends: new Set(lends), stakes: new Set(stakes) }).map(({ block }) => block);

  it('has what befell their money, from when it was there', () => {
    expect(blocks([], [])).toEqual([4]);
    expect(blocks([1], [])).toEqual([9, 4]);
    expect(blocks([1], [1])).toEqual([9, 8, 7, 6, 4, 2]);
  });

  it('says of a loan that was sold out that nothing was left', () => {
    const off = writtenOff([at(8, { kind: 'badDebt', units: 1n }, 'other', 1), bought(8, 1), bought(7, 1)]);
    expect([bought(8, 1), bought(7, 1)].map((one) => off.has(keyOf(one)))).toEqual([true, false]);
  });
});

describe('a market’s feed', () => {
  it('leaves prices out unless they are held back', () => {
    expect(notable([price(2, 0), price(1, 0, 1n, 5n), at(0, { kind: 'cured' }, 'me')]).map(({ block }) => block)).toEqual([1, 0]);
  });
});

describe('what auctions sold of an account', () => {
  const taken = (received: bigint, repaid: bigint, fairWad: bigint, paidWad: bigint): What => ({
    kind: 'taken', debt: 1, taker: 't', repaid, received, fee: received / 5n, bonusWad: 0n, fairWad, paidWad, backstop: false, closed: false,
  });

  it('is summed by pair, without what is another’s', () => {
    const happenings = [
      at(4, taken(10n, 99n, 100n, 99n), 'me', 0),
      at(3, taken(5n, 51n, 50n, 51n), 'me', 0),
      at(2, taken(7n, 70n, 70n, 70n), 'other', 0),
      at(1, { kind: 'started', starter: 's' }, 'me'),
    ];
    expect(outcomes(happenings, 'me')).toEqual([
      { collateral: 0, debt: 1, received: 15n, repaid: 150n, lessWad: 0n, fairWad: 150n, fee: 3n, feeWad: 30n },
    ]);
    expect(outcomes(happenings, 'nobody')).toEqual([]);
  });
});
