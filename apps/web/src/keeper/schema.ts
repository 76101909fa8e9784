/**
 * What a keeper's answers must be like. A keeper is somebody else's program: each number, address and name
 * is looked at before anything is shown, and an answer with one that is wrong is not shown at all.
 */
import { LEVELS, type Address, type Happening, type Level, type Trigger, type What } from '../data/model';
import type { AssetThen, Older, Point, Series, Sums } from '../data/past';

/** Why an answer is not shown. */
export class NotUnderstood extends Error {}

/** Most events or steps of an answer, as the keeper promises. */
const MOST = 500;
const MOST_ASSETS = 256;
/** Largest time that a calendar has. */
const LAST_MS = 8_640_000_000_000_000;
const TRIGGERS: readonly Trigger[] = ['Calm', 'Volatility', 'Outflow', 'BadDebt', 'Price', 'People'];

type Fields = Record<string, unknown>;

function fail(what: string): never {
  throw new NotUnderstood(`the keeper's answer has ${what} that is none`);
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail('an entry');
  return value as Fields;
}

function list<T>(value: unknown, most: number, each: (one: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > most) fail('a list');
  return (value as unknown[]).map(each);
}

function count(value: unknown, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most) fail('a number');
  return value as number;
}

const time = (value: unknown): number => count(value, LAST_MS);
const asset = (value: unknown): number => count(value, MOST_ASSETS - 1);

function units(value: unknown): bigint {
  if (typeof value !== 'string' || !/^\d{1,39}$/.test(value)) fail('an amount');
  const amount = BigInt(value as string);
  return amount < 1n << 128n ? amount : fail('an amount');
}

function signed(value: unknown): bigint {
  if (typeof value !== 'string') fail('an amount');
  const text = value as string;
  return text.startsWith('-') ? -units(text.slice(1)) : units(text);
}

function address(value: unknown): Address {
  if (typeof value !== 'string' || !/^[1-9A-HJ-NP-Za-km-z]{46,50}$/.test(value)) fail('an address');
  return value as Address;
}

function choice<T extends string>(value: unknown, of: readonly T[]): T {
  return of.find((one) => one === value) ?? fail('a name');
}

function truth(value: unknown): boolean {
  return typeof value === 'boolean' ? value : fail('a yes or no');
}

/** Whether an answer is about this market. */
function about(all: Fields, market: Address): void {
  if (address(all['market']) !== market) throw new NotUnderstood('the keeper tells of another market');
}

const level = (value: unknown): Level => choice(value, LEVELS);

interface Told {
  account?: Address;
  asset?: number | null;
  what: What;
}

/** Events by their names; those that are not here are passed over. */
const EVENTS: Record<string, (of: Fields) => Told> = {
  ...Object.fromEntries(
    (
      [
        ['Supplied', 'supplied'],
        ['Withdrawn', 'withdrawn'],
        ['Borrowed', 'borrowed'],
        ['Repaid', 'repaid'],
        ['CollateralDeposited', 'deposited'],
        ['CollateralWithdrawn', 'takenBack'],
        ['BackstopDeposited', 'staked'],
        ['BadDebtRecognised', 'badDebt'],
      ] as const
    ).map(([name, kind]) => [name, (of: Fields) => moved(of, kind)]),
  ),
  LossBorneByProtocol: (of) => borne(of, 'protocol'),
  LossBorneByBackstop: (of) => borne(of, 'backstop'),
  LossBorneByLenders: (of) => borne(of, 'lenders'),
  LiquidationStarted: (of) => ({
    account: address(of['account']),
    what: { kind: 'started', starter: address(of['starter']) },
  }),
  AuctionClosed: (of) => ({ account: address(of['account']), what: { kind: 'cured' } }),
  Taken: (of) => ({
    account: address(of['account']),
    asset: asset(of['collateral']),
    what: {
      kind: 'taken',
      debt: asset(of['debt']),
      taker: address(of['taker']),
      repaid: units(of['repaid']),
      received: units(of['received']),
      fee: units(of['fee']),
      bonusWad: signed(of['bonus_wad']),
      fairWad: units(of['fair_wad']),
      paidWad: units(of['paid_wad']),
      backstop: truth(of['backstop']),
      closed: truth(of['closed']),
    },
  }),
  BackstopNoticeGiven: (of) => ({
    account: address(of['account']),
    asset: asset(of['asset']),
    what: { kind: 'noticed', opensMs: time(of['opens_ms']) },
  }),
  BackstopWithdrawn: (of) => ({
    account: address(of['account']),
    asset: asset(of['asset']),
    what: { kind: 'unstaked' },
  }),
  StockSold: (of) => ({
    asset: asset(of['asset']),
    what: {
      kind: 'stockSold',
      collateral: asset(of['collateral']),
      paid: units(of['paid']),
      received: units(of['received']),
      bonusWad: signed(of['bonus_wad']),
    },
  }),
  BreakerChanged: (of) => ({
    asset: asset(of['asset']),
    what: {
      kind: 'level',
      from: level(of['from']),
      to: level(of['to']),
      trigger: choice(of['trigger'], TRIGGERS),
      measureBps: units(of['measure_bps']),
      untilMs: time(of['until_ms']),
    },
  }),
  BreakerRaised: (of) => ({
    asset: of['asset'] === null ? null : asset(of['asset']),
    what: { kind: 'raised', level: level(of['level']), untilMs: time(of['until_ms']) },
  }),
  BreakerReset: (of) => governed('The owner took a breaker back to Normal.', of['asset'] ?? null),
  ParamsSet: () => governed('The market’s parameters were set.'),
  ReserveConfigured: (of) => governed('Parameters of an asset were set.', of['asset']),
  ReserveListed: (of) => governed('An asset was listed.', of['asset']),
  ReserveDelisted: () => governed('An asset was taken off the market.'),
  GuardianSet: () => governed('A guardian was appointed.'),
  Upgraded: () => governed('The market was upgraded to other code.'),
};

