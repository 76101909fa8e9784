/** No node, another chain, a node that goes and comes back, another layout. */
import { createServer, connect, type Server, type Socket } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { Breakwater, type Connection, ProtocolError } from '../src/index.js';
import { loadCore, loadDeployment } from '../src/node.js';
import { live, open, person } from './live.js';

/** A way to the node that can be cut and mended. */
class Proxy {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(target: string) {
    this.#target = new URL(target);
  }

  async mend(): Promise<string> {
    this.#server = createServer((socket) => {
      const there = connect(Number(this.#target.port), this.#target.hostname);
      for (const each of [socket, there]) {
        this.#sockets.add(each);
        each.on('error', () => undefined);
        each.on('close', () => this.#sockets.delete(each));
      }
      socket.pipe(there).pipe(socket);
    });
    await new Promise<void>((resolve) => this.#server?.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as { port: number }).port;
    return `ws://127.0.0.1:${this.#port}`;
  }

  async cut(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}

describe('without a node', () => {
  it('says so, and gives up when it is told to', async () => {
    const genesis = `0x${'00'.repeat(32)}` as const;
    const nobody = '5C4hrfjw9DjXZTzV3MwzrrAr9P1MJhSrvWGWqi1eSuyUpnhM';
    const deployment = { genesis, market: nobody, lens: nobody, oracle: nobody, assets: [], pools: [] };
    const seen: Connection[] = [];
    const opening = Breakwater.open({
      endpoints: 'ws://127.0.0.1:9', deployment, core: await loadCore(), timeoutMs: 1_500,
      onConnection: (connection) => seen.push(connection),
    });
    await expect(opening).rejects.toThrow('no node answers');
    expect(seen[0]).toEqual({ state: 'connecting', attempt: 1, why: 'no node at ws://127.0.0.1:9' });
    expect(seen.at(-1)).toEqual({ state: 'closed' });
  });
});

describe.skipIf(!live)('a market', () => {
  const closing: Breakwater[] = [];
  afterAll(() => Promise.all(closing.map((market) => market.close())));

  it('of another chain is not read', async () => {
    const deployment = { ...(await loadDeployment(live.deployment)), genesis: `0x${'11'.repeat(32)}` as const };
    const opening = Breakwater.open({ endpoints: live.endpoint, deployment, core: await loadCore(), timeoutMs: 5_000 });
    await expect(opening).rejects.toThrow('another chain');
  });

  it('whose node goes is found again when it is back, and watched on', async () => {
    const proxy = new Proxy(live.endpoint);
    const market = await Breakwater.open({
      endpoints: await proxy.mend(), deployment: await loadDeployment(live.deployment), core: await loadCore(),
    });
    closing.push(market);
    const states: string[] = [];
    market.onConnection(({ state }) => states.push(state));
    let seen = 0;
    const stop = market.watch(() => void seen++, () => undefined);
    await market.snapshot();
    await proxy.cut();
    const state = (): string => market.connection.state;
    while (state() === 'connected') await new Promise((resolve) => setTimeout(resolve, 20));
    expect(() => market.client).toThrow('not connected');
    await proxy.mend();
    while (state() !== 'connected') await new Promise((resolve) => setTimeout(resolve, 20));
    const before = seen;
    expect((await market.snapshot()).reserves.length).toBe(2);
    // The chain makes a block now and then.
    for (let tries = 0; seen === before && tries < 300; tries++) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen).toBeGreaterThan(before);
    expect(states).toContain('connecting');
    stop();
  });

  it('of another layout is read by its views, without lists and what-ifs', async () => {
    const [views, cells, bob] = [
      await Breakwater.open({
        endpoints: live.endpoint, deployment: await loadDeployment(live.deployment), core: await loadCore(), views: true,
      }),
      await open(),
      await person('//Bob'),
    ];
    closing.push(views, cells);
    expect(views.reading).toMatchObject({ from: 'views' });
    const { blockHash, reserves } = await cells.snapshot();
    const theirs = await views.snapshot(blockHash);
    expect(theirs.reserves).toEqual(reserves);
    expect(theirs.params).toEqual((await cells.snapshot(blockHash)).params);
    expect(await views.account(bob.address, blockHash)).toEqual(await cells.account(bob.address, blockHash));
    // Cells come as they are stored besides.
    expect(await cells.auctions(blockHash)).toMatchObject(await views.auctions(blockHash));
    expect(await views.rewards(bob.address, blockHash)).toEqual(
      expect.arrayContaining(await cells.rewards(bob.address, blockHash)),
    );
    await expect(views.accounts()).rejects.toBeInstanceOf(ProtocolError);
    await expect(views.whatIf(bob.address, { type: 'Cure', account: bob.address })).rejects.toMatchObject({
      name: 'WrongLayout',
    });
  });
});
