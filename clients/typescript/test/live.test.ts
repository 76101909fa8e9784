/** Against a chain with a market: what is read, computed and sent, compared with what the chain says and does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Breakwater, type Hex, type Message, type Signer, ALL, ProtocolError, codecs, messageData, parseUnits,
} from '../src/index.js';
import { live, open, parent, person, run } from './live.js';

const ETH = 0;
const USD = 1;
const ether = (amount: string) => parseUnits(amount, 18);
const dollars = (amount: string) => parseUnits(amount, 6);

describe.skipIf(!live)('a market on a chain', () => {
  let market: Breakwater;
  let bob: Signer;
  let charlie: Signer;
  let alice: Signer;

  beforeAll(async () => {
    [market, alice, bob, charlie] = await Promise.all([open(), person('//Alice'), person('//Bob'), person('//Charlie')]);
  });
  afterAll(async () => market?.close());

  /** The core's account is the lens's, byte for byte, at one block. */
  async function sameAsLens(who: string) {
    const { blockHash } = await market.snapshot();
    const [byLens, cell] = await Promise.all([market.lensAccount(who, blockHash), market.account(who, blockHash)]);
    const ours = market.core.accountBytes(cell, who);
    expect(Buffer.from(ours).toString('hex')).toBe(Buffer.from(codecs.$AccountView.encode(byLens)).toString('hex'));
    expect(market.core.account(cell, who)).toEqual(byLens);
  }

  /**
   * Sends a message; then computes it on the state of the block before, at the time of its block: what the
   * chain has stored must be what the core says it stores, byte for byte.
   */
  async function sameAsChain(signer: Signer, message: Message) {
    const foretold = await market.whatIf(signer.address, message);
    const receipt = await market.do(signer, message);
    const before = await parent(market, receipt.blockHash);
    const { nowMs } = await market.snapshot(receipt.blockHash);
    const computed = await market.whatIfAt(before, nowMs, signer.address, message);
    const reader = await market.cells(receipt.blockHash);
    expect(computed.cells.length).toBeGreaterThan(0);
    for (const { key, value } of computed.cells) {
      const stored = await reader.raw(key as Hex, receipt.blockHash);
      const hex = stored && `0x${Buffer.from(stored).toString('hex')}`;
      // Of the market's own cell, the last part.
      if (key === '0x00000000') expect(hex?.endsWith((value as string).slice(2)), key).toBe(true);
      else expect(hex, key).toBe(value);
    }
    await sameAsLens(computed.account);
    return { foretold, computed, receipt };
  }

  it('is read from its cells, by the code it runs', () => {
    expect(market.reading).toEqual({ from: 'cells', exact: true });
    expect(market.connection.state).toBe('connected');
  });

  it('is on the table as the lens has it', async () => {
    const { blockHash, reserves } = await market.snapshot();
    expect(reserves.map(({ asset }) => asset)).toEqual([ETH, USD]);
    for (const { asset } of reserves) {
      const of = market.deployment.lens;
      const ask = <T>(name: 'rates' | 'risk' | 'breaker' | 'sale' | 'backstop' | 'reserve') =>
        market.ask(of, 'lens', name, [asset], blockHash) as Promise<T>;
      expect(market.core.rates(asset)).toEqual(await ask('rates'));
      expect(market.core.risk(asset)).toEqual(await ask('risk'));
      expect(market.core.breaker(asset)).toEqual(await ask('breaker'));
      expect(market.core.sale(asset)).toEqual(await ask('sale'));
      expect(market.core.backstop(asset)).toEqual(await ask('backstop'));
      expect(market.core.reserve(asset)).toEqual(await ask('reserve'));
    }
    await sameAsLens(alice.address);
  });

  it('knows where its prices come from', async () => {
    const [feed, sources, price] = await Promise.all([market.feed(ETH), market.sources(ETH), market.price(ETH)]);
    expect(feed?.config.sources.map(({ kind }) => kind.type)).toEqual(['Pushed']);
    expect(sources.length).toBe(1);
    expect(price?.midWad).toBe(parseUnits('2000', 18));
  });

  it('does what the core says: deposit, borrow, repay, withdraw', async () => {
    const deposit: Message = {
      type: 'Act',
      actions: [
        { type: 'DepositCollateral', asset: ETH, amount: ether('10'), excessToSupply: false },
        { type: 'Borrow', asset: USD, assets: dollars('10000') },
      ],
    };
    const calls = await market.calls(bob.address, deposit);
    expect(calls.map(({ label }) => label)).toEqual(['approve 10 ETH', 'collateral deposit ETH 10, borrow USD 10000']);
    const { foretold, receipt } = await sameAsChain(bob, deposit);
    expect(foretold.payments.map(({ paidIn, paidOut }) => [paidIn, paidOut])).toEqual([
      [ether('10'), 0n],
      [0n, dollars('10000')],
    ]);
    expect(foretold.after?.healthFactorWad).toBe((await market.view(bob.address)).healthFactorWad);
    expect(receipt.events.map(({ type }) => type)).toEqual(['CollateralDeposited', 'Borrowed']);
    expect(receipt.feePlanck).toBeGreaterThan(0n);
    await sameAsChain(bob, { type: 'Act', actions: [{ type: 'Repay', asset: USD, assets: dollars('1000') }] });
    // A chain that finalises at once reports out of order: nobody is told so.
    for (let round = 0; round < 5; round++) {
      const told: string[] = [];
      const little: Message = { type: 'Act', actions: [{ type: 'Repay', asset: USD, assets: dollars('1') }] };
      await market.do(bob, little, { until: 'final', onProgress: ({ state }) => told.push(state) });
      expect(told.filter((state) => state !== 'sent')).toEqual(['signing', 'in-block', 'final']);
    }
    await sameAsChain(bob, { type: 'Act', actions: [{ type: 'WithdrawCollateral', asset: ETH, amount: ether('1') }] });
    await sameAsChain(alice, { type: 'ActFor', account: bob.address, action: { type: 'Repay', asset: USD, assets: dollars('10') } });
  });

  it('refuses with a sentence, before anything is signed', async () => {
    const tooMuch: Message = { type: 'Act', actions: [{ type: 'Borrow', asset: USD, assets: dollars('100000') }] };
    for (const attempt of [() => market.whatIf(bob.address, tooMuch), () => market.do(bob, tooMuch)]) {
      const why = await attempt().then(() => undefined, (error: unknown) => error);
      expect(why).toBeInstanceOf(ProtocolError);
      expect((why as ProtocolError).name).toBe('InsufficientCollateral');
      expect((why as ProtocolError).sentence).toContain('LTV');
    }
    // The contract says the same as the core.
    const call = { contract: market.deployment.market, data: messageData(tooMuch), value: 0n, label: '' };
    await expect(market.dryRun(bob.address, [call])).rejects.toMatchObject({ name: 'InsufficientCollateral' });
    // A wallet that says no.
    const unwilling = { address: bob.address, signer: { signPayload: () => Promise.reject(new Error('Cancelled')) } };
    const little: Message = { type: 'Act', actions: [{ type: 'Borrow', asset: USD, assets: dollars('1') }] };
    await expect(market.do(unwilling as Signer, little)).rejects.toMatchObject({ name: 'NotSigned' });
    // The command line's line for it.
    expect(market.commandLine(tooMuch)).toBe('breakwater borrow USD 100000');
  });

  it('computes in microseconds', async () => {
    const { blockHash } = await market.snapshot();
    const entry = (await market.accounts(blockHash)).find(({ who }) => who === bob.address)!;
    const many = Array.from({ length: 10_000 }, () => entry);
    const took = (run: () => unknown) => {
      const began = process.cpuUsage();
      run();
      return process.cpuUsage(began).user / 1_000;
    };
    market.core.standings(many);
    const all = took(() => expect(market.core.standings(many).length).toBe(10_000));
    const one = took(() => { for (let round = 0; round < 1_000; round++) market.core.account(entry.account); });
    console.log(`10,000 accounts: ${all.toFixed(0)} ms; an account: ${one.toFixed(0)} us`);
    expect(all).toBeLessThan(2_000);
    expect(one).toBeLessThan(5_000);
    // The same whether cells go in as they are stored or are encoded here.
    const { raw, ...plain } = entry;
    expect(raw).toBeInstanceOf(Uint8Array);
    expect(market.core.standings([plain])[0]).toMatchObject({ healthFactorWad: market.core.standings([entry])[0]!.healthFactorWad });
  });

  it('lists its accounts, and how they stand', async () => {
    const { blockHash } = await market.snapshot();
    const accounts = await market.accounts(blockHash);
    expect(accounts.map(({ who }) => who).sort()).toEqual([alice.address, bob.address].sort());
    const [bobs] = market.core.standings(accounts.filter(({ who }) => who === bob.address));
    const view = await market.lensAccount(bob.address, blockHash);
    expect(bobs).toMatchObject({ healthFactorWad: view.healthFactorWad, debtWad: view.health.debtWad });
    const [none, half] = market.core.debtAtRisk(accounts, [0, 5_000]);
    expect(none).toMatchObject({ alreadyWad: 0n, newWad: 0n, newAccounts: 0 });
    expect(half).toMatchObject({ newWad: view.health.debtWad, newAccounts: 1 });
  });

  it('stakes as the core says', async () => {
    await sameAsChain(alice, { type: 'BackstopDeposit', asset: USD, assets: dollars('1000') });
    const { foretold } = await sameAsChain(alice, { type: 'BackstopGiveNotice', asset: USD });
    expect(foretold.stake?.notice?.opensMs).toBeGreaterThan(0n);
    const early = market.whatIf(alice.address, { type: 'BackstopWithdraw', asset: USD, shares: ALL });
    await expect(early).rejects.toMatchObject({ name: 'NoticeNeeded' });
  });

  it('liquidates and sells as the core says', async () => {
    await market.do(bob, { type: 'Act', actions: [{ type: 'Borrow', asset: USD, assets: dollars('4000') }] });
    const healthy = market.whatIf(charlie.address, { type: 'Liquidate', account: bob.address });
    await expect(healthy).rejects.toMatchObject({ name: 'Healthy' });
    run('oracle push ETH=1650 --from //Alice');
    const { receipt } = await sameAsChain(charlie, { type: 'Liquidate', account: bob.address });
    expect(receipt.events.map(({ type }) => type)).toContain('LiquidationStarted');
    expect((await market.auctions()).map(({ who }) => who)).toEqual([bob.address]);
    const { nowMs } = await market.snapshot();
    const [now, later] = market.core.priceOverTime(ETH, [nowMs, nowMs + 600_000]);
    expect(later!.bonusWad).toBeGreaterThan(now!.bonusWad);
    expect(later!.priceWad).toBeLessThan(now!.priceWad);
    const order = { collateral: ETH, debt: USD, maxRepay: dollars('500'), minReceive: 0n };
    const { computed } = await sameAsChain(alice, { type: 'Take', account: bob.address, order });
    expect(computed.quote!.repaid).toBeGreaterThan(0n);
  });
});
