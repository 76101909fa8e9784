/** A wallet of `window.injectedWeb3` with the development keys, for tests. */
import { Keyring } from '@polkadot/keyring';
import { blake2AsU8a, cryptoWaitReady } from '@polkadot/util-crypto';
import { hexToU8a, u8aConcat, u8aToHex } from '@polkadot/util';
import type { Page } from 'playwright-core';

/** What wallets are asked to sign, as polkadot.js's `SignerPayloadJSON`. */
interface Payload {
  address: string;
  method: `0x${string}`;
  era: `0x${string}`;
  nonce: `0x${string}`;
  tip: `0x${string}`;
  specVersion: `0x${string}`;
  transactionVersion: `0x${string}`;
  genesisHash: `0x${string}`;
  blockHash: `0x${string}`;
  signedExtensions: string[];
  mode?: number;
}

const number = (hex: string): bigint => BigInt(hex === '0x' ? '0x0' : hex);

/** SCALE's compact encoding. */
function compact(value: bigint): Uint8Array {
  if (value < 64n) return Uint8Array.of(Number(value) << 2);
  if (value < 1n << 14n) return little((value << 2n) | 1n, 2);
  if (value < 1n << 30n) return little((value << 2n) | 2n, 4);
  const bytes: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 255n));
  return Uint8Array.of(((bytes.length - 4) << 2) | 3, ...bytes);
}

function little(value: bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
}

/** The bytes that a signature is over: call, extensions, what they add. */
export function signed(payload: Payload): Uint8Array {
  const metadataHash = payload.signedExtensions.includes('CheckMetadataHash');
  const bytes = u8aConcat(
    hexToU8a(payload.method),
    hexToU8a(payload.era),
    compact(number(payload.nonce)),
    compact(number(payload.tip)),
    metadataHash ? Uint8Array.of(payload.mode ?? 0) : new Uint8Array(),
    little(number(payload.specVersion), 4),
    little(number(payload.transactionVersion), 4),
    hexToU8a(payload.genesisHash),
    hexToU8a(payload.blockHash),
    metadataHash ? Uint8Array.of(0) : new Uint8Array(),
  );
  return bytes.length > 256 ? blake2AsU8a(bytes, 256) : bytes;
}

export class TestWallet {
  /** What the person does when the wallet asks. */
  refuses = false;
  asked = 0;

  /** Puts the wallet into a page before it loads; with one account it connects without a choice. */
  async into(page: Page, uri: string): Promise<void> {
    await cryptoWaitReady();
    const pair = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri(uri);
    await page.exposeFunction('signByTest', (payload: Payload) => {
      this.asked += 1;
      if (this.refuses) return null;
      return u8aToHex(pair.sign(signed(payload), { withType: true }));
    });
    await page.addInitScript(
      ({ address, name }) => {
        const sign = (payload: unknown) =>
          (window as unknown as { signByTest(payload: unknown): Promise<string | null> }).signByTest(payload);
        const signer = {
          signPayload: async (payload: unknown) => {
            const signature = await sign(payload);
            if (signature === null) throw new Error('Cancelled');
            return { id: 1, signature };
          },
        };
        const account = { address, name, type: 'sr25519' };
        (window as unknown as { injectedWeb3: object }).injectedWeb3 = {
          'polkadot-js': {
            version: 'test',
            enable: async () => ({ accounts: { get: async () => [account] }, signer }),
          },
        };
      },
      { address: pair.address, name: uri.replace('//', '') },
    );
  }
}
