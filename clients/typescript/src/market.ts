/** A market on a chain: everything that is read of it and sent to it. */
import type { LegacyClient } from 'dedot';
import type {
  AccountEntry, Address, AssetId, BreakwaterApi, Call, Cells, ChainEvent, Connection, Deployment, DryRun,
  Governance, Hex, Message, OpenOptions, ReadCall, Reading, Receipt, SendOptions, Signer, Snapshot, Stop, WhatIf,
} from './api.js';
import { approval, assetOf, commandLines, label, messageData, readCall, written } from './calls.js';
import { CellReader } from './cells.js';
import { ask, dryRun, emitted, refusedBy, send, stateAt } from './chain.js';
import { Link } from './connection.js';
import { Core } from './core.js';
import { toDeployment } from './deployment.js';
import { ProtocolError, refusal } from './errors.js';
import { $GovernanceError } from './generated/codecs.js';
import {
  CODES, LAYOUT, governor, governorEvents, lens, market, marketEvents, oracle, oracleEvents, token,
} from './generated/contracts.js';
import type {
  Account, AccountSnapshot, AccountView, Feed, Operation, Price, PricedReserve, Root, Value, VaultStake, Verdict,
} from './generated/types.js';
import { readGovernance } from './governance.js';
import type { ContractMessage } from './message.js';
import { normal } from './primitives.js';
import { watch } from './watch.js';

/** Reserves that the market answers at once. */
const RESERVES_AT_ONCE = 8;

const CONTRACTS = { market, lens, oracle, governor, token };

/** How a market is read, and with what. */
interface Way {
  reading: Reading;
  cells: CellReader | undefined;
  codeHash: Hex;
}

export class Breakwater implements BreakwaterApi {
  readonly deployment: Deployment;
  readonly core: Core;
  readonly #link: Link;
  #way: Way | undefined;
  #loaded: Hex | undefined;

  private constructor(deployment: Deployment, core: Core, link: Link, private readonly viewsOnly: boolean) {
    this.deployment = deployment;
    this.core = core;
    this.#link = link;
    link.on(({ state }) => {
      // Another node may be of another mind.
      if (state !== 'connected') this.#way = undefined;
    });
  }

