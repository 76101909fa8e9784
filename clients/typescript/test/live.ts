/** What live tests share: the market, people who sign, time. */
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { Keyring } from '@polkadot/keyring';
import { inject } from 'vitest';
import { Breakwater, type Hex, type Signer } from '../src/index.js';
import { loadCore, loadDeployment } from '../src/node.js';
import { type Live, breakwater } from './setup.js';

export const live = inject('live') as Live;

/** Signs for a development account. */
export async function person(uri: string): Promise<Signer> {
  await cryptoWaitReady();
  const pair = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri(uri);
  return { address: pair.address, pair };
}

export async function open(): Promise<Breakwater> {
  const deployment = await loadDeployment(live.deployment);
  return Breakwater.open({ endpoints: live.endpoint, deployment, core: await loadCore(), timeoutMs: 30_000 });
}

export const run = (line: string): string => breakwater(live, line);

/** The block before one. */
export async function parent(market: Breakwater, of: Hex): Promise<Hex> {
  return (await market.client.provider.send<{ parentHash: Hex }>('chain_getHeader', [of])).parentHash;
}
