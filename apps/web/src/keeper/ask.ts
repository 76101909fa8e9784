/** Asks the keeper that was named, by way of the page's own server: no other host is reached. */
import type { Address } from '../data/model';
import type { Older, Series } from '../data/past';
import { NotUnderstood, older, series } from './schema';

/** Longer than the server waits for the keeper. */
const PATIENCE_MS = 8_000;
/** As the server hands on. */
const MOST_CHARS = 4 * 1_024 * 1_024;

/** Why there is no answer, in a sentence. */
export class NoAnswer extends Error {}

async function json(path: string, parameters: Record<string, string>): Promise<unknown> {
  let text: string;
  try {
    const query = new URLSearchParams(parameters).toString();
    const answer = await fetch(`./keeper/${path}?${query}`, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' });
    text = await answer.text();
    if (!answer.ok) throw new NoAnswer(answer.status === 502 ? text.slice(0, 200) : 'the keeper does not answer');
  } catch (why) {
    if (why instanceof NoAnswer) throw why;
    throw new NoAnswer('the keeper does not answer');
  }
  if (text.length > MOST_CHARS) throw new NoAnswer('the keeper’s answer is too large');
  try {
    return JSON.parse(text);
  } catch {
    throw new NoAnswer('the keeper’s answer is no JSON');
  }
}

/** Why an answer is not shown. */
export function reason(why: unknown): string {
  return why instanceof NoAnswer || why instanceof NotUnderstood ? why.message : 'the keeper’s answer can’t be read';
}

/** Events before a block, or before the place that an answer has called `next`: of an account, or notable ones. */
export async function askOlder(market: Address, account: Address | null, before: string): Promise<Older> {
  const whose: Record<string, string> = account === null ? {} : { account };
  return older(await json('history', { market, ...whose, before, limit: '100' }), market);
}

export async function askSeries(market: Address): Promise<Series> {
  return series(await json('stats', { market }), market);
}
