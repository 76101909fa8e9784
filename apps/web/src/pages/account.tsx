/** One account: how it stands, what can be done, what would happen, what has happened. */
import { useMemo, useState } from 'react';
import { go, useRoute } from '../state/router';
import { useStore } from '../state/store';
import type { Account, Asset, Snapshot, Wallet } from '../data/model';
import { Bones, Empty, Figure, Figures, LevelTag, Panel } from '../ui/parts';
import { Feed } from '../ui/feed';
import { OlderFeed } from '../keeper/older';
import { health, percent, short, tokens, usd, WAD } from '../text/format';
import { storyOf } from '../text/story';
import { condition, CONDITION_SAYS } from '../text/explain';
import { Scale } from './account/scale';
import { Actions } from './account/actions';
import { Shock } from './account/shock';
import { MyAuction } from './account/auction';
import { SoldSoFar } from './account/sold';
import { Stakes } from './account/stakes';

function Standing({ account, snapshot }: { account: Account; snapshot: Snapshot }) {
  const how = condition(account);
  const tone = { none: '', healthy: 'good', near: 'warm', liquidatable: 'bad', auction: 'warm', insolvent: 'bad' }[how];
  return (
    <Panel title="Health" end={account.debtWad !== 0n ? <><span className="soft small">breaker</span> <LevelTag level={account.level} /></> : undefined}>
      <div className="health">
        <div className="big">
          <b data-testid="health">{health(account.healthWad)}</b>
          <span className="soft">health factor: what the collateral may carry, over what is owed</span>
        </div>
        {account.healthWad !== null && <Scale now={account.healthWad} targetWad={snapshot.market.targetHealthWad} />}
        <p className={`say ${tone}`} data-testid="condition">
          {CONDITION_SAYS[how]}
          {account.shockWad !== null &&
            account.shockWad > 0n &&
            ` All collateral together may fall by ${percent(account.shockWad)} before it can be liquidated.`}
        </p>
      </div>
    </Panel>
  );
}

