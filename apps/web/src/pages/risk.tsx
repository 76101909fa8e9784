/** The breaker, what is sold against depth, what a fall would do, and the backstop. */
import { useStore } from '../state/store';
import { act } from '../state/app';
import { Bones, Copy, Panel } from '../ui/parts';
import { commandLine } from '../text/command';
import { Feed } from '../ui/feed';
import { OlderFeed } from '../keeper/older';
import { AuctionsOverTime } from '../keeper/over-time';
import { AtRisk } from './risk/at-risk';
import { BackstopOf } from './risk/backstop';
import { BreakerOf } from './risk/breaker';
import { Sold } from './risk/sold';

const LEVELS = new Set(['level', 'raised', 'loss', 'badDebt', 'governed']);

export function RiskPage() {
  const snapshot = useStore((state) => state.snapshot);
  const happenings = useStore((state) => state.happenings);
  const rows = useStore((state) => state.rows);
  const signer = useStore((state) => state.signer);
  const assets = snapshot?.assets ?? [];
  const sold = assets.filter(({ isCollateral, sale }) => isCollateral && sale !== null);
  const backed = assets.filter(({ backstop }) => backstop !== null);
  return (
    <>
      <header>
        <h1>Breaker and risk</h1>
        <p>
          The breaker notices a storm, a run, a loss or a bad price by itself, stops what feeds it, and recovers by itself.
          Repaying and adding collateral stay open at every level.
        </p>
      </header>
      {snapshot === null ? (
        <Bones lines={5} />
      ) : (
        <>
          <div className="split">
            <div className="stack">
              <Panel
                title="Circuit breaker"
                note="each measure as a part of its thresholds"
                end={
                  <span className="row">
                    {signer !== null && (
                      <button type="button" className="button small" onClick={() => void act({ kind: 'poke' })}>
                        Look now
                      </button>
                    )}
                    <Copy text={commandLine({ kind: 'poke' }, assets)} label="Copy command that has the breaker look" says="Copy command" />
                  </span>
                }
              >
                {snapshot.assets.map((asset) => (
                  <BreakerOf key={asset.id} asset={asset} block={snapshot.block} />
                ))}
              </Panel>
              <Panel title="Transitions and losses" flush>
                <Feed
                  happenings={happenings.filter(({ what }) => LEVELS.has(what.kind)).slice(0, 20)}
                  assets={snapshot.assets}
                  empty="No level has changed since this page began to look."
                />
                <OlderFeed account={null} kinds={LEVELS} assets={snapshot.assets} />
              </Panel>
            </div>
            <div className="stack">
              <AtRisk snapshot={snapshot} rows={rows} />
              {sold.map((asset) => (
                <Sold key={asset.id} asset={asset} happenings={happenings} block={snapshot.block} />
              ))}
              {backed.map((asset) => (
                <BackstopOf key={asset.id} asset={asset} assets={snapshot.assets} />
              ))}
              {snapshot.market.keeper !== null && <AuctionsOverTime snapshot={snapshot} />}
            </div>
          </div>
        </>
      )}
    </>
  );
}
