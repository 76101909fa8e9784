/** Accounts in auction, what they would sell for now, and the three things one can do. */
import { useState } from 'react';
import { ALL, type Intent } from '../../data/intent';
import type { Asset, Lot, Snapshot } from '../../data/model';
import { act, source } from '../../state/app';
import { useChainTime } from '../../state/clock';
import { useStore } from '../../state/store';
import { commandLine } from '../../text/command';
import { health, span, tokens, toOracle, WAD } from '../../text/format';
import { AddressText, Copy, Empty, Panel } from '../../ui/parts';

/** Lots that are shown unless somebody wants all. */
const FEW = 8;
/** A buyer's price may be this much worse than the quote: others buy in the same block. */
const SLACK_BPS = 10n;

function take(lot: Lot, repaid: bigint, received: bigint): Intent {
  const least = (received * (10_000n - SLACK_BPS)) / 10_000n;
  const { account, collateral, debt } = lot;
  return { kind: 'take', account, collateral, debt, maxRepay: repaid, minReceive: least };
}

function LotRow({ lot, assets, now }: { lot: Lot; assets: Asset[]; now: number }) {
  const signer = useStore((state) => state.signer);
  const collateral = assets.find(({ id }) => id === lot.collateral);
  const debt = assets.find(({ id }) => id === lot.debt);
  if (collateral === undefined || debt === undefined) return null;
  const quote = source()?.quoteAt(lot.account, lot.collateral, lot.debt, ALL, now) ?? lot.quote;
  const healthy = lot.healthWad >= WAD;
  const wanted: Intent | null = healthy
    ? { kind: 'cure', account: lot.account }
    : quote.ok && quote.value.repaid > 0n
      ? take(lot, quote.value.repaid, quote.value.received)
      : null;
  const fill: Intent = { kind: 'fill', account: lot.account, collateral: lot.collateral, debt: lot.debt };
  const near = quote.ok && quote.value.backstopRepaid > 0n;
  // Dust that the backstop may have is no news.
  const much = quote.ok && quote.value.backstopRepaid * 100n > quote.value.repaid;
  return (
    <tr data-testid="lot">
      <td>
        <AddressText address={lot.account} />
        <span className="sub">for {span(now - lot.startedMs)}</span>
      </td>
      <td className="num" data-label="Health">
        {health(lot.healthWad)}
      </td>
      <td className="num" data-label="You get">
        {quote.ok ? `${tokens(quote.value.received, collateral.decimals)} ${collateral.symbol}` : `${collateral.symbol}`}
      </td>
      <td className="num" data-label="You repay">
        {quote.ok ? `${tokens(quote.value.repaid, debt.decimals)} ${debt.symbol}` : `${debt.symbol}`}
        {much && (
          <span className="sub">
            after the backstop's {tokens(quote.value.backstopRepaid, debt.decimals)}
          </span>
        )}
      </td>
      <td data-label="Against the oracle">
        {quote.ok ? (
          <span className="whole">{toOracle(quote.value.bonusWad)}</span>
        ) : (
          <>
            <span className="tag warm">
              {quote.error.name === 'VelocityLimitReached' ? 'waits for room' : quote.error.name}
            </span>
            <span className="sub">{quote.error.advice}</span>
          </>
        )}
      </td>
      <td data-label="">
        <span className="row">
          {wanted !== null && signer !== null && (
            <button type="button" className="button small main" onClick={() => void act(wanted)}>
              {healthy ? 'Cure' : 'Take'}
            </button>
          )}
          {near && signer !== null && (
            <button type="button" className="button small" onClick={() => void act(fill)}>
              Fill
            </button>
          )}
          {wanted !== null && <Copy text={commandLine(wanted, assets)} label={healthy ? 'Copy command that cures' : 'Copy command that takes'} says="Copy command" />}
          {near && <Copy text={commandLine(fill, assets)} label="Copy fill, as a command" says="Copy fill" />}
        </span>
      </td>
    </tr>
  );
}

export function Lots({ snapshot }: { snapshot: Snapshot }) {
  const now = useChainTime(snapshot.block, 500);
  const [all, setAll] = useState(false);
  const { lots, assets, inAuction } = snapshot;
  const shown = all ? lots : lots.slice(0, FEW);
  return (
    <Panel title="Open auctions" note={inAuction === 0 ? undefined : `${inAuction.toLocaleString('en')} ${inAuction === 1 ? 'account' : 'accounts'}`} flush>
      {lots.length === 0 ? (
        <Empty>No auction is open. One begins when somebody starts it on an account below 1.</Empty>
      ) : (
        <div className="scroll">
          <table className="cards">
            <thead>
              <tr>
                <th scope="col">Account</th>
                <th scope="col" className="num">Health</th>
                <th scope="col" className="num">You get</th>
                <th scope="col" className="num">You repay</th>
                <th scope="col">Against the oracle</th>
                <th scope="col">
                  <span className="hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((lot) => (
                <LotRow
                  key={`${lot.account}-${lot.collateral}-${lot.debt}`}
                  lot={lot}
                  assets={assets}
                  now={now}
                />
              ))}
            </tbody>
          </table>
          {lots.length > FEW && (
            <p className="empty">
              <button type="button" className="button small" onClick={() => setAll(!all)}>
                {all ? 'Show few' : `Show ${lots.length} lots`}
              </button>{' '}
              {inAuction > lots.length && 'Those beyond are in the list of accounts.'}
            </p>
          )}
        </div>
      )}
    </Panel>
  );
}
