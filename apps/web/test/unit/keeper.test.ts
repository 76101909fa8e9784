import { describe, expect, it } from 'vitest';
import { NotUnderstood, older, series } from '../../src/keeper/schema';

const MARKET = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const BOB = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';

const TAKEN = {
  event: 'Taken', block: 12, index: 3, time_ms: 1_700_000_000_000, account: BOB, taker: MARKET, collateral: 0, debt: 1,
  repaid: '1500000', received: '1000000000000000000', fee: '0', reward: '0', bonus_wad: '-2500000000000000',
  fair_wad: '1800000000000000000000', paid_wad: '1795500000000000000000', backstop: false, closed: true,
};
const HISTORY = {
  market: MARKET, from_block: 4, from_ms: 1_699_999_000_000, to_block: 20, to_ms: 1_700_000_100_000, next: '12-3', events: [TAKEN] as unknown[],
};
const SUMS = {
  auctions_opened: 2, auctions_closed: 1, takes: 3, sold: [{ asset: 0, units: '5' }], repaid: [{ asset: 1, units: '7' }],
  bad_debt: [], stock_sold: [], fair_wad: '10', paid_wad: '9',
};
const ASSET = {
  asset: 0, supplied: '10', borrowed: '4', collateral: '6', price_wad: null, utilisation_wad: '400000000000000000', level: 'Guarded',
};
const POINT = { ...SUMS, from_ms: 1_700_000_000_000, at_ms: 1_700_000_050_000, assets: [ASSET] as unknown[] };
const STATS = {
  market: MARKET, from_block: 4, from_ms: 0, to_block: 20, to_ms: 1_700_000_100_000, step_ms: 3_600_000,
  points: [POINT, { ...POINT, from_ms: 1_700_003_600_000, assets: [] }] as unknown[], totals: SUMS as unknown,
};

describe('what a keeper tells', () => {
  it('is read with every digit', () => {
    const { happenings, next, fromBlock } = older(HISTORY, MARKET);
    expect({ next, fromBlock }).toEqual({ next: '12-3', fromBlock: 4 });
    expect(happenings).toEqual([
      {
        id: 'keeper-12-3', block: 12, timeMs: 1_700_000_000_000, account: BOB, asset: 0,
        what: {
          kind: 'taken', debt: 1, taker: MARKET, repaid: 1_500_000n, received: 10n ** 18n, fee: 0n, bonusWad: -2_500_000_000_000_000n,
          fairWad: 1_800n * 10n ** 18n, paidWad: 1_795_500_000_000_000_000_000n, backstop: false, closed: true,
        },
      },
    ]);
  });

  it('may have events that this page does not know: they are passed over', () => {
    const more = [{ event: 'Invented', block: 13, index: 0, time_ms: 5 }, { event: 'constructor', block: 13, index: 1, time_ms: 5 }];
    expect(older({ ...HISTORY, events: [...more, TAKEN] }, MARKET).happenings).toHaveLength(1);
  });

  it('is a series in the order of time', () => {
    const { points, totals, stepMs } = series(STATS, MARKET);
    expect(stepMs).toBe(3_600_000);
    expect(points.map(({ assets }) => assets.length)).toEqual([1, 0]);
    expect(points[0]?.assets[0]).toMatchObject({ supplied: 10n, priceWad: null, level: 'Guarded' });
    expect([totals.opened, totals.sold.get(0), totals.repaid.get(1)]).toEqual([2, 5n, 7n]);
    const back = [STATS.points[1], STATS.points[0]];
    expect(() => series({ ...STATS, points: back }, MARKET)).toThrow(NotUnderstood);
  });
});

describe('a hostile answer', () => {
  const wrong: [string, unknown][] = [
    ['nothing', null],
    ['a list', []],
    ['another market', { ...HISTORY, market: BOB }],
    ['no events', { ...HISTORY, events: { length: 1 } }],
    ['too many events', { ...HISTORY, events: Array(501).fill(TAKEN) }],
    ['a place with a script', { ...HISTORY, next: '"><script>' }],
    ['a beginning before all', { ...HISTORY, from_block: -1 }],
    ['a half block', { ...HISTORY, events: [{ ...TAKEN, block: 1.5 }] }],
    ['a time after all', { ...HISTORY, events: [{ ...TAKEN, time_ms: 8_640_000_000_000_001 }] }],
    ['a time that is text', { ...HISTORY, events: [{ ...TAKEN, time_ms: '5' }] }],
    ['an amount that is a number', { ...HISTORY, events: [{ ...TAKEN, repaid: 1 }] }],
    ['an amount in words', { ...HISTORY, events: [{ ...TAKEN, repaid: '1e9' }] }],
    ['a huge amount', { ...HISTORY, events: [{ ...TAKEN, repaid: (1n << 128n).toString() }] }],
    ['an endless amount', { ...HISTORY, events: [{ ...TAKEN, received: '9'.repeat(100_000) }] }],
    ['two signs', { ...HISTORY, events: [{ ...TAKEN, bonus_wad: '--5' }] }],
    ['a script for an account', { ...HISTORY, events: [{ ...TAKEN, account: '<img src=x onerror=alert(1)>' }] }],
    ['a number for a yes', { ...HISTORY, events: [{ ...TAKEN, closed: 1 }] }],
    ['an asset that is none', { ...HISTORY, events: [{ ...TAKEN, collateral: 256 }] }],
    ['an invented level', { ...HISTORY, events: [{ event: 'BreakerRaised', block: 1, index: 0, time_ms: 1, asset: 0, level: '__proto__', until_ms: 1 }] }],
  ];
  it.each(wrong)('with %s is not shown', (_, answer) => {
    expect(() => older(answer, MARKET)).toThrow(NotUnderstood);
  });

  const wrongSeries: [string, unknown][] = [
    ['another market', { ...STATS, market: BOB }],
    ['too many points', { ...STATS, points: Array.from({ length: 501 }, (_, at) => ({ ...POINT, from_ms: at })) }],
    ['no totals', { ...STATS, totals: 'none' }],
    ['too many assets', { ...STATS, points: [{ ...POINT, assets: Array(257).fill(ASSET) }] }],
    ['a price below nothing', { ...STATS, points: [{ ...POINT, assets: [{ ...ASSET, price_wad: '-1' }] }] }],
    ['a level of markup', { ...STATS, points: [{ ...POINT, assets: [{ ...ASSET, level: '<b>Normal</b>' }] }] }],
    ['an endless count', { ...STATS, totals: { ...SUMS, takes: 1e300 } }],
  ];
  it.each(wrongSeries)('with %s is no series', (_, answer) => {
    expect(() => series(answer, MARKET)).toThrow(NotUnderstood);
  });
});
