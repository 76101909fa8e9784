/** What a fall would do. */
import { useState } from 'react';
import type { Account, Snapshot } from '../../data/model';
import { source } from '../../state/app';
import { Panel } from '../../ui/parts';
import { health, percent, usd, WAD } from '../../text/format';
import { condition, type Condition } from '../../text/explain';
import { Scale } from './scale';

const AFTER: Record<Condition, string> = {
  none: 'Without debt a fall liquidates nothing.',
  healthy: 'Still healthy.',
  near: 'Still healthy, with little room.',
  liquidatable: 'Anyone could start an auction. Collateral would be sold slowly, up to the target, and no more once you repay or add collateral.',
  auction: 'The auction goes on.',
  insolvent: 'The debt would be worth more than the collateral: all of it would be sold.',
};

export function Shock({ account, snapshot }: { account: Account; snapshot: Snapshot }) {
  const [bps, setBps] = useState(-1_000);
  const [only, setOnly] = useState<number | null>(null);
  const held = account.positions.filter(({ collateral }) => collateral !== 0n);
  if (account.debtWad === 0n || held.length === 0) return null;
  const moved = held.filter(({ asset }) => only === null || asset === only);
  const prices = new Map(moved.map(({ asset }) => [asset, 10_000 + bps]));
  const answer = source()?.shocked(account.address, prices) ?? null;
  const symbol = (id: number) => snapshot.assets.find((asset) => asset.id === id)?.symbol ?? '';
  const what = only === null ? 'All collateral' : symbol(only);
  const change = BigInt(bps) * 10n ** 14n;
  return (
    <Panel title="What if prices move" note="computed here, from the newest block">
      <div className="form">
        <div className="row between">
          <label htmlFor="shock">
            {what} {bps < 0 ? 'falls' : 'rises'} by <strong>{percent(change < 0n ? -change : change, 1)}</strong>
          </label>
          {held.length > 1 && (
            <select
              className="button small"
              aria-label="Which collateral moves"
              value={only ?? 'all'}
              onChange={(event) => setOnly(event.target.value === 'all' ? null : Number(event.target.value))}
            >
              <option value="all">All collateral</option>
              {held.map(({ asset }) => (
                <option key={asset} value={asset}>
                  {symbol(asset)}
                </option>
              ))}
            </select>
          )}
        </div>
        <input
          id="shock"
          className="slider"
          type="range"
          min={-6_000}
          max={3_000}
          step={10}
          value={bps}
          onChange={(event) => setBps(Number(event.target.value))}
        />
        {answer === null ? null : answer.ok ? (
          <>
            {account.healthWad !== null && (
              <Scale now={account.healthWad} then={answer.value.healthWad} targetWad={snapshot.market.targetHealthWad} />
            )}
            <dl className="facts">
              <dt>Health factor then</dt>
              <dd data-testid="shocked" className={answer.value.healthWad !== null && answer.value.healthWad < WAD ? 'warn' : ''}>
                <strong>{health(answer.value.healthWad)}</strong>
              </dd>
              <dt>Collateral then</dt>
              <dd>{usd(answer.value.collateralWad)}</dd>
            </dl>
            <p className="say">{AFTER[condition(answer.value)]}</p>
          </>
        ) : (
          <p className="say warm">{answer.error.advice}</p>
        )}
      </div>
    </Panel>
  );
}
