/** What a keeper tells of the past: a real one on a local chain, one that is gone, and one that lies. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch, watched } from './browser';
import { Chain } from './chain';
import { BOB, open, until } from './person';
import { Proxy } from './proxy';


let chain: Chain;
let browser: Browser;
let proxy: Proxy;
let keeper: string;
/** The page with that keeper, on a node that does not show old blocks. */
let at: string;
/** What the command line said that was sold and repaid, as the page shows it. */
let sold: [eth: string, usd: string];

/** Cut to so many places, without zeros at the end. */
const shown = (amount = 'nothing', places: number): string =>
  amount.replace(new RegExp(`(\\.\\d{${places}})\\d*$`), '$1').replace(/\.?0+$/, '');

beforeAll(async () => {
  browser = await launch();
  chain = await Chain.start();
  await chain.deploy();
  await chain.cli('oracle push ETH=2000 USD=1');
  keeper = await chain.keeper();
  await chain.cli('token mint USD 1000000 --to //Alice');
  await chain.cli('token mint ETH 10 --to //Bob');
  await chain.cli('supply USD 500000');
  await chain.cli('collateral deposit ETH 10 --from //Bob');
  await chain.cli('borrow USD 14900 --from //Bob');
  await chain.cli('oracle push ETH=1800');
  await chain.cli('liquidate //Bob');
  const taken = /taken ([\d.]+) ETH from \S+ for ([\d,.]+) USD/.exec(await chain.cli('take //Bob --pay USD --get ETH'));
  sold = [shown(taken?.[1], 4), shown(taken?.[2], 2)];
  proxy = await Proxy.start(chain.node);
  // What has happened by now the page can't read through it.
  const plain = await open(browser, 'overview', { at: await chain.page() });
  const now = Number((await plain.locator('.beat').innerText()).replace(/\D/g, ''));
  await plain.close();
  proxy.onRequest = ({ method, params }) =>
    method === 'chain_getBlockHash' && typeof params[0] === 'number' && params[0] > 0 && params[0] < now
      ? { error: { code: 4003, message: 'state already discarded' } }
      : undefined;
  at = await chain.page(proxy.url, chain.deployment, ['--keeper', keeper]);
});

afterAll(async () => {
  await browser?.close();
  await proxy?.stop();
  chain?.stop();
});

const older = (page: Page) => page.getByTestId('older');

it('fills in what the page can not read itself, as its word', async () => {
  const page = await open(browser, `account/${BOB}`, { at });
  const fine = watched(page, at);
  await page.getByText('Nothing that this page has seen.').waitFor();
  await older(page).getByRole('button').click();
  await older(page).getByText('Told by the keeper, not read from the chain by this page').waitFor();
  const told = await older(page).getByTestId('feed').innerText();
  const story = told.replace(/\s+/g, ' ');
  expect(story).toContain(`A buyer took ${sold[0]} ETH for ${sold[1]} USD of debt`);
  expect(story).toMatch(/A buyer took.*Auction started by.*Borrowed 14,900 USD.*Deposited collateral: 10 ETH/);
  await older(page).getByText('That is all the keeper knows').waitFor();
  fine();
  await page.close();
});

it('tells how the market stood, and what auctions did, with its age', async () => {
  const page = await open(browser, 'risk', { at });
  const fine = watched(page, at);
  const panel = page.getByTestId('over-time');
  await panel.getByText(/1 auction opened, 1 closed/).waitFor();
  expect(await panel.innerText()).toContain(`${sold[0]} ETH sold for ${sold[1]} USD of debt`);
  expect(await panel.locator('canvas').count()).toBe(3);
  await page.getByText(/told by the keeper, up to \d+ s ago/).waitFor();
  await page.goto(`${at}#/overview`);
  await page.getByTestId('over-time').getByText('Supplied, borrowed, and collateral').waitFor();
  await until(() => page.getByTestId('over-time').locator('canvas').count()).toBe(2);
  fine();
  await page.close();
});

it('that is gone is said, and nothing else is missing', async () => {
  const gone = await chain.page(proxy.url, chain.deployment, ['--keeper', 'http://127.0.0.1:9']);
  const page = await open(browser, 'overview', { at: gone });
  await page.getByTestId('over-time').getByText(/Nothing to show: the keeper does not answer/).waitFor();
  await page.getByRole('cell', { name: /\$1,800\.00/ }).waitFor();
  await page.goto(`${gone}#/account/${BOB}`);
  await older(page).getByRole('button').click();
  await older(page).getByText(/Nothing older: the keeper does not answer/).waitFor();
  await page.close();
});

it('that lies about types, numbers and names is not shown', async () => {
  const page = await open(browser, `account/${BOB}`, { at });
  let said = '';
  page.on('dialog', () => (said = 'a dialog'));
  const { market } = (await (await fetch(new URL('deployment.json', at))).json()).deployment as { market: string };
  const event = { block: 1, index: 0, time_ms: 1, account: BOB, asset: 1 };
  const heads = { market, from_block: 1, from_ms: 0, next: null };
  const lies: [string, object][] = [
    ['an amount', { ...heads, events: [{ ...event, event: 'Borrowed', units: '<img src=x onerror=alert(1)>' }] }],
    ['an amount', { ...heads, events: [{ ...event, event: 'Borrowed', units: '9'.repeat(5_000) }] }],
    ['a number', { ...heads, events: [{ ...event, event: 'Borrowed', units: '1', time_ms: 1e20 }] }],
    ['an address', { ...heads, events: [{ ...event, event: 'AuctionClosed', account: 'javascript:alert(1)' }] }],
    ['a list', { ...heads, events: 'none' }],
    ['of another market', { ...heads, market: BOB, events: [] }],
  ];
  for (const [why, lie] of lies) {
    await page.route('**/keeper/history*', (route) => route.fulfill({ json: lie }));
    await older(page).getByRole('button').click();
    await older(page).getByText(why).waitFor();
    expect(await older(page).getByTestId('feed').count(), why).toBe(0);
    await page.unroute('**/keeper/history*');
    // The same sentence twice would be no news.
    await page.reload();
    await older(page).getByRole('button').waitFor();
  }
  expect(said).toBe('');
  // The account itself is as the chain says.
  expect(await page.getByTestId('health').innerText()).toMatch(/^1\.0/);
  await page.close();
});

it('is not reached by the browser but through the page’s own server', async () => {
  const policy = (await fetch(at)).headers.get('content-security-policy') ?? '';
  expect(policy).toContain(`connect-src 'self' ${proxy.url};`);
  const page = await open(browser, 'overview', { at });
  const reached = await page.evaluate((url) => fetch(url).then(() => true, () => false), `${keeper}/stats`);
  expect(reached).toBe(false);
  const through = await page.evaluate(() => fetch('./keeper/stats').then((answer) => answer.headers.get('content-type')));
  expect(through).toBe('application/json');
  await page.close();
});
