/** The queue that owns the market: what is coming, when, and who may stop it. */
import type { Governance, Operation, Role, Snapshot } from '../data/model';
import type { Intent } from '../data/intent';
import { act } from '../state/app';
import { useChainTime } from '../state/clock';
import { useStore } from '../state/store';
import { commandLine } from '../text/command';
import { moment, span } from '../text/format';
import { AddressText, Bones, Command, Empty, Figure, Figures, Panel } from '../ui/parts';

const STATE: Record<Operation['state'], string> = {
  waiting: 'Waiting',
  ready: 'Ready',
  done: 'Done',
  cancelled: 'Cancelled',
  expired: 'Expired',
};

function timer(operation: Operation, now: number): string {
  switch (operation.state) {
    case 'waiting':
      return `Ready in ${span(operation.readyMs - now)}, at ${moment(operation.readyMs)}`;
    case 'ready':
      return `Can be executed for ${span(operation.expiresMs - now)} more`;
    case 'expired':
      return `Expired ${moment(operation.expiresMs)}`;
    default:
      return STATE[operation.state];
  }
}

/** The state by the chain's clock: a delay ends between two looks too. */
function stateAt(operation: Operation, now: number): Operation['state'] {
  if (operation.state === 'waiting' && now >= operation.readyMs) {
    return now < operation.expiresMs ? 'ready' : 'expired';
  }
  return operation.state === 'ready' && now >= operation.expiresMs ? 'expired' : operation.state;
}

function OperationOf({ operation, governance, snapshot }: { operation: Operation; governance: Governance; snapshot: Snapshot }) {
  const now = useChainTime(snapshot.block, 1_000);
  const signer = useStore((state) => state.signer);
  const state = stateAt(operation, now);
  const { roles } = governance;
  const me = signer?.address ?? '';
  const mayExecute = roles.executor.length === 0 || roles.executor.includes(me);
  const mayCancel = roles.guardian.includes(me) || operation.proposer === me;
  const open = state === 'waiting' || state === 'ready';
  const execute: Intent = { kind: 'execute', id: operation.id };
  const cancel: Intent = { kind: 'cancel', id: operation.id };
  return (
    <li className="operation" data-testid="operation">
      <div className="row between">
        <span className="row">
          <span className={state === 'ready' ? 'tag sea' : 'tag'}>{STATE[state]}</span>
          {operation.lowersRisk !== null && (
            <span className={operation.lowersRisk ? 'tag sea' : 'tag warm'}>
              {operation.lowersRisk ? 'says it lowers risk' : 'may raise risk'}
            </span>
          )}
          <span className="mono" title={operation.id}>{operation.id.slice(0, 12)}…</span>
        </span>
        <span className="soft small">{timer({ ...operation, state }, now)}</span>
      </div>
      <ul className="diff">
        {operation.changes.map((change, index) => (
          <li key={index}>
            {change.from === null ? (
              <span className="whole">
                {change.what} <strong>{change.to}</strong>
              </span>
            ) : (
              <>
                <span className="name">{change.what}</span>
                <span className="from">{change.from}</span>
                <span aria-hidden="true">→</span>
                <span className="to">{change.to}</span>
              </>
            )}
          </li>
        ))}
      </ul>
      <p className="soft small">
        Proposed by <AddressText address={operation.proposer} />
      </p>
      {open && (
        <>
          {state === 'ready' && <Command line={commandLine(execute, snapshot.assets)} />}
          <Command line={commandLine(cancel, snapshot.assets)} />
          <div className="row">
            <button
              type="button"
              className="button small main"
              disabled={signer === null || state !== 'ready' || !mayExecute}
              onClick={() => void act(execute)}
            >
              Execute
            </button>
            <button
              type="button"
              className="button small"
              disabled={signer === null || !mayCancel}
              onClick={() => void act(cancel)}
            >
              Cancel
            </button>
            {signer !== null && !mayCancel && (
              <span className="soft small">Only a guardian, or who proposed it, may cancel.</span>
            )}
          </div>
        </>
      )}
    </li>
  );
}

const ROLES: [Role, string, string][] = [
  ['proposer', 'Proposers', 'queue operations'],
  ['executor', 'Executors', 'do what is ready'],
  ['guardian', 'Guardians', 'cancel'],
  ['steward', 'Stewards', 'small steps, once a day'],
];

export function GovernancePage() {
  const snapshot = useStore((state) => state.snapshot);
  const governance = useStore((state) => state.governance);
  const read = useStore((state) => state.governanceRead);
  return (
    <>
      <header>
        <h1>Governance</h1>
        <p>Whatever changes this market waits in a queue, so that everybody can see what is coming and leave.</p>
      </header>
      {snapshot === null || !read ? (
        <Bones lines={4} />
      ) : governance === null ? (
        <Panel title="No governor">
          <p>
            This market belongs to one account, <AddressText address={snapshot.market.owner} />, which can change its
            parameters at once. That is how local markets are made; a market that others use belongs to a governor.
          </p>
        </Panel>
      ) : (
        <>
          <Figures>
            <Figure label="Delay" value={span(governance.delayMs)} more="for whatever may raise risk" />
            <Figure label="Short delay" value={span(governance.loweringDelayMs)} more="for what only lowers risk" />
            <Figure label="Grace" value={span(governance.graceMs)} more="then an operation has expired" />
          </Figures>
          <Panel title="Operations" flush>
            {governance.operations.length === 0 ? (
              <Empty>Nothing is queued: nothing will change for at least {span(governance.loweringDelayMs)}.</Empty>
            ) : (
              <ul>
                {governance.operations.map((operation) => (
                  <OperationOf key={operation.id} operation={operation} governance={governance} snapshot={snapshot} />
                ))}
              </ul>
            )}
          </Panel>
          <Panel title="Who may what" flush>
            <table className="cards">
              <thead>
                <tr>
                  <th scope="col">Role</th>
                  <th scope="col">May</th>
                  <th scope="col">Who</th>
                </tr>
              </thead>
              <tbody>
                {ROLES.map(([role, name, may]) => (
                  <tr key={role}>
                    <td>{name}</td>
                    <td className="soft" data-label="May">{may}</td>
                    <td data-label="Who">
                      {governance.roles[role].length === 0
                        ? role === 'executor'
                          ? 'everybody'
                          : 'nobody'
                        : governance.roles[role].map((one) => (
                            <span key={one}>
                              <AddressText address={one} />{' '}
                            </span>
                          ))}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Panel>
        </>
      )}
    </>
  );
}
