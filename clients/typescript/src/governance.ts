/** What a governor knows. */
import type { LegacyClient } from 'dedot';
import type { Address, Governance, Hex } from './api.js';
import { ask } from './chain.js';
import { governor } from './generated/contracts.js';

export async function readGovernance(client: LegacyClient, of: Address, at?: Hex): Promise<Governance> {
  const [settings, roles, ids] = await Promise.all([
    ask(client, of, governor.settings, [], at),
    ask(client, of, governor.roles, [], at),
    ask(client, of, governor.open, [], at),
  ]);
  const open = ids.map(async (id) => {
    const [entry, state] = await Promise.all([
      ask(client, of, governor.entry, [id], at),
      ask(client, of, governor.state, [id], at),
    ]);
    return entry ? [{ id, entry, state }] : [];
  });
  return { governor: of, settings, roles, open: (await Promise.all(open)).flat() };
}
