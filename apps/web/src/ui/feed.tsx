/** What happened, in sentences. */
import type { ReactNode } from 'react';
import type { Address, Asset, Happening } from '../data/model';
import { clock, moment, offOracle, percent, tokens, usd } from '../text/format';
import { TRIGGER_NAME } from '../text/explain';
import { keyOf, writtenOff } from '../text/story';
import { AddressText, Empty, LevelTag } from './parts';

/** A sentence. Without `about` it names the account; on an account's own page it says "you". */
export function sentence(happening: Happening, assets: Asset[], own: boolean, soldOut = false): ReactNode {
  const { account, asset, what } = happening;
  const find = (id: number | null) => assets.find((one) => one.id === id);
  const amount = (id: number | null, units: bigint) => {
    const of = find(id);
    return of === undefined ? '?' : `${tokens(units, of.decimals)} ${of.symbol}`;
  };
  const who = own || account === null ? null : <AddressText address={account} />;
  const symbol = find(asset)?.symbol ?? '';
  const did = (verb: string, units: bigint) => (
    <>
      {who} {who === null ? verb.charAt(0).toUpperCase() + verb.slice(1) : verb} <strong>{amount(asset, units)}</strong>
    </>
  );
  switch (what.kind) {
    case 'supplied':
      return did('lent', what.units);
    case 'withdrawn':
      return did('took back', what.units);
    case 'borrowed':
      return did('borrowed', what.units);
    case 'repaid':
      return did('repaid', what.units);
    case 'deposited':
      return did('deposited collateral:', what.units);
    case 'takenBack':
      return did('withdrew collateral:', what.units);
    case 'staked':
      return did('staked', what.units);
    case 'noticed':
      return (
        <>
          {who} {who === null ? 'Gave' : 'gave'} notice to the backstop of {symbol}: open from {clock(what.opensMs)}
        </>
      );
    case 'unstaked':
      return (
        <>
          {who} {who === null ? 'Left' : 'left'} the backstop of {symbol}
        </>
      );
    case 'started':
      return (
        <>
          <strong>Auction started</strong> {who !== null && <>of {who} </>}by <AddressText address={what.starter} link={false} />.
          {own && ' The health factor was below 1. Nothing is sold by that alone.'}
        </>
      );
    case 'cured':
      return (
        <>
          <strong>Auction over:</strong> {who ?? 'the account'} is healthy again.
        </>
      );
    case 'taken': {
      const lost = what.fairWad > what.paidWad ? what.fairWad - what.paidWad : 0n;
      return (
        <>
          {what.backstop ? 'The backstop bought ' : 'A buyer took '}
          <strong>{amount(asset, what.received)}</strong> {who !== null && <>of {who} </>}for{' '}
          <strong>{amount(what.debt, what.repaid)}</strong> of debt, {offOracle(what.bonusWad)}
          {lost > 0n ? ` (${usd(lost, 2)} less)` : ''}.{what.closed &&
            (soldOut ? ' No collateral is left: the auction is over.' : ' The loan is healthy: the auction is over.')}
        </>
      );
    }
    case 'badDebt':
      return (
        <>
          <strong>{amount(asset, what.units)}</strong> {who !== null && <>of {who} </>}can't be repaid and was written
          off.
        </>
      );
    case 'loss':
      return (
        <>
          {{ protocol: "The protocol's reserve", backstop: 'The backstop', lenders: 'Lenders' }[what.bearer]} bore a loss
          of <strong>{amount(asset, what.units)}</strong>.
          {what.bearer === 'lenders' && ' All that is lent is worth that much less, each lender’s in its proportion.'}
        </>
      );
    case 'stockSold':
      return (
        <>
          The backstop sold <strong>{amount(what.collateral, what.received)}</strong> of its stock for{' '}
          <strong>{amount(asset, what.paid)}</strong>, {offOracle(what.bonusWad)}.
        </>
      );
    case 'level':
      return (
        <>
          Breaker of {symbol}: <LevelTag level={what.from} /> to <LevelTag level={what.to} />
          {what.trigger !== 'Calm' &&
            `, for ${TRIGGER_NAME[what.trigger]} at ${percent(what.measureBps * 10n ** 14n, 0)}`}
        </>
      );
    case 'raised':
      return (
        <>
          A guardian raised {symbol === '' ? 'the whole market' : symbol} to <LevelTag level={what.level} /> until{' '}
          {clock(what.untilMs)}
        </>
      );
    case 'priced':
      return (
        <>
          {symbol}{' '}
          {what.beforeWad === undefined
            ? 'at '
            : `${what.priceWad < what.beforeWad ? 'fell' : 'rose'} from ${usd(what.beforeWad, 2)} to `}
          <strong>{usd(what.priceWad, 2)}</strong>
          {what.quarantinedWad !== null && `; a jump to ${usd(what.quarantinedWad, 2)} waits to be confirmed`}
        </>
      );
    case 'governed':
      return symbol === '' ? what.text : `${symbol}: ${what.text}`;
  }
}

/** `about`: whose page it is on, where they need not be named. */
export function Feed(props: { happenings: Happening[]; assets: Asset[]; empty: string; about?: Address | null; dated?: boolean }) {
  const { happenings, assets, empty, about = null, dated = false } = props;
  const off = writtenOff(happenings);
  if (happenings.length === 0) return <Empty>{empty}</Empty>;
  return (
    <ol className={dated ? 'story dated' : 'story'} data-testid="feed">
      {happenings.map((one) => (
        <li key={one.id}>
          <time dateTime={new Date(one.timeMs).toISOString()} title={`block ${one.block}`}>
            {dated ? moment(one.timeMs) : clock(one.timeMs)}
          </time>
          <span>{sentence(one, assets, about !== null && one.account === about, off.has(keyOf(one)))}</span>
        </li>
      ))}
    </ol>
  );
}