function Positions({ account, assets }: { account: Account; assets: Asset[] }) {
  const find = (id: number) => assets.find((asset) => asset.id === id);
  if (account.positions.length === 0) return <Empty>Nothing here yet. Deposit collateral to borrow, or lend to earn.</Empty>;
  return (
    <table className="cards">
      <thead>
        <tr>
          <th scope="col">Asset</th>
          <th scope="col" className="num">Collateral</th>
          <th scope="col" className="num">Owed</th>
          <th scope="col" className="num">Lent</th>
          <th scope="col" className="num">Liquidated at</th>
        </tr>
      </thead>
      <tbody>
        {account.positions.map((held) => {
          const asset = find(held.asset);
          if (asset === undefined) return null;
          const amount = (units: bigint) => (units === 0n ? '–' : tokens(units, asset.decimals));
          return (
            <tr key={held.asset}>
              <td>
                <span className="symbol">{asset.symbol}</span>
              </td>
              <td className="num" data-label="Collateral">
                {amount(held.collateral)}
                {held.collateral !== 0n && <span className="sub">{usd(held.collateralWad)}</span>}
              </td>
              <td className="num" data-label="Owed">
                {amount(held.owed)}
                {held.owed !== 0n && <span className="sub">{percent(asset.borrowRateWad)} a year</span>}
              </td>
              <td className="num" data-label="Lent">
                {amount(held.supplied)}
                {held.supplied !== 0n && <span className="sub">{percent(asset.supplyRateWad)} a year</span>}
              </td>
              <td className="num" data-label="Liquidated at">
                {held.liquidationPriceWad === null ? '–' : usd(held.liquidationPriceWad, 2)}
                {held.liquidationPriceWad !== null && asset.price !== null && (
                  <span className="sub">{away(held.liquidationPriceWad, asset.price.midWad)}</span>
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function away(atWad: bigint, nowWad: bigint): string {
  if (nowWad === 0n) return '';
  const part = ((atWad - nowWad) * WAD) / nowWad;
  return part < 0n ? `${percent(-part, 1)} below now` : `${percent(part, 1)} above now`;
}

function Summary({ account }: { account: Account }) {
  return (
    <Figures>
      <Figure label="Collateral" value={usd(account.collateralWad)} />
      <Figure label="Debt" value={usd(account.debtWad)} more={account.ltvWad === null ? undefined : `${percent(account.ltvWad, 1)} of the collateral`} />
      <Figure label="Can borrow" value={usd(account.availableWad)} more="up to the LTV, below liquidation" />
    </Figures>
  );
}

function Look() {
  const [text, setText] = useState('');
  const valid = /^[1-9A-HJ-NP-Za-km-z]{46,50}$/.test(text.trim());
  return (
    <Panel title="Whose account?">
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (valid) go('account', text.trim());
        }}
      >
        <p className="soft">
          Connect a wallet to see your own account and act on it, or look at any account: all of them are public.
        </p>
        <label className="field">
          <span className="label">Address</span>
          <input
            className="plain mono"
            value={text}
            placeholder="5FHneW46…"
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <div className="row">
          <button type="submit" className="button main" disabled={!valid}>
            Look at it
          </button>
        </div>
      </form>
    </Panel>
  );
}

function Whole({ account, wallet, snapshot }: { account: Account; wallet: Wallet | null; snapshot: Snapshot }) {
  const signer = useStore((state) => state.signer);
  const happenings = useStore((state) => state.happenings);
  const own = signer?.address === account.address;
  const told = useMemo(() => {
    const lends = account.positions.filter(({ supplied }) => supplied !== 0n).map(({ asset }) => asset);
    const stakes = wallet?.stakes.filter(({ shares }) => shares !== 0n).map(({ asset }) => asset) ?? [];
    return storyOf(happenings, account.address, { lends: new Set(lends), stakes: new Set(stakes) });
  }, [happenings, account, wallet]);
  return (
    <>
      <Summary account={account} />
      {account.auction !== null && <MyAuction account={account} snapshot={snapshot} wallet={wallet} own={own} />}
      <div className="split acting">
        <div className="stack">
          <Standing account={account} snapshot={snapshot} />
          <Panel title="Positions" flush>
            <Positions account={account} assets={snapshot.assets} />
          </Panel>
        </div>
        <div className="act">
          <Actions account={account} wallet={wallet} snapshot={snapshot} own={own} />
        </div>
        <div className="stack">
          <Shock key={account.address} account={account} snapshot={snapshot} />
          <Stakes wallet={wallet} snapshot={snapshot} own={own} />
          <Panel title="What happened" note="to this account, newest first" flush>
            <SoldSoFar happenings={happenings} address={account.address} assets={snapshot.assets} />
            <Feed happenings={told.slice(0, 60)} assets={snapshot.assets} empty="Nothing that this page has seen." about={account.address} />
            <OlderFeed account={account.address} assets={snapshot.assets} />
          </Panel>
        </div>
      </div>
    </>
  );
}

export function AccountPage() {
  const { of } = useRoute();
  const snapshot = useStore((state) => state.snapshot);
  const signer = useStore((state) => state.signer);
  const account = useStore((state) => state.account);
  const wallet = useStore((state) => state.wallet);
  const read = useStore((state) => state.accountRead);
  const whose = of ?? signer?.address ?? null;
  return (
    <>
      <header>
        <h1>{whose === null ? 'Account' : signer?.address === whose ? 'My account' : `Account ${short(whose)}`}</h1>
        {whose !== null && <p className="mono">{whose}</p>}
      </header>
      {whose === null ? (
        <Look />
      ) : snapshot === null || !read ? (
        <Bones lines={4} />
      ) : account === null ? (
        <Empty>This account can't be read: a price that its debt needs is missing. It is tried again with every block.</Empty>
      ) : (
        <Whole account={account} wallet={wallet} snapshot={snapshot} />
      )}
    </>
  );
}
