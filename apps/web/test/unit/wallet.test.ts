import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady, signatureVerify } from '@polkadot/util-crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { accounts } from '../../src/wallet/development';
import { compact, toSign, type Payload } from '../../src/wallet/payload';

const PAYLOAD: Payload = {
  address: '',
  method: '0x0000',
  era: '0x00',
  nonce: '0x00000005',
  tip: '0x00',
  specVersion: '0x00000064',
  transactionVersion: '0x00000001',
  genesisHash: `0x${'11'.repeat(32)}`,
  blockHash: `0x${'22'.repeat(32)}`,
  signedExtensions: ['CheckNonce'],
};

beforeAll(async () => {
  await cryptoWaitReady();
});

describe('the development accounts', () => {
  it('are those that everybody knows, and sign as a keyring does', async () => {
    const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
    for (const { address, name, signer } of accounts()) {
      expect(address).toBe(keyring.addFromUri(`//${name}`).address);
      const { signPayload } = signer as { signPayload(payload: Payload): Promise<{ signature: string }> };
      const { signature } = await signPayload(PAYLOAD);
      expect(signature.startsWith('0x01')).toBe(true);
      expect(signatureVerify(toSign(PAYLOAD), signature, address).isValid).toBe(true);
    }
  });
});

describe('what is signed', () => {
  it('is call, extensions and what they add, in their order', () => {
    const bytes = toSign(PAYLOAD);
    expect(Array.from(bytes.slice(0, 13))).toEqual([0, 0, 0, 20, 0, 100, 0, 0, 0, 1, 0, 0, 0]);
    expect(bytes.length).toBe(13 + 64);
    const hashing = toSign({ ...PAYLOAD, signedExtensions: ['CheckMetadataHash'] });
    expect(hashing.length).toBe(bytes.length + 2);
  });

  it('is hashed where it is long', () => {
    expect(toSign({ ...PAYLOAD, method: `0x${'00'.repeat(300)}` }).length).toBe(32);
  });

  it('has compact numbers', () => {
    expect(compact(63n)).toEqual([252]);
    expect(compact(64n)).toEqual([1, 1]);
    expect(compact(16_384n)).toEqual([2, 0, 1, 0]);
    expect(compact(1n << 30n)).toEqual([3, 0, 0, 0, 64]);
    expect(compact(1n << 40n)).toEqual([11, 0, 0, 0, 0, 0, 1]);
  });
});
