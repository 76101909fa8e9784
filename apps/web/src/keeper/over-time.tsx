/** Charts of what a keeper tells: how the market stood, and what its auctions did. */
import { useMemo, type ReactNode } from 'react';
import { useChainTime } from '../state/clock';
import type { Asset, Snapshot } from '../data/model';
import type { AssetThen, Point, Series } from '../data/past';
import { Chart, type ChartProps, type Line } from '../ui/chart';
import { Bones, Empty, Panel } from '../ui/parts';
import { clock, moment, percent, span, toNumber, tokens, usd, usdShort, WAD } from '../text/format';
import { useSeries } from './series';

const DAY_MS = 86_400_000;

/** A panel that says whose word it is, how old, and when there is none. */
function ToldPanel(props: { title: string; snapshot: Snapshot; children: (series: Series) => ReactNode }) {
  const { title, snapshot, children } = props;
  const answered = useSeries(snapshot.market.address);
  const now = useChainTime(snapshot.block, 1_000);
  const series = answered.kind === 'asking' ? null : answered.series;
  const age = series === null ? '' : `, up to ${span(now - series.toMs)} ago`;
  return (
    <Panel title={title} note={`told by the keeper${age}`}>
      <div className="form" data-testid="over-time">
        {answered.kind === 'failed' && (
          <p className="say warm" role="status">
            {series === null ? 'Nothing to show' : 'What was told before'}: {answered.why}.
          </p>
        )}
        {answered.kind === 'asking' && <Bones lines={3} />}
        {series !== null &&
          (series.points.length < 2 ? (
            <Empty>The keeper has looked for less than two steps of {span(series.stepMs)}: charts come with time.</Empty>
          ) : (
            children(series)
          ))}
      </div>
    </Panel>
  );
}

interface Drawn {
  series: Series;
  lines: (Line & { of: (point: Point) => number | null })[];
  y: (value: number) => string;
  title: string;
  fromZero?: boolean;
}

function Drawing({ series, lines, y, title, fromZero = true }: Drawn) {
  const { points } = series;
  const data = useMemo(
    () =>
      [points.map(({ fromMs }) => fromMs / 1_000), ...lines.map(({ of }) => points.map(of))] as ChartProps['data'],
    [series],
  );
  const first = points[0]?.fromMs ?? 0;
  const long = (points[points.length - 1]?.fromMs ?? 0) - first > DAY_MS;
  const x = (value: number) => (long ? moment(value * 1_000).split(',')[0] ?? '' : clock(value * 1_000).slice(0, 5));
  return (
    <div>
      <h3 className="small">{title}</h3>
      <Chart data={data} lines={lines} height={150} time fromZero={fromZero} x={x} y={y} describe={`${title}, as the keeper tells it`} />
    </div>
  );
}

