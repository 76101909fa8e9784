/** What happened before the page's own reading, as the keeper tells it. */
import { useEffect, useRef, useState } from 'react';
import type { Address, Asset, Happening } from '../data/model';
import { useStore } from '../state/store';
import { Feed } from '../ui/feed';
import { moment } from '../text/format';
import { askOlder, reason } from './ask';

type State =
  | { kind: 'idle' }
  | { kind: 'asking' }
  | { kind: 'failed'; why: string }
  | { kind: 'whole'; fromBlock: number; fromMs: number };

/** A list that grows by a button. `account` null: what concerns everybody, of `kinds`. */
export function OlderFeed(props: { account: Address | null; kinds?: ReadonlySet<string>; assets: Asset[] }) {
  const { account, kinds, assets } = props;
  const market = useStore((state) => state.snapshot?.market ?? null);
  const block = useStore((state) => state.snapshot?.block.number ?? 0);
  const readFrom = useStore((state) => state.readFrom);
  const [told, setTold] = useState<Happening[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [state, setState] = useState<State>({ kind: 'idle' });
  const now = useRef(account);
  now.current = account;
  useEffect(() => {
    setTold([]);
    setNext(null);
    setState({ kind: 'idle' });
  }, [account]);
  if (market === null || market.keeper === null) return null;

  const load = async () => {
    setState({ kind: 'asking' });
    try {
      const found = await askOlder(market.address, account, next ?? String(readFrom ?? block + 1));
      if (now.current !== account) return;
      setTold((before) => [...before, ...found.happenings]);
      setNext(found.next);
      const { fromBlock, fromMs } = found;
      setState(found.next === null ? { kind: 'whole', fromBlock, fromMs } : { kind: 'idle' });
    } catch (why) {
      if (now.current === account) setState({ kind: 'failed', why: reason(why) });
    }
  };
  // What the page itself has read by now it says itself.
  const shown = told.filter(({ block: of, what }) => of < (readFrom ?? Infinity) && (kinds?.has(what.kind) ?? true));
  return (
    <div className="older" data-testid="older">
      {shown.length !== 0 && (
        <>
          <p className="soft small told">Told by the keeper, not read from the chain by this page:</p>
          <Feed happenings={shown} assets={assets} empty="" about={account} dated />
        </>
      )}
      <div className="ask">
        {state.kind !== 'whole' && (
          <button type="button" className="button small" disabled={state.kind === 'asking'} onClick={() => void load()}>
            {state.kind === 'asking' ? 'Asking the keeper…' : 'Load older, from the keeper'}
          </button>
        )}
        <span className="soft small" role="status">
          {state.kind === 'failed' && `Nothing older: ${state.why}.`}
          {state.kind === 'whole' &&
            (state.fromBlock <= 1
              ? 'That is all since the chain began, by the keeper’s record.'
              : `That is all the keeper knows: its record begins at block ${state.fromBlock}, ${moment(state.fromMs)}.`)}
        </span>
      </div>
    </div>
  );
}
