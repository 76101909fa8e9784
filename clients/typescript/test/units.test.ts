import { describe, expect, it } from 'vitest';
import { formatPercent, formatUnits, formatWad, parseUnits, valueWad } from '../src/index.js';

describe('amounts', () => {
  it('are read exactly', () => {
    for (const [text, decimals, units] of [
      ['1.5', 6, 1_500_000n],
      ['0.000001', 6, 1n],
      ['.5', 1, 5n],
      ['5.', 0, 5n],
      ['1_000 000', 0, 1_000_000n],
      ['1.500000000', 6, 1_500_000n],
      ['340282366920938463463.374607431768211455', 18, (1n << 128n) - 1n],
    ] as const) {
      expect(parseUnits(text, decimals), text).toBe(units);
    }
  });

  it('are refused where they are none', () => {
    for (const text of ['', '.', '-1', '1e5', '0x10', '1.0000001', 'all', '1..2', '_1']) {
      expect(() => parseUnits(text, 6), text).toThrow();
    }
  });

  it('are written without rounding up', () => {
    expect(formatUnits(1_999_999n, 6, { digits: 2 })).toBe('1.99');
    expect(formatUnits(-1_999_999n, 6, { digits: 2 })).toBe('-1.99');
    expect(formatUnits(-1n, 6, { digits: 2 })).toBe('0');
    expect(formatUnits(1_234_567n, 0, { group: ',' })).toBe('1,234,567');
    expect(formatUnits(5n, 1, { least: 3 })).toBe('0.500');
    expect(formatWad(10n ** 18n)).toBe('1');
    expect(formatPercent(50_000_000_000_000_000n)).toBe('5');
    expect(valueWad(3n, 2_000n * 10n ** 18n, 18)).toBe(6_000n);
  });

  it('come back as they went', () => {
    for (let shift = 0n; shift < 128n; shift++) {
      const units = (1n << shift) + shift;
      for (const decimals of [0, 6, 18, 24]) {
        expect(parseUnits(formatUnits(units, decimals), decimals)).toBe(units);
      }
    }
  });
});
