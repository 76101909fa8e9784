/** An action as a line for `breakwater`, the command line. */
import { ALL, type Intent } from '../data/intent';
import type { Asset, AssetId } from '../data/model';
import { exact } from './format';

/** Without a known sender the line has none: the variable BREAKWATER_KEY gives it. */
export function commandLine(intent: Intent, assets: Asset[]): string {
  const asset = (id: AssetId) => assets.find((asset) => asset.id === id);
  const symbol = (id: AssetId) => asset(id)?.symbol ?? String(id);
  const amount = (id: AssetId, units: bigint) =>
    units === ALL ? 'all' : exact(units, asset(id)?.decimals ?? 0);
  const words = (): string[] => {
    switch (intent.kind) {
      case 'supply':
      case 'withdraw':
      case 'borrow':
      case 'repay':
        return [intent.kind, symbol(intent.asset), amount(intent.asset, intent.units)];
      case 'deposit':
        return ['collateral deposit', symbol(intent.asset), amount(intent.asset, intent.units)];
      case 'takeBack':
        return ['collateral withdraw', symbol(intent.asset), amount(intent.asset, intent.units)];
      case 'stake':
        return ['backstop deposit', symbol(intent.asset), amount(intent.asset, intent.units)];
      case 'notice':
        return ['backstop notice', symbol(intent.asset)];
      case 'unstake':
        return ['backstop withdraw', symbol(intent.asset), 'all'];
      case 'start':
        return ['liquidate', intent.account];
      case 'cure':
        return ['cure', intent.account];
      case 'take':
        return [
          'take',
          intent.account,
          ...['--pay', symbol(intent.debt), '--get', symbol(intent.collateral)],
          ...(intent.maxRepay === ALL ? [] : ['--amount', amount(intent.debt, intent.maxRepay)]),
          ...(intent.minReceive === 0n
            ? []
            : ['--min', amount(intent.collateral, intent.minReceive)]),
        ];
      case 'fill':
        return [
          'backstop fill',
          intent.account,
          ...['--pay', symbol(intent.debt), '--get', symbol(intent.collateral)],
        ];
      case 'buyStock':
        return [
          'backstop buy',
          symbol(intent.collateral),
          ...['--pay', symbol(intent.debt)],
          ...(intent.maxPay === ALL ? [] : ['--amount', amount(intent.debt, intent.maxPay)]),
        ];
      case 'poke':
        return ['breaker poke all'];
      case 'execute':
        return ['gov execute', intent.id];
      case 'cancel':
        return ['gov cancel', intent.id];
    }
  };
  return ['breakwater', ...words()].join(' ');
}
