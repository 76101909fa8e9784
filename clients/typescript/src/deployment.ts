/** The deployment file of `breakwater deploy`. */
import type { Address, Deployment, Hex } from './api.js';
import { normal } from './primitives.js';

/** Checks a deployment that was read from TOML or JSON. @throws says what is missing. */
export function toDeployment(read: unknown): Deployment {
  const from = read as Record<string, any>;
  const address = (name: string): Address => {
    if (typeof from[name] !== 'string') throw new Error(`no ${name} in the deployment`);
    return normal(from[name]);
  };
  if (!/^0x[0-9a-f]{64}$/.test(from['genesis'] ?? '')) throw new Error('no genesis in the deployment');
  const optional = (name: string) => (from[name] == null ? {} : { [name]: address(name) });
  const assets: any[] = from['asset'] ?? from['assets'] ?? [];
  const pools: any[] = from['pool'] ?? from['pools'] ?? [];
  return {
    genesis: from['genesis'] as Hex,
    market: address('market'),
    lens: address('lens'),
    oracle: address('oracle'),
    ...optional('governor'),
    ...optional('taker'),
    assets: assets.map(({ symbol, token, decimals, id }) => ({
      symbol,
      token: normal(token),
      decimals,
      ...(id == null ? {} : { id }),
    })),
    pools: pools.map(({ base, quote, address: at }) => ({ base, quote, address: normal(at) })),
  };
}
