/** A queued call as differences to what holds now. */
import type { Breakwater, contracts, Operation, Snapshot } from '@breakwater/client';
import { tokens } from '../text/format';

type Call = Operation['calls'][number];
type Change = { what: string; from: string | null; to: string };

/** Messages that are shown by what they change; the compiler asks when one of them is renamed. */
const CONFIGURE: keyof typeof contracts.market = 'configureReserve';
const SET_PARAMS: keyof typeof contracts.market = 'setParams';

/** Fields whose numbers are units of the asset. */
const UNITS = new Set(['supplyCap', 'borrowCap', 'collateralCap', 'minDebt', 'depth']);

/** `liquidationThresholdBps` in words; a symbol, which is no name of a field, stays as it is. */
const words = (name: string): string =>
  /^[a-z]/.test(name)
    ? name
        .replace(/(Bps|Wad|Ms|Ppm)$/, '')
        .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
        .replace(/^ltv\b/, 'LTV')
    : name;

function said(name: string, value: unknown, decimals: number): string {
  if (value === undefined || value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (name.endsWith('Bps')) return `${(Number(value) / 100).toLocaleString('en')} %`;
  if (name.endsWith('Ppm')) return `${(Number(value) / 10_000).toLocaleString('en')} %`;
  if (name.endsWith('Ms')) return `${(Number(value) / 60_000).toLocaleString('en')} min`;
  if (typeof value === 'bigint') {
    if (name.endsWith('Wad')) return tokens(value, 18);
    return tokens(value, UNITS.has(name) ? decimals : 0);
  }
  if (value instanceof Uint8Array) return `0x${[...value].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  if (typeof value === 'object') {
    const parts = Object.entries(value).map(([part, one]) => `${words(part)} ${said(part, one, decimals)}`);
    return parts.join(', ');
  }
  return String(value);
}

/** Leaves of two values of one shape that differ, each with the way to it. */
export function walk(was: unknown, is: unknown, way: string[], decimals: number): Change[] {
  const plain = (value: unknown) => value === null || typeof value !== 'object';
  if (plain(was) || plain(is)) {
    if (was === is) return [];
    const name = way.at(-1) ?? '';
    return [{ what: way.map(words).join(' · '), from: said(name, was, decimals), to: said(name, is, decimals) }];
  }
  const [old, fresh] = [was as Record<string, unknown>, is as Record<string, unknown>];
  const names = [...new Set([...Object.keys(old), ...Object.keys(fresh)])];
  return names.flatMap((name) => {
    const place = /^\d+$/.test(name) ? String(Number(name) + 1) : name;
    return walk(old[name], fresh[name], [...way, place], decimals);
  });
}

export function differences(market: Breakwater, chain: Snapshot, call: Call): Change[] {
  const { deployment } = market;
  const decoded = market.readCall(call);
  const target =
    { [deployment.market]: 'the market', [deployment.oracle]: 'the oracle', [deployment.governor ?? '']: 'the governor' }[
      call.target
    ] ?? call.target;
  if (decoded === undefined) return [{ what: `Calls ${target} with data that this page can't decode`, from: null, to: '' }];
  const { message, args } = decoded;
  if (message === CONFIGURE && call.target === deployment.market) {
    const [asset, config] = args as [number, unknown];
    const now = chain.reserves.find((priced) => priced.asset === asset);
    const symbol = deployment.assets.find(({ id }) => id === asset)?.symbol ?? `#${asset}`;
    if (now !== undefined) {
      const changes = walk(now.reserve.config, config, [symbol], now.reserve.config.decimals);
      return changes.length === 0 ? [{ what: `${symbol}: nothing that is not so already`, from: null, to: '' }] : changes;
    }
  }
  if (message === SET_PARAMS && call.target === deployment.market) {
    const changes = walk(chain.params, args[0], ['market'], 0);
    return changes.length === 0 ? [{ what: 'Market: nothing that is not so already', from: null, to: '' }] : changes;
  }
  const told = args.map((arg) => said('', arg, 0)).join(', ');
  return [{ what: `Calls ${target}:`, from: null, to: told === '' ? words(message) : `${words(message)} (${told})` }];
}
