/** The chain, by `@breakwater/client`: one dry run a block, the cells that events name, and the core for the rest. */
import {
  ProtocolError,
  type AccountEntry,
  type Breakwater,
  type ChainEvent,
  type Message,
  type Snapshot as ChainSnapshot,
} from '@breakwater/client';
import type { Intent } from '../data/intent';
import type { Account, Address, Answer, Level, Lot, PriceSource, Snapshot } from '../data/model';
import type { Source, SourceEvent, Trouble, Wants } from '../data/source';
import { account as toAccount, assets as toAssets } from './convert';
import { Everybody } from './everybody';
import { governance } from './governance';
import { happenings } from './happenings';
import { History } from './history';
import { message } from './message';
import { isNoMarket, refusal, sendIntent } from './send';
import { wallet } from './wallet';

/** Lots that are quoted at each block; the rest of a storm is in the list of accounts. */
const MOST_LOTS = 60;

export interface Following {
  market: Breakwater;
  node: string;
  keeper: string | null;
  /** Called with what becomes of the connection, from now on. */
  onTrouble: (listener: (trouble: Trouble | null) => void) => void;
}

export class Live implements Source {
  #market: Breakwater;
  #node: string;
  #keeper: string | null;
  #say: (event: SourceEvent) => void = () => {};
  #wants: Wants = { account: null, everybody: false, governance: false };
  #now: ChainSnapshot | null = null;
  #levels = new Map<number, Level>();
  #cell: AccountEntry | null = null;
  #open: AccountEntry[] = [];
  #sources = new Map<number, PriceSource[]>();
  #everybody: Everybody;
  #history: History;
  /** Work of one block at a time; of those that come meanwhile only the last. */
  #busy = false;
  #next: { snapshot: ChainSnapshot; events: ChainEvent[] } | null = null;
  #missed: ChainEvent[] = [];
  #onTrouble: Following['onTrouble'];

  constructor({ market, node, keeper, onTrouble }: Following) {
    this.#market = market;
    this.#node = node;
    this.#keeper = keeper;
    this.#onTrouble = onTrouble;
    this.#everybody = new Everybody(market);
    this.#history = new History(market);
  }

