/** What somebody who is here for the first time can do, and what happens when a price falls. */
import type { Asset, Snapshot } from '../../data/model';
import { href } from '../../state/router';
import { useStore } from '../../state/store';
import { percent, ratio } from '../../text/format';
import { Panel } from '../../ui/parts';

const symbols = (assets: Asset[]): string => assets.map(({ symbol }) => symbol).join(' or ');

/** The best that any asset gives: a rate is worth naming only as far as it holds for one of them. */
function extreme(assets: Asset[], of: (asset: Asset) => bigint, better: (a: bigint, b: bigint) => boolean): bigint | null {
  return assets.map(of).reduce<bigint | null>((best, one) => (best === null || better(one, best) ? one : best), null);
}

export function Begin({ assets }: { assets: Asset[] }) {
  const signer = useStore((state) => state.signer);
  const collateral = assets.filter(({ isCollateral, frozen }) => isCollateral && !frozen);
  const lent = assets.filter(({ borrowable, frozen }) => borrowable && !frozen);
  if (collateral.length === 0 || lent.length === 0) return null;
  const ltv = extreme(collateral, ({ ltv: steps }) => steps[0]?.rateWad ?? 0n, (a, b) => a > b);
  const borrow = extreme(lent, ({ borrowRateWad }) => borrowRateWad, (a, b) => a < b);
  const earn = extreme(lent, ({ supplyRateWad }) => supplyRateWad, (a, b) => a > b);
  return (
    <Panel title="What you can do here">
      <div className="form small">
        <p>
          <strong>Borrow.</strong> Deposit {symbols(collateral)} and borrow {symbols(lent)} against it: up to{' '}
          {percent(ltv ?? 0n, 0)} of its value, from {percent(borrow ?? 0n)} a year now. Repay when you like.
        </p>
        <p>
          <strong>Lend.</strong> Lend {symbols(lent)} for up to {percent(earn ?? 0n)} a year now, or stake it in the
          backstop, which earns a premium and bears losses first.
        </p>
        <p>
          <strong>Buy.</strong> Collateral of loans that fell below 1 is sold in{' '}
          <a href={href('auctions')}>auctions</a>, at the oracle's price or a little below.
        </p>
        <div className="row">
          <a className="button main" href={href('account')}>
            {signer === null ? 'Look at an account' : 'To my account'}
          </a>
          {signer === null && <span className="soft">Connect a wallet, at the top, to act.</span>}
        </div>
      </div>
    </Panel>
  );
}

export function WhenAPriceFalls({ snapshot }: { snapshot: Snapshot }) {
  return (
    <Panel title="When a price falls">
      <ol className="stack small">
        <li>
          <h3>1. An auction begins, and nothing is sold at once</h3>
          <p className="soft">
            When a loan's health factor falls below 1 anyone may start it. Repaying or adding collateral ends it at any
            time.
          </p>
        </li>
        <li>
          <h3>2. Collateral is sold slowly</h3>
          <p className="soft">
            All of an asset share one price. It starts at the oracle's, gets cheaper while nobody buys, and dearer with
            every sale. A meter stops sales before they move the market.
          </p>
        </li>
        <li>
          <h3>3. Only as much as heals the loan</h3>
          <p className="soft">
            Sales end at a health factor of {ratio(snapshot.market.targetHealthWad)}. Near insolvency the backstop buys
            at the oracle's price.
          </p>
        </li>
      </ol>
    </Panel>
  );
}
