/** Amounts as people read and write them. Everything is exact: no number of these is ever a float. */

/**
 * Units for a decimal number of tokens: `parseUnits('1.5', 6)` is `1500000n`. Underscores and spaces between
 * digits are passed over. @throws where it is no number, is negative, or has more decimals than the token.
 */
export function parseUnits(text: string, decimals: number): bigint {
  const plain = text.trim().replace(/(?<=\d)[_ ,\u202f](?=\d)/g, '');
  const match = /^(\d*)(?:\.(\d*))?$/.exec(plain);
  const [whole, part] = [match?.[1] ?? '', match?.[2] ?? ''];
  if (!match || whole + part === '') throw new Error(`not an amount: ${text}`);
  const digits = part.replace(/0+$/, '');
  if (digits.length > decimals) throw new Error(`more than ${decimals} decimals: ${text}`);
  return BigInt(whole + digits.padEnd(decimals, '0'));
}

/** How to write an amount down. */
export interface Format {
  /** Most digits behind the point; the rest is cut off. All of them by default. */
  digits?: number;
  /** Least digits behind the point. */
  least?: number;
  /** Between groups of three digits; nothing by default. */
  group?: string;
}

/** Tokens for units: `formatUnits(1500000n, 6)` is `'1.5'`. Cut off, not rounded: never more than there is. */
export function formatUnits(units: bigint, decimals: number, format: Format = {}): string {
  const { digits = decimals, least = 0, group = '' } = format;
  const sign = units < 0n ? '-' : '';
  const text = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
  const whole = text.slice(0, text.length - decimals);
  const part = text.slice(text.length - decimals).slice(0, Math.max(digits, 0));
  const shown = part.replace(/0+$/, '').padEnd(least, '0');
  const grouped = group === '' ? whole : whole.replace(/\B(?=(\d{3})+$)/g, group);
  // What is cut to nothing has no sign.
  const nothing = /^0*$/.test(whole + shown);
  return `${nothing ? '' : sign}${grouped}${shown === '' ? '' : `.${shown}`}`;
}

/** A `…Wad`: 1/10^18. */
export const formatWad = (wad: bigint, format?: Format): string => formatUnits(wad, 18, format);

/** A `…Wad` as a part of a hundred: `formatPercent(50000000000000000n)` is `'5'`. */
export function formatPercent(wad: bigint, format: Format = { digits: 2 }): string {
  return formatUnits(wad, 16, format);
}

/** A `…Wad` as a JavaScript number, for plots. Not exact. */
export function wadToNumber(wad: bigint): number {
  return Number(wad / 10n ** 9n) / 1e9;
}

/** Value in dollars, wad, of units at a price in wad dollars a whole token; rounded down. */
export function valueWad(units: bigint, priceWad: bigint, decimals: number): bigint {
  return (units * priceWad) / 10n ** BigInt(decimals);
}
