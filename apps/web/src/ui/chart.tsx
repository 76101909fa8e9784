/** Lines over numbers, drawn by uPlot in the page's own colours. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  label: string;
  /** A custom property of the style sheet: `--sea`. */
  colour: string;
  dash?: boolean;
  fill?: boolean;
}

export interface ChartProps {
  /** Abscissae, then one row for each line; null where a line has no value. */
  data: [number[], ...(number | null)[][]];
  lines: Line[];
  height?: number;
  /** Abscissae are Unix seconds. */
  time?: boolean;
  /** Ordinates begin at 0: parts of a whole, and sums. */
  fromZero?: boolean;
  x: (value: number) => string;
  y: (value: number) => string;
  /** What the chart shows, for who can't see it. */
  describe: string;
}

const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim() || '#888';

function options(props: ChartProps, width: number): uPlot.Options {
  const { lines, height = 200, time = false, fromZero = false, x, y } = props;
  const axis = { stroke: colour('--soft'), font: '11px system-ui, sans-serif', ticks: { show: false } };
  const grid = { stroke: colour('--line'), width: 1 };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [8, 18, 0, 0],
    scales: { x: { time }, ...(fromZero ? { y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] } } : {}) },
    axes: [
      { ...axis, grid: { show: false }, space: 70, size: 26, values: (_, at) => at.map(x) },
      { ...axis, grid, space: 36, size: 62, values: (_, at) => at.map(y) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 1.75,
        points: { show: false },
        spanGaps: true,
        ...(line.dash === true ? { dash: [5, 4] } : {}),
        ...(line.fill === true ? { fill: `${colour(line.colour)}22` } : {}),
      })),
    ],
  };
}

/** Redrawn whole when size or colours change; new values are only set. */
export function Chart(props: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const shape = props.lines.map((line) => line.label).join('|');

  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const draw = () => {
      plot.current?.destroy();
      const width = Math.max(120, Math.floor(box.clientWidth));
      const now = latest.current;
      plot.current = new uPlot(options(now, width), now.data as uPlot.AlignedData, box);
    };
    draw();
    const resized = new ResizeObserver(() => {
      const width = Math.max(120, Math.floor(box.clientWidth));
      if (plot.current !== null && plot.current.width !== width) {
        plot.current.setSize({ width, height: plot.current.height });
      }
    });
    resized.observe(box);
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      dark.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [shape]);

  useEffect(() => {
    plot.current?.setData(props.data as uPlot.AlignedData);
  }, [props.data]);

  return (
    <figure>
      {props.lines.length > 1 && (
        <div className="legend" aria-hidden="true">
          {props.lines.map((line) => (
            <span key={line.label}>
              <i
                className={line.dash === true ? 'dash' : ''}
                style={{ borderColor: `var(${line.colour})` }}
              />
              {line.label}
            </span>
          ))}
        </div>
      )}
      <div className="chart" ref={place} role="img" aria-label={props.describe} />
    </figure>
  );
}
