/** The market at a glance. */
import type { ReactNode } from 'react';
import { useChainTime } from '../state/clock';
import { useStore } from '../state/store';
import { LEVELS, type Asset, type Block } from '../data/model';
import { Bar, Bones, Figure, Figures, LevelTag, Panel } from '../ui/parts';
import { Feed } from '../ui/feed';
import { MarketOverTime } from '../keeper/over-time';
import { percent, ratio, span, toNumber, tokens, usd, usdShort, WAD } from '../text/format';
import { notable } from '../text/story';
import { Begin, WhenAPriceFalls } from './overview/begin';
import { LEVEL_MEANS, TRIGGER_NAME } from '../text/explain';

const valueWad = (asset: Asset, units: bigint): bigint =>
  asset.price === null ? 0n : (units * asset.price.midWad) / 10n ** BigInt(asset.decimals);

const total = (assets: Asset[], of: (asset: Asset) => bigint): bigint =>
  assets.reduce((sum, asset) => sum + valueWad(asset, of(asset)), 0n);

function Totals({ assets }: { assets: Asset[] }) {
  const supplied = total(assets, (asset) => asset.supplied);
  const borrowed = total(assets, (asset) => asset.borrowed);
  const pool = total(assets, (asset) => (asset.backstop ? asset.backstop.money + asset.backstop.tied : 0n));
  const target = total(assets, (asset) => asset.backstop?.target ?? 0n);
  const worst = assets.reduce(
    (highest, asset) =>
      LEVELS.indexOf(asset.breaker.level) > LEVELS.indexOf(highest.breaker.level) ? asset : highest,
    assets[0] as Asset,
  );
  const { level, trigger } = worst.breaker;
  return (
    <Figures>
      <Figure
        label="Supplied"
        value={usdShort(supplied)}
        more={supplied === 0n ? 'nothing lent yet' : `${percent((borrowed * WAD) / supplied, 1)} lent out`}
      />
      <Figure label="Borrowed" value={usdShort(borrowed)} more="with interest" />
      <Figure
        label="Collateral"
        value={usdShort(total(assets, (asset) => asset.collateral))}
        more="kept apart, never lent"
      />
      <Figure
        label="Backstop"
        value={usdShort(pool)}
        more={target === 0n ? 'no target while nothing is borrowed' : `${percent((pool * WAD) / target, 0)} of its target`}
      />
      <Figure
        label="Circuit breaker"
        value={<LevelTag level={level} />}
        more={level === 'Normal' ? LEVEL_MEANS.Normal : `${worst.symbol}: ${TRIGGER_NAME[trigger]}`}
      />
    </Figures>
  );
}

function Cell(props: { label: string; num?: boolean; children: ReactNode }) {
  return (
    <td data-label={props.label} className={props.num === false ? undefined : 'num'}>
      {props.children}
    </td>
  );
}

function PriceCell({ asset, block }: { asset: Asset; block: Block }) {
  const now = useChainTime(block, 1_000);
  const { price, sources } = asset;
  if (price === null) {
    return (
      <Cell label="Price">
        <span className="warn">no usable price</span>
        <span className="sub">nobody can borrow against it or be liquidated</span>
      </Cell>
    );
  }
  const counting = sources.filter((source) => source.verdict === 'Counts').length;
  const band = price.midWad === 0n ? 0n : ((price.highWad - price.lowWad) * WAD) / (2n * price.midWad);
  const doubts = !price.forSettlement ? 'too uncertain to sell at' : !price.forRisk ? 'not good for new risk' : null;
  return (
    <Cell label="Price">
      {usd(price.midWad, 2)}
      <span className="sub">
        ± {percent(band)} · {span(now - price.timeMs)} old
        {sources.length > 0 && ` · ${counting} of ${sources.length} sources`}
      </span>
      {doubts !== null && <span className="sub warn">{doubts}</span>}
    </Cell>
  );
}

