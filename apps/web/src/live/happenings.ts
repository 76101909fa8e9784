/** The contracts' events as happenings. What nobody reads on a page is left out. */
import type { ChainEvent, Deployment } from '@breakwater/client';
import type { Happening, Level, Trigger, What } from '../data/model';

interface Told {
  asset?: number | null;
  account?: string | null;
  what: What;
}

function told(event: ChainEvent, deployment: Deployment): Told | null {
  const byToken = (token: string) => deployment.assets.find((asset) => asset.token === token)?.id ?? null;
  switch (event.type) {
    case 'Supplied':
      return { ...event, what: { kind: 'supplied', units: event.assets } };
    case 'Withdrawn':
      return { ...event, what: { kind: 'withdrawn', units: event.assets } };
    case 'Borrowed':
      return { ...event, what: { kind: 'borrowed', units: event.assets } };
    case 'Repaid':
      return { ...event, what: { kind: 'repaid', units: event.assets } };
    case 'CollateralDeposited':
      return { ...event, what: { kind: 'deposited', units: event.amount } };
    case 'CollateralWithdrawn':
      return { ...event, what: { kind: 'takenBack', units: event.amount } };
    case 'LiquidationStarted':
      return { account: event.account, what: { kind: 'started', starter: event.starter } };
    case 'AuctionClosed':
      return { account: event.account, what: { kind: 'cured' } };
    case 'Taken':
      return {
        account: event.account,
        asset: event.collateral,
        what: {
          kind: 'taken',
          debt: event.debt,
          taker: event.taker,
          repaid: event.repaid,
          received: event.received,
          fee: event.fee,
          bonusWad: event.bonusWad,
          fairWad: event.fairWad,
          paidWad: event.paidWad,
          backstop: event.backstop,
          closed: event.closed,
        },
      };
    case 'BadDebtRecognised':
      return { account: event.account, asset: event.asset, what: { kind: 'badDebt', units: event.assets } };
    case 'LossBorneByProtocol':
      return { asset: event.asset, what: { kind: 'loss', bearer: 'protocol', units: event.assets } };
    case 'LossBorneByBackstop':
      return { asset: event.asset, what: { kind: 'loss', bearer: 'backstop', units: event.assets } };
    case 'LossBorneByLenders':
      return { asset: event.asset, what: { kind: 'loss', bearer: 'lenders', units: event.assets } };
    case 'BackstopDeposited':
      return { account: event.account, asset: event.asset, what: { kind: 'staked', units: event.assets } };
    case 'BackstopNoticeGiven':
      return { account: event.account, asset: event.asset, what: { kind: 'noticed', opensMs: Number(event.opensMs) } };
    case 'BackstopWithdrawn':
      return { account: event.account, asset: event.asset, what: { kind: 'unstaked' } };
    case 'StockSold':
      return {
        asset: event.asset,
        what: {
          kind: 'stockSold',
          collateral: event.collateral,
          paid: event.paid,
          received: event.received,
          bonusWad: event.bonusWad,
        },
      };
    case 'BreakerChanged':
      return {
        asset: event.asset,
        what: {
          kind: 'level',
          from: event.from as Level,
          to: event.to as Level,
          trigger: event.trigger as Trigger,
          measureBps: event.measureBps,
          untilMs: Number(event.untilMs),
        },
      };
    case 'BreakerRaised':
      return {
        asset: event.asset ?? null,
        what: { kind: 'raised', level: event.level as Level, untilMs: Number(event.untilMs) },
      };
    case 'PriceSettled':
      return {
        asset: byToken(event.token),
        what: { kind: 'priced', priceWad: event.priceWad, quarantinedWad: event.quarantinedWad ?? null },
      };
    case 'OperationQueued':
      return { what: { kind: 'governed', text: 'An operation was queued: see Governance.' } };
    case 'OperationExecuted':
      return { what: { kind: 'governed', text: 'An operation was executed: the market has changed.' } };
    case 'OperationCancelled':
      return { what: { kind: 'governed', text: 'An operation was cancelled.' } };
    case 'Upgraded':
      return { what: { kind: 'governed', text: 'The market was upgraded to other code.' } };
    default:
      return null;
  }
}

/** Events of one block. */
export function happenings(events: ChainEvent[], deployment: Deployment): Happening[] {
  return events.flatMap((event, place) => {
    const one = told(event, deployment);
    if (one === null) return [];
    const { account = null, asset = null, what } = one;
    return [{ id: `${event.blockHash}-${place}`, block: event.blockNumber, timeMs: event.timeMs, account, asset, what }];
  });
}
