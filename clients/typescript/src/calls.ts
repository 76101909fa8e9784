/** Messages as calls of contracts, as what they pull, and as the command line's lines. */
import { ALL } from './api.js';
import type { Address, Asset, AssetId, Call, Deployment, Message, ReadCall } from './api.js';
import { governor, market, oracle, token } from './generated/contracts.js';
import type { Action } from './generated/types.js';
import type { ContractMessage } from './message.js';
import { normal, toHex } from './primitives.js';
import { formatUnits } from './units.js';

/** An asset of the deployment by its number. @throws where it names none. */
export function assetOf(deployment: Deployment, id: AssetId): Asset {
  const found = deployment.assets.find((asset) => asset.id === id);
  if (!found) throw new Error(`the deployment does not name asset ${id}`);
  return found;
}

const milliseconds = (ms: number | undefined) => (ms === undefined ? undefined : BigInt(ms));

function actionData(action: Action, receiver: Address | undefined, onBehalfOf: Address | undefined): Uint8Array {
  switch (action.type) {
    case 'Supply':
      return market.supply.encode(action.asset, action.assets, onBehalfOf);
    case 'Withdraw':
      return market.withdraw.encode(action.asset, action.assets, receiver);
    case 'DepositCollateral':
      return market.depositCollateral.encode(action.asset, action.amount, action.excessToSupply, onBehalfOf);
    case 'WithdrawCollateral':
      return market.withdrawCollateral.encode(action.asset, action.amount, receiver);
    case 'Borrow':
      return market.borrow.encode(action.asset, action.assets, receiver);
    case 'Repay':
      return market.repay.encode(action.asset, action.assets, onBehalfOf);
  }
}

/** A message's data. One action is the message of its own: that is cheaper than a batch. */
export function messageData(message: Message): Uint8Array {
  switch (message.type) {
    case 'Act': {
      const { actions, receiver, deadlineMs } = message;
      const [only, ...others] = actions;
      if (only && others.length === 0 && deadlineMs === undefined) return actionData(only, receiver, undefined);
      return market.batch.encode(actions, milliseconds(deadlineMs), receiver);
    }
    case 'ActFor':
      return actionData(message.action, undefined, message.account);
    case 'Liquidate':
      return market.liquidate.encode(message.account);
    case 'Take': {
      const { collateral, debt, maxRepay, minReceive } = message.order;
      const until = milliseconds(message.deadlineMs);
      return market.take.encode(
        message.account, collateral, debt, maxRepay, minReceive, until, message.receiver, undefined,
      );
    }
    case 'BackstopFill':
      return market.backstopFill.encode(message.account, message.collateral, message.debt);
    case 'Cure':
      return market.cure.encode(message.account);
    case 'RecogniseBadDebt':
      return market.recogniseBadDebt.encode(message.account);
    case 'ClaimReward':
      return market.claimReward.encode(message.asset, message.receiver);
    case 'BackstopDeposit':
      return market.backstopDeposit.encode(message.asset, message.assets);
    case 'BackstopGiveNotice':
      return market.backstopGiveNotice.encode(message.asset);
    case 'BackstopWithdraw':
      return market.backstopWithdraw.encode(message.asset, message.shares, message.receiver);
    case 'BuyStock': {
      const { collateral, debt, maxRepay, minReceive } = message.order;
      const until = milliseconds(message.deadlineMs);
      return market.buyStock.encode(collateral, debt, maxRepay, minReceive, until, message.receiver, undefined);
    }
  }
}

/** An amount with its symbol, `all` for all of it. */
function amount(deployment: Deployment, id: AssetId, units: bigint): string {
  const { symbol, decimals } = assetOf(deployment, id);
  return `${symbol} ${units === ALL ? 'all' : formatUnits(units, decimals)}`;
}

function actionLine(deployment: Deployment, action: Action, more: string): string {
  const of = (units: bigint) => `${amount(deployment, action.asset, units)}${more}`;
  switch (action.type) {
    case 'Supply':
      return `supply ${of(action.assets)}`;
    case 'Withdraw':
      return `withdraw ${of(action.assets)}`;
    case 'DepositCollateral':
      return `collateral deposit ${of(action.amount)}`;
    case 'WithdrawCollateral':
      return `collateral withdraw ${of(action.amount)}`;
    case 'Borrow':
      return `borrow ${of(action.assets)}`;
    case 'Repay':
      return `repay ${of(action.assets)}`;
  }
}

