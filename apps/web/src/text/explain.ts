/** What the market's states mean, in the words of docs/breaker.md and docs/gradual.md. */
import type { Account, Asset, Level, Sale, Trigger } from '../data/model';
import { WAD } from './format';

export const LEVEL_MEANS: Record<Level, string> = {
  Normal: 'Everything is open.',
  Guarded: 'You can borrow 90 % of the usual, and take collateral back while your health factor stays above 1.25.',
  Stressed: 'No new debt, and no collateral back while you owe. Liquidations go on at their pace.',
  Halted: 'Nothing is sold and nothing gets cheaper until the price is good again or the halt is over.',
};

export const TRIGGER_NAME: Record<Trigger, string> = {
  Calm: 'on its way back to Normal',
  Volatility: 'volatility',
  Outflow: 'outflow',
  BadDebt: 'bad debt',
  Price: 'no usable price',
  People: 'raised by people',
};

export const TRIGGER_MEANS: Partial<Record<Trigger, string>> = {
  Volatility: 'Volatility of minutes over that of days',
  Outflow: 'What left of late, of the limit',
  BadDebt: 'Written off in an hour, of what is supplied',
};

export type SaleState = 'idle' | 'forSale' | 'lowest' | 'room' | 'halted' | 'unpriced';

/** How much later a price is that is compared with the one now. */
export const SOON_MS = 60_000;

/** Whether something of a collateral can be bought now, and whether it becomes cheaper: by its bonus now and a minute
 * later if nobody buys. */
export function saleState(asset: Asset, bonusWad?: bigint | null, soonWad?: bigint | null): SaleState {
  const { sale } = asset;
  if (asset.breaker.level === 'Halted') return 'halted';
  if (sale === null || sale.settlesSinceMs === null) return 'unpriced';
  if (sale.waiting === 0 && sale.stock === 0n) return 'idle';
  if (sale.room === 0n) return 'room';
  const isLowest = typeof bonusWad === 'bigint' && typeof soonWad === 'bigint' && soonWad <= bonusWad;
  return isLowest ? 'lowest' : 'forSale';
}

export const SALE_SAYS: Record<SaleState, string> = {
  idle: 'Nothing waits to be sold.',
  forSale: 'For sale: the price falls slowly until somebody buys.',
  lowest: 'For sale at the largest discount: the price stays there until somebody buys.',
  room: 'Waiting for room: the market has just taken what it can bear.',
  halted: 'Halted: nothing is sold, and the price stands.',
  unpriced: 'Waiting for a good price: nothing can be sold without one.',
};

/** Fast enough to matter: the bonus rises while something waits and has room. */
export function rises(sale: Sale): boolean {
  return (sale.waiting > 0 || sale.stock > 0n) && sale.room > 0n && sale.settlesSinceMs !== null;
}

export type Condition = 'none' | 'healthy' | 'near' | 'liquidatable' | 'auction' | 'insolvent';

/** How an account stands. */
export function condition(account: Account): Condition {
  if (account.debtWad === 0n) return 'none';
  if (account.collateralWad <= account.debtWad) return 'insolvent';
  if (account.auction !== null) return 'auction';
  if (account.healthWad !== null && account.healthWad < WAD) return 'liquidatable';
  if (account.healthWad !== null && account.healthWad < (WAD * 110n) / 100n) return 'near';
  return 'healthy';
}

export const CONDITION_SAYS: Record<Condition, string> = {
  none: 'No debt. Nothing can be liquidated.',
  healthy: 'Healthy.',
  near: 'Healthy, with little room: a fall of a few per cent starts an auction.',
  liquidatable: 'Below 1: anyone may now put this account into auction. Nothing is sold yet: repaying or adding collateral until it is 1 again keeps it out.',
  auction: 'In auction: collateral is sold slowly until the health factor is back at its target.',
  insolvent: 'The collateral is worth no more than the debt: it is sold whole.',
};
