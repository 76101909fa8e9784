/** An action of the page as a message of the client. */
import type { Message } from '@breakwater/client';
import type { Intent } from '../data/intent';

/** Null for what is no message to the market. */
export function message(intent: Intent): Message | null {
  switch (intent.kind) {
    case 'supply':
      return { type: 'Act', actions: [{ type: 'Supply', asset: intent.asset, assets: intent.units }] };
    case 'withdraw':
      return { type: 'Act', actions: [{ type: 'Withdraw', asset: intent.asset, assets: intent.units }] };
    case 'deposit':
      return {
        type: 'Act',
        actions: [
          { type: 'DepositCollateral', asset: intent.asset, amount: intent.units, excessToSupply: false },
        ],
      };
    case 'takeBack':
      return {
        type: 'Act',
        actions: [{ type: 'WithdrawCollateral', asset: intent.asset, amount: intent.units }],
      };
    case 'borrow':
      return { type: 'Act', actions: [{ type: 'Borrow', asset: intent.asset, assets: intent.units }] };
    case 'repay':
      return { type: 'Act', actions: [{ type: 'Repay', asset: intent.asset, assets: intent.units }] };
    case 'stake':
      return { type: 'BackstopDeposit', asset: intent.asset, assets: intent.units };
    case 'notice':
      return { type: 'BackstopGiveNotice', asset: intent.asset };
    case 'unstake':
      return { type: 'BackstopWithdraw', asset: intent.asset, shares: intent.shares };
    case 'start':
      return { type: 'Liquidate', account: intent.account };
    case 'cure':
      return { type: 'Cure', account: intent.account };
    case 'take': {
      const { account, collateral, debt, maxRepay, minReceive } = intent;
      return { type: 'Take', account, order: { collateral, debt, maxRepay, minReceive } };
    }
    case 'fill': {
      const { account, collateral, debt } = intent;
      return { type: 'BackstopFill', account, collateral, debt };
    }
    case 'buyStock': {
      const { collateral, debt, maxPay, minReceive } = intent;
      return { type: 'BuyStock', order: { collateral, debt, maxRepay: maxPay, minReceive } };
    }
    case 'poke':
    case 'execute':
    case 'cancel':
      return null;
  }
}
