/** The form: choose an action, type an amount, see what it would do, sign it. */
import { useEffect, useMemo, useState } from 'react';
import { ALL, type Intent } from '../../data/intent';
import type { Account, Asset, Snapshot, Wallet } from '../../data/model';
import { act, source } from '../../state/app';
import { useStore } from '../../state/store';
import { Command, LevelTag, Panel, Tabs } from '../../ui/parts';
import { health, parse, percent, tokens, usd } from '../../text/format';
import { commandLine } from '../../text/command';
import { VERB } from '../../text/intent';
import { isLocal } from '../../wallet/local';

const KINDS = ['deposit', 'borrow', 'repay', 'takeBack', 'supply', 'withdraw', 'stake'] as const;
type Kind = (typeof KINDS)[number];

const LABEL: Record<Kind, string> = {
  deposit: 'Deposit',
  borrow: 'Borrow',
  repay: 'Repay',
  takeBack: 'Withdraw',
  supply: 'Lend',
  withdraw: 'Take back',
  stake: 'Stake',
};

const SAYS: Record<Kind, string> = {
  deposit: 'Collateral is never lent out: it is there to be taken back, and earns nothing.',
  borrow: 'A loan ends below the liquidation threshold, so it can\'t start at the edge.',
  repay: 'Repaying is never refused, whatever the market is at.',
  takeBack: 'Takes collateral back, as far as the loan allows.',
  supply: 'Lent money earns interest. It is no collateral.',
  withdraw: 'Takes lent money back, as far as it is not lent out.',
  stake: 'The backstop buys from loans near insolvency and bears losses before lenders. Leaving takes a notice.',
};

interface Choice {
  asset: Asset;
  /** Most that makes sense, and what it is; null where there is no such bound. */
  most: bigint | null;
  mostLabel: string;
  all: boolean;
}

function choices(kind: Kind, account: Account, wallet: Wallet | null, assets: Asset[]): Choice[] {
  const held = (asset: Asset) => account.positions.find((position) => position.asset === asset.id);
  const purse = (asset: Asset) => wallet?.balances.get(asset.id) ?? null;
  switch (kind) {
    case 'deposit':
      return assets
        .filter((asset) => asset.isCollateral)
        .map((asset) => ({ asset, most: purse(asset), mostLabel: 'In the wallet', all: false }));
    case 'supply':
    case 'stake':
      return assets
        .filter((asset) => asset.borrowable && (kind === 'supply' || asset.backstop !== null))
        .map((asset) => ({ asset, most: purse(asset), mostLabel: 'In the wallet', all: false }));
    case 'borrow':
      return assets
        .filter((asset) => asset.borrowable)
        .map((asset) => ({ asset, most: canBorrow(account, asset), mostLabel: 'Can borrow', all: false }));
    case 'repay':
      return assets
        .filter((asset) => (held(asset)?.owed ?? 0n) !== 0n)
        .map((asset) => ({ asset, most: held(asset)?.owed ?? 0n, mostLabel: 'Owed', all: true }));
    case 'takeBack':
      return assets
        .filter((asset) => (held(asset)?.collateral ?? 0n) !== 0n)
        .map((asset) => ({ asset, most: held(asset)?.collateral ?? 0n, mostLabel: 'Deposited', all: true }));
    case 'withdraw':
      return assets
        .filter((asset) => (held(asset)?.supplied ?? 0n) !== 0n)
        .map((asset) => ({ asset, most: held(asset)?.supplied ?? 0n, mostLabel: 'Lent', all: true }));
  }
}

/** Rounded down a little: a price moves while somebody reads. */
function canBorrow(account: Account, { price, decimals, cash }: Asset): bigint {
  if (price === null || price.highWad === 0n) return 0n;
  const units = (account.availableWad * 10n ** BigInt(decimals)) / price.highWad;
  const careful = (units * 9_999n) / 10_000n;
  return careful < cash ? careful : cash;
}

