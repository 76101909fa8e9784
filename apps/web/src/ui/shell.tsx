/** What is around every page: head, navigation, troubles, what was sent. */
import { useEffect, useState, type ReactNode } from 'react';
import { signIn, signOut } from '../state/app';
import { href, PAGES, useRoute, type Page } from '../state/router';
import { useChainTime } from '../state/clock';
import { forgetSent, useStore, type Sent } from '../state/store';
import { connect, wallets } from '../wallet/injected';
import { isLocal } from '../wallet/local';
import type { Signer, Trouble } from '../data/source';
import { short, span } from '../text/format';
import { title } from '../text/intent';

const NAMES: Record<Page, string> = {
  overview: 'Overview',
  account: 'Account',
  auctions: 'Auctions',
  risk: 'Risk',
  governance: 'Governance',
};

function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 24 24" fill="none" aria-hidden="true">
      <path d="M2 17c2.2 0 2.2-2 4.4-2s2.2 2 4.4 2" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
      <path d="M2 11.5c2.2 0 2.2-3.4 4.4-3.4s2.2 3.4 4.4 3.4" stroke="currentColor" strokeWidth="2" strokeLinecap="round" opacity=".55" />
      <path d="M13.5 20 16 5h3l2.5 15z" fill="currentColor" />
    </svg>
  );
}

