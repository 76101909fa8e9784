/** The development accounts of a local chain, whose keys everybody knows: to try the page without a wallet. */
import { blake2b } from '@noble/hashes/blake2b';
import { HDKD, getPublicKey, secretFromSeed, sign } from '@scure/sr25519';
import type { Signer } from '../data/source';
import { toSign, type Payload } from './payload';

/** The seed of Substrate's development phrase. It has never been a secret. */
const SEED = 'fac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e';
const NAMES = ['Alice', 'Bob'];
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** SS58 with the prefix 42. */
export function address(publicKey: Uint8Array): string {
  const body = Uint8Array.from([42, ...publicKey]);
  const check = blake2b(Uint8Array.from([...text('SS58PRE'), ...body]), { dkLen: 64 }).slice(0, 2);
  let rest = BigInt(`0x${hex(Uint8Array.from([...body, ...check]))}`);
  let out = '';
  for (; rest > 0n; rest /= 58n) out = (BASE58[Number(rest % 58n)] ?? '') + out;
  return out;
}

/** `//Name` of the development phrase. */
function secret(name: string): Uint8Array {
  const seed = Uint8Array.from((SEED.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
  const junction = new Uint8Array(32);
  junction.set([name.length << 2, ...text(name)]);
  return HDKD.secretHard(secretFromSeed(seed), junction);
}

export function accounts(): Signer[] {
  return NAMES.map((name) => {
    const key = secret(name);
    const signPayload = async (payload: Payload) => ({
      id: 1,
      // The first byte says sr25519.
      signature: `0x01${hex(sign(key, toSign(payload)))}`,
    });
    return { address: address(getPublicKey(key)), name, signer: { signPayload } };
  });
}