export function Preview({ now, then }: { now: Account; then: Account }) {
  const price = (of: Account) =>
    of.positions.flatMap(({ asset, liquidationPriceWad: at, collateral }) =>
      at === null || collateral === 0n ? [] : [[asset, at] as const],
    );
  const before = new Map(price(now));
  const after = new Map(price(then));
  const assets = useStore((state) => state.snapshot?.assets ?? null) ?? [];
  const ids = [...new Set([...before.keys(), ...after.keys()])];
  const rows: [string, string, string][] = [
    ['Health factor', health(now.healthWad), health(then.healthWad)],
    ...ids.map((id): [string, string, string] => {
      const symbol = assets.find((asset) => asset.id === id)?.symbol ?? '';
      const [was, is] = [before.get(id), after.get(id)];
      return [`${symbol} liquidated at`, was === undefined ? '–' : usd(was, 2), is === undefined ? '–' : usd(is, 2)];
    }),
    ['Debt', usd(now.debtWad), usd(then.debtWad)],
    ['Collateral', usd(now.collateralWad), usd(then.collateralWad)],
    ['LTV', now.ltvWad === null ? '–' : percent(now.ltvWad, 1), then.ltvWad === null ? '–' : percent(then.ltvWad, 1)],
    ['Can borrow', usd(now.availableWad), usd(then.availableWad)],
  ];
  return (
    <dl className="change" data-testid="preview">
      {rows.map(([name, was, is]) => (
        <div key={name} style={{ display: 'contents' }}>
          <dt>{name}</dt>
          <dd>{was}</dd>
          <dd className="arrow">
            <span aria-hidden="true">→</span>
          </dd>
          <dd className="after" data-after={name}>
            {is}
          </dd>
        </div>
      ))}
      <div style={{ display: 'contents' }}>
        <dt>Breaker level</dt>
        <dd>
          <LevelTag level={now.level} />
        </dd>
        <dd className="arrow">
          <span aria-hidden="true">→</span>
        </dd>
        <dd className="after">
          <LevelTag level={then.level} />
        </dd>
      </div>
    </dl>
  );
}

