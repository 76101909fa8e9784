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
  let [last, newest, busy] = [-1, -1, false];

  const next = async () => {
    const upTo = newest;
    const from = last < 0 || upTo <= last ? upTo : Math.max(last + 1, upTo - MOST_BEHIND + 1);
    const numbers = Array.from({ length: upTo - from + 1 }, (_, place) => from + place);
    const hashes = await Promise.all(numbers.map((number) => market.blockHash(number)));
    const events = (await Promise.all(hashes.map((hash) => market.events(hash)))).flat();
    const snapshot = await market.snapshot(hashes.at(-1) as Hex);
    last = upTo;
    if (!stopped) each(snapshot, events);
  };

  const catchUp = async () => {
    if (busy) return;
    busy = true;
    try {
      while (!stopped && newest !== last) await next();
    } catch (why) {
      if (!stopped) failed(why);
    } finally {
      busy = false;
    }
  };

  const heard = (number: number) => {
    if (number <= last) last = -1;
    newest = number;
    void catchUp();
  };

  const subscribe = async () => {
    try {
      const off = await market.client.provider.subscribe<{ number: Hex }>(
        {
          subname: 'chain_newHead',
          subscribe: 'chain_subscribeNewHeads',
          params: [],
          unsubscribe: 'chain_unsubscribeNewHeads',
        },
        (error, head) => {
          if (!error && head) heard(Number(head.number));
        },
      );
      unsubscribe = () => off.unsubscribe();
    } catch (why) {
      if (!stopped) failed(why);
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
