import { beforeEach, describe, expect, it } from 'vitest';
import { DOLLAR, ETHER, account } from '../../fixture/source';
import type { Happening, Snapshot } from '../../src/data/model';
import { get, noteProgress, noteSent, reset, set, take } from '../../src/state/store';
import { read } from '../../src/state/router';
import { chainNow } from '../../src/state/clock';
import { soldSince } from '../../src/pages/risk/sold';

const snapshot = (number: number, timeMs: number): Snapshot => ({
  block: { number, hash: `0x${number}`, timeMs, seenAtMs: 0, finalised: number },
  market: { address: '', name: '', owner: '', guardian: '', node: '', keeper: null, targetHealthWad: 0n },
  assets: [ETHER, DOLLAR],
  lots: [],
  inAuction: 0,
  accountsKnown: true,
});
const priced = (block: number, place: number): Happening => ({
  id: `0x${block}-${place}`,
  block,
  timeMs: block * 6_000,
  asset: 0,
  account: null,
  what: { kind: 'priced', priceWad: 1n, quarantinedWad: null },
});

beforeEach(reset);

describe('what the chain says', () => {
  it('keeps a trace of a collateral’s price, a point a block', () => {
    take({ kind: 'snapshot', snapshot: snapshot(1, 6_000) });
    take({ kind: 'snapshot', snapshot: snapshot(2, 12_000) });
    take({ kind: 'snapshot', snapshot: snapshot(2, 12_000) });
    expect(get().traces.get(0)?.map(({ timeMs }) => timeMs)).toEqual([6_000, 12_000]);
    // A fork: what comes after its block is forgotten.
    take({ kind: 'snapshot', snapshot: snapshot(1, 6_500) });
    expect(get().traces.get(0)?.map(({ timeMs }) => timeMs)).toEqual([6_000, 6_500]);
    expect(get().traces.get(1)).toBeUndefined();
  });

  it('lists happenings newest first, each once, however they come', () => {
    take({ kind: 'happenings', happenings: [priced(9, 0), priced(9, 1)] });
    take({ kind: 'happenings', happenings: [priced(3, 0), priced(9, 1)] });
    expect(get().happenings.map(({ id }) => id)).toEqual(['0x9-1', '0x9-0', '0x3-0']);
  });

  it('does not show an account that nobody looks at any more', () => {
    set({ looking: 'other' });
    take({ kind: 'account', account: account(1, 1), wallet: null });
    expect(get().account).toBeNull();
  });

  it('forgets its trouble when all is well', () => {
    take({ kind: 'trouble', trouble: { kind: 'noMarket' } });
    expect(get().trouble?.kind).toBe('noMarket');
    take({ kind: 'well' });
    expect(get().trouble).toBeNull();
  });
});

describe('between', () => {
  it('reads routes, and takes nonsense for the first page', () => {
    expect(read('#/account/5F')).toEqual({ page: 'account', of: '5F' });
    expect(read('#/auctions')).toEqual({ page: 'auctions', of: null });
    expect(read('#/../etc')).toEqual({ page: 'overview', of: null });
    expect(read('')).toEqual({ page: 'overview', of: null });
    expect(read('#/account/%E0%A4%A')).toEqual({ page: 'account', of: null });
  });

  it('lets the chain’s clock run on between blocks, not for ever', () => {
    const block = snapshot(1, 6_000).block;
    expect(chainNow(block, 2_500)).toBe(8_500);
    expect(chainNow(block, 10_000_000)).toBe(36_000);
  });

  it('counts what went to the market, not what a backstop bought', () => {
    const taken = (received: bigint, backstop: boolean, timeMs: number): Happening => ({
      id: String(received),
      block: 1,
      timeMs,
      asset: 0,
      account: 'a',
      what: { kind: 'taken', debt: 1, taker: '', repaid: 1n, received, fee: 0n, bonusWad: 0n, fairWad: 0n, paidWad: 0n, backstop, closed: false },
    });
    const stock: Happening = {
      ...taken(1n, false, 100),
      asset: 1,
      what: { kind: 'stockSold', collateral: 0, paid: 1n, received: 50n, bonusWad: 0n },
    };
    expect(soldSince([taken(7n, false, 100), taken(1_000n, true, 100), taken(3n, false, 99), stock], 0, 100)).toBe(57n);
  });
});

describe('what was sent', () => {
  it('makes room for the next when it is done, and stays while it is under way', () => {
    reset();
    const [first, second] = [noteSent({ kind: 'poke' }, 'one'), noteSent({ kind: 'poke' }, 'two')];
    noteProgress(first, { step: 'final', block: 1 });
    noteProgress(second, { step: 'sent' });
    noteSent({ kind: 'poke' }, 'three');
    expect(get().sent.map(({ line }) => line)).toEqual(['three', 'two']);
  });
});
