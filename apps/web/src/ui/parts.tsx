/** The small things that pages are made of. */
import { useState, type ReactNode } from 'react';
import type { Level } from '../data/model';
import { short } from '../text/format';

export function Panel(props: {
  title: string;
  note?: ReactNode;
  end?: ReactNode;
  flush?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const { title, note, end, flush = false, className = '', children } = props;
  const id = `panel-${title.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  return (
    <section className={`panel ${className}`} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <span className="note">{note}</span>}
        {end !== undefined && <span className="end">{end}</span>}
      </header>
      <div className={flush ? 'body flush' : 'body'}>{children}</div>
    </section>
  );
}

export function Figures({ children }: { children: ReactNode }) {
  return <dl className="figures">{children}</dl>;
}

export function Figure(props: { label: string; value: ReactNode; more?: ReactNode }) {
  return (
    <div className="figure">
      <dt>{props.label}</dt>
      <dd>{props.value}</dd>
      {props.more !== undefined && <dd className="more">{props.more}</dd>}
    </div>
  );
}

export function LevelTag({ level }: { level: Level }) {
  return <span className={`level ${level}`}>{level}</span>;
}

/** A part of a whole, 0 to 1. What it means stands beside it: the bar itself is decoration. */
export function Bar({ part, warm = false }: { part: number; warm?: boolean }) {
  const width = `${Math.min(100, Math.max(0, part * 100)).toFixed(2)}%`;
  return (
    <div className={warm ? 'bar warm' : 'bar'} aria-hidden="true">
      <i style={{ width }} />
    </div>
  );
}

export function Bones({ lines = 3 }: { lines?: number }) {
  return (
    <p className="empty" role="status">
      <span className="hidden">Reading the chain</span>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className="bone" style={{ margin: '0 6px', width: 60 + index * 30 }} />
      ))}
    </p>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="empty">{children}</p>;
}

/** Copies a text, and says so. */
export function Copy({ text, label, says = 'Copy' }: { text: string; label: string; says?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 1_500);
      },
      () => setCopied(false),
    );
  };
  return (
    <button type="button" className="button small" onClick={copy} aria-label={label}>
      {copied ? 'Copied' : says}
    </button>
  );
}

/** The same action for those who use the command line. */
export function Command({ line }: { line: string }) {
  return (
    <div className="command" data-testid="command">
      <code tabIndex={0} aria-label="The same on the command line">
        {line}
      </code>
      <Copy text={line} label="Copy the command" />
    </div>
  );
}

export function AddressText({ address, link = true }: { address: string; link?: boolean }) {
  return link ? (
    <a className="mono whole" href={`#/account/${address}`} title={address}>
      {short(address)}
    </a>
  ) : (
    <span className="mono whole" title={address}>
      {short(address)}
    </span>
  );
}

export interface Tab<K extends string> {
  key: K;
  label: string;
}

/** A row of choices; arrow keys move between them. */
export function Tabs<K extends string>(props: {
  label: string;
  tabs: readonly Tab<K>[];
  chosen: K;
  choose: (key: K) => void;
}) {
  const { label, tabs, chosen, choose } = props;
  const move = (event: React.KeyboardEvent<HTMLDivElement>) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = tabs.findIndex((tab) => tab.key === chosen);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next === undefined) return;
    choose(next.key);
    event.currentTarget.querySelector<HTMLElement>(`[data-key="${next.key}"]`)?.focus();
  };
  return (
    <div className={tabs.length > 4 ? 'tabs many' : 'tabs'} role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map((tab) => (
        <button
          key={tab.key}
          type="button"
          role="tab"
          data-key={tab.key}
          aria-selected={tab.key === chosen}
          tabIndex={tab.key === chosen ? 0 : -1}
          onClick={() => choose(tab.key)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  );
}
