/** Between pages, store and source: who looks at what, and what is sent. */
import type { Intent } from '../data/intent';
import type { Source } from '../data/source';
import { commandLine } from '../text/command';
import { get, noteProgress, noteSent, set, take } from './store';
import { read } from './router';

let current: Source | null = null;

export function source(): Source | null {
  return current;
}

/** Follows a source from now on, and tells it what the page at hand needs. */
export function begin(chosen: Source): () => void {
  current = chosen;
  const stop = chosen.follow(take);
  const wants = () => tellWants();
  window.addEventListener('hashchange', wants);
  tellWants();
  return () => {
    window.removeEventListener('hashchange', wants);
    stop();
    current = null;
  };
}

/** What the page at hand needs beyond the market: pages ask for no more than they show. */
export function tellWants(): void {
  const { page, of } = read(window.location.hash);
  const { signer } = get();
  const account = page === 'account' ? (of ?? signer?.address ?? null) : (signer?.address ?? null);
  if (account !== get().looking) {
    set({ looking: account, account: null, wallet: null, accountRead: false });
  }
  current?.want({
    account,
    everybody: page === 'auctions' || page === 'risk',
    governance: page === 'governance',
  });
}

export function signIn(signer: NonNullable<ReturnType<typeof get>['signer']>): void {
  set({ signer });
  tellWants();
}

export function signOut(): void {
  set({ signer: null });
  tellWants();
}

/** Has an action signed by whoever is connected, and shows how far it is. */
export async function act(intent: Intent): Promise<void> {
  const { signer, snapshot } = get();
  if (signer === null || current === null || snapshot === null) return;
  const id = noteSent(intent, commandLine(intent, snapshot.assets));
  await current.send(intent, signer, (progress) => noteProgress(id, progress));
}
