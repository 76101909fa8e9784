/** Numbers and times as people read them. Bigints stay exact: nothing goes through a float but charts. */

const WAD = 10n ** 18n;
export { WAD };

const group = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `units` of 10^-decimals with `digits` places, cut towards 0; trailing zeros stay only if `fixed`. */
export function decimal(units: bigint, decimals: number, digits: number, fixed = false): string {
  const negative = units < 0n;
  const value = negative ? -units : units;
  const one = 10n ** BigInt(decimals);
  const whole = value / one;
  const places = Math.min(digits, decimals);
  let rest = ((value % one) / 10n ** BigInt(decimals - places)).toString().padStart(places, '0');
  if (places === 0) rest = '';
  rest = fixed ? rest.padEnd(digits, '0') : rest.replace(/0+$/, '');
  const sign = negative && (whole !== 0n || /[1-9]/.test(rest)) ? '−' : '';
  return sign + group(whole.toString()) + (rest === '' ? '' : `.${rest}`);
}

/** Tokens, with as many places as say something: more for what is little. */
export function tokens(units: bigint, decimals: number): string {
  if (units === 0n) return '0';
  const whole = (units < 0n ? -units : units) / 10n ** BigInt(decimals);
  const digits = whole >= 10_000n ? 0 : whole >= 100n ? 2 : whole >= 1n ? 4 : 6;
  const text = decimal(units, decimals, digits);
  return text === '0' ? `< ${decimal(1n, digits, digits)}` : text;
}

/** All the digits there are, as the command line takes them. */
export function exact(units: bigint, decimals: number): string {
  return decimal(units, decimals, decimals).replace(/,/g, '');
}

/** Dollars of a wad: cents below ten thousand. */
export function usd(wad: bigint, digits?: number): string {
  const whole = (wad < 0n ? -wad : wad) / WAD;
  const places = digits ?? (whole >= 10_000n ? 0 : whole === 0n && wad !== 0n ? 4 : 2);
  const text = decimal(wad, 18, places, true);
  return text.startsWith('−') ? `−$${text.slice(1)}` : `$${text}`;
}

/** Dollars for a tile: $1.24 M. */
export function usdShort(wad: bigint): string {
  const steps: [bigint, string][] = [
    [1_000_000_000n, 'bn'],
    [1_000_000n, 'M'],
    [1_000n, 'k'],
  ];
  const whole = wad / WAD;
  for (const [step, name] of steps) {
    if (whole >= step * (name === 'k' ? 100n : 1n)) {
      return `$${decimal(wad / step, 18, 2, true)} ${name}`;
    }
  }
  return usd(wad);
}

export function percent(wad: bigint, digits = 2): string {
  return `${decimal(wad * 100n, 18, digits, true)} %`;
}

/** With its sign, for what is above or below a price. */
export function signedPercent(wad: bigint, digits = 2): string {
  const text = percent(wad, digits);
  return wad > 0n ? `+${text}` : text;
}

export function ratio(wad: bigint, digits = 2): string {
  return decimal(wad, 18, digits, true);
}

/** A health factor; the lens's highest number means no debt. */
export function health(wad: bigint | null): string {
  if (wad === null) return '∞';
  return wad >= 100n * WAD ? '> 100' : decimal(wad, 18, wad < 10n * WAD ? 3 : 1, true);
}

/** For charts and widths only. */
export function toNumber(units: bigint, decimals: number): number {
  return Number(units) / 10 ** decimals;
}

export function short(address: string): string {
  return address.length <= 12 ? address : `${address.slice(0, 6)}…${address.slice(-4)}`;
}

/** A span of time: 45 s, 12 min, 3 h 20 min, 2 d 4 h. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return min < 10 && s % 60 !== 0 ? `${min} min ${s % 60} s` : `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 24) return min % 60 === 0 ? `${h} h` : `${h} h ${min % 60} min`;
  const d = Math.floor(h / 24);
  return h % 24 === 0 ? `${d} d` : `${d} d ${h % 24} h`;
}

export function clock(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
}

export function moment(ms: number): string {
  return new Date(ms).toLocaleString(undefined, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  });
}

/** An amount as somebody types it, in units: null if it is none, or has more places than the token. */
export function parse(text: string, decimals: number): bigint | null {
  const clean = text.replace(/[,\s_]/g, '');
  const match = /^(\d*)\.?(\d*)$/.exec(clean);
  if (match === null || clean === '' || clean === '.') return null;
  const [, whole = '', rest = ''] = match;
  if (rest.length > decimals) return null;
  const units = BigInt(whole === '' ? '0' : whole) * 10n ** BigInt(decimals);
  const value = units + BigInt(rest.padEnd(decimals, '0') || '0');
  return value < 1n << 128n ? value : null;
}

/** How a sale's price stands to the oracle's: a bonus above 0 is a price below it. */
export function offOracle(bonusWad: bigint, digits = 2): string {
  const off = percent(bonusWad < 0n ? -bonusWad : bonusWad, digits);
  if (/^0(\.0+)? %$/.test(off)) return 'at the oracle’s price';
  return bonusWad > 0n ? `${off} below the oracle’s price` : `${off} above the oracle’s price`;
}

/** The same, for a column: 0.25 % below. */
export function toOracle(bonusWad: bigint): string {
  const off = percent(bonusWad < 0n ? -bonusWad : bonusWad, 3);
  return bonusWad === 0n ? 'the same' : `${off} ${bonusWad > 0n ? 'below' : 'above'}`;
}
