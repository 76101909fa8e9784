/** What happened before the page was opened: blocks are read backwards, a few at a time. */
import type { Breakwater, Operation, Snapshot } from '@breakwater/client';
import type { Happening } from '../data/model';
import { happenings } from './happenings';

/** Blocks looked at. What is older is a keeper's to tell. */
const MOST_BLOCKS = 1_200;
const TOGETHER = 8;
/** Between two parts, so that what somebody waits for goes first. */
const PAUSE_MS = 200;

export class History {
  #market: Breakwater;
  #stopped = false;
  #held = 0;
  #operations = new Map<string, Operation>();

  constructor(market: Breakwater) {
    this.#market = market;
  }

  /** Keeps from reading while something more urgent is under way. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#held += 1;
    try {
      return await work();
    } finally {
      this.#held -= 1;
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Operations whose calls were seen, by their ids. */
  operations(): Map<string, Operation> {
    return this.#operations;
  }

  start(from: Snapshot, say: (old: Happening[], fromBlock: number) => void): void {
    void this.#back(from, say).catch((why: unknown) => console.info('older blocks can not be read:', why));
  }

  async #back(from: Snapshot, say: (old: Happening[], fromBlock: number) => void): Promise<void> {
    const last = Math.max(1, from.blockNumber - MOST_BLOCKS);
    for (let number = from.blockNumber - 1; number >= last && !this.#stopped; number -= TOGETHER) {
      do {
        await new Promise((later) => setTimeout(later, PAUSE_MS));
      } while (this.#held !== 0 && !this.#stopped);
      const numbers = Array.from({ length: TOGETHER }, (_, back) => number - back).filter((at) => at >= last);
      const found = await Promise.all(numbers.map((at) => this.#block(at)));
      say(found.flat(), Math.min(...numbers));
    }
  }

  async #block(number: number): Promise<Happening[]> {
    const hash = await this.#market.blockHash(number);
    const events = await this.#market.events(hash);
    this.note(events);
    if (events.length === 0) return [];
    return happenings(events, this.#market.deployment);
  }

  note(events: readonly unknown[]): void {
    for (const event of events as { type: string; id?: string; operation?: Operation }[]) {
      if (event.type === 'OperationQueued' && event.id !== undefined && event.operation !== undefined) {
        this.#operations.set(event.id, event.operation);
      }
    }
  }
}
