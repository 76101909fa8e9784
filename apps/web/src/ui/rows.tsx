/** A long list of which only what is seen is in the page. */
import { useRef, useState, type ReactNode } from 'react';

const ROW_PX = 36;
const HEIGHT_PX = 420;
/** Rows drawn beyond the edges, so that scrolling shows no gaps. */
const BEYOND = 8;

export function Rows<T>(props: {
  label: string;
  items: readonly T[];
  keyOf: (item: T) => string;
  children: (item: T) => ReactNode;
  heads: ReactNode;
}) {
  const { label, items, keyOf, children, heads } = props;
  const [top, setTop] = useState(0);
  const waiting = useRef(false);
  const first = Math.max(0, Math.floor(top / ROW_PX) - BEYOND);
  const last = Math.min(items.length, Math.ceil((top + HEIGHT_PX) / ROW_PX) + BEYOND);
  const onScroll = (event: React.UIEvent<HTMLDivElement>) => {
    const box = event.currentTarget;
    if (waiting.current) return;
    waiting.current = true;
    requestAnimationFrame(() => {
      waiting.current = false;
      setTop(box.scrollTop);
    });
  };
  return (
    <div role="table" aria-label={label} aria-rowcount={items.length + 1}>
      <div role="rowgroup">
        <div role="row" className="grid-row heads" aria-rowindex={1}>
          {heads}
        </div>
      </div>
      <div
        className="rows"
        role="rowgroup"
        tabIndex={0}
        aria-label={label}
        onScroll={onScroll}
        style={{ height: Math.min(HEIGHT_PX, items.length * ROW_PX) }}
      >
        <div className="tall" role="presentation" style={{ height: items.length * ROW_PX }}>
          {items.slice(first, last).map((item, index) => (
            <div
              key={keyOf(item)}
              role="row"
              className="grid-row"
              aria-rowindex={first + index + 2}
              style={{ transform: `translateY(${(first + index) * ROW_PX}px)` }}
            >
              {children(item)}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
