/** Which source the page has: the chain, or while developing and in tests a fixture. */
import type { Source } from './data/source';

export async function openSource(): Promise<Source> {
  const madeUp = import.meta.env.DEV || import.meta.env.MODE === 'fixture';
  if (madeUp && new URLSearchParams(window.location.search).has('fixture')) {
    const { fixture } = await import('../fixture/source');
    return fixture();
  }
  const { openLive } = await import('./live/open');
  return openLive();
}
