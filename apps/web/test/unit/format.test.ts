import { describe, expect, it } from 'vitest';
import { decimal, exact, health, offOracle, parse, percent, short, signedPercent, span, tokens, toOracle, usd, usdShort, WAD } from '../../src/text/format';

describe('numbers', () => {
  it('cuts towards zero and never invents a digit', () => {
    expect(decimal(1_999_999n, 6, 2)).toBe('1.99');
    expect(decimal(-1_999_999n, 6, 2)).toBe('−1.99');
    expect(decimal(-1n, 6, 2)).toBe('0');
    expect(decimal(5n, 0, 2, true)).toBe('5.00');
    expect(decimal(12_345_678n * WAD, 18, 2, true)).toBe('12,345,678.00');
  });

  it('shows more places of what is little, and says when it is less than it can show', () => {
    expect(tokens(0n, 18)).toBe('0');
    expect(tokens(123_456n * WAD, 18)).toBe('123,456');
    expect(tokens(277_821_808_489_320_769n, 17)).toBe('2.7782');
    expect(tokens(5n, 18)).toBe('< 0.000001');
    expect(tokens(1n, 0)).toBe('1');
  });

  it('writes dollars', () => {
    expect(usd(14_900n * WAD)).toBe('$14,900');
    expect(usd((WAD * 25n) / 1000n)).toBe('$0.0250');
    expect(usd(-3n * WAD)).toBe('−$3.00');
    expect(usd(0n)).toBe('$0.00');
    expect(usdShort(1_240_000n * WAD)).toBe('$1.24 M');
    expect(usdShort(99_999n * WAD)).toBe('$99,999');
    expect(usdShort(502_500n * WAD)).toBe('$502.50 k');
  });

  it('writes parts', () => {
    expect(percent(WAD / 8n)).toBe('12.50 %');
    expect(signedPercent(-WAD / 1000n)).toBe('−0.10 %');
    expect(signedPercent(WAD / 1000n)).toBe('+0.10 %');
    expect(offOracle(0n)).toBe('at the oracle’s price');
    expect(offOracle(WAD / 1000n)).toBe('0.10 % below the oracle’s price');
    expect(offOracle(-WAD / 200n)).toBe('0.50 % above the oracle’s price');
    expect(health(null)).toBe('∞');
    expect(health((WAD * 10738n) / 10000n)).toBe('1.073');
    expect(health(200n * WAD)).toBe('> 100');
  });

  it('writes times and addresses', () => {
    expect([45_000, 90_000, 600_000, 12_000_000, 187_200_000].map(span)).toEqual([
      '45 s',
      '1 min 30 s',
      '10 min',
      '3 h 20 min',
      '2 d 4 h',
    ]);
    expect(short('5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty')).toBe('5FHneW…94ty');
  });
});

describe('amounts that people type', () => {
  it('reads what is an amount, exactly', () => {
    expect(parse('14900', 6)).toBe(14_900_000_000n);
    expect(parse('14,900.50', 6)).toBe(14_900_500_000n);
    expect(parse('.5', 18)).toBe(WAD / 2n);
    expect(parse('0.000000000000000001', 18)).toBe(1n);
  });

  it('refuses what is none', () => {
    for (const text of ['', '.', '-1', '1e3', 'all', '1.0000001', '1.2.3', '0x10', `${1n << 128n}`]) {
      expect(parse(text, 6), text).toBeNull();
    }
  });

  it('writes them back as they were', () => {
    for (const units of [1n, 999n, 10n ** 18n, 123_456_789_012_345_678_901n]) {
      expect(parse(exact(units, 18), 18)).toBe(units);
    }
  });
});

describe('a price against the oracle’s', () => {
  it('is below it with a bonus, above it with a premium', () => {
    expect(toOracle(WAD / 400n)).toBe('0.250 % below');
    expect(toOracle(-WAD / 400n)).toBe('0.250 % above');
    expect(toOracle(0n)).toBe('the same');
  });
});
