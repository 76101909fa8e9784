/** Debt of the live book that could be liquidated after a fall of all collateral. */
import { useMemo } from 'react';
import type { AccountRow, Snapshot } from '../../data/model';
import { source } from '../../state/app';
import { Chart } from '../../ui/chart';
import { Bones, Empty, Panel } from '../../ui/parts';
import { toNumber, usdShort } from '../../text/format';

const FALLS = Array.from({ length: 31 }, (_, step) => step * 200);

export function AtRisk({ snapshot, rows }: { snapshot: Snapshot; rows: AccountRow[] | null }) {
  const curve = useMemo(() => source()?.debtAtRisk(FALLS) ?? null, [snapshot.block.hash, rows]);
  const data = useMemo<[number[], number[]]>(
    () => [FALLS.map((bps) => bps / 100), (curve ?? []).map((wad) => toNumber(wad, 18))],
    [curve],
  );
  const at = (bps: number) => curve?.[FALLS.indexOf(bps)] ?? 0n;
  return (
    <Panel title="Debt at risk" note="all accounts, now">
      {!snapshot.accountsKnown ? (
        <Empty>This page can't read the accounts of this market.</Empty>
      ) : rows === null || curve === null ? (
        <Bones lines={3} />
      ) : rows.length === 0 ? (
        <Empty>Nobody owes anything.</Empty>
      ) : (
        <div className="form">
          <p className="soft">
            A fall of all collateral by 10 % makes <strong>{usdShort(at(1_000))}</strong> of debt liquidatable, by 20 %{' '}
            <strong>{usdShort(at(2_000))}</strong>, by 40 % <strong>{usdShort(at(4_000))}</strong>.
          </p>
          <Chart
            data={data}
            lines={[{ label: 'Debt that could be liquidated', colour: '--sea', fill: true }]}
            height={180}
            x={(value) => (value === 0 ? '0 %' : `−${value} %`)}
            y={(value) => usdShort(BigInt(Math.round(value)) * 10n ** 18n).replace('.00', '')}
            describe="Debt that could be liquidated after a fall of all collateral by 0 to 60 per cent"
          />
        </div>
      )}
    </Panel>
  );
}
