// Reads an account: what it holds and owes, its health, and at which prices it would be liquidated.
import { type Address, Breakwater, formatUnits, formatWad } from '@breakwater/client';
import { loadCore, loadDeployment } from '@breakwater/client/node';

export async function readPosition(endpoint: string, file: string, who: Address): Promise<string[]> {
  const deployment = await loadDeployment(file);
  const market = await Breakwater.open({ endpoints: endpoint, deployment, core: await loadCore() });
  try {
    const view = await market.view(who);
    const lines = view.positions.map((position) => {
      const { symbol, decimals } = deployment.assets.find(({ id }) => id === position.asset)!;
      const units = (amount: bigint) => formatUnits(amount, decimals, { digits: 4 });
      const falls = position.liquidationPriceWad;
      return (
        `${symbol}: lent ${units(position.supplied)}, collateral ${units(position.collateral)}, ` +
        `owed ${units(position.owed)}` +
        (falls === undefined ? '' : `, liquidated at $${formatWad(falls, { digits: 2 })}`)
      );
    });
    if (view.health.debtWad === 0n) return lines;
    return [...lines, `health factor ${formatWad(view.healthFactorWad, { digits: 4 })}`];
  } finally {
    await market.close();
  }
}
