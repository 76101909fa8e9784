/** The bytes that a signature is over, from what wallets are asked to sign. */
import { blake2b } from '@noble/hashes/blake2b';

/** As polkadot.js's `SignerPayloadJSON`; numbers are hexadecimal, big end first. */
export interface Payload {
  address: string;
  method: string;
  era: string;
  nonce: string;
  tip: string;
  specVersion: string;
  transactionVersion: string;
  genesisHash: string;
  blockHash: string;
  signedExtensions: string[];
  mode?: number;
}

const number = (hex: string): bigint => (hex === '0x' ? 0n : BigInt(hex));

const bytes = (hex: string): number[] =>
  (hex.slice(2).match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));

const little = (value: bigint, size: number): number[] =>
  Array.from({ length: size }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));

/** SCALE's compact encoding. */
export function compact(value: bigint): number[] {
  if (value < 1n << 6n) return little(value << 2n, 1);
  if (value < 1n << 14n) return little((value << 2n) | 1n, 2);
  if (value < 1n << 30n) return little((value << 2n) | 2n, 4);
  const size = Math.ceil(value.toString(16).length / 2);
  return [((size - 4) << 2) | 3, ...little(value, size)];
}

/** Call, extensions, and what the extensions add; hashed where it is long. */
export function toSign(payload: Payload): Uint8Array {
  const hashes = payload.signedExtensions.includes('CheckMetadataHash');
  const all = Uint8Array.from([
    ...bytes(payload.method),
    ...bytes(payload.era),
    ...compact(number(payload.nonce)),
    ...compact(number(payload.tip)),
    ...(hashes ? [payload.mode ?? 0] : []),
    ...little(number(payload.specVersion), 4),
    ...little(number(payload.transactionVersion), 4),
    ...bytes(payload.genesisHash),
    ...bytes(payload.blockHash),
    ...(hashes ? [0] : []),
  ]);
  return all.length > 256 ? blake2b(all, { dkLen: 32 }) : all;
}
