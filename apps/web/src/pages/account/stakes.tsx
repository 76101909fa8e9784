/** Stakes in backstops: worth, notice, leaving. */
import type { Snapshot, Stake, Wallet } from '../../data/model';
import { act } from '../../state/app';
import { useChainTime } from '../../state/clock';
import { Command, Panel } from '../../ui/parts';
import { moment, percent, span, tokens, usd } from '../../text/format';
import { commandLine } from '../../text/command';
import type { Intent } from '../../data/intent';

function Leaving({ stake, snapshot, own }: { stake: Stake; snapshot: Snapshot; own: boolean }) {
  const now = useChainTime(snapshot.block, 1_000);
  const asset = snapshot.assets.find(({ id }) => id === stake.asset);
  if (asset === undefined) return null;
  const valueWad = (id: number, units: bigint) => {
    const of = snapshot.assets.find((one) => one.id === id);
    return of === undefined || of.price === null ? 0n : (units * of.price.midWad) / 10n ** BigInt(of.decimals);
  };
  const worth = stake.stocks.reduce((sum, { collateral, units }) => sum + valueWad(collateral, units), valueWad(stake.asset, stake.money));
  const { notice } = stake;
  const running = notice !== null && now < notice.closesMs;
  const open = notice !== null && now >= notice.opensMs && now < notice.closesMs;
  const rests = notice !== null && !running && now < notice.againMs;
  const intent: Intent = open
    ? { kind: 'unstake', asset: stake.asset, shares: stake.shares }
    : { kind: 'notice', asset: stake.asset };
  const says = open
    ? `The window is open for ${span((notice?.closesMs ?? 0) - now)} more: leave now, or give notice again later.`
    : running
      ? `Notice given. You can leave from ${moment(notice?.opensMs ?? 0)} (in ${span((notice?.opensMs ?? 0) - now)}) until ${moment(notice?.closesMs ?? 0)}.`
      : rests
        ? `The last notice was not used. The next can be given in ${span((notice?.againMs ?? 0) - now)}.`
        : `Leaving takes a notice of ${span(asset.backstop?.cooldownMs ?? 0)}, then a window of ${span(asset.backstop?.windowMs ?? 0)}. Until then the stake bears what comes.`;
  return (
    <div className="form">
      <dl className="facts">
        <dt>
          Stake in the {asset.symbol} backstop, paid {percent(asset.backstop?.premiumWad ?? 0n)} a year
        </dt>
        <dd>
          <strong>
            {tokens(stake.money, asset.decimals)} {asset.symbol}
          </strong>
        </dd>
        {stake.stocks.map(({ collateral, units }) => {
          const of = snapshot.assets.find(({ id }) => id === collateral);
          return of === undefined ? null : (
            <div key={collateral} style={{ display: 'contents' }}>
              <dt>Its part of the {of.symbol} in stock</dt>
              <dd>
                {tokens(units, of.decimals)} {of.symbol}
              </dd>
            </div>
          );
        })}
        {stake.stocks.length !== 0 && (
          <>
            <dt>Worth together, at the oracle’s prices</dt>
            <dd data-testid="stake-worth">{usd(worth)}</dd>
          </>
        )}
      </dl>
      <p className="say" data-testid="notice">{says}</p>
      <Command line={commandLine(intent, snapshot.assets)} />
      {own && (
        <div className="row">
          <button
            type="button"
            className="button"
            disabled={(running && !open) || rests}
            onClick={() => void act(intent)}
          >
            {open ? 'Leave the backstop' : 'Give notice'}
          </button>
        </div>
      )}
    </div>
  );
}

export function Stakes({ wallet, snapshot, own }: { wallet: Wallet | null; snapshot: Snapshot; own: boolean }) {
  const stakes = wallet?.stakes.filter(({ shares }) => shares !== 0n) ?? [];
  if (stakes.length === 0) return null;
  return (
    <Panel title="Backstop">
      <div className="stack">
        {stakes.map((stake) => (
          <Leaving key={stake.asset} stake={stake} snapshot={snapshot} own={own} />
        ))}
      </div>
    </Panel>
  );
}
