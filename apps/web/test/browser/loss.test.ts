/** A loan that its collateral does not cover: each of its borrower, a staker and a lender reads what it was to them. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from './browser';
import { Chain } from './chain';
import { BOB, open } from './person';

const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';

let chain: Chain;
let browser: Browser;
let at: string;

beforeAll(async () => {
  browser = await launch();
  chain = await Chain.start();
  await chain.deploy();
  await chain.cli('oracle push ETH=2000 USD=1');
  await chain.cli('token mint USD 1000000 --to //Alice');
  await chain.cli('token mint ETH 10 --to //Bob');
  await chain.cli('supply USD 500000');
  await chain.cli('backstop deposit USD 400');
  await chain.cli('collateral deposit ETH 10 --from //Bob');
  await chain.cli('borrow USD 14900 --from //Bob');
  await chain.cli('oracle push ETH=800');
  await chain.cli('liquidate //Bob');
  at = await chain.page();
});

afterAll(async () => {
  await browser?.close();
  chain?.stop();
});

it('its borrower is told that all of it is sold, why, and what nobody repays', async () => {
  const page = await open(browser, `account/${BOB}`, { at });
  await page.getByText('all of it is sold, since it is worth no more than the debt').waitFor();
  const feed = page.getByTestId('feed');
  await feed.getByText(/ETH fell from \$2,000\.00 to \$800\.00/).waitFor();
  await chain.cli('node travel 1h');
  await chain.cli('oracle push ETH=800 USD=1');
  await chain.cli('take //Bob --pay USD --get ETH');
  await feed.getByText('No collateral is left: the auction is over.').waitFor();
  await feed.getByText(/can't be repaid and was written off/).waitFor();
  expect(await feed.getByText('The loan is healthy').count()).toBe(0);
  await page.close();
});

it('who lent and staked is told what they bore, and what the stake is worth now', async () => {
  const page = await open(browser, `account/${ALICE}`, { at });
  const feed = page.getByTestId('feed');
  await feed.getByText(/Lenders bore a loss of .* USD/).waitFor();
  // Once, or once more with the interest of the blocks between.
  await feed.getByText(/The backstop bought .* ETH of 5FHneW.* USD of debt/).first().waitFor();
  expect(await page.getByTestId('stake-worth').innerText()).toMatch(/^\$\d/);
  await page.close();
});
