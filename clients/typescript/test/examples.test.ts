/** The examples, as they are. */
import { describe, expect, it } from 'vitest';
import { liquidateAndTake } from '../examples/liquidate-and-take.js';
import { readPosition } from '../examples/read-position.js';
import { supplyAndBorrow } from '../examples/supply-and-borrow.js';
import { watchAuctions } from '../examples/watch-auctions.js';
import { live, person, run } from './live.js';

/** Waits until something is so. */
async function until(is: () => boolean, what: string) {
  for (let tries = 0; !is(); tries++) {
    if (tries > 600) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe.skipIf(!live)('examples', () => {
  it('run one after the other: borrow, look, fall, liquidate and take, seen block by block', async () => {
    const [charlie, alice] = await Promise.all([person('//Charlie'), person('//Alice')]);
    run('oracle push ETH=2000 --from //Alice');
    const { receipt, healthFactor } = await supplyAndBorrow(live.endpoint, live.deployment, charlie, '10', '14900');
    expect(receipt.events.map(({ type }) => type)).toEqual(['CollateralDeposited', 'Borrowed']);
    const lines = await readPosition(live.endpoint, live.deployment, charlie.address);
    expect(lines.join('\n')).toMatch(/^ETH: lent 0, collateral 10, owed 0, liquidated at \$1862\.[0-9]+\nUSD: .*owed 14900/);
    expect(lines.at(-1)?.slice(0, 19)).toBe(`health factor ${healthFactor}`.slice(0, 19));

    const said: string[] = [];
    const stop = await watchAuctions(live.endpoint, live.deployment, (line) => said.push(line));
    run('oracle push ETH=1800 --from //Alice');
    const bought = await liquidateAndTake(live.endpoint, live.deployment, alice);
    expect(bought.length).toBeGreaterThan(0);
    expect(bought[0]!.received).toBeGreaterThan(0n);
    await until(() => said.some((line) => line.includes('bought')), 'a purchase is seen');
    await stop();
    expect(said.some((line) => / in auction$/.test(line) && !line.endsWith('0 in auction'))).toBe(true);
    expect(said.filter((line) => line.startsWith('failed'))).toEqual([]);
  });
});
