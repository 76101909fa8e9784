// Starts the auctions of accounts that have become unhealthy and buys from them what the market sells now.
import { ALL, Breakwater, type Quote, type Signer, WAD } from '@breakwater/client';
import { loadCore, loadDeployment } from '@breakwater/client/node';

export async function liquidateAndTake(endpoint: string, file: string, signer: Signer): Promise<Quote[]> {
  const deployment = await loadDeployment(file);
  const market = await Breakwater.open({ endpoints: endpoint, deployment, core: await loadCore() });
  const bought: Quote[] = [];
  try {
    await market.snapshot(); // puts the market on the core's table
    const unhealthy = market.core
      .standings(await market.accounts())
      .filter(({ healthFactorWad }) => healthFactorWad < WAD);
    for (const { who, account } of unhealthy) {
      if (!account.auction) await market.do(signer, { type: 'Liquidate', account: who });
      const lot = account.positions.find(({ collateral }) => collateral > 0n)!;
      const debt = account.positions.find(({ debtShares }) => debtShares > 0n)!;
      const order = { collateral: lot.asset, debt: debt.asset, maxRepay: ALL, minReceive: 0n };
      const { quote } = await market.whatIf(signer.address, { type: 'Take', account: who, order });
      if (!quote || quote.repaid === 0n) continue;
      const exact = { ...order, maxRepay: quote.repaid, minReceive: (quote.received * 999n) / 1_000n };
      await market.do(signer, { type: 'Take', account: who, order: exact });
      bought.push(quote);
    }
    return bought;
  } finally {
    await market.close();
  }
}
