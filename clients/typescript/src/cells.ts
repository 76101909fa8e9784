/**
 * The market's cells, read from its child trie: no contract runs, and a node answers thousands at once.
 *
 * A cell's key in the trie is BLAKE2b-128 of the contract's own key and then that key, so that what it belongs
 * to can be read off it. The contract's own key is the number of the mapping and the key within it.
 */
import * as $ from '@dedot/shape';
import { blake2AsU8a } from '@dedot/utils';
import type { LegacyClient } from 'dedot';
import type { AccountEntry, Address, AssetId, Hex } from './api.js';
import { $Account, $Reserve, $VaultStake } from './generated/codecs.js';
import { $Root } from './generated/contracts.js';
import type { Account, Reserve, Root, VaultStake } from './generated/types.js';
import { concat, fromHex, publicKey, toAddress, toHex } from './primitives.js';

/** Numbers of the mappings, as in `contracts/market/src/storage.rs`, in the order of their bytes. */
const MAPPING = {
  root: '0x00000000',
  reserves: '0x01005742',
  accounts: '0x02005742',
  rewards: '0x04005742',
  stakes: '0x06005742',
  openAuctions: '0x08005742',
} as const;
/** Before the contract's own key: the hash. */
const HASHED = 16;
/** Keys that a node gives at once. */
const PAGE = 1_000;
const CHILD = '3a6368696c645f73746f726167653a64656661756c743a'; // ":child_storage:default:"

const $Rewards = $.array($.tuple($.u8, $.u128)) as unknown as $.Shape<[AssetId, bigint][]>;
const $Page = $.array($.sizedUint8Array(32));

/** The market's own cell: who rules it, its parameters, and its parts. */
export interface RootCell {
  root: Root;
  oracle: Address;
  /** Hashes of the codes that the front code hands messages over to. */
  auctions: Hex;
  admin: Hex;
}

/** Reads cells of one market. */
export class CellReader {
  readonly #send: (method: string, params: unknown[]) => Promise<any>;
  readonly #child: Hex;

  /** `trieId` is what the chain notes of the contract. */
  constructor(client: LegacyClient, trieId: Hex) {
    this.#send = (method, params) => client.provider.send(method, params);
    this.#child = `0x${CHILD}${trieId.slice(2)}`;
  }

  async root(at: Hex): Promise<RootCell> {
    const bytes = await this.#one(fromHex(MAPPING.root), at);
    if (!bytes) throw new Error('the market has no cell of its own');
    const $cell = $.tuple($.sizedUint8Array(32), $.sizedUint8Array(32), $.sizedUint8Array(32), $Root);
    const [oracle, auctions, admin, root] = $cell.decode(bytes) as [Uint8Array, Uint8Array, Uint8Array, Root];
    return { root, oracle: toAddress(oracle), auctions: toHex(auctions), admin: toHex(admin) };
  }

  async account(who: Address, at: Hex): Promise<Account> {
    const bytes = await this.#one(accountKey(who), at);
    return bytes ? $Account.decode(bytes) : EMPTY;
  }

  /** Those of some accounts that are stored. */
  async accountsOf(some: Address[], at: Hex): Promise<AccountEntry[]> {
    const found = await this.#many(some.map((who) => hashed(accountKey(who))), at);
    return some.flatMap((who, place) => {
      const bytes = found[place];
      return bytes ? [{ who, account: $Account.decode(bytes), raw: bytes }] : [];
    });
  }

  /** All that are stored. */
  async accounts(at: Hex): Promise<AccountEntry[]> {
    const keys = await this.#keys(MAPPING.accounts, at);
    const found = await this.#many(keys, at);
    return keys.flatMap((key, place) => {
      const bytes = found[place];
      const who = toAddress(fromHex(key).subarray(HASHED + 4));
      return bytes ? [{ who, account: $Account.decode(bytes), raw: bytes }] : [];
    });
  }

  /** How many accounts there are. */
  async accountCount(at: Hex): Promise<number> {
    return (await this.#keys(MAPPING.accounts, at)).length;
  }

  async reserve(asset: AssetId, at: Hex): Promise<Reserve | undefined> {
    const bytes = await this.#one(concat(fromHex(MAPPING.reserves), Uint8Array.of(asset)), at);
    return bytes && $Reserve.decode(bytes);
  }

  async stake(asset: AssetId, who: Address, at: Hex): Promise<VaultStake | undefined> {
    const key = concat(fromHex(MAPPING.stakes), Uint8Array.of(asset), publicKey(who));
    const bytes = await this.#one(key, at);
    return bytes && $VaultStake.decode(bytes);
  }

  async rewards(who: Address, at: Hex): Promise<[AssetId, bigint][]> {
    const bytes = await this.#one(concat(fromHex(MAPPING.rewards), publicKey(who)), at);
    return bytes ? $Rewards.decode(bytes) : [];
  }

  /** Pages of the index of open auctions. */
  async pages(count: number, at: Hex): Promise<Address[][]> {
    const keys = Array.from({ length: count }, (_, number) =>
      hashed(concat(fromHex(MAPPING.openAuctions), $.u32.encode(number))),
    );
    const found = await this.#many(keys, at);
    return found.map((bytes) => (bytes ? $Page.decode(bytes).map((key) => toAddress(Uint8Array.from(key))) : []));
  }

  /** What is under a key of the contract's own; `undefined` where nothing is. */
  async raw(key: Hex, at: Hex): Promise<Uint8Array | undefined> {
    return this.#one(fromHex(key), at);
  }

  async #one(key: Uint8Array, at: Hex): Promise<Uint8Array | undefined> {
    const value = await this.#send('childstate_getStorage', [this.#child, hashed(key), at]);
    return value ? fromHex(value) : undefined;
  }

  async #many(keys: Hex[], at: Hex): Promise<(Uint8Array | undefined)[]> {
    const parts: Promise<(Hex | null)[]>[] = [];
    for (let from = 0; from < keys.length; from += PAGE) {
      const some = keys.slice(from, from + PAGE);
      parts.push(this.#send('childstate_getStorageEntries', [this.#child, some, at]));
    }
    return (await Promise.all(parts)).flat().map((value) => (value ? fromHex(value) : undefined));
  }

  /** Keys of a mapping. All of the trie are looked at: what they begin with is a hash. */
  async #keys(mapping: Hex, at: Hex): Promise<Hex[]> {
    const found: Hex[] = [];
    const from = 2 + HASHED * 2;
    for (let last: Hex | null = null; ; ) {
      const page: Hex[] = await this.#send('childstate_getKeysPaged', [this.#child, '0x', PAGE, last, at]);
      found.push(...page.filter((key) => key.slice(from, from + 8) === mapping.slice(2)));
      if (page.length < PAGE) return found;
      last = page.at(-1) as Hex;
    }
  }
}

/** An account that has nothing. */
export const EMPTY: Account = { positions: [], counted: [] };

const accountKey = (who: Address) => concat(fromHex(MAPPING.accounts), publicKey(who));
const hashed = (key: Uint8Array): Hex => toHex(concat(blake2AsU8a(key, 128), key));
