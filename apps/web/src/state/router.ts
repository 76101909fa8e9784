/** Routes after the `#`: no server has to know them. */
import { useSyncExternalStore } from 'react';

export const PAGES = ['overview', 'account', 'auctions', 'risk', 'governance'] as const;
export type Page = (typeof PAGES)[number];

export interface Route {
  page: Page;
  /** What follows the page's name: an address, an asset's symbol. */
  of: string | null;
}

export function read(hash: string): Route {
  const [page = '', of] = hash.replace(/^#\/?/, '').split('/');
  const known = PAGES.find((one) => one === page);
  if (known === undefined) return { page: 'overview', of: null };
  return { page: known, of: of === undefined || of === '' ? null : decoded(of) };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export function href(page: Page, of?: string): string {
  return of === undefined ? `#/${page}` : `#/${page}/${encodeURIComponent(of)}`;
}

export function go(page: Page, of?: string): void {
  window.location.hash = href(page, of);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function useRoute(): Route {
  return read(useSyncExternalStore(subscribe, () => window.location.hash));
}
