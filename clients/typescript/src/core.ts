/** The core in WebAssembly. */
import * as $ from '@dedot/shape';
import type {
  AccountEntry, Address, AssetId, Cells, CoreApi, DebtAtRisk, Hex, Message, PricePoint, Snapshot, Standing, WhatIf,
} from './api.js';
import { ProtocolError, refusal } from './errors.js';
import { $Error, $Request, LAYOUT, coreAnswers } from './generated/contracts.js';
import type * as types from './generated/types.js';
import { $Account } from './generated/codecs.js';
import { concat, toHex } from './primitives.js';

/** What the module exports; it imports nothing. */
interface Exports {
  memory: WebAssembly.Memory;
  room(length: number): number;
  run(): number;
  answer(): number;
}

type Name = keyof types.CoreAnswers;
const NOBODY = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM'; // thirty-two zeros

/** The core's answers. Synchronous: a request takes some microseconds. */
export class Core implements CoreApi {
  readonly #module: WebAssembly.Module;
  #exports: Exports;
  #loaded: Uint8Array | undefined;
  #snapshot: Snapshot | undefined;

  private constructor(module: WebAssembly.Module, instance: WebAssembly.Instance) {
    this.#module = module;
    this.#exports = instance.exports as unknown as Exports;
    const { layout } = this;
    if (layout !== LAYOUT) throw new Error(`core.wasm is of layout ${layout}, this package of ${LAYOUT}`);
  }

  /** From the bytes of `core.wasm`, or where they are. */
  static async load(from: Uint8Array | URL | Response | Promise<Response>): Promise<Core> {
    let bytes: BufferSource;
    if (from instanceof Uint8Array) bytes = from as Uint8Array<ArrayBuffer>;
    else {
      const response = await (from instanceof URL ? fetch(from) : from);
      if (!response.ok) throw new Error(`core.wasm: ${response.status} ${response.statusText}`);
      bytes = await response.arrayBuffer();
    }
    const module = await WebAssembly.compile(bytes);
    return new Core(module, await WebAssembly.instantiate(module));
  }

  get layout(): number {
    return this.#ask('Layout');
  }

  load(snapshot: Snapshot, nowMs = snapshot.nowMs): void {
    const { root, reserves, market } = snapshot;
    const value = { nowMs: BigInt(nowMs), market, root, reserves };
    this.#snapshot = snapshot;
    this.#loaded = $Request.encode({ type: 'Load', value });
    this.#raw(this.#loaded);
  }

  /** Moves the clock: interest, prices, volatility go on from the snapshot. */
  at(nowMs: number): void {
    this.#ask('At', { value: BigInt(nowMs) });
  }

  account(account: types.Account, who: Address = NOBODY): types.AccountView {
    return this.#ask('Account', { value: [who, account] });
  }

