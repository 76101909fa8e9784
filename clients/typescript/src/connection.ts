/** The way to a node: opened, watched, and opened again. */
import { LegacyClient, WsProvider } from 'dedot';
import type { Connection, Hex } from './api.js';

/** Between two attempts: longer and longer. */
const PAUSES_MS = [200, 500, 1_000, 2_000, 5_000];
/** A node that is there answers a first time within this. */
const PATIENCE_MS = 20_000;

/** A connection to one of some endpoints that keeps itself up. */
export class Link {
  readonly #endpoints: string[];
  readonly #genesis: Hex;
  readonly #listeners = new Set<(connection: Connection) => void>();
  #client: LegacyClient | undefined;
  #state: Connection = { state: 'connecting', attempt: 0 };
  #closed = false;
  #waiting: (() => void)[] = [];
  #wake: (() => void) | undefined;

  constructor(endpoints: string | string[], genesis: Hex) {
    this.#endpoints = [endpoints].flat();
    this.#genesis = genesis;
  }

  get state(): Connection {
    return this.#state;
  }

  /** The client. @throws while there is no connection. */
  get client(): LegacyClient {
    if (!this.#client) throw new Error(`not connected: ${this.#state.state}`);
    return this.#client;
  }

  on(listener: (connection: Connection) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Connects, and again whenever the connection is lost. Resolves with the first one. */
  start(): Promise<void> {
    void this.#run();
    return this.connected();
  }

  /** When there is a connection. @throws after `close`. */
  async connected(): Promise<void> {
    while (!this.#client) {
      if (this.#closed) throw new Error('closed');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = this.#client;
    this.#client = undefined;
    this.#tell({ state: 'closed' });
    this.#release();
    this.#wake?.();
    await client?.disconnect().catch(() => undefined);
  }

  async #run(): Promise<void> {
    for (let attempt = 1; !this.#closed; attempt++) {
      const endpoint = this.#endpoints[(attempt - 1) % this.#endpoints.length] as string;
      try {
        const client = await open(endpoint);
        if (this.#closed) return void (await client.disconnect());
        if (client.genesisHash !== this.#genesis) {
          this.#tell({ state: 'wrong-chain', genesis: client.genesisHash as Hex });
          await client.disconnect();
        } else {
          attempt = 0;
          this.#client = client;
          this.#tell({ state: 'connected' });
          this.#release();
          await lost(client);
          this.#client = undefined;
        }
      } catch (why) {
        this.#tell({ state: 'connecting', attempt, why: why instanceof Error ? why.message : 'no answer' });
      }
      if (this.#closed) return;
      if (this.#state.state === 'connected') this.#tell({ state: 'connecting', attempt: 1 });
      const pause = PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] as number;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #tell(state: Connection): void {
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** One attempt. A node that is not there rejects with an event, which says nothing: this says where it was. */
async function open(endpoint: string): Promise<LegacyClient> {
  const provider = new WsProvider({ endpoint, retryDelayMs: 0 });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from ${endpoint}`)), PATIENCE_MS);
  });
  try {
    // A quiet chain is no stale one: blocks come when there is something to put in.
    const client = LegacyClient.new({ provider, stalingDetectionTimeout: 0 });
    return await Promise.race([client, late]);
  } catch (why) {
    if (provider.status === 'connected') await provider.disconnect().catch(() => undefined);
    throw why instanceof Error && !/\[object/.test(why.message)
      ? why
      : new Error(`no node at ${endpoint}`);
  } finally {
    clearTimeout(timer);
  }
}

/** When a client's connection is lost. */
function lost(client: LegacyClient): Promise<void> {
  return new Promise((resolve) => {
    const off = client.on('disconnected', () => {
      off();
      resolve();
    });
  });
}
