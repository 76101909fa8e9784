// Deposits collateral and borrows in one message, with its approval in the same signature; before that it
// computes what they do, with the contract's own code.
import { Breakwater, type Receipt, type Signer, formatWad, parseUnits } from '@breakwater/client';
import { loadCore, loadDeployment } from '@breakwater/client/node';

export async function supplyAndBorrow(
  endpoint: string, file: string, signer: Signer, ether: string, dollars: string,
): Promise<{ receipt: Receipt; healthFactor: string }> {
  const deployment = await loadDeployment(file);
  const market = await Breakwater.open({ endpoints: endpoint, deployment, core: await loadCore() });
  try {
    const [eth, usd] = ['ETH', 'USD'].map((name) => deployment.assets.find((each) => each.symbol === name)!);
    const message = {
      type: 'Act' as const,
      actions: [
        { type: 'DepositCollateral' as const, asset: eth!.id!, amount: parseUnits(ether, 18), excessToSupply: false },
        { type: 'Borrow' as const, asset: usd!.id!, assets: parseUnits(dollars, 6) },
      ],
    };
    const { after } = await market.whatIf(signer.address, message); // throws, with a sentence, if refused
    const receipt = await market.do(signer, message, { onProgress: ({ state }) => console.log(state) });
    return { receipt, healthFactor: formatWad(after!.healthFactorWad, { digits: 4 }) };
  } finally {
    await market.close();
  }
}
