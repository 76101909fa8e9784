/** A backstop: money, stock, and how it sells the stock again. */
import { useMemo } from 'react';
import type { Asset } from '../../data/model';
import { useStore, type Trace } from '../../state/store';
import { Chart } from '../../ui/chart';
import { Empty, Panel } from '../../ui/parts';
import { clock, percent, toNumber, tokens, usd, WAD } from '../../text/format';

const NONE: Trace[] = [];

export function BackstopOf({ asset, assets }: { asset: Asset; assets: Asset[] }) {
  const { backstop, decimals, symbol } = asset;
  const stocks = backstop?.stocks ?? [];
  const first = assets.find(({ id, sale }) => sale !== null && (id === stocks[0]?.collateral || stocks.length === 0));
  const trace = useStore((state) => state.traces.get(first?.id ?? -1) ?? NONE);
  const had = trace.some(({ stock }) => stock !== 0n);
  const data = useMemo<[number[], number[]]>(
    () => [trace.map(({ timeMs }) => timeMs / 1_000), trace.map(({ stock }) => toNumber(stock, first?.decimals ?? 0))],
    [trace, first?.decimals],
  );
  if (backstop === null) return null;
  const size = backstop.money + backstop.tied;
  const of = backstop.target > size ? backstop.target : size;
  const width = (units: bigint) => (of === 0n ? '0%' : `${(toNumber((units * WAD) / of, 18) * 100).toFixed(1)}%`);
  return (
    <Panel title={`Backstop of ${symbol}`} note="buys from loans near insolvency, at the oracle's price">
      <div className="form">
        <dl className="facts">
          <dt>Money to buy with</dt>
          <dd>
            {tokens(backstop.money, decimals)} {symbol}
          </dd>
          <dt>Tied up in stock</dt>
          <dd>
            {tokens(backstop.tied, decimals)} {symbol}
          </dd>
          <dt>Target, a part of what is borrowed</dt>
          <dd>
            {tokens(backstop.target, decimals)} {symbol}
          </dd>
          <dt>Premium paid to stakers, a year</dt>
          <dd>{percent(backstop.premiumWad)}</dd>
        </dl>
        <div className="bar second" aria-hidden="true">
          <i style={{ width: width(size) }} />
          <i style={{ width: width(backstop.tied) }} />
        </div>
        {stocks.length === 0 ? (
          <p className="soft small">It holds no stock: all of it can buy.</p>
        ) : (
          <ul className="small">
            {stocks.map((stock) => {
              const held = assets.find(({ id }) => id === stock.collateral);
              if (held === undefined) return null;
              const worth = held.price === null ? null : (stock.units * held.price.midWad) / 10n ** BigInt(held.decimals);
              return (
                <li key={stock.collateral}>
                  <strong>
                    {tokens(stock.units, held.decimals)} {held.symbol}
                  </strong>{' '}
                  in stock{worth !== null && `, worth ${usd(worth)}`}; it cost {tokens(stock.cost, decimals)} {symbol}. Room
                  to sell now: {tokens(held.sale?.stockRoom ?? 0n, held.decimals)} {held.symbol}.
                </li>
              );
            })}
          </ul>
        )}
        {had && data[0].length > 1 && first !== undefined ? (
          <Chart
            data={data}
            lines={[{ label: `${first.symbol} in stock`, colour: '--guarded', fill: true }]}
            height={130}
            time
            x={(value) => clock(value * 1_000).slice(0, 5)}
            y={(value) => value.toLocaleString('en', { maximumFractionDigits: 2 })}
            describe={`${first.symbol} that the backstop holds, as this page has seen it`}
          />
        ) : backstop.shares === 0n ? (
          <Empty>Nobody has staked. Sales go faster without a pool.</Empty>
        ) : null}
      </div>
    </Panel>
  );
}
