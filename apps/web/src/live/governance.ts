/** The governor's queue, with what each operation would change. */
import type { Breakwater, Operation as ChainOperation, Snapshot } from '@breakwater/client';
import type { Governance, Operation, OperationState } from '../data/model';
import { differences } from './differences';

export async function governance(
  market: Breakwater,
  chain: Snapshot,
  seen: Map<string, ChainOperation>,
): Promise<Governance | null> {
  const found = await market.governance(chain.blockHash);
  if (found === undefined) return null;
  const { settings, roles, open } = found;
  return {
    governor: found.governor,
    delayMs: Number(settings.delayMs),
    loweringDelayMs: Number(settings.loweringDelayMs),
    graceMs: Number(settings.graceMs),
    roles: {
      proposer: [...roles.proposers],
      executor: [...roles.executors],
      guardian: [...roles.guardians],
      steward: [...roles.stewards],
    },
    operations: open.map(({ id, entry, state }): Operation => {
      const operation = seen.get(id);
      return {
        id,
        proposer: entry.proposer,
        state: state.toLowerCase() as OperationState,
        readyMs: Number(entry.readyMs),
        expiresMs: Number(entry.expiresMs),
        lowersRisk: operation === undefined ? null : operation.lane === 'Lowering',
        changes:
          operation === undefined
            ? [{ what: 'What it would do is in a block that this page has not read yet.', from: null, to: '' }]
            : operation.calls.flatMap((call) => differences(market, chain, call)),
      };
    }),
  };
}