  whatIf(caller: Address, message: Message, cells: Cells = {}): WhatIf {
    const answer = this.#ask('WhatIf', {
      caller,
      message: encodable(message),
      cells: {
        accounts: (cells.accounts ?? []).map(({ who, account }) => [who, account]),
        stakes: (cells.stakes ?? []).map(({ asset, who, stake }) => [[asset, who], stake]),
        rewards: (cells.rewards ?? []).map(({ who, earned }) => [who, earned]),
        pages: cells.pages ?? [],
      },
    });
    return {
      ...answer,
      levels: answer.levels.map(([asset, level]) => ({ asset, level })),
      cells: answer.cells.map(({ key, value }) => ({ key: toHex(key), value: value && toHex(value) })),
    };
  }

  quote(account: types.Account, order: types.Order): types.Quote {
    return this.#ask('Quote', { account, order });
  }

  quoteStock(order: types.Order): types.Quote {
    return this.#ask('QuoteStock', { value: order });
  }

  priceOverTime(asset: AssetId, timesMs: number[]): PricePoint[] {
    const priced = this.#snapshot?.reserves.find((each) => each.asset === asset);
    const midWad = priced?.price?.midWad ?? 0n;
    return this.#ask('PriceOverTime', { asset, timesMs: timesMs.map(BigInt) }).map((point) => ({
      timeMs: Number(point.timeMs),
      bonusWad: point.bonusWad,
      priceWad: (midWad * WAD) / (WAD + point.bonusWad),
      room: point.room,
    }));
  }

  quoteOverTime(account: types.Account, order: types.Order, timesMs: number[]): (types.Quote | undefined)[] {
    return this.#ask('QuoteOverTime', { account, order, timesMs: timesMs.map(BigInt) });
  }

  standings(accounts: AccountEntry[]): Standing[] {
    const [begin] = this.#emptyList({ type: 'Standings', value: [] }, 1);
    const bytes = this.#raw(concat(begin, encoded(accounts)));
    return coreAnswers.Standings.decode(bytes).map(({ place, ...standing }) => ({
      ...(accounts[place] as AccountEntry),
      ...standing,
    }));
  }

  debtAtRisk(accounts: AccountEntry[], fallsBps: number[]): DebtAtRisk[] {
    const [begin, end] = this.#emptyList({ type: 'DebtAtRisk', accounts: [], fallsBps }, 1);
    const bytes = this.#raw(concat(begin, encoded(accounts), end));
    return coreAnswers.DebtAtRisk.decode(bytes).map(({ fallBps, shock }) => ({ fallBps, ...shock }));
  }

  reserve(asset: AssetId): types.Reserve {
    return this.#ask('Reserve', { value: asset });
  }

  rates(asset: AssetId): types.RatesView {
    return this.#ask('Rates', { value: asset });
  }

  risk(asset: AssetId): types.RiskView {
    return this.#ask('Risk', { value: asset });
  }

  breaker(asset: AssetId): types.BreakerView {
    return this.#ask('Breaker', { value: asset });
  }

  sale(asset: AssetId): types.SaleView {
    return this.#ask('Sale', { value: asset });
  }

  backstop(asset: AssetId): types.BackstopView {
    return this.#ask('Backstop', { value: asset });
  }

  /** The encoded answer to an encoded account request, as the lens would give it. */
  accountBytes(account: types.Account, who: Address = NOBODY): Uint8Array {
    return this.#raw($Request.encode({ type: 'Account', value: [who, account] }));
  }

  /** A request with an empty list, before and after the list: so that thousands of cells go in as they are. */
  #emptyList(request: object, at: number): [Uint8Array, Uint8Array] {
    const bytes = $Request.encode(request as never);
    return [bytes.subarray(0, at), bytes.subarray(at + 1)];
  }

  #ask<N extends Name>(name: N, request: object = {}): types.CoreAnswers[N] {
    const bytes = this.#raw($Request.encode({ type: name, ...request } as never));
    return coreAnswers[name].decode(bytes) as types.CoreAnswers[N];
  }

  #raw(request: Uint8Array): Uint8Array {
    let bytes: Uint8Array;
    try {
      const place = this.#exports.room(request.length);
      new Uint8Array(this.#exports.memory.buffer, place, request.length).set(request);
      const length = this.#exports.run();
      const answer = new Uint8Array(this.#exports.memory.buffer, this.#exports.answer(), length);
      bytes = Uint8Array.from(answer);
    } catch (why) {
      this.#startAnew();
      throw new ProtocolError('CoreTrapped', `the core stopped: ${String(why)}`);
    }
    if (bytes[0] === 0) return bytes.subarray(1);
    if (bytes[0] === 1) throw refusal($Error.decode(bytes.subarray(1)));
    throw new ProtocolError('NotUnderstood', 'the core does not know this request: it is of another build');
  }

  /** After a trap the module's memory is in no known state. */
  #startAnew(): void {
    this.#exports = new WebAssembly.Instance(this.#module).exports as unknown as Exports;
    if (this.#loaded) {
      const loaded = this.#loaded;
      // If that traps too there is nothing to put back.
      this.#loaded = undefined;
      this.#raw(loaded);
      this.#loaded = loaded;
    }
  }
}

const WAD = 10n ** 18n;

/** A list of accounts as the core reads it. */
function encoded(accounts: AccountEntry[]): Uint8Array {
  const length = $.compact($.u32).encode(accounts.length);
  return concat(length, ...accounts.map(({ account, raw }) => raw ?? $Account.encode(account)));
}

/** A message as the core knows it: times are `bigint`. */
function encodable(message: Message): unknown {
  if (!('deadlineMs' in message) || message.deadlineMs === undefined) return message;
  return { ...message, deadlineMs: BigInt(message.deadlineMs) };
}

export type { Hex };