function moved(
  of: Fields,
  kind: 'supplied' | 'withdrawn' | 'borrowed' | 'repaid' | 'deposited' | 'takenBack' | 'staked' | 'badDebt',
): Told {
  return { account: address(of['account']), asset: asset(of['asset']), what: { kind, units: units(of['units']) } };
}

function borne(of: Fields, bearer: 'protocol' | 'backstop' | 'lenders'): Told {
  return { asset: asset(of['asset']), what: { kind: 'loss', bearer, units: units(of['units']) } };
}

function governed(text: string, of: unknown = null): Told {
  return { asset: of === null ? null : asset(of), what: { kind: 'governed', text } };
}

function happening(value: unknown): Happening | null {
  const of = fields(value);
  const [block, index, timeMs] = [count(of['block']), count(of['index']), time(of['time_ms'])];
  const name = of['event'];
  if (typeof name !== 'string') fail('a name');
  const read = Object.hasOwn(EVENTS, name as string) ? EVENTS[name as string] : undefined;
  if (read === undefined) return null;
  const { account = null, asset: about = null, what } = read(of);
  return { id: `keeper-${block}-${index}`, block, timeMs, account, asset: about, what };
}

/** Events of a market, newest first. */
export function older(value: unknown, market: Address): Older {
  const all = fields(value);
  about(all, market);
  const next = all['next'];
  if (next !== null && (typeof next !== 'string' || !/^\d{1,16}-\d{1,10}$/.test(next))) fail('a place');
  const events = list(all['events'], MOST, happening);
  return {
    happenings: events.filter((one) => one !== null),
    next: next as string | null,
    fromBlock: count(all['from_block']),
    fromMs: time(all['from_ms']),
  };
}

function byAsset(value: unknown): Map<number, bigint> {
  const entries = list(value, MOST_ASSETS, (one) => {
    const of = fields(one);
    return [asset(of['asset']), units(of['units'])] as const;
  });
  return new Map(entries);
}

function sums(of: Fields): Sums {
  return {
    opened: count(of['auctions_opened']),
    closed: count(of['auctions_closed']),
    takes: count(of['takes']),
    sold: byAsset(of['sold']),
    repaid: byAsset(of['repaid']),
    badDebt: byAsset(of['bad_debt']),
    fairWad: units(of['fair_wad']),
    paidWad: units(of['paid_wad']),
  };
}

function assetThen(value: unknown): AssetThen {
  const of = fields(value);
  return {
    asset: asset(of['asset']),
    supplied: units(of['supplied']),
    borrowed: units(of['borrowed']),
    collateral: units(of['collateral']),
    priceWad: of['price_wad'] === null ? null : units(of['price_wad']),
    utilisationWad: units(of['utilisation_wad']),
    level: level(of['level']),
  };
}

function point(value: unknown): Point {
  const of = fields(value);
  return { ...sums(of), fromMs: time(of['from_ms']), assets: list(of['assets'], MOST_ASSETS, assetThen) };
}

/** How a market went, oldest first. */
export function series(value: unknown, market: Address): Series {
  const all = fields(value);
  about(all, market);
  const points = list(all['points'], MOST, point);
  // A chart needs time to go on.
  if (points.some(({ fromMs }, at) => at > 0 && fromMs <= (points[at - 1]?.fromMs ?? 0))) fail('an order');
  return {
    stepMs: count(all['step_ms']),
    fromMs: time(all['from_ms']),
    toMs: time(all['to_ms']),
    points,
    totals: sums(fields(all['totals'])),
  };
}