/** The command line's lines that do the same: several for a batch, which it has none of. */
export function commandLines(deployment: Deployment, message: Message): string[] {
  const symbol = (id: AssetId) => assetOf(deployment, id).symbol;
  const most = (units: bigint, id: AssetId) =>
    units === ALL ? '' : ` --amount ${formatUnits(units, assetOf(deployment, id).decimals)}`;
  const least = (units: bigint, id: AssetId) =>
    units === 0n ? '' : ` --min ${formatUnits(units, assetOf(deployment, id).decimals)}`;
  const lines = (): string[] => {
    switch (message.type) {
      case 'Act':
        return message.actions.map((action) => actionLine(deployment, action, ''));
      case 'ActFor':
        return [actionLine(deployment, message.action, ` --for ${message.account}`)];
      case 'Liquidate':
        return [`liquidate ${message.account}`];
      case 'Take': {
        const { collateral, debt, maxRepay, minReceive } = message.order;
        const pair = `--pay ${symbol(debt)} --get ${symbol(collateral)}`;
        return [`take ${message.account} ${pair}${most(maxRepay, debt)}${least(minReceive, collateral)}`];
      }
      case 'BackstopFill':
        return [`backstop fill ${message.account} --pay ${symbol(message.debt)} --get ${symbol(message.collateral)}`];
      case 'Cure':
        return [`cure ${message.account}`];
      case 'RecogniseBadDebt':
        return [`treasury recognise ${message.account}`];
      case 'ClaimReward':
        return [`claim ${symbol(message.asset)}`];
      case 'BackstopDeposit':
        return [`backstop deposit ${amount(deployment, message.asset, message.assets)}`];
      case 'BackstopGiveNotice':
        return [`backstop notice ${symbol(message.asset)}`];
      case 'BackstopWithdraw':
        return [`backstop withdraw ${symbol(message.asset)} all`];
      case 'BuyStock': {
        const { collateral, debt, maxRepay, minReceive } = message.order;
        const pay = `--pay ${symbol(debt)}${most(maxRepay, debt)}${least(minReceive, collateral)}`;
        return [`backstop buy ${symbol(collateral)} ${pay}`];
      }
    }
  };
  return lines().map((line) => `breakwater ${line}`);
}

/** What a call is, in a few words. */
export function label(deployment: Deployment, message: Message): string {
  return commandLines(deployment, message)
    .map((line) => line.replace('breakwater ', ''))
    .join(', ');
}

export function approval(deployment: Deployment, id: AssetId, units: bigint): Call {
  const asset = assetOf(deployment, id);
  const data = token.approve.encode(deployment.market, units);
  const all = `approve ${formatUnits(units, asset.decimals)} ${asset.symbol}`;
  return { contract: asset.token, data, value: 0n, label: all };
}

/** Reads a call of one of the deployment's contracts; nothing where it is none of them. */
export function readCall(deployment: Deployment, call: { target: Address; data: Uint8Array }): ReadCall | undefined {
  const target = normal(call.target);
  const asset = deployment.assets.find((each) => each.token === target);
  const known: [string, Record<string, ContractMessage<any, any>>][] =
    target === deployment.market
      ? [['market', market]]
      : target === deployment.oracle
        ? [['oracle', oracle]]
        : target === deployment.governor
          ? [['governor', governor]]
          : asset
            ? [[asset.symbol, token]]
            : [];
  const selector = toHex(call.data.subarray(0, 4));
  for (const [contract, messages] of known) {
    for (const [name, message] of Object.entries(messages)) {
      if (message.selector === selector) {
        return { contract, message: name, args: message.decodeArgs(call.data) };
      }
    }
  }
  return undefined;
}

/** Units that a message says it pays, asset by asset. */
export function written(message: Message): [AssetId, bigint][] {
  const sums = new Map<AssetId, bigint>();
  const note = (asset: AssetId, units: bigint) => sums.set(asset, (sums.get(asset) ?? 0n) + units);
  const actions = message.type === 'Act' ? message.actions : message.type === 'ActFor' ? [message.action] : [];
  for (const action of actions) {
    if (action.type === 'Supply' || action.type === 'Repay') note(action.asset, action.assets);
    if (action.type === 'DepositCollateral') note(action.asset, action.amount);
  }
  if (message.type === 'BackstopDeposit') note(message.asset, message.assets);
  if (message.type === 'Take' || message.type === 'BuyStock') note(message.order.debt, message.order.maxRepay);
  return [...sums];
}
