/** What goes wrong between page, node and chain: it is said, in a sentence, and mended by itself where it can be. */
import { copyFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { launch } from './browser';
import { Chain } from './chain';
import { BOB, fill, open, sent, sign, until } from './person';
import { Proxy } from './proxy';
import { TestWallet } from './wallet';

const CHARLIE = '5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y';
const PRICE = /\$2,000\.00/;

let chain: Chain;
let browser: Browser;
let proxy: Proxy;

beforeAll(async () => {
  browser = await launch();
  chain = await Chain.start();
  await chain.deploy();
  await chain.cli('oracle push ETH=2000 USD=1');
  await chain.cli('token mint ETH 20 --to //Bob');
});

afterAll(async () => {
  await browser?.close();
  chain?.stop();
});

beforeEach(async () => {
  proxy = await Proxy.start(chain.node);
});

afterEach(async () => {
  await proxy.stop();
});

it('a node that goes away and comes back is noticed both times', async () => {
  const page = await open(browser, 'overview', { at: await chain.page(proxy.url) });
  const price = page.getByRole('cell', { name: PRICE });
  await price.waitFor();
  const block = () => page.locator('.beat').innerText();
  proxy.gone();
  await page.locator('[data-trouble=noNode]').waitFor();
  expect(await price.count()).toBe(1);
  const before = await block();
  proxy.back();
  await page.locator('[data-trouble=noNode]').waitFor({ state: 'detached' });
  await until(block).not.toBe(before);
  await page.close();
});

it('no node at all is said, and the page waits for one', async () => {
  proxy.gone();
  const page = await open(browser, 'overview', { at: await chain.page(proxy.url) });
  await page.locator('[data-trouble=noNode]').waitFor();
  proxy.back();
  await page.getByRole('cell', { name: PRICE }).waitFor();
  await page.locator('[data-trouble=noNode]').waitFor({ state: 'detached' });
  await page.close();
});

it('a node that is slow to answer is waited for', async () => {
  const page = await open(browser, 'overview', { at: await chain.page(proxy.url) });
  await page.getByRole('cell', { name: PRICE }).waitFor();
  proxy.hold();
  await chain.cli('oracle push ETH=2001');
  expect(await page.getByRole('cell', { name: /\$2,001\.00/ }).count()).toBe(0);
  proxy.release();
  await page.getByRole('cell', { name: /\$2,001\.00/ }).waitFor();
  await chain.cli('oracle push ETH=2000');
  await page.close();
});

it('another chain than the deployment’s is named', async () => {
  const other = chain.deploymentWith((text) => text.replace(/genesis = "0x......../, 'genesis = "0x00000000'));
  const page = await open(browser, 'overview', { at: await chain.page(chain.node, other) });
  await page.locator('[data-trouble=wrongChain]').waitFor();
  await page.close();
});

it('a chain without the market is named, and looked at again until it has one', async () => {
  // Charlie is no contract: so looks a market that a chain which was started anew has forgotten.
  const other = chain.deploymentWith((text) => text.replace(/^market = ".*"/m, `market = "${CHARLIE}"`));
  const page = await open(browser, 'overview', { at: await chain.page(chain.node, other) });
  await page.locator('[data-trouble=noMarket]').waitFor();
  copyFileSync(chain.deployment, other);
  await page.getByRole('cell', { name: PRICE }).waitFor();
  await page.locator('[data-trouble=noMarket]').waitFor({ state: 'detached' });
  await page.close();
});

it('a market of a layout that the page does not know is read by its views', async () => {
  await chain.cli('collateral deposit ETH 2 --from //Bob');
  // Ten bytes that answer `version`: ink!'s Ok, part, layout, number. The layout is made one higher.
  const VERSION = /280000(0[0-9a-f])000000(0[0-9a-f]000000)/;
  let asked = '';
  proxy.onAnswer = (request, answer) => {
    const { result } = answer;
    if (request.method !== 'state_call' || typeof result !== 'string') return answer;
    const layout = VERSION.exec(result)?.[1];
    if (layout === undefined) return answer;
    asked = layout;
    const next = (Number.parseInt(layout, 16) + 1).toString(16).padStart(2, '0');
    return { ...answer, result: result.replace(VERSION, `280000${next}000000$2`) };
  };
  const page = await open(browser, `account/${BOB}`, { at: await chain.page(proxy.url) });
  await page.locator('[data-trouble=unknownLayout]').waitFor();
  expect(asked).not.toBe('');
  await page.getByRole('cell', { name: /^2/ }).first().waitFor();
  await page.goto(page.url().replace(/#.*/, '#/auctions'));
  await page.getByText('does not know how this market stores accounts').waitFor();
  await page.close();
});

it('a node that refuses a transaction is quoted in a sentence', async () => {
  proxy.onRequest = ({ method }) =>
    method === 'author_submitAndWatchExtrinsic'
      ? { error: { code: 1010, message: 'Invalid Transaction', data: 'Inability to pay some fees (e.g. account balance too low)' } }
      : undefined;
  const page = await open(browser, 'account', { at: await chain.page(proxy.url), wallet: new TestWallet() });
  await fill(page, 'Deposit', '1', 'ETH');
  const says = await sent(page, page.getByRole('button', { name: 'Deposit collateral' }));
  expect(says).toMatch(/can.t pay the fee: fund it first/);
  await page.close();
});

it('a node that goes away while something is sent leaves nobody waiting', async () => {
  proxy.onRequest = ({ method }) => (method === 'author_submitAndWatchExtrinsic' ? 'gone' : undefined);
  const page = await open(browser, 'account', { at: await chain.page(proxy.url), wallet: new TestWallet() });
  await fill(page, 'Deposit', '1', 'ETH');
  const says = await sent(page, page.getByRole('button', { name: 'Deposit collateral' }));
  expect(says).toContain('the node went away: look whether it is in a block before you try again');
  await page.locator('[data-trouble=noNode]').waitFor();
  proxy.onRequest = () => undefined;
  proxy.back();
  await page.locator('[data-trouble=noNode]').waitFor({ state: 'detached' });
  await fill(page, 'Deposit', '1', 'ETH');
  await sign(page, 'Deposit collateral');
  await page.close();
});