export function Actions(props: { account: Account; wallet: Wallet | null; snapshot: Snapshot; own: boolean }) {
  const { account, wallet, snapshot, own } = props;
  const [kind, setKind] = useState<Kind>('deposit');
  const [chosen, setChosen] = useState<number | null>(null);
  const [text, setText] = useState('');
  const [all, setAll] = useState(false);
  useEffect(() => {
    const onPick = (event: Event) => {
      const wanted = (event as CustomEvent<{ kind: Kind; asset: number; text: string; all: boolean }>).detail;
      setKind(wanted.kind);
      setChosen(wanted.asset);
      setText(wanted.text);
      setAll(wanted.all);
      document.getElementById('amount')?.focus();
    };
    window.addEventListener('breakwater:pick', onPick);
    return () => window.removeEventListener('breakwater:pick', onPick);
  }, []);

  const offered = choices(kind, account, wallet, snapshot.assets);
  const choice = offered.find(({ asset }) => asset.id === chosen) ?? offered[0];
  const units = choice === undefined ? null : all ? ALL : parse(text, choice.asset.decimals);
  const intent: Intent | null =
    choice === undefined || units === null || units === 0n ? null : { kind, asset: choice.asset.id, units };
  const answer = useMemo(
    () => (intent === null || kind === 'stake' ? null : (source()?.whatIf(account.address, intent) ?? null)),
    // The intent is rebuilt at every look; what it says is what counts.
    [kind, choice?.asset.id, units, account, snapshot.block.hash],
  );
  const tooMuch =
    choice !== undefined && units !== null && units !== ALL && choice.most !== null && units > choice.most && choice.mostLabel === 'In the wallet';
  const bad = text !== '' && !all && choice !== undefined && units === null;

  return (
    <Panel title={own ? 'Act' : 'What if'} note={own ? undefined : 'nothing is sent: this is somebody else\'s account'}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (intent !== null && own) void act(intent);
        }}
      >
        <Tabs
          label="Action"
          tabs={KINDS.map((key) => ({ key, label: LABEL[key] }))}
          chosen={kind}
          choose={(key) => {
            setKind(key);
            setText('');
            setAll(false);
          }}
        />
        <p className="soft small">{SAYS[kind]}</p>
        {choice === undefined ? (
          <p className="say">There is nothing to {LABEL[kind].toLowerCase()}.</p>
        ) : (
          <>
            <div className="field">
              <label htmlFor="amount">
                <span>Amount</span>
                {choice.most !== null && (
                  <span>
                    {choice.mostLabel} {tokens(choice.most, choice.asset.decimals)}
                  </span>
                )}
              </label>
              <div className="input">
                <input
                  id="amount"
                  inputMode="decimal"
                  autoComplete="off"
                  placeholder="0"
                  value={all ? 'all' : text}
                  aria-invalid={bad}
                  aria-describedby="amount-problem"
                  onChange={(event) => {
                    setAll(event.target.value.trim() === 'all');
                    setText(event.target.value.trim() === 'all' ? '' : event.target.value);
                  }}
                />
                {choice.most !== null && (
                  <button
                    type="button"
                    className="button small"
                    onClick={() => {
                      setAll(choice.all);
                      setText(choice.all ? '' : plainTokens(choice.most ?? 0n, choice.asset.decimals));
                    }}
                  >
                    {choice.all ? 'All' : 'Most'}
                  </button>
                )}
                <select
                  aria-label="Asset"
                  value={choice.asset.id}
                  onChange={(event) => {
                    setChosen(Number(event.target.value));
                    setText('');
                    setAll(false);
                  }}
                >
                  {offered.map(({ asset }) => (
                    <option key={asset.id} value={asset.id}>
                      {asset.symbol}
                    </option>
                  ))}
                </select>
              </div>
              <p id="amount-problem" className="small warn">
                {bad && `Give a number with at most ${choice.asset.decimals} decimals, or "all".`}
                {tooMuch && 'The wallet has less than that.'}
              </p>
            </div>
            {own && choice.most === 0n && choice.mostLabel === 'In the wallet' && (
              <div className="say small" data-testid="no-tokens">
                The wallet has no {choice.asset.symbol}.
                {isLocal(snapshot.market.node) && (
                  <>
                    {' '}
                    On a local chain who deployed its tokens makes some:
                    <Command line={`breakwater token mint ${choice.asset.symbol} 1000 --to ${account.address}`} />
                  </>
                )}
              </div>
            )}
            {answer !== null && !answer.ok && (
              <p className="say bad" role="status" data-testid="refusal">
                Would be refused: {answer.error.advice} <span className="tag">{answer.error.name}</span>
              </p>
            )}
            {answer !== null && answer.ok && <Preview now={account} then={answer.value} />}
            {intent !== null && <Command line={commandLine(intent, snapshot.assets)} />}
            {own && (
              <button
                type="submit"
                className="button main"
                disabled={intent === null || tooMuch || (answer !== null && !answer.ok)}
              >
                {VERB[kind]}
              </button>
            )}
          </>
        )}
      </form>
    </Panel>
  );
}

function plainTokens(units: bigint, decimals: number): string {
  const one = 10n ** BigInt(decimals);
  const rest = (units % one).toString().padStart(decimals, '0').replace(/0+$/, '');
  return `${units / one}${rest === '' ? '' : `.${rest}`}`;
}

/** Fills the form in from elsewhere on the page: a way out of an auction, for one. */
export function pick(kind: Kind, asset: number, units: bigint, decimals: number): void {
  const all = units === ALL;
  const detail = { kind, asset, text: all ? '' : plainTokens(units, decimals), all };
  window.dispatchEvent(new CustomEvent('breakwater:pick', { detail }));
}
