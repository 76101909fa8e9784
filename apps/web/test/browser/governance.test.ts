/** A market that belongs to a governor: what is coming, when, and who may do it or stop it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from './browser';
import { Chain } from './chain';
import { open, sent, until } from './person';
import { TestWallet } from './wallet';

let chain: Chain;
let browser: Browser;
let base: string;

const GOVERNOR = `
[governance.governor]
proposers = ["//Alice"]
guardians = ["//Bob"]
delay_minutes = 60
lowering_delay_minutes = 1
`;
const capped = (cap: string) => (plan: string) =>
  plan.replace('guardian_days = 365\n', `guardian_days = 365\n${GOVERNOR}`).replace(/supply_cap = .*/, `supply_cap = ${cap}`);

beforeAll(async () => {
  browser = await launch();
  chain = await Chain.start();
  await chain.deploy(capped('100_000_000'));
  await chain.cli('oracle push ETH=2000 USD=1');
  base = await chain.page();
});

afterAll(async () => {
  await browser?.close();
  chain?.stop();
});

it('a change that lowers risk is shown as what it changes, waits, and is executed by anybody', async () => {
  const page = await open(browser, 'governance', { at: base, wallet: new TestWallet(), uri: '//Alice' });
  await page.getByText('Nothing is queued').waitFor();
  await chain.deploy(capped('80_000_000'));
  const operation = page.getByTestId('operation');
  await operation.getByText('says it lowers risk').waitFor();
  await operation.getByText('100,000,000').waitFor();
  await operation.getByText('80,000,000').waitFor();
  const execute = operation.getByRole('button', { name: 'Execute' });
  expect(await execute.isDisabled()).toBe(true);
  await chain.cli('node travel 2m');
  await until(() => execute.isEnabled()).toBe(true);
  expect(await sent(page, execute)).toMatch(/in block/i);
  await page.getByText('Nothing is queued').waitFor();
  expect(await chain.cli(`deploy ${chain.folder}/plan.toml --plan`)).toContain('everything is as the file says');
  await page.close();
});

it('a change that may raise risk waits longer, and a guardian stops it', async () => {
  await chain.deploy(capped('120_000_000'));
  const page = await open(browser, 'governance', { at: base, wallet: new TestWallet(), uri: '//Bob' });
  const operation = page.getByTestId('operation');
  await operation.getByText('may raise risk').waitFor();
  // It was queued before this page was opened: what it does is read in an older block.
  await operation.getByText('120,000,000').waitFor();
  await operation.getByText(/Ready in (59|60) min|Ready in 1 h/).waitFor();
  expect(await sent(page, operation.getByRole('button', { name: 'Cancel' }))).toMatch(/in block/i);
  await page.getByText('Nothing is queued').waitFor();
  await page.close();
});
