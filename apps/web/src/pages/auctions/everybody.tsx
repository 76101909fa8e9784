/** All accounts by health: the next to be liquidated first. */
import { useMemo, useState } from 'react';
import type { AccountRow, Snapshot } from '../../data/model';
import { act } from '../../state/app';
import { useStore } from '../../state/store';
import { health, usd, WAD } from '../../text/format';
import { commandLine } from '../../text/command';
import { AddressText, Bones, Copy, Empty, Panel, Tabs } from '../../ui/parts';
import { Rows } from '../../ui/rows';

type Which = 'all' | 'below' | 'near' | 'auction';
const WHICH: { key: Which; label: string }[] = [
  { key: 'all', label: 'All in debt' },
  { key: 'near', label: 'Below 1.1' },
  { key: 'below', label: 'Below 1' },
  { key: 'auction', label: 'In auction' },
];

const KEEP: Record<Which, (row: AccountRow) => boolean> = {
  all: () => true,
  near: ({ healthWad }) => healthWad < (WAD * 110n) / 100n,
  below: ({ healthWad }) => healthWad < WAD,
  auction: ({ inAuction }) => inAuction,
};

export function Everybody({ rows, snapshot }: { rows: AccountRow[] | null; snapshot: Snapshot }) {
  const signer = useStore((state) => state.signer);
  const [which, setWhich] = useState<Which>('all');
  const shown = useMemo(
    () =>
      (rows ?? [])
        .filter(KEEP[which])
        .sort((a, b) => (a.healthWad < b.healthWad ? -1 : a.healthWad > b.healthWad ? 1 : 0)),
    [rows, which],
  );
  const symbols = (ids: number[]) =>
    ids.map((id) => snapshot.assets.find((asset) => asset.id === id)?.symbol ?? id).join(', ');
  return (
    <Panel
      title="Accounts by health"
      note={rows === null ? undefined : `${shown.length.toLocaleString('en')} of ${rows.length.toLocaleString('en')}`}
      end={<Tabs label="Which accounts" tabs={WHICH} chosen={which} choose={setWhich} />}
      flush
    >
      {!snapshot.accountsKnown ? (
        <Empty>This page does not know how this market stores accounts, so it can't list them.</Empty>
      ) : rows === null ? (
        <Bones lines={4} />
      ) : shown.length === 0 ? (
        <Empty>{which === 'all' ? 'Nobody owes anything.' : 'No account is like that now.'}</Empty>
      ) : (
        <Rows
          label="Accounts by health"
          items={shown}
          keyOf={(row) => row.address}
          heads={
            <>
              <span role="columnheader">Account</span>
              <span role="columnheader" className="num">Health</span>
              <span role="columnheader" className="num">Debt</span>
              <span role="columnheader" className="num wide">Collateral</span>
              <span role="columnheader" className="wide">Pair</span>
              <span role="columnheader"><span className="hidden">State</span></span>
            </>
          }
        >
          {(row) => (
            <>
              <span role="cell">
                <AddressText address={row.address} />
              </span>
              <span role="cell" className={row.healthWad < WAD ? 'num warn' : 'num'}>
                {health(row.healthWad)}
              </span>
              <span role="cell" className="num">
                {usd(row.debtWad)}
              </span>
              <span role="cell" className="num wide">
                {usd(row.collateralWad)}
              </span>
              <span role="cell" className="soft wide">
                {symbols(row.collaterals)} / {symbols(row.debts)}
              </span>
              <span role="cell">
                {row.inAuction ? (
                  <span className="tag warm">in auction</span>
                ) : row.healthWad < WAD && signer !== null ? (
                  <button
                    type="button"
                    className="button small"
                    onClick={() => void act({ kind: 'start', account: row.address })}
                  >
                    Start
                  </button>
                ) : row.healthWad < WAD ? (
                  <Copy
                    text={commandLine({ kind: 'start', account: row.address }, [])}
                    label="Copy start, as a command"
                    says="Copy start"
                  />
                ) : null}
              </span>
            </>
          )}
        </Rows>
      )}
    </Panel>
  );
}
