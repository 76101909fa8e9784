/** The common price of a collateral: now, of late, and ahead if nobody buys. */
import { useMemo } from 'react';
import type { Asset, Block } from '../../data/model';
import { source } from '../../state/app';
import { useChainTime } from '../../state/clock';
import { useStore, type Trace } from '../../state/store';
import { Chart } from '../../ui/chart';
import { Bar, Figure, Figures, Panel } from '../../ui/parts';
import { clock, offOracle, percent, toNumber, tokens, usd, WAD } from '../../text/format';
import { rises, saleState, SALE_SAYS, SOON_MS } from '../../text/explain';

const NONE: Trace[] = [];
/** How far ahead the price is drawn. */
const AHEAD_MS = 10 * 60_000;
const AHEAD_STEPS = 20;

/** Price of a sale in dollars: the buyer gets 1 + bonus for what one unit costs. */
const sellsAt = (priceWad: bigint, bonusWad: bigint): number =>
  toNumber((priceWad * WAD) / (WAD + bonusWad), 18);

function plotted(trace: Trace[], asset: Asset, now: number): [number[], ...(number | null)[][]] {
  const x: number[] = [];
  const oracle: (number | null)[] = [];
  const past: (number | null)[] = [];
  const ahead: (number | null)[] = [];
  for (const at of trace) {
    if (at.priceWad === null) continue;
    x.push(at.timeMs / 1_000);
    oracle.push(toNumber(at.priceWad, 18));
    past.push(sellsAt(at.priceWad, at.bonusWad));
    ahead.push(null);
  }
  const { price, sale } = asset;
  if (price === null || sale === null) return [x, oracle, past, ahead];
  const steps = rises(sale) ? AHEAD_STEPS : 1;
  for (let step = 0; step <= steps; step += 1) {
    const at = now + (AHEAD_MS * step) / AHEAD_STEPS;
    const bonus = source()?.bonusAt(asset.id, at) ?? sale.bonusWad;
    const last = x.at(-1);
    if (last !== undefined && at / 1_000 <= last) continue;
    x.push(at / 1_000);
    oracle.push(toNumber(price.midWad, 18));
    past.push(step === 0 ? sellsAt(price.midWad, bonus) : null);
    ahead.push(sellsAt(price.midWad, bonus));
  }
  return [x, oracle, past, ahead];
}

export function PriceOf(props: { asset: Asset; assets: Asset[]; choose: (id: number) => void; block: Block }) {
  const { asset, assets, choose, block } = props;
  const now = useChainTime(block, 500);
  const trace = useStore((state) => state.traces.get(asset.id) ?? NONE);
  const { sale, price } = asset;
  // Twice a second is enough for what stands in words; the curve is drawn anew with blocks and every five seconds.
  const beat = Math.floor(now / 5_000);
  const data = useMemo(() => plotted(trace, asset, now), [trace, asset, beat]);
  if (sale === null) return null;
  const bonus = source()?.bonusAt(asset.id, now) ?? sale.bonusWad;
  const impact = sale.capWad === 0n ? 0 : toNumber(sale.impactWad, 18) / toNumber(sale.capWad, 18);
  const state = saleState(asset, bonus, source()?.bonusAt(asset.id, now + SOON_MS));
  return (
    <Panel
      title={`Price of ${asset.symbol} in auctions`}
      end={
        assets.length > 1 ? (
          <select
            className="button small"
            aria-label="Collateral"
            value={asset.id}
            onChange={(event) => choose(Number(event.target.value))}
          >
            {assets.map(({ id, symbol }) => (
              <option key={id} value={id}>
                {symbol}
              </option>
            ))}
          </select>
        ) : undefined
      }
    >
      <div className="form">
        <div className="lot-price" data-testid="sale-price" data-bonus={bonus.toString()}>
          <b>{price === null ? 'no price' : usd((price.midWad * WAD) / (WAD + bonus), 2)}</b>
          <span className="soft">
            {offOracle(bonus, 4)}
            {price !== null && ` of ${usd(price.midWad, 2)}`}
          </span>
        </div>
        <p className={`say ${state === 'forSale' || state === 'lowest' ? 'warm' : state === 'halted' ? 'bad' : ''}`} data-testid="sale-state">
          {SALE_SAYS[state]}
          {state === 'forSale' && ` By ${(sale.riseMbpsPerMin / 1_000).toLocaleString('en')} basis points a minute.`}
        </p>
        {data[0].length > 1 && (
          <Chart
            data={data}
            lines={[
              { label: 'Oracle', colour: '--faint' },
              { label: 'Sold at', colour: '--sea' },
              { label: 'Ahead, if nobody buys', colour: '--stressed', dash: true },
            ]}
            height={190}
            time
            x={(value) => clock(value * 1_000).slice(0, 5)}
            y={(value) => `$${value.toLocaleString('en', { maximumFractionDigits: 2 })}`}
            describe={`The price at which ${asset.symbol} is sold beside the oracle's price: now ${offOracle(bonus, 2)}.`}
          />
        )}
        <Figures>
          <Figure label="Waiting" value={sale.waiting} more={sale.waiting === 1 ? 'account' : 'accounts'} />
          <Figure
            label="Room now"
            value={tokens(sale.room, asset.decimals)}
            more={`${asset.symbol} that the market can take`}
          />
          <Figure
            label="Meter"
            value={percent((sale.impactWad * WAD) / (sale.capWad === 0n ? 1n : sale.capWad), 0)}
            more={
              <>
                <Bar part={impact} warm={impact > 0.9} />
                {percent(sale.impactWad, 3)} of {percent(sale.capWad, 2)} impact
              </>
            }
          />
        </Figures>
      </div>
    </Panel>
  );
}
