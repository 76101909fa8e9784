/** Actions in words. */
import { ALL, type Intent, type IntentKind } from '../data/intent';
import type { Asset, AssetId } from '../data/model';
import { short, tokens } from './format';

export const VERB: Record<IntentKind, string> = {
  supply: 'Lend',
  withdraw: 'Take back what is lent',
  deposit: 'Deposit collateral',
  takeBack: 'Withdraw collateral',
  borrow: 'Borrow',
  repay: 'Repay',
  stake: 'Stake in the backstop',
  notice: 'Give notice',
  unstake: 'Leave the backstop',
  start: 'Start the auction',
  cure: 'End the auction',
  take: 'Buy collateral',
  fill: 'Have the backstop buy',
  buyStock: 'Buy from the backstop',
  poke: 'Look at the breaker',
  execute: 'Execute the operation',
  cancel: 'Cancel the operation',
};

/** "Borrow 1,000 USD". */
export function title(intent: Intent, assets: Asset[]): string {
  const amount = (id: AssetId, units: bigint) => {
    const asset = assets.find((one) => one.id === id);
    if (asset === undefined) return '';
    return units === ALL ? `all ${asset.symbol}` : `${tokens(units, asset.decimals)} ${asset.symbol}`;
  };
  const verb = VERB[intent.kind];
  switch (intent.kind) {
    case 'supply':
    case 'withdraw':
    case 'deposit':
    case 'takeBack':
    case 'borrow':
    case 'repay':
    case 'stake':
      return `${verb}: ${amount(intent.asset, intent.units)}`;
    case 'notice':
    case 'unstake':
      return verb;
    case 'start':
    case 'cure':
    case 'take':
    case 'fill':
      return `${verb}: ${short(intent.account)}`;
    default:
      return verb;
  }
}