const dollars = (value: number): string => usdShort(BigInt(Math.round(value)) * WAD).replace('.00', '');
const inPercent = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} %`;

function valueOf(then: AssetThen, asset: Asset, units: bigint): number {
  return then.priceWad === null ? 0 : toNumber((units * then.priceWad) / 10n ** BigInt(asset.decimals), 18);
}

/** Supplied, borrowed and used, step by step. */
export function MarketOverTime({ snapshot }: { snapshot: Snapshot }) {
  const { assets } = snapshot;
  const sum = (of: (then: AssetThen) => bigint) => (point: Point) =>
    point.assets.length === 0
      ? null
      : point.assets.reduce((all, then) => {
          const asset = assets.find(({ id }) => id === then.asset);
          return asset === undefined ? all : all + valueOf(then, asset, of(then));
        }, 0);
  const lent = assets.filter(({ borrowable }) => borrowable);
  const colours = ['--sea', '--stressed', '--guarded', '--halted'];
  return (
    <ToldPanel title="Over time" snapshot={snapshot}>
      {(series) => (
        <>
          <Drawing
            series={series}
            title="Supplied, borrowed, and collateral, at the prices of then"
            y={dollars}
            lines={[
              { label: 'Supplied', colour: '--sea', of: sum(({ supplied }) => supplied) },
              { label: 'Borrowed', colour: '--stressed', of: sum(({ borrowed }) => borrowed) },
              { label: 'Collateral', colour: '--soft', dash: true, of: sum(({ collateral }) => collateral) },
            ]}
          />
          {lent.length !== 0 && (
            <Drawing
              series={series}
              title={`Part lent out${lent.length === 1 ? ` of ${lent[0]?.symbol ?? ''}` : ''}`}
              y={inPercent}
              lines={lent.slice(0, colours.length).map((asset, at) => ({
                label: asset.symbol,
                colour: colours[at] ?? '--sea',
                of: ({ assets: then }: Point) => {
                  const found = then.find((one) => one.asset === asset.id);
                  return found === undefined ? null : toNumber(found.utilisationWad * 100n, 18);
                },
              }))}
            />
          )}
        </>
      )}
    </ToldPanel>
  );
}

function Totals({ series, assets }: { series: Series; assets: Asset[] }) {
  const { totals, fromMs, points } = series;
  const since = fromMs === 0 ? (points[0]?.fromMs ?? 0) : fromMs;
  const amounts = (of: ReadonlyMap<number, bigint>) =>
    [...of].flatMap(([id, units]) => {
      const asset = assets.find((one) => one.id === id);
      return asset === undefined ? [] : [`${tokens(units, asset.decimals)} ${asset.symbol}`];
    });
  const sold = amounts(totals.sold);
  const bad = amounts(totals.badDebt);
  const less = totals.fairWad - totals.paidWad;
  return (
    <p className="soft">
      Since {moment(since)}: {totals.opened} auction{totals.opened === 1 ? '' : 's'} opened, {totals.closed} closed.{' '}
      {sold.length === 0
        ? 'Nothing was sold.'
        : `${sold.join(', ')} sold for ${amounts(totals.repaid).join(', ')} of debt, ${
            less > 0n ? `${usd(less, 2)} (${percent((less * WAD) / (totals.fairWad || 1n))}) below` : 'not below'
          } the oracle’s prices.`}{' '}
      {bad.length === 0 ? 'No bad debt.' : `Bad debt: ${bad.join(', ')}.`}
    </p>
  );
}

/** Prices, and what auctions did, step by step. */
export function AuctionsOverTime({ snapshot }: { snapshot: Snapshot }) {
  const { assets } = snapshot;
  const each = (of: ReadonlyMap<number, bigint>, point: Point) =>
    [...of].reduce((all, [id, units]) => {
      const asset = assets.find((one) => one.id === id);
      const then = point.assets.find((one) => one.asset === id);
      return asset === undefined || then === undefined ? all : all + valueOf(then, asset, units);
    }, 0);
  return (
    <ToldPanel title="Auctions over time" snapshot={snapshot}>
      {(series) => (
        <>
          <Totals series={series} assets={assets} />
          {assets
            .filter(({ isCollateral }) => isCollateral)
            .slice(0, 4)
            .map((asset) => (
              <Drawing
                key={asset.id}
                series={series}
                title={`Price of ${asset.symbol}`}
                fromZero={false}
                y={dollars}
                lines={[
                  {
                    label: 'Oracle',
                    colour: '--sea',
                    of: ({ assets: then }) => {
                      const priceWad = then.find((one) => one.asset === asset.id)?.priceWad ?? null;
                      return priceWad === null ? null : toNumber(priceWad, 18);
                    },
                  },
                ]}
              />
            ))}
          <Drawing
            series={series}
            title={`Sold, and bad debt, each ${span(series.stepMs)}`}
            y={dollars}
            lines={[
              { label: 'Collateral sold', colour: '--sea', fill: true, of: ({ fairWad }) => toNumber(fairWad, 18) },
              { label: 'Debt repaid', colour: '--soft', dash: true, of: (point) => each(point.repaid, point) },
              { label: 'Bad debt', colour: '--halted', of: (point) => each(point.badDebt, point) },
            ]}
          />
          <Drawing
            series={series}
            title={`Auctions, each ${span(series.stepMs)}`}
            y={(value) => (Number.isInteger(value) ? String(value) : '')}
            lines={[
              { label: 'Opened', colour: '--stressed', of: ({ opened }) => opened },
              { label: 'Closed', colour: '--sea', dash: true, of: ({ closed }) => closed },
            ]}
          />
        </>
      )}
    </ToldPanel>
  );
}