  follow(listener: (event: SourceEvent) => void): () => void {
    this.#say = listener;
    this.#onTrouble((trouble) => listener(trouble === null ? { kind: 'well' } : { kind: 'trouble', trouble }));
    const stop = this.#market.watch(
      (snapshot, events) => this.#take(snapshot, events),
      (why) => this.#failed(why),
    );
    return () => {
      stop();
      this.#history.stop();
      this.#say = () => {};
    };
  }

  want(wants: Wants): void {
    const before = this.#wants;
    this.#wants = wants;
    if (this.#now === null) return;
    if (wants.account !== before.account) this.#cell = null;
    void this.#more(this.#now, []).catch((why: unknown) => this.#failed(why));
  }

  #failed(why: unknown): void {
    if (isNoMarket(why)) return this.#say({ kind: 'trouble', trouble: { kind: 'noMarket' } });
    // A connection that is lost says so itself; a block whose state is gone is passed over.
    console.info('a block was passed over:', why instanceof Error ? why.message : why);
  }

  #take(snapshot: ChainSnapshot, events: ChainEvent[]): void {
    this.#missed.push(...events);
    this.#next = { snapshot, events: this.#missed };
    if (this.#busy) return;
    this.#busy = true;
    void this.#work().finally(() => {
      this.#busy = false;
    });
  }

  async #work(): Promise<void> {
    while (this.#next !== null) {
      const { snapshot, events } = this.#next;
      this.#next = null;
      this.#missed = [];
      const first = this.#now === null;
      this.#now = snapshot;
      try {
        const [open] = await Promise.all([
          this.#market.auctions(snapshot.blockHash),
          this.#wants.everybody || first ? undefined : this.#readSources(snapshot),
        ]);
        this.#open = open;
        this.#tell(snapshot);
        this.#history.note(events);
        this.#say({ kind: 'happenings', happenings: happenings(events, this.#market.deployment) });
        await this.#more(snapshot, events);
        if (first) this.#readBack(snapshot);
      } catch (why) {
        this.#failed(why);
      }
    }
  }

  /** Reads what happened before the page was opened. */
  #readBack(from: ChainSnapshot): void {
    this.#say({ kind: 'read', fromBlock: from.blockNumber });
    this.#history.start(from, (old, fromBlock) => {
      if (old.length !== 0) this.#say({ kind: 'happenings', happenings: old });
      this.#say({ kind: 'read', fromBlock });
    });
  }

  /** The market itself, from the snapshot and the core. */
  #tell(chain: ChainSnapshot): void {
    const { core, deployment, reading } = this.#market;
    core.load(chain);
    const assets = toAssets(core, chain, deployment, this.#sources);
    this.#levels = new Map(assets.map(({ id, breaker }) => [id, breaker.level]));
    const snapshot: Snapshot = {
      block: {
        number: chain.blockNumber,
        hash: chain.blockHash,
        timeMs: chain.nowMs,
        seenAtMs: performance.now(),
        finalised: chain.finalisedNumber,
      },
      market: {
        address: deployment.market,
        name: 'Market',
        owner: chain.owner,
        guardian: chain.guardian,
        node: this.#node,
        keeper: this.#keeper,
        targetHealthWad: chain.params.targetHealthWad,
      },
      assets,
      lots: this.#open.slice(0, MOST_LOTS).flatMap((entry) => this.#lots(entry, chain.nowMs)),
      inAuction: this.#open.length,
      accountsKnown: reading.from === 'cells',
    };
    this.#say({ kind: 'snapshot', snapshot });
    this.#say(
      reading.from === 'views'
        ? { kind: 'trouble', trouble: { kind: 'unknownLayout', layout: String(reading.layout) } }
        : { kind: 'well' },
    );
  }

  /** What the oracle's sources say; an adapter that can't tell leaves the page without. */
  async #readSources(chain: ChainSnapshot): Promise<void> {
    const found = await Promise.all(
      chain.reserves.map(async ({ asset }) => {
        const sources = await this.#market.sources(asset, chain.blockHash).catch(() => []);
        return [asset, sources.map(({ verdict }) => ({ verdict }))] as const;
      }),
    );
    this.#sources = new Map(found);
  }

  /** Every pair of debt and collateral of an account in auction. */
  #lots({ who, account }: AccountEntry, nowMs: number): Lot[] {
    const { core } = this.#market;
    const [standing] = core.standings([{ who, account }]);
    const healthWad = standing?.healthFactorWad ?? 0n;
    const debtWad = standing?.debtWad ?? 0n;
    const startedMs = Number(account.auction?.startedMs ?? nowMs);
    const debts = account.positions.filter(({ debtShares }) => debtShares !== 0n);
    const collaterals = account.positions.filter(({ collateral }) => collateral !== 0n);
    return debts.flatMap(({ asset: debt }) =>
      collaterals.map(({ asset: collateral }) => ({
        ...{ account: who, collateral, debt, startedMs, healthWad, debtWad },
        quote: this.#quote({ who, account }, collateral, debt, (1n << 128n) - 1n),
      })),
    );
  }

  #quote({ account }: AccountEntry, collateral: number, debt: number, maxRepay: bigint): Lot['quote'] {
    try {
      return { ok: true, value: this.#market.core.quote(account, { collateral, debt, maxRepay, minReceive: 0n }) };
    } catch (why) {
      return { ok: false, error: refusal(why) };
    }
  }

  /** What the page at hand wants besides. */
  async #more(chain: ChainSnapshot, events: ChainEvent[]): Promise<void> {
    const wants = this.#wants;
    await Promise.all([
      this.#account(chain, wants),
      wants.everybody && this.#market.reading.from === 'cells'
        ? this.#everybody.rows(chain, events).then((rows) => this.#say({ kind: 'accounts', rows }))
        : undefined,
      wants.governance
        ? governance(this.#market, chain, this.#history.operations()).then((found) =>
            this.#say({ kind: 'governance', governance: found }),
          )
        : undefined,
    ]);
  }

  async #account(chain: ChainSnapshot, wants: Wants): Promise<void> {
    const who = wants.account;
    if (who === null) return;
    const [cell, purse] = await Promise.all([
      this.#market.account(who, chain.blockHash),
      wallet(this.#market, chain, who),
    ]);
    if (this.#wants.account !== who || this.#now !== chain) return;
    this.#cell = { who, account: cell };
    let account: Account | null = null;
    try {
      const views = this.#market.reading.from === 'views';
      const view = views ? await this.#market.view(who) : this.#market.core.account(cell);
      account = toAccount(who, view, this.#levels);
    } catch {
      // A debt without a price: nobody can say how the account stands.
    }
    this.#say({ kind: 'account', account, wallet: purse });
  }

  whatIf(address: Address, intent: Intent): Answer<Account> {
    const wanted = message(intent);
    const cell = this.#cell;
    if (wanted === null || cell === null || cell.who !== address) {
      return { ok: false, error: { name: 'NotRead', advice: 'the account is not read yet: wait for the next block' } };
    }
    return this.#answer(() => {
      const done = this.#market.core.whatIf(address, wanted as Message, { accounts: [cell] });
      const levels = new Map(this.#levels);
      for (const { asset, level } of done.levels) levels.set(asset, level as Level);
      return toAccount(address, done.after ?? this.#market.core.account(cell.account), levels);
    });
  }

  shocked(address: Address, priceBps: Map<number, number>): Answer<Account> {
    const [cell, now] = [this.#cell, this.#now];
    const { core } = this.#market;
    if (cell === null || now === null || cell.who !== address) {
      return { ok: false, error: { name: 'NotRead', advice: 'the account is not read yet: wait for the next block' } };
    }
    const moved = now.reserves.map((priced) => {
      const bps = priceBps.get(priced.asset);
      if (bps === undefined || priced.price === undefined) return priced;
      const part = (wad: bigint) => (wad * BigInt(bps)) / 10_000n;
      const { midWad, lowWad, highWad } = priced.price;
      const price = { ...priced.price, midWad: part(midWad), lowWad: part(lowWad), highWad: part(highWad) };
      return { ...priced, price };
    });
    try {
      core.load({ ...now, reserves: moved });
      return this.#answer(() => toAccount(address, core.account(cell.account), this.#levels));
    } finally {
      core.load(now);
    }
  }

  quoteAt(address: Address, collateral: number, debt: number, maxRepay: bigint, timeMs: number): Lot['quote'] {
    const entry = this.#open.find(({ who }) => who === address);
    if (entry === undefined) {
      return { ok: false, error: { name: 'NoAuction', advice: 'the auction is over' } };
    }
    return this.#answer(() => {
      const order = { collateral, debt, maxRepay, minReceive: 0n };
      const [quote] = this.#market.core.quoteOverTime(entry.account, order, [Math.round(timeMs)]);
      // What stands against it, in the core's words: by the clock of the newest block.
      return quote ?? this.#market.core.quote(entry.account, order);
    });
  }

  bonusAt(collateral: number, timeMs: number): bigint | null {
    try {
      return this.#market.core.priceOverTime(collateral, [Math.round(timeMs)])[0]?.bonusWad ?? null;
    } catch {
      return null;
    }
  }

  debtAtRisk(fallsBps: number[]): bigint[] | null {
    const entries = this.#everybody.entries();
    if (entries === null) return null;
    try {
      const answers = this.#market.core.debtAtRisk(entries, fallsBps);
      return answers.map(({ alreadyWad, newWad }) => alreadyWad + newWad);
    } catch {
      return null;
    }
  }

  send(...[intent, signer, report]: Parameters<Source['send']>): Promise<void> {
    return this.#history.during(() => sendIntent(this.#market, this.#history, intent, signer, report));
  }

  #answer<T>(compute: () => T): Answer<T> {
    try {
      return { ok: true, value: compute() };
    } catch (why) {
      if (why instanceof ProtocolError) return { ok: false, error: refusal(why) };
      throw why;
    }
  }
}