  /** Connects to a node and looks at the market's code. @throws after `timeoutMs`, if that is given. */
  static async open(options: OpenOptions): Promise<Breakwater> {
    const { endpoints, onConnection, timeoutMs } = options;
    const deployment = toDeployment(options.deployment);
    const core = await Core.load(options.core ?? new URL('../core/core.wasm', import.meta.url));
    const link = new Link(endpoints, deployment.genesis);
    if (onConnection) link.on(onConnection);
    const opened = new Breakwater(deployment, core, link, options.views ?? false);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      if (timeoutMs !== undefined) {
        const why = () => {
          const { state } = link;
          return new Error(state.state === 'wrong-chain' ? 'the node is on another chain' : 'no node answers');
        };
        timer = setTimeout(() => reject(why()), timeoutMs);
      }
    });
    try {
      await Promise.race([link.start(), late]);
      await opened.#find();
      return opened;
    } catch (why) {
      await link.close();
      throw why;
    } finally {
      clearTimeout(timer);
    }
  }

  get client(): LegacyClient {
    return this.#link.client;
  }

  get connection(): Connection {
    return this.#link.state;
  }

  onConnection(listener: (connection: Connection) => void): Stop {
    return this.#link.on(listener);
  }

  get reading(): Reading {
    if (!this.#way) throw new Error('not connected');
    return this.#way.reading;
  }

  get nativeToken(): { symbol: string; decimals: number } {
    const { tokenSymbol, tokenDecimals } = this.#properties;
    return { symbol: [tokenSymbol].flat()[0] ?? 'UNIT', decimals: [tokenDecimals].flat()[0] ?? 12 };
  }
  #properties: any = {};

  // ---- The market's code ----------------------------------------------------------------------

  /** Looks at the code and its layout; afterwards only whether the code is still the same. */
  async #find(at?: Hex): Promise<Way> {
    const { client } = this;
    const info: any = await (await stateAt(client, at)).query.contracts.contractInfoOf(this.deployment.market);
    if (!info) throw new ProtocolError('Contracts::ContractNotFound', 'no contract is there: is this the right chain?');
    const codeHash = String(info.codeHash) as Hex;
    const held = this.#way;
    if (held?.codeHash === codeHash) return held;
    this.#properties = await client.provider.send('system_properties', []).catch(() => ({}));
    const { layout } = await ask(client, this.deployment.market, market.version, [], at);
    if (layout !== LAYOUT || this.viewsOnly) {
      return (this.#way = { reading: { from: 'views', layout, codeHash }, cells: undefined, codeHash });
    }
    const cells = new CellReader(client, info.trieId);
    const root = await cells.root(at ?? (await this.#newest()));
    const exact = codeHash === CODES.front && root.auctions === CODES.auctions && root.admin === CODES.admin;
    const reading: Reading = exact ? { from: 'cells', exact } : { from: 'cells', exact, codeHash };
    // Of the other codes nothing is noted: an upgrade of those alone is seen with the next connection.
    return (this.#way = { reading, cells, codeHash });
  }

  async #newest(): Promise<Hex> {
    return this.client.provider.send('chain_getBlockHash', []);
  }

  async #cells(at: Hex): Promise<CellReader | undefined> {
    return (await this.#find(at)).cells;
  }

  // ---- What is read ---------------------------------------------------------------------------

  async snapshot(blockHash?: Hex): Promise<Snapshot> {
    const { client, deployment } = this;
    const at = blockHash ?? (await this.#newest());
    const [state, way, finalised] = await Promise.all([
      client.at(at) as Promise<any>,
      this.#find(at),
      client.provider.send('chain_getFinalizedHead', []),
    ]);
    const [now, number, root, header] = await Promise.all([
      state.query.timestamp.now() as Promise<bigint>,
      state.query.system.number() as Promise<number>,
      way.cells ? way.cells.root(at).then((cell) => cell.root) : this.#rootByViews(at),
      client.provider.send('chain_getHeader', [finalised]) as Promise<{ number: Hex }>,
    ]);
    const snapshot: Snapshot = {
      blockHash: at,
      blockNumber: Number(number),
      finalisedNumber: Number(header.number),
      nowMs: Number(now),
      market: deployment.market,
      owner: root.owner,
      guardian: root.guardian,
      guardianUntilMs: root.guardianUntilMs,
      params: root.params,
      root,
      reserves: await this.#reserves(root.reserveCount, at),
    };
    this.core.load(snapshot);
    this.#loaded = at;
    return snapshot;
  }

  async #reserves(count: number, at: Hex): Promise<PricedReserve[]> {
    const found: PricedReserve[] = [];
    for (let first = 0; first < count; ) {
      const asked = Uint8Array.from({ length: count - first }, (_, place) => first + place);
      const some = await ask(this.client, this.deployment.market, market.pricedReserves, [asked], at);
      found.push(...some);
      if (some.length < RESERVES_AT_ONCE) break;
      first = (some.at(-1) as PricedReserve).asset + 1;
    }
    return found;
  }

  /** The market's own cell as far as views tell it: without what people have raised of late. */
  async #rootByViews(at: Hex): Promise<Root> {
    const { client, deployment } = this;
    const of = deployment.market;
    const [[owner, , params], [guardian, guardianUntilMs, guard], reserveCount, [auctionPages]] = await Promise.all([
      ask(client, of, market.settings, [], at),
      ask(client, of, market.guard, [], at),
      ask(client, of, market.reserveCount, [], at),
      ask(client, of, market.auctions, [0], at),
    ]);
    const episode: Root['episode'] = { fromMs: 0n, untilMs: 0n };
    return { owner, guardian, guardianUntilMs, reserveCount, auctionPages, params, guard, episode };
  }

  async account(who: Address, blockHash?: Hex): Promise<Account> {
    const at = blockHash ?? (await this.#newest());
    const cells = await this.#cells(at);
    return cells ? cells.account(who, at) : ask(this.client, this.deployment.market, market.account, [who], at);
  }

  async accounts(blockHash?: Hex): Promise<AccountEntry[]> {
    const at = blockHash ?? (await this.#newest());
    return (await this.#trie(at)).accounts(at);
  }

  async #trie(at: Hex): Promise<CellReader> {
    const cells = await this.#cells(at);
    if (!cells) throw new ProtocolError('WrongLayout', 'the market has another storage layout than this client reads');
    return cells;
  }

  async view(who: Address): Promise<AccountView> {
    if (this.reading.from === 'views') return this.lensAccount(who);
    const at = await this.#newest();
    if (this.#loaded !== at) await this.snapshot(at);
    return this.core.account(await this.account(who, at), who);
  }

  lensAccount(who: Address, blockHash?: Hex): Promise<AccountView> {
    return ask(this.client, this.deployment.lens, lens.account, [who], blockHash);
  }

  accountSnapshot(who: Address, blockHash?: Hex): Promise<AccountSnapshot> {
    return ask(this.client, this.deployment.market, market.snapshot, [who], blockHash);
  }

  /** Asks one of the deployment's contracts whatever it answers. */
  ask<C extends keyof typeof CONTRACTS, N extends string & keyof (typeof CONTRACTS)[C]>(
    of: Address, contract: C, name: N, args: unknown[], blockHash?: Hex,
  ): Promise<unknown> {
    const message = CONTRACTS[contract][name] as ContractMessage<unknown[], unknown>;
    return ask(this.client, of, message, args, blockHash);
  }

  async auctions(blockHash?: Hex): Promise<AccountEntry[]> {
    const at = blockHash ?? (await this.#newest());
    const cells = await this.#cells(at);
    if (cells) {
      const { root } = await cells.root(at);
      return cells.accountsOf((await cells.pages(root.auctionPages, at)).flat(), at);
    }
    const found: AccountEntry[] = [];
    for (let page = 0, pages = 1; page < pages; page++) {
      const [count, some] = await ask(this.client, this.deployment.market, market.auctions, [page], at);
      pages = count;
      for (const who of some) found.push({ who, account: await this.account(who, at) });
    }
    return found;
  }

  stake(asset: AssetId, who: Address, blockHash?: Hex): Promise<VaultStake> {
    return ask(this.client, this.deployment.market, market.stake, [asset, who], blockHash);
  }

  async rewards(who: Address, blockHash?: Hex): Promise<[AssetId, bigint][]> {
    const at = blockHash ?? (await this.#newest());
    const cells = await this.#cells(at);
    if (cells) return cells.rewards(who, at);
    const assets = this.deployment.assets.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const reward = (id: AssetId) => ask(this.client, this.deployment.market, market.reward, [who, id], at);
    return Promise.all(assets.map(async (id): Promise<[AssetId, bigint]> => [id, await reward(id)]));
  }

  balance(asset: AssetId, who: Address): Promise<bigint> {
    return ask(this.client, assetOf(this.deployment, asset).token, token.balanceOf, [who]);
  }

  allowance(asset: AssetId, who: Address): Promise<bigint> {
    const { market: spender } = this.deployment;
    return ask(this.client, assetOf(this.deployment, asset).token, token.allowance, [who, spender]);
  }

  async native(who: Address): Promise<bigint> {
    const { data } = (await (this.client.query as any).system.account(who)) as { data: { free: bigint; frozen: bigint } };
    return data.free > data.frozen ? data.free - data.frozen : 0n;
  }

  async price(asset: AssetId): Promise<Price | undefined> {
    const { token: of } = assetOf(this.deployment, asset);
    return (await ask(this.client, this.deployment.oracle, oracle.prices, [[of]]))[0];
  }

  feed(asset: AssetId, blockHash?: Hex): Promise<Feed | undefined> {
    const { token: of } = assetOf(this.deployment, asset);
    return ask(this.client, this.deployment.oracle, oracle.feed, [of], blockHash);
  }

  async sources(asset: AssetId, blockHash?: Hex): Promise<{ last: Value; verdict: Verdict }[]> {
    const { token: of } = assetOf(this.deployment, asset);
    const answers = await ask(this.client, this.deployment.oracle, oracle.sources, [of], blockHash);
    return answers.map(([last, verdict]) => ({ last, verdict }));
  }

  // ---- What is done ---------------------------------------------------------------------------

  async whatIf(caller: Address, message: Message): Promise<WhatIf> {
    const at = await this.#newest();
    const cells = await this.#trie(at);
    if (this.#loaded !== at) await this.snapshot(at);
    return this.core.whatIf(normal(caller), message, await this.#needed(cells, normal(caller), message, at));
  }

  /** What a message would have done at a block, at a time after it. */
  async whatIfAt(at: Hex, nowMs: number, caller: Address, message: Message): Promise<WhatIf> {
    const cells = await this.#trie(at);
    const snapshot = await this.snapshot(at);
    this.core.load(snapshot, nowMs);
    this.#loaded = undefined;
    return this.core.whatIf(normal(caller), message, await this.#needed(cells, normal(caller), message, at));
  }

  /** The market's cells, to be read one by one. @throws where the layout is another. */
  cells(blockHash?: Hex): Promise<CellReader> {
    return blockHash ? this.#trie(blockHash) : this.#newest().then((at) => this.#trie(at));
  }

  /** The cells that a message by `caller` reads, beside reserves and prices. */
  async #needed(cells: CellReader, caller: Address, message: Message, at: Hex): Promise<Cells> {
    const about = 'account' in message ? normal(message.account) : caller;
    const account = await cells.account(about, at);
    const accounts = [{ who: about, account }];
    if (message.type.startsWith('Backstop') && 'asset' in message) {
      const { asset } = message;
      const stake = await cells.stake(asset, caller, at);
      return { accounts, stakes: stake ? [{ asset, who: caller, stake }] : [] };
    }
    const starters = new Set([caller, ...(account.auction ? [account.auction.starter] : [])]);
    const earnings = [...starters].map(async (who) => ({ who, earned: await cells.rewards(who, at) }));
    const { root } = await cells.root(at);
    const [rewards, pages] = await Promise.all([Promise.all(earnings), cells.pages(root.auctionPages, at)]);
    // A starter without a cell has none: an empty one is something else.
    return { accounts, rewards: rewards.filter(({ earned }) => earned.length > 0), pages };
  }

  async calls(caller: Address, message: Message): Promise<Call[]> {
    const { deployment } = this;
    const itself: Call = {
      contract: deployment.market,
      data: messageData(message),
      value: 0n,
      label: label(deployment, message),
    };
    const pulled = await this.#pulled(caller, message);
    const short = await Promise.all(
      pulled.map(async ([asset, units]) => (await this.allowance(asset, caller)) < units),
    );
    return [...pulled.filter((_, place) => short[place]).map(([asset, units]) => approval(deployment, asset, units)), itself];
  }

  /** What the market will pull from the caller: as computed, with room for interest until it is in a block. */
  async #pulled(caller: Address, message: Message): Promise<[AssetId, bigint][]> {
    if (this.reading.from === 'views') return written(message);
    const { payments } = await this.whatIf(caller, message);
    const room = (units: bigint) => units + units / 1_000n + 1n;
    const exact = written(message);
    return payments
      .filter(({ paidIn }) => paidIn > 0n)
      .map(({ asset, paidIn }) => {
        const said = exact.find(([of, units]) => of === asset && units === paidIn);
        return [asset, said ? paidIn : room(paidIn)];
      });
  }

  dryRun(caller: Address, calls: Call[]): Promise<DryRun[]> {
    return dryRun(this.client, caller, calls, (contract, answer) => this.#refused(contract, answer));
  }

  #refused(contract: Address, answer: Uint8Array): ProtocolError {
    if (contract === this.deployment.governor && answer[0] === 0 && answer[1] === 1) {
      return refusal($GovernanceError.decode(answer.subarray(2)));
    }
    return refusedBy(this.deployment.assets.some((asset) => asset.token === contract), answer);
  }

  async send(signer: Signer, calls: Call[], options: SendOptions = {}): Promise<Receipt> {
    const runs = await this.dryRun(signer.address, calls);
    const read = (hash: Hex, number: number, records: any[]) => this.#read(hash, number, records);
    return send(this.client, signer, calls, runs, options, read);
  }

  async do(signer: Signer, message: Message, options?: SendOptions): Promise<Receipt> {
    return this.send(signer, await this.calls(signer.address, message), options);
  }

  commandLine(message: Message): string {
    return commandLines(this.deployment, message).join('\n');
  }

  poke(assets: AssetId[]): Call {
    const data = market.poke.encode(Uint8Array.from(assets));
    return { contract: this.deployment.market, data, value: 0n, label: 'poke' };
  }

  execute(operation: Operation): Call {
    const value = operation.calls.reduce((sum, call) => sum + call.value, 0n);
    return { contract: this.#governor(), data: governor.execute.encode(operation), value, label: 'execute' };
  }

  cancel(id: Hex): Call {
    return { contract: this.#governor(), data: governor.cancel.encode(id), value: 0n, label: 'cancel' };
  }

  #governor(): Address {
    if (!this.deployment.governor) throw new Error('there is no governor in the deployment');
    return this.deployment.governor;
  }

  governance(at?: Hex): Promise<Governance | undefined> {
    const of = this.deployment.governor;
    return of ? readGovernance(this.client, of, at) : Promise.resolve(undefined);
  }

  readCall(call: { target: Address; data: Uint8Array }): ReadCall | undefined {
    return readCall(this.deployment, call);
  }

  // ---- What happens ---------------------------------------------------------------------------

  blockHash(number: number): Promise<Hex> {
    return this.client.provider.send('chain_getBlockHash', [number]);
  }

  async events(blockHash: Hex): Promise<ChainEvent[]> {
    const state: any = await this.client.at(blockHash);
    const [records, number] = await Promise.all([state.query.system.events(), state.query.system.number()]);
    return this.#read(blockHash, Number(number), records);
  }

  async #read(blockHash: Hex, blockNumber: number, records: any[]): Promise<ChainEvent[]> {
    const { deployment } = this;
    const ours = emitted(records);
    if (ours.length === 0) return [];
    const timeMs = Number(await ((await this.client.at(blockHash)) as any).query.timestamp.now());
    return ours.flatMap(({ contract, topic, data }) => {
      const of =
        contract === deployment.market ? 'market'
        : contract === deployment.oracle ? 'oracle'
        : contract === deployment.governor ? 'governor'
        : undefined;
      const decode = of && topic && { market: marketEvents, oracle: oracleEvents, governor: governorEvents }[of][topic];
      if (!decode) return [];
      return [{ of, contract, blockHash, blockNumber, timeMs, ...decode(data) } as ChainEvent];
    });
  }

  watch(each: (snapshot: Snapshot, events: ChainEvent[]) => void, failed: (why: unknown) => void = () => undefined): Stop {
    return watch(this, each, failed);
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
