/** Codecs of what the contracts' types share, and addresses. */
import * as $ from '@dedot/shape';
import { decodeAddress, encodeAddress, hexToU8a, isHex, u8aToHex } from '@dedot/utils';
import type { Address, Hex } from './api.js';

/** The prefix under which this package writes addresses. */
const PREFIX = 42;

/** The public key behind an address of any prefix, or `0x…`. @throws where it is neither. */
export function publicKey(of: Address): Uint8Array {
  const key = isHex(of) ? hexToU8a(of) : decodeAddress(of);
  if (key.length !== 32) throw new Error(`not an address: ${of}`);
  return key;
}

/** A public key as an address. */
export function toAddress(key: Uint8Array): Address {
  return encodeAddress(key, PREFIX);
}

/** The same address as this package writes it. @throws where it is none. */
export function normal(of: Address): Address {
  return toAddress(publicKey(of));
}

export const toHex = (bytes: Uint8Array): Hex => u8aToHex(bytes) as Hex;
export const fromHex = (hex: string): Uint8Array => hexToU8a(hex);

const bytes32 = $.sizedUint8Array(32);

export const address: $.Shape<Address> = $.createShape<Address>({
  metadata: $.metadata('address'),
  staticSize: 32,
  subEncode: (buffer, value) => bytes32.subEncode(buffer, publicKey(value)),
  subDecode: (buffer) => toAddress(Uint8Array.from(bytes32.subDecode(buffer))),
  subAssert: (assert) => assert.typeof(address, 'string'),
});

export const hash32: $.Shape<Hex> = $.createShape<Hex>({
  metadata: $.metadata('hash32'),
  staticSize: 32,
  subEncode: (buffer, value) => bytes32.subEncode(buffer, hexToU8a(value)),
  subDecode: (buffer) => toHex(bytes32.subDecode(buffer)),
  subAssert: (assert) => assert.typeof(hash32, 'string'),
});

/** Several byte strings as one. */
export function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
