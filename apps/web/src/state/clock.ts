/** The chain's time between two blocks: that of the newest one, and what has passed here since. */
import { useEffect, useState } from 'react';
import type { Block } from '../data/model';

/** No chain is silent for longer and still believed to be at this time. */
const MOST_AHEAD_MS = 30_000;

export function chainNow(block: Block, hereMs = performance.now()): number {
  return block.timeMs + Math.min(Math.max(0, hereMs - block.seenAtMs), MOST_AHEAD_MS);
}

/** The chain's time, some times a second; still while the page is hidden. */
export function useChainTime(block: Block | null, everyMs = 1_000): number {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) again((count) => count + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return block === null ? 0 : chainNow(block);
}
