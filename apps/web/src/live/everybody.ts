/** All accounts of the market: read once, then by the events that name them. */
import type { AccountEntry, Breakwater, ChainEvent, Snapshot } from '@breakwater/client';
import type { AccountRow } from '../data/model';

/** Blocks after which everything is read anew: a fork can leave an account wrong. */
const ANEW_EVERY = 200;

export class Everybody {
  #market: Breakwater;
  #known: Map<string, AccountEntry> | null = null;
  #readAt = 0;
  #lastBlock = 0;

  constructor(market: Breakwater) {
    this.#market = market;
  }

  entries(): AccountEntry[] | null {
    return this.#known === null ? null : [...this.#known.values()];
  }

  async rows(chain: Snapshot, events: ChainEvent[]): Promise<AccountRow[]> {
    // Blocks that came while nobody wanted the list may have changed anybody.
    const gap = chain.blockNumber > this.#lastBlock + 1;
    if (this.#known === null || gap || chain.blockNumber > this.#readAt + ANEW_EVERY) {
      const entries = await this.#market.accounts(chain.blockHash);
      this.#known = new Map(entries.map((entry) => [entry.who, entry]));
      this.#readAt = chain.blockNumber;
    } else {
      await this.#update(this.#known, chain, events);
    }
    this.#lastBlock = chain.blockNumber;
    return this.#ranked(this.#known);
  }

  async #update(known: Map<string, AccountEntry>, chain: Snapshot, events: ChainEvent[]): Promise<void> {
    const named = new Set(events.flatMap((event) => ('account' in event ? [event.account as string] : [])));
    await Promise.all(
      [...named].map(async (who) => {
        const account = await this.#market.account(who, chain.blockHash);
        if (account.positions.length === 0) known.delete(who);
        else known.set(who, { who, account });
      }),
    );
  }

  #ranked(known: Map<string, AccountEntry>): AccountRow[] {
    const inDebt = [...known.values()].filter(({ account }) =>
      account.positions.some(({ debtShares }) => debtShares !== 0n),
    );
    return this.#market.core.standings(inDebt).map(({ who, account, healthFactorWad, debtWad, collateralWad }) => ({
      address: who,
      healthWad: healthFactorWad,
      debtWad,
      collateralWad,
      collaterals: account.positions.filter(({ collateral }) => collateral !== 0n).map(({ asset }) => asset),
      debts: account.positions.filter(({ debtShares }) => debtShares !== 0n).map(({ asset }) => asset),
      inAuction: account.auction !== undefined,
    }));
  }
}
