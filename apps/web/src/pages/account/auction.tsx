/** The account's auction: what is going on, and every way out of it. */
import { ALL } from '../../data/intent';
import type { Account, Asset, Lot, Snapshot, Wallet } from '../../data/model';
import { act, source } from '../../state/app';
import { useChainTime } from '../../state/clock';
import { Command, Panel } from '../../ui/parts';
import { commandLine } from '../../text/command';
import { offOracle, percent, ratio, span, tokens, usd, WAD } from '../../text/format';
import { saleState, SALE_SAYS, SOON_MS } from '../../text/explain';
import { pick } from './actions';

const ceil = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** Least of a debt to repay so that the health factor is 1, and a little for prices that move. */
function toRepay(account: Account, asset: Asset, owed: bigint): bigint {
  if (asset.price === null || asset.price.midWad === 0n) return ALL;
  const missing = account.debtWad - account.thresholdWad;
  if (missing <= 0n) return 0n;
  const units = ceil(missing * 10n ** BigInt(asset.decimals), asset.price.midWad);
  const careful = (units * 1_005n) / 1_000n;
  return careful >= owed ? ALL : careful;
}

/** Least of a collateral to add for the same, at what its last dollar carries. */
function toAdd(account: Account, asset: Asset): bigint | null {
  const rate = asset.thresholds.at(-1)?.rateWad ?? 0n;
  if (asset.price === null || asset.price.midWad === 0n || rate === 0n) return null;
  const missing = account.debtWad - account.thresholdWad;
  if (missing <= 0n) return 0n;
  const value = ceil(missing * WAD, rate);
  return (ceil(value * 10n ** BigInt(asset.decimals), asset.price.midWad) * 1_005n) / 1_000n;
}

function ForSale({ lot, assets, now }: { lot: Lot; assets: Asset[]; now: number }) {
  const collateral = assets.find((asset) => asset.id === lot.collateral);
  const debt = assets.find((asset) => asset.id === lot.debt);
  if (collateral === undefined || debt === undefined) return null;
  const quote = source()?.quoteAt(lot.account, lot.collateral, lot.debt, ALL, now) ?? lot.quote;
  const bonusAt = (timeMs: number) => source()?.bonusAt(collateral.id, timeMs);
  const state = saleState(collateral, bonusAt(now), bonusAt(now + SOON_MS));
  return (
    <div>
      {quote.ok ? (
        <div className="lot-price">
          <b>{offOracle(quote.value.bonusWad, 3)}</b>
          <span className="soft">
            of {usd(collateral.price?.midWad ?? 0n, 2)}. Offered now: up to{' '}
            {tokens(quote.value.received, collateral.decimals)} {collateral.symbol} for{' '}
            {tokens(quote.value.repaid, debt.decimals)} {debt.symbol} of your debt
            {quote.value.backstopRepaid > 0n &&
              `, after the backstop has repaid ${tokens(quote.value.backstopRepaid, debt.decimals)}`}
            .
          </span>
        </div>
      ) : (
        <p className="say">
          {collateral.symbol} for {debt.symbol}: {quote.error.advice} <span className="tag">{quote.error.name}</span>
        </p>
      )}
      <p className="soft small">
        {collateral.symbol}: {SALE_SAYS[state]}
      </p>
    </div>
  );
}

