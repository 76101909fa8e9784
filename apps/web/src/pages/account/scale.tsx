/** A health factor on a line from insolvency to comfort. */
import { ratio, toNumber, WAD } from '../../text/format';

/** The line ends here: beyond, it is all the same. */
const LOWEST = 0.8;
const HIGHEST = 1.8;

const place = (health: number): string => {
  const part = (health - LOWEST) / (HIGHEST - LOWEST);
  return `${(Math.min(1, Math.max(0, part)) * 100).toFixed(2)}%`;
};

export function Scale({ now, then, targetWad }: { now: bigint; then?: bigint | null; targetWad: bigint }) {
  return (
    <div className="scale" aria-hidden="true">
      <div className="track" />
      <span className="tick" style={{ left: place(1) }}>
        1
      </span>
      {targetWad > WAD && (
        <span className="tick start" style={{ left: place(toNumber(targetWad, 18)) }}>
          healed at {ratio(targetWad)}
        </span>
      )}
      {then !== undefined && then !== null && <i className="mark then" style={{ left: place(toNumber(then, 18)) }} />}
      <i className="mark" style={{ left: place(toNumber(now, 18)) }} />
    </div>
  );
}
