import { describe, expect, it } from 'vitest';
import { walk } from '../../src/live/differences';

const WAS = {
  frozen: false,
  collateralCap: 100_000n * 10n ** 18n,
  tiers: [{ ltvBps: 7_500, liquidationThresholdBps: 8_000 }],
  auction: { halfLifeMs: 1_800_000n, backed: { capPpm: 2_400 } },
  isolationCeilingWad: undefined,
};

describe('what an operation would change', () => {
  it('names each leaf that differs, in its unit, and nothing else', () => {
    const is = structuredClone(WAS);
    is.frozen = true;
    is.collateralCap = 50_000n * 10n ** 18n;
    is.tiers[0] = { ltvBps: 7_000, liquidationThresholdBps: 8_000 };
    is.auction.backed.capPpm = 3_000;
    expect(walk(WAS, is, ['ETH'], 18)).toEqual([
      { what: 'ETH · frozen', from: 'no', to: 'yes' },
      { what: 'ETH · collateral cap', from: '100,000', to: '50,000' },
      { what: 'ETH · tiers · 1 · LTV', from: '75 %', to: '70 %' },
      { what: 'ETH · auction · backed · cap', from: '0.24 %', to: '0.3 %' },
    ]);
    expect(walk(WAS, structuredClone(WAS), ['ETH'], 18)).toEqual([]);
  });

  it('shows what is set, taken away, added and left out', () => {
    const is = { ...structuredClone(WAS), isolationCeilingWad: 5n * 10n ** 18n };
    expect(walk(WAS, is, ['ETH'], 18)).toEqual([{ what: 'ETH · isolation ceiling', from: 'none', to: '5' }]);
    const more = structuredClone(WAS);
    more.tiers.push({ ltvBps: 6_000, liquidationThresholdBps: 7_000 });
    expect(walk(WAS, more, ['ETH'], 18)).toEqual([{ what: 'ETH · tiers · 2', from: 'none', to: 'LTV 60 %, liquidation threshold 70 %' }]);
    expect(walk(more, WAS, ['ETH'], 18)[0]?.to).toBe('none');
  });
});
