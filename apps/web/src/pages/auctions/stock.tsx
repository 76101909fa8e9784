/** What backstops hold of collateral, for sale by the same price and meter. */
import { ALL, type Intent } from '../../data/intent';
import type { Snapshot } from '../../data/model';
import { act } from '../../state/app';
import { useStore } from '../../state/store';
import { commandLine } from '../../text/command';
import { tokens, toOracle } from '../../text/format';
import { Copy, Panel } from '../../ui/parts';

export function Stock({ snapshot }: { snapshot: Snapshot }) {
  const signer = useStore((state) => state.signer);
  const { assets } = snapshot;
  const held = assets.flatMap((asset) =>
    (asset.backstop?.stocks ?? []).map((stock) => ({ asset, stock, of: assets.find(({ id }) => id === stock.collateral) })),
  );
  if (held.length === 0) return null;
  return (
    <Panel title="For sale from the backstop" flush>
      <div className="scroll">
        <table className="cards">
          <thead>
            <tr>
              <th scope="col">Stock</th>
              <th scope="col" className="num">Room now</th>
              <th scope="col" className="num">It cost</th>
              <th scope="col">Against the oracle</th>
              <th scope="col">
                <span className="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {held.map(({ asset, stock, of }) => {
              if (of === undefined) return null;
              const intent: Intent = { kind: 'buyStock', collateral: of.id, debt: asset.id, maxPay: ALL, minReceive: 0n };
              return (
                <tr key={`${asset.id}-${of.id}`}>
                  <td>
                    <span className="symbol whole">
                      {tokens(stock.units, of.decimals)} {of.symbol}
                    </span>
                    <span className="sub whole">paid for in {asset.symbol}</span>
                  </td>
                  <td className="num" data-label="Room now">
                    {tokens(of.sale?.stockRoom ?? 0n, of.decimals)} {of.symbol}
                  </td>
                  <td className="num" data-label="It cost">
                    {tokens(stock.cost, asset.decimals)} {asset.symbol}
                  </td>
                  <td data-label="Against the oracle">{of.sale === null ? '–' : <span className="whole">{toOracle(of.sale.bonusWad)}</span>}</td>
                  <td data-label="">
                    <span className="row">
                      {signer !== null && (
                        <button
                          type="button"
                          className="button small main"
                          disabled={(of.sale?.stockRoom ?? 0n) === 0n}
                          onClick={() => void act(intent)}
                        >
                          Buy
                        </button>
                      )}
                      <Copy text={commandLine(intent, assets)} label="Copy command that buys" says="Copy command" />
                    </span>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