function Navigation({ page }: { page: Page }) {
  const accounts = useStore((state) => state.snapshot?.inAuction ?? 0);
  return (
    <nav className="nav" aria-label="Pages">
      {PAGES.map((one) => (
        <a key={one} href={href(one)} aria-current={one === page ? 'page' : undefined}>
          {NAMES[one]}
          {one === 'auctions' && accounts > 0 && (
            <span className="count" aria-label={`${accounts} open`}>
              {accounts}
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

function Beat() {
  const block = useStore((state) => state.snapshot?.block ?? null);
  const trouble = useStore((state) => state.trouble);
  useChainTime(block, 1_000);
  if (block === null) return null;
  const age = performance.now() - block.seenAtMs;
  const lost = trouble?.kind === 'noNode' || age > 30_000;
  return (
    <span className={lost ? 'beat lost' : 'beat'} title={`seen ${span(age)} ago`}>
      <i aria-hidden="true" />
      <span>
        <span className="long">block </span>
        {block.number.toLocaleString('en')}
      </span>
      {lost && <span className="long">({span(age)} ago)</span>}
    </span>
  );
}

function WalletMenu() {
  const signer = useStore((state) => state.signer);
  const node = useStore((state) => state.snapshot?.market.node ?? '');
  const [open, setOpen] = useState(false);
  const [choices, setChoices] = useState<Signer[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (!open) return undefined;
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape') setOpen(false);
    };
    const outside = (event: MouseEvent) => {
      if (!(event.target as HTMLElement).closest('.menu')) setOpen(false);
    };
    document.addEventListener('keydown', close);
    document.addEventListener('click', outside);
    return () => {
      document.removeEventListener('keydown', close);
      document.removeEventListener('click', outside);
    };
  }, [open]);
  const ask = (key: string) => {
    setProblem(null);
    connect(key).then(
      (found) => {
        setChoices(found);
        if (found.length === 0) setProblem('The wallet gave no account that this chain knows.');
        const [only] = found;
        if (found.length === 1 && only !== undefined) choose(only);
      },
      (why: unknown) => setProblem(why instanceof Error ? why.message : 'The wallet refused.'),
    );
  };
  const play = () => {
    setProblem(null);
    import('../wallet/development').then(
      ({ accounts }) => setChoices(accounts()),
      () => setProblem('The accounts could not be loaded: reload the page.'),
    );
  };
  const choose = (one: Signer) => {
    signIn(one);
    setOpen(false);
  };
  return (
    <div className="menu">
      <button
        type="button"
        className={signer === null ? 'button small main' : 'button small'}
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {signer === null ? 'Connect' : `${signer.name.slice(0, 12)} ${short(signer.address)}`}
      </button>
      {open && (
        <div className="drop" role="dialog" aria-label="Wallet">
          {signer !== null && (
            <>
              <p className="mono">{signer.address}</p>
              <button type="button" className="button small" onClick={signOut}>
                Disconnect
              </button>
            </>
          )}
          <div className="choices">
            {wallets().map(({ key, name }) => (
              <button key={key} type="button" className="button" onClick={() => ask(key)}>
                {name}
              </button>
            ))}
          </div>
          {wallets().length === 0 && (
            <p className="soft small">
              No wallet is in this browser. Talisman, SubWallet and polkadot.js work. Without one you can
              read everything, and copy each action as a line for the command line.
            </p>
          )}
          {isLocal(node) && (
            <div className="choices">
              <p className="soft small">
                The node is on this machine: its development accounts can sign here, without a wallet.
              </p>
              <button type="button" className="button" onClick={play}>
                Development accounts
              </button>
            </div>
          )}
          {choices !== null && choices.length > 1 && (
            <div className="choices">
              {choices.map((one) => (
                <button key={one.address} type="button" className="button" onClick={() => choose(one)}>
                  <span>{one.name}</span>
                  <span className="mono soft">{short(one.address)}</span>
                </button>
              ))}
            </div>
          )}
          {problem !== null && (
            <p className="say bad" role="alert">
              {problem}
            </p>
          )}
        </div>
      )}
    </div>
  );
}

function troubleText(trouble: Trouble): ReactNode {
  switch (trouble.kind) {
    case 'noNode':
      return (
        <>
          <strong>No node answers at {trouble.node}.</strong> It is tried again by itself; what you see is the
          last block seen. A local one starts with <code>breakwater node up</code>.
        </>
      );
    case 'wrongChain':
      return (
        <>
          <strong>This node is of another chain.</strong> The deployment is on the one that begins with{' '}
          <code>{trouble.expected.slice(0, 14)}…</code>, this one begins with{' '}
          <code>{trouble.found.slice(0, 14)}…</code>. Start the page with the right <code>--node</code>.
        </>
      );
    case 'noMarket':
      return (
        <>
          <strong>There is no market at the deployment's address.</strong> A local chain that was started anew
          has forgotten it: <code>breakwater deploy examples/local.toml</code>.
        </>
      );
    case 'unknownLayout':
      return (
        <>
          <strong>The market was upgraded to code that this page does not know.</strong> It shows what the
          market's lens answers. Previews and the list of all accounts are off until the page is updated.
        </>
      );
    case 'broken':
      return (
        <>
          <strong>The page can't go on:</strong> {trouble.why}
        </>
      );
  }
}

function Banner() {
  const trouble = useStore((state) => state.trouble);
  if (trouble === null) return null;
  const bad = trouble.kind !== 'unknownLayout';
  return (
    <div className={bad ? 'banner bad' : 'banner'} role="alert" data-trouble={trouble.kind}>
      {troubleText(trouble)}
    </div>
  );
}

const STEPS = ['signing', 'sent', 'inBlock', 'final'] as const;

function Toast({ sent }: { sent: Sent }) {
  const assets = useStore((state) => state.snapshot?.assets ?? null);
  const { progress } = sent;
  const done = progress.step === 'failed' ? 4 : STEPS.indexOf(progress.step as 'sent') + 1;
  const says = {
    checking: 'Trying it on the newest block',
    signing: 'Waiting for your signature',
    sent: 'Pending: on its way into a block',
    inBlock: 'In block',
    final: 'Final, in block',
    failed: 'Not done',
  }[progress.step];
  const kind = progress.step === 'failed' ? 'bad' : progress.step === 'final' ? 'good' : '';
  useEffect(() => {
    if (progress.step !== 'final') return undefined;
    const timer = setTimeout(() => forgetSent(sent.id), 8_000);
    return () => clearTimeout(timer);
  }, [progress.step, sent.id]);
  return (
    <li className={`toast ${kind}`} data-step={progress.step}>
      <div className="top">
        <span>{title(sent.intent, assets ?? [])}</span>
        <button type="button" className="link small" onClick={() => forgetSent(sent.id)}>
          Close
        </button>
      </div>
      <p>
        {says}
        {'block' in progress && ` ${progress.block.toLocaleString('en')}`}
        {progress.step === 'failed' && (
          <>
            : {progress.advice} <span className="tag">{progress.name}</span>
          </>
        )}
      </p>
      <div className="steps" aria-hidden="true">
        {STEPS.map((step, index) => (
          <i key={step} className={index < done ? 'on' : ''} />
        ))}
      </div>
    </li>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  const { page } = useRoute();
  const sent = useStore((state) => state.sent);
  const market = useStore((state) => state.snapshot?.market ?? null);
  useEffect(() => {
    document.title = `${NAMES[page]} · Breakwater`;
  }, [page]);
  return (
    <>
      <a className="skip" href="#main" onClick={(event) => {
        event.preventDefault();
        document.getElementById('main')?.focus();
      }}>
        To the content
      </a>
      <header className="head">
        <a className="brand" href={href('overview')}>
          <Mark />
          <span>Breakwater</span>
        </a>
        <Navigation page={page} />
        <div className="right">
          <Beat />
          <WalletMenu />
        </div>
      </header>
      <Banner />
      <main id="main" className="page" tabIndex={-1}>
        {children}
      </main>
      {market !== null && (
        <footer className="foot">
          <span>
            market <span className="mono">{short(market.address)}</span>
          </span>
          <span>
            node <span className="mono">{market.node}</span>
          </span>
          {market.keeper !== null && (
            <span>
              keeper: <a href={new URL('/health', market.keeper).href} target="_blank" rel="noreferrer">health</a>,{' '}
              <a href={new URL('/metrics', market.keeper).href} target="_blank" rel="noreferrer">metrics</a>
            </span>
          )}
          <span>Computed in this page with the contract's own code. Not audited.</span>
        </footer>
      )}
      <div role="status" aria-label="What you sent">
        <ul className="toasts">
          {sent.map((one) => (
            <Toast key={one.id} sent={one} />
          ))}
        </ul>
      </div>
    </>
  );
}
