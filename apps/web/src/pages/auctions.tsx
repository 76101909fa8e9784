/** What is sold, at what price, by whom, and whose loans are near. */
import { useState } from 'react';
import { useStore } from '../state/store';
import { Bones, Empty, Panel } from '../ui/parts';
import { Feed } from '../ui/feed';
import { Everybody } from './auctions/everybody';
import { Lots } from './auctions/lots';
import { PriceOf } from './auctions/price';
import { Stock } from './auctions/stock';

const SALES = new Set(['taken', 'stockSold', 'started', 'cured', 'badDebt', 'loss']);

export function AuctionsPage() {
  const snapshot = useStore((state) => state.snapshot);
  const happenings = useStore((state) => state.happenings);
  const rows = useStore((state) => state.rows);
  const [chosen, setChosen] = useState<number | null>(null);
  if (snapshot === null) {
    return (
      <>
        <header>
          <h1>Auctions</h1>
        </header>
        <Bones lines={4} />
      </>
    );
  }
  const sold = snapshot.assets.filter(({ isCollateral, sale }) => isCollateral && sale !== null);
  const busiest = [...sold].sort((a, b) => (b.sale?.waiting ?? 0) - (a.sale?.waiting ?? 0))[0];
  const asset = sold.find(({ id }) => id === chosen) ?? busiest;
  const fills = happenings.filter(({ what }) => SALES.has(what.kind));
  return (
    <>
      <header>
        <h1>Auctions</h1>
        <p>
          All lots of a collateral share one price. It gets cheaper while nobody buys and dearer with every sale, and a
          meter stops sales before they move the market.
        </p>
      </header>
      {asset === undefined ? (
        <Empty>No asset of this market is collateral.</Empty>
      ) : (
        <div className="split wide-left">
          <div className="stack">
            <PriceOf key={asset.id} asset={asset} assets={sold} choose={setChosen} block={snapshot.block} />
            <Lots snapshot={snapshot} />
            <Stock snapshot={snapshot} />
          </div>
          <Panel title="Sales and starts" note="as they come" flush>
            <Feed happenings={fills.slice(0, 12)} assets={snapshot.assets} empty="Nothing was sold since this page began to look." />
          </Panel>
        </div>
      )}
      <Everybody rows={rows} snapshot={snapshot} />
    </>
  );
}