function Row({ asset, block }: { asset: Asset; block: Block }) {
  const units = (amount: bigint) => tokens(amount, asset.decimals);
  const load = asset.maxLoadWad === 0n ? 0 : toNumber(asset.loadWad, 18) / toNumber(asset.maxLoadWad, 18);
  const { level, trigger } = asset.breaker;
  return (
    <tr>
      <td>
        <span className="symbol">{asset.symbol}</span>
        <span className="sub">
          {asset.frozen ? 'frozen: takes nothing new' : asset.borrowable ? 'lend and borrow' : 'collateral'}
        </span>
      </td>
      <PriceCell asset={asset} block={block} />
      <Cell label="Supplied">
        {asset.borrowable ? units(asset.supplied) : '–'}
        {asset.borrowable && <span className="sub">{percent(asset.supplyRateWad)} a year</span>}
      </Cell>
      <Cell label="Borrowed">
        {asset.borrowable ? units(asset.borrowed) : '–'}
        {asset.borrowable && <span className="sub">{percent(asset.borrowRateWad)} a year</span>}
      </Cell>
      <Cell label="Utilisation">
        {asset.borrowable ? (
          <span className="inline-bar">
            {percent(asset.utilisationWad, 1)}
            <Bar part={toNumber(asset.utilisationWad, 18)} warm={asset.utilisationWad > (WAD * 95n) / 100n} />
          </span>
        ) : (
          '–'
        )}
      </Cell>
      <Cell label="Collateral">
        {asset.isCollateral ? units(asset.collateral) : '–'}
        {asset.isCollateral && asset.ltv[0] !== undefined && asset.thresholds[0] !== undefined && (
          <span className="sub">
            borrow to {percent(asset.ltv[0].rateWad, 0)}, liquidated at {percent(asset.thresholds[0].rateWad, 0)}
          </span>
        )}
      </Cell>
      <Cell label="Load of its cap">
        {asset.isCollateral ? (
          <span className="inline-bar">
            {ratio(asset.loadWad)} of {ratio(asset.maxLoadWad, 0)}
            <Bar part={load} warm={load > 0.9} />
          </span>
        ) : (
          '–'
        )}
      </Cell>
      <Cell label="Breaker" num={false}>
        <LevelTag level={level} />
        {level !== 'Normal' && <span className="sub">{TRIGGER_NAME[trigger]}</span>}
      </Cell>
    </tr>
  );
}

export function OverviewPage() {
  const snapshot = useStore((state) => state.snapshot);
  const happenings = useStore((state) => state.happenings);
  return (
    <>
      <header>
        <h1>{snapshot?.market.name ?? 'Market'}</h1>
        <p>A lending market that sells no faster than the market can bear, so a price drop does not become a cascade.</p>
      </header>
      {snapshot === null ? (
        <Bones lines={5} />
      ) : (
        <>
          <Totals assets={snapshot.assets} />
          <Panel title="Assets" flush>
            <div className="scroll">
              <table className="cards">
                <thead>
                  <tr>
                    <th scope="col">Asset</th>
                    <th scope="col" className="num">Price</th>
                    <th scope="col" className="num">Supplied</th>
                    <th scope="col" className="num">Borrowed</th>
                    <th scope="col" className="num">Utilisation</th>
                    <th scope="col" className="num">Collateral</th>
                    <th scope="col" className="num">Load of its cap</th>
                    <th scope="col">Breaker</th>
                  </tr>
                </thead>
                <tbody>
                  {snapshot.assets.map((asset) => (
                    <Row key={asset.id} asset={asset} block={snapshot.block} />
                  ))}
                </tbody>
              </table>
            </div>
          </Panel>
          <div className="split wide-left">
            <div className="stack">
              <Panel title="Lately" flush>
                <Feed happenings={notable(happenings).slice(0, 12)} assets={snapshot.assets} empty="Nothing has happened since this page began to look." />
              </Panel>
              {snapshot.market.keeper !== null && <MarketOverTime snapshot={snapshot} />}
            </div>
            <div className="stack first">
              <Begin assets={snapshot.assets} />
              <WhenAPriceFalls snapshot={snapshot} />
            </div>
          </div>
        </>
      )}
    </>
  );
}
