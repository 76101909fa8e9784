/** An asset's level, why, until when, and how near each trigger is. */
import type { Asset, Block, Level, Meter } from '../../data/model';
import { useChainTime } from '../../state/clock';
import { percent, span } from '../../text/format';
import { LEVEL_MEANS, TRIGGER_MEANS, TRIGGER_NAME } from '../../text/explain';
import { LevelTag } from '../../ui/parts';

const STEPS: [Level, keyof Pick<Meter, 'guardedBps' | 'stressedBps' | 'haltedBps'>][] = [
  ['Guarded', 'guardedBps'],
  ['Stressed', 'stressedBps'],
  ['Halted', 'haltedBps'],
];

/** Places of the thresholds on a track that ends a little beyond the highest of them. */
function track(meter: Meter): { at: number; marks: { level: Level; at: number }[]; reached: Level } | null {
  const parts = STEPS.flatMap(([level, key]) => {
    const bps = meter[key];
    return bps === null ? [] : [{ level, part: Number(bps) / 10_000 }];
  });
  const first = parts[0];
  if (first === undefined) return null;
  // measure = part x threshold, the same for all: relative to the first threshold.
  const measure = first.part;
  const places = parts.map(({ level, part }) => ({ level, at: part === 0 ? null : measure / part }));
  // At a measure of 0 the thresholds' distances are not told: then only the first has a place.
  const known = places.flatMap(({ level, at }, index) =>
    at === null ? (index === 0 ? [{ level, at: 1 }] : []) : [{ level, at }],
  );
  const end = Math.max(...known.map(({ at }) => at)) * 1.08;
  const reached = parts.reduce<Level>((highest, { level, part }) => (part >= 1 ? level : highest), 'Normal');
  return { at: measure / end, marks: known.map(({ level, at }) => ({ level, at: at / end })), reached };
}

function MeterOf({ meter }: { meter: Meter }) {
  const drawn = track(meter);
  if (drawn === null) return null;
  const next = STEPS.find(([, key]) => meter[key] !== null && (meter[key] ?? 0n) < 10_000n);
  const says =
    next === undefined ? 'above all thresholds' : `${percent((meter[next[1]] ?? 0n) * 10n ** 14n, 0)} of ${next[0]}`;
  return (
    <div className="meter" data-testid={`meter-${meter.trigger}`}>
      <div className="top">
        <span>{TRIGGER_MEANS[meter.trigger] ?? meter.trigger}</span>
        <strong>{says}</strong>
      </div>
      <div className="track" aria-hidden="true">
        <i className={drawn.reached} style={{ width: `${(Math.min(1, drawn.at) * 100).toFixed(1)}%` }} />
        {drawn.marks.map(({ level, at }) => (
          <u key={level} style={{ left: `${(at * 100).toFixed(1)}%` }} />
        ))}
      </div>
      <div className="names" aria-hidden="true">
        {drawn.marks.map(({ level, at }) => (
          <span key={level} className={at > 0.85 ? 'last' : ''} style={{ left: `${(at * 100).toFixed(1)}%` }}>
            {level}
          </span>
        ))}
      </div>
    </div>
  );
}

export function BreakerOf({ asset, block }: { asset: Asset; block: Block }) {
  const now = useChainTime(block, 1_000);
  const { level, trigger, untilMs, meters } = asset.breaker;
  const left = untilMs > now ? `, for ${span(untilMs - now)} if nothing holds it` : ', for as long as it lasts';
  const told = meters.filter((meter) => meter.guardedBps !== null || meter.stressedBps !== null || meter.haltedBps !== null);
  return (
    <section aria-label={`Breaker of ${asset.symbol}`} data-testid={`breaker-${asset.symbol}`} style={{ padding: '8px 0' }}>
      <div className="row">
        <h3>{asset.symbol}</h3>
        <LevelTag level={level} />
        {level !== 'Normal' && (
          <span className="soft small">
            {TRIGGER_NAME[trigger]}
            {left}
          </span>
        )}
      </div>
      <p className="soft small">{LEVEL_MEANS[level]}</p>
      {told.length === 0 ? (
        <p className="small soft">
          No measure moves it by itself in this market: only a bad price, and people, do.
        </p>
      ) : (
        told.map((meter) => <MeterOf key={meter.trigger} meter={meter} />)
      )}
    </section>
  );
}