export function MyAuction(props: { account: Account; snapshot: Snapshot; wallet: Wallet | null; own: boolean }) {
  const { account, snapshot, wallet, own } = props;
  const now = useChainTime(snapshot.block, 500);
  if (account.auction === null) return null;
  const lots = snapshot.lots.filter((lot) => lot.account === account.address);
  const find = (id: number) => snapshot.assets.find((asset) => asset.id === id);
  const healthy = account.healthWad === null || account.healthWad >= WAD;
  const debts = account.positions.filter(({ owed }) => owed !== 0n);
  const collaterals = account.positions.filter(({ collateral }) => collateral !== 0n);
  const biggest = debts.reduce((a, b) => (b.owedWad > a.owedWad ? b : a), debts[0]!);
  const debt = biggest === undefined ? undefined : find(biggest.asset);
  const most = collaterals.reduce((a, b) => (b.collateralWad > a.collateralWad ? b : a), collaterals[0]!);
  const collateral = most === undefined ? undefined : find(most.asset);
  const repay = debt === undefined || biggest === undefined ? null : toRepay(account, debt, biggest.owed);
  const add = collateral === undefined ? null : toAdd(account, collateral);
  const has = (asset: Asset) => wallet?.balances.get(asset.id);
  return (
    <Panel
      title={own ? 'Your loan is in auction' : 'This loan is in auction'}
      note={`for ${span(now - account.auction.startedMs)}`}
      className="auction"
    >
      <div className="form">
        <p>
          The health factor fell below 1. Collateral is offered at the oracle's price at first and slowly cheaper, and{' '}
          {account.debtWad >= account.collateralWad
            ? 'all of it is sold, since it is worth no more than the debt. What stays owed then is written off: the protocol’s reserve, the backstop and at last lenders bear it.'
            : `only as much is sold as brings the health factor back to ${ratio(snapshot.market.targetHealthWad)}. A sale repays debt with it.`}{' '}
          While the auction runs nothing can be borrowed or withdrawn.
        </p>
        {lots.map((lot) => (
          <ForSale key={`${lot.collateral}-${lot.debt}`} lot={lot} assets={snapshot.assets} now={now} />
        ))}
        <div className="ways">
          {debt !== undefined && biggest !== undefined && repay !== null && (
            <div className="way">
              <h3>
                Repay {repay === ALL ? 'all' : tokens(repay, debt.decimals)} {debt.symbol}
              </h3>
              <p>
                Ends the auction as soon as it is in a block. Never refused.
                {has(debt) !== undefined && ` In the wallet: ${tokens(has(debt) ?? 0n, debt.decimals)} ${debt.symbol}.`}
              </p>
              <button type="button" className="button small" onClick={() => pick('repay', debt.id, repay, debt.decimals)}>
                Fill in
              </button>
            </div>
          )}
          {collateral !== undefined && add !== null && (
            <div className="way">
              <h3>
                Add {tokens(add, collateral.decimals)} {collateral.symbol}
              </h3>
              <p>
                Ends it the same way. Never refused either.
                {has(collateral) !== undefined &&
                  ` In the wallet: ${tokens(has(collateral) ?? 0n, collateral.decimals)} ${collateral.symbol}.`}
              </p>
              <button
                type="button"
                className="button small"
                onClick={() => pick('deposit', collateral.id, add, collateral.decimals)}
              >
                Fill in
              </button>
            </div>
          )}
          <div className="way">
            <h3>{healthy ? 'End it: the loan is healthy' : 'Wait'}</h3>
            <p>
              {healthy
                ? 'The price has recovered. Anyone may end the auction now.'
                : most !== undefined && most.liquidationPriceWad !== null && collateral !== undefined
                  ? `If ${collateral.symbol} is above ${usd(most.liquidationPriceWad, 2)} again the auction can be ended at no cost. If it falls on, more is sold.`
                  : 'If prices recover the auction can be ended at no cost. If they fall on, more is sold.'}
            </p>
            <button
              type="button"
              className="button small"
              disabled={!healthy || !own}
              onClick={() => void act({ kind: 'cure', account: account.address })}
            >
              End the auction
            </button>
            {healthy && <Command line={commandLine({ kind: 'cure', account: account.address }, snapshot.assets)} />}
          </div>
        </div>
        <p className="soft small">
          What it costs so far is in "What happened" below: what was sold below the oracle's price, and a fee. LTV is{' '}
          {account.ltvWad === null ? '–' : percent(account.ltvWad, 1)} now.
        </p>
      </div>
    </Panel>
  );
}
