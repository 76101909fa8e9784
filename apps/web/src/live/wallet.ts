/** What somebody holds outside their account: tokens, native balance, stakes. */
import type { Breakwater, Snapshot } from '@breakwater/client';
import type { Stake, Wallet } from '../data/model';

export async function wallet(market: Breakwater, chain: Snapshot, who: string): Promise<Wallet> {
  const ids = chain.reserves.map(({ asset }) => asset);
  const lends = chain.reserves.filter(({ reserve }) => reserve.config.borrowable);
  const [balances, native, stakes] = await Promise.all([
    Promise.all(ids.map(async (id) => [id, await market.balance(id, who)] as const)),
    market.native(who),
    Promise.all(lends.map(({ asset }) => stake(market, asset, who, chain))),
  ]);
  return {
    address: who,
    balances: new Map(balances),
    native,
    nativeDecimals: market.nativeToken.decimals,
    nativeSymbol: market.nativeToken.symbol,
    stakes: stakes.filter((one) => one !== null),
    rewards: [],
  };
}

/** A stake's worth: its part of money and stock, rounded down (§ G7). */
async function stake(market: Breakwater, asset: number, who: string, chain: Snapshot): Promise<Stake | null> {
  const held = await market.stake(asset, who, chain.blockHash);
  if (held.shares === 0n) return null;
  const { money, shares, stocks } = market.core.backstop(asset);
  const part = (units: bigint) => (shares === 0n ? 0n : (units * held.shares) / shares);
  const { notice } = held;
  return {
    asset,
    shares: held.shares,
    money: part(money),
    stocks: stocks.map((stock) => ({ collateral: stock.asset, units: part(stock.units) })),
    notice:
      notice === undefined
        ? null
        : {
            opensMs: Number(notice.opensMs),
            closesMs: Number(notice.closesMs),
            againMs: Number(notice.againMs),
          },
  };
}
