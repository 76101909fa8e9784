// Follows the market block by block: who is in auction, at which price their collateral is sold and how that
// moves in the minutes to come, and what is bought.
import { Breakwater, formatUnits, formatWad } from '@breakwater/client';
import { loadCore, loadDeployment } from '@breakwater/client/node';

export async function watchAuctions(endpoint: string, file: string, say: (line: string) => void) {
  const deployment = await loadDeployment(file);
  const market = await Breakwater.open({ endpoints: endpoint, deployment, core: await loadCore() });
  const failed = (why: unknown) => say(`failed: ${String(why)}`);
  const stop = market.watch(async ({ blockHash, blockNumber, nowMs, reserves }, events) => {
    try {
      const open = await market.auctions(blockHash);
      say(`block ${blockNumber}: ${open.length} in auction`);
      for (const { asset, reserve } of open.length > 0 ? reserves : []) {
        if (!reserve.config.collateral) continue;
        const inMinutes = [0, 1, 5, 10].map((minutes) => nowMs + minutes * 60_000);
        const prices = market.core.priceOverTime(asset, inMinutes);
        say(`  asset ${asset}: $${prices.map(({ priceWad }) => formatWad(priceWad, { digits: 2 })).join(' -> ')}`);
      }
      for (const event of events) {
        if (event.type !== 'Taken') continue;
        const { decimals, symbol } = deployment.assets.find(({ id }) => id === event.collateral)!;
        say(`  ${event.taker} bought ${formatUnits(event.received, decimals, { digits: 4 })} ${symbol}`);
      }
    } catch (why) {
      failed(why);
    }
  }, failed);
  return () => (stop(), market.close());
}
