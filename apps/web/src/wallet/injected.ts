/** Wallets that put themselves into the page: Talisman, SubWallet, polkadot.js. */
import type { Signer } from '../data/source';

interface Injected {
  version?: string;
  enable(name: string): Promise<{
    accounts: { get(): Promise<{ address: string; name?: string; type?: string }[]> };
    signer: unknown;
  }>;
}

const NAMES: Record<string, string> = {
  talisman: 'Talisman',
  'subwallet-js': 'SubWallet',
  'polkadot-js': 'polkadot.js',
};

const injected = (): Record<string, Injected> =>
  (window as { injectedWeb3?: Record<string, Injected> }).injectedWeb3 ?? {};

export interface WalletKind {
  key: string;
  name: string;
}

export function wallets(): WalletKind[] {
  return Object.keys(injected()).map((key) => ({ key, name: NAMES[key] ?? key }));
}

/** Asks a wallet for its accounts. */
export async function connect(key: string): Promise<Signer[]> {
  const wallet = injected()[key];
  if (wallet === undefined) throw new Error('This wallet is gone: reload the page.');
  const { accounts, signer } = await wallet.enable('Breakwater');
  const found = await accounts.get();
  // Contracts of this chain know 32-byte accounts only.
  const usable = found.filter(({ type }) => type !== 'ethereum');
  return usable.map(({ address, name }) => ({ address, name: name ?? 'Account', signer }));
}
