/** Each new block's snapshot with the events since the one before. */
import type { BreakwaterApi, ChainEvent, Hex, Snapshot, Stop } from './api.js';

/** Blocks whose events are read when more have come meanwhile; of those before, only the outcome is seen. */
const MOST_BEHIND = 50;

/**
 * Calls back for one block at a time and in order; of many at once, with the events of each and the snapshot of
 * the last. Goes on after a reconnection. A chain may go back, too: a development node that was reverted.
 */
export function watch(
  market: BreakwaterApi,
  each: (snapshot: Snapshot, events: ChainEvent[]) => void,
  failed: (why: unknown) => void,
): Stop {
  let stopped = false;
  let unsubscribe: (() => unknown) | undefined;
  let [last, newest] = [-1, -1];
  // Counts connections: what was asked of one that is lost is never answered.
  let [connection, busy] = [0, false];

  const next = async (on: number) => {
    const upTo = newest;
    const from = last < 0 || upTo <= last ? upTo : Math.max(last + 1, upTo - MOST_BEHIND + 1);
    const numbers = Array.from({ length: upTo - from + 1 }, (_, place) => from + place);
    const hashes = await Promise.all(numbers.map((number) => market.blockHash(number)));
    const events = (await Promise.all(hashes.map((hash) => market.events(hash)))).flat();
    const snapshot = await market.snapshot(hashes.at(-1) as Hex);
    if (stopped || on !== connection) return;
    last = upTo;
    each(snapshot, events);
  };

  const catchUp = async (on: number) => {
    if (busy) return;
    busy = true;
    try {
      while (!stopped && on === connection && newest !== last) await next(on);
    } catch (why) {
      if (!stopped && on === connection) failed(why);
    } finally {
      if (on === connection) busy = false;
    }
  };

  const subscribe = async () => {
    const on = ++connection;
    busy = false;
    try {
      const off = await market.client.provider.subscribe<{ number: Hex }>(
        {
          subname: 'chain_newHead',
          subscribe: 'chain_subscribeNewHeads',
          params: [],
          unsubscribe: 'chain_unsubscribeNewHeads',
        },
        (error, head) => {
          if (error || !head || on !== connection) return;
          newest = Number(head.number);
          if (newest <= last) last = -1;
          void catchUp(on);
        },
      );
      unsubscribe = () => off.unsubscribe();
    } catch (why) {
      if (!stopped && on === connection) failed(why);
    }
  };

  const off = market.onConnection(({ state }) => {
    if (state === 'connected' && !stopped) void subscribe();
  });
  if (market.connection.state === 'connected') void subscribe();
  return () => {
    stopped = true;
    off();
    void Promise.resolve(unsubscribe?.()).catch(() => undefined);
  };
}
