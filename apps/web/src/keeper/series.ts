/** The keeper's series, asked while a page shows it. */
import { useEffect, useState } from 'react';
import type { Address } from '../data/model';
import type { Series } from '../data/past';
import { askSeries, reason } from './ask';

const AGAIN_MS = 60_000;

export type Answered =
  | { kind: 'asking' }
  | { kind: 'told'; series: Series }
  /** With what was told before, if anything was. */
  | { kind: 'failed'; why: string; series: Series | null };

/** Asks now and each minute. */
export function useSeries(market: Address): Answered {
  const [answered, setAnswered] = useState<Answered>({ kind: 'asking' });
  useEffect(() => {
    let stopped = false;
    const ask = () => {
      askSeries(market).then(
        (series) => !stopped && setAnswered({ kind: 'told', series }),
        (why: unknown) => {
          if (stopped) return;
          setAnswered((before) => ({ kind: 'failed', why: reason(why), series: before.kind === 'asking' ? null : before.series }));
        },
      );
    };
    ask();
    const timer = setInterval(ask, AGAIN_MS);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [market]);
  return answered;
}
