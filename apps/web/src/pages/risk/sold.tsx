/** What auctions sold of a collateral, against what its market can take. */
import { useMemo } from 'react';
import type { Asset, Block, Happening } from '../../data/model';
import { useStore, type Trace } from '../../state/store';
import { Chart } from '../../ui/chart';
import { Bar, Panel } from '../../ui/parts';
import { clock, percent, span, toNumber, tokens, WAD } from '../../text/format';

const HOUR_MS = 3_600_000;
const NONE: Trace[] = [];

/** Units that went to the market since a time; what a backstop bought has not. */
export function soldSince(happenings: Happening[], asset: number, sinceMs: number): bigint {
  return happenings.reduce((sum, { timeMs, what, asset: of }) => {
    if (timeMs < sinceMs) return sum;
    if (what.kind === 'taken' && of === asset && !what.backstop) return sum + what.received;
    return what.kind === 'stockSold' && what.collateral === asset ? sum + what.received : sum;
  }, 0n);
}

export function Sold({ asset, happenings, block }: { asset: Asset; happenings: Happening[]; block: Block }) {
  const { sale, depth, decimals, symbol } = asset;
  const trace = useStore((state) => state.traces.get(asset.id) ?? NONE);
  const data = useMemo<[number[], (number | null)[], (number | null)[]]>(
    () => [
      trace.map(({ timeMs }) => timeMs / 1_000),
      trace.map(({ impactWad }) => toNumber(impactWad * 100n, 18)),
      trace.map(({ capWad }) => toNumber(capWad * 100n, 18)),
    ],
    [trace],
  );
  if (sale === null) return null;
  const hour = soldSince(happenings, asset.id, block.timeMs - HOUR_MS);
  const depths = depth === 0n ? 0n : (hour * WAD) / depth;
  // § G5 (a): cap x (1 + ln 2 x T / half-life) over 1 %, for an hour.
  const bound = (toNumber(sale.capWad, 18) * (1 + (Math.LN2 * HOUR_MS) / sale.halfLifeMs)) / 0.01;
  const part = bound === 0 ? 0 : toNumber(depths, 18) / bound;
  return (
    <Panel title={`Sales of ${symbol} against its depth`}>
      <div className="form">
        <dl className="facts">
          <dt>Sold in the last hour, as far as this page has seen</dt>
          <dd>
            {tokens(hour, decimals)} {symbol}
          </dd>
          <dt>Of what moves its market by 1 % ({tokens(depth, decimals)} {symbol})</dt>
          <dd>{percent(depths, 1)}</dd>
          <dt>Most that an hour can sell, whatever happens</dt>
          <dd>{(bound * 100).toFixed(0)} %</dd>
          <dt>Impact on the meter, forgotten by half in {span(sale.halfLifeMs)}</dt>
          <dd>
            {percent(sale.impactWad, 3)} of {percent(sale.capWad, 2)}
          </dd>
        </dl>
        <Bar part={part} warm={part > 0.8} />
        {data[0].length > 1 && (
          <Chart
            data={data}
            lines={[
              { label: 'Meter', colour: '--sea', fill: true },
              { label: 'Its cap', colour: '--stressed', dash: true },
            ]}
            height={150}
            time
            x={(value) => clock(value * 1_000).slice(0, 5)}
            y={(value) => `${value.toFixed(2)} %`}
            describe={`The meter of ${symbol} and its cap, as this page has seen them`}
          />
        )}
      </div>
    </Panel>
  );
}
