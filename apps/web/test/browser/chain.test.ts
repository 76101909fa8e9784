/** The page as it is shipped, on a local chain, with a test wallet. Tests build on each other: a loan's life. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, overflow, SIZES, watched } from './browser';
import { Chain } from './chain';
import { Proxy } from './proxy';
import { TestWallet } from './wallet';

const BOB = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';

let chain: Chain;
let browser: Browser;
let base: string;

beforeAll(async () => {
  browser = await launch();
  chain = await Chain.start();
  await chain.deploy();
  for (const line of [
    'oracle push ETH=2000 USD=1',
    'token mint USD 1000000 --to //Alice',
    'token mint ETH 20 --to //Bob',
    'token mint USD 5000 --to //Bob',
    'supply USD 500000',
  ]) {
    await chain.cli(line);
  }
  base = await chain.page();
});

afterAll(async () => {
  await browser?.close();
  chain?.stop();
});

async function open(hash: string, options: { wallet?: TestWallet; uri?: string; at?: string } = {}): Promise<Page> {
  const { wallet, uri = '//Bob', at = base } = options;
  const page = await browser.newPage({ viewport: SIZES.desk });
  if (wallet !== undefined) await wallet.into(page, uri);
  await page.goto(`${at}#/${hash}`);
  if (wallet !== undefined) {
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('button', { name: 'polkadot.js' }).click();
    await page.getByRole('button', { name: uri.replace('//', '') }).waitFor();
  }
  return page;
}

/** Fills the form in, and answers with what it says that the action would do. */
async function fill(page: Page, tab: string, amount: string, asset?: string): Promise<Map<string, string>> {
  await page.getByRole('tab', { name: tab, exact: true }).click();
  if (asset !== undefined) await page.getByLabel('Asset', { exact: true }).selectOption({ label: asset });
  await page.locator('#amount').fill(amount);
  const preview = page.getByTestId('preview');
  if (tab !== 'Stake') await preview.waitFor();
  const after = await page.locator('[data-after]').evaluateAll((all) =>
    all.map((one) => [one.getAttribute('data-after') ?? '', one.textContent ?? ''] as const),
  );
  return new Map(after);
}

/** Presses the form's button and waits until the chain has it. */
async function sign(page: Page, button: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  await page.locator('.toast[data-step=inBlock], .toast[data-step=final]').first().waitFor();
  await page.getByRole('button', { name: 'Close' }).first().click();
}

const healthOf = (page: Page) => page.getByTestId('health');

describe('somebody who only reads', () => {
  it('sees the market soon, and nothing is asked of anybody else', async () => {
    const page = await browser.newPage({ viewport: SIZES.desk });
    const fine = watched(page, base);
    const answer = await page.goto(`${base}#/overview`);
    const policy = answer?.headers()['content-security-policy'] ?? '';
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe-inline');
    await page.getByRole('cell', { name: /\$2,000\.00/ }).waitFor();
    const times = await page.evaluate(() => ({
      paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
      now: performance.now(),
    }));
    console.info(`first paint ${times.paint.toFixed(0)} ms, data by ${times.now.toFixed(0)} ms`);
    // Two cores that compile beside this are slower than any phone: the bounds are five times the aim.
    expect(times.paint).toBeLessThan(2_500);
    expect(times.now).toBeLessThan(7_500);
    fine();
    await page.close();
  });

  it('can look at any account, and is offered no signature', async () => {
    const page = await open(`account/${BOB}`);
    await page.getByText('Nothing here yet').waitFor();
    await page.getByText('nothing is sent').waitFor();
    await page.close();
  });
});

describe('a loan', () => {
  const wallet = new TestWallet();
  let page: Page;

  beforeAll(async () => {
    page = await open('account', { wallet });
  });
  afterAll(async () => {
    await page?.close();
  });

  it('begins with collateral, which the wallet can also refuse to sign for', async () => {
    await fill(page, 'Deposit', '10', 'ETH');
    wallet.refuses = true;
    await page.getByRole('button', { name: 'Deposit collateral' }).click();
    const toast = page.locator('.toast[data-step=failed]');
    await toast.getByText('the wallet did not sign').waitFor();
    await toast.getByRole('button', { name: 'Close' }).click();
    wallet.refuses = false;
    await sign(page, 'Deposit collateral');
    await page.getByRole('cell', { name: /^10/ }).waitFor();
  });

  it('says what it would do, and then does exactly that', async () => {
    const said = await fill(page, 'Borrow', '14900', 'USD');
    expect(said.get('Health factor')).toBe('1.073');
    expect(said.get('ETH liquidated at')).toBe('$1,862.50');
    expect(await page.getByTestId('command').first().innerText()).toContain('breakwater borrow USD 14900');
    await sign(page, 'Borrow');
    await expect.poll(() => healthOf(page).innerText()).toBe('1.073');
    const view = JSON.parse(await chain.cli('position //Bob --json')) as { health_factor_wad: string; positions: { asset: string; liquidation_price_wad: string | null }[] };
    expect(view.health_factor_wad.startsWith('1073')).toBe(true);
    expect(view.positions.find(({ asset }) => asset === 'ETH')?.liquidation_price_wad?.startsWith('18625')).toBe(true);
  });

  it('that would be refused is refused before it is signed, in a sentence', async () => {
    const asked = wallet.asked;
    await page.getByRole('tab', { name: 'Borrow' }).click();
    await page.locator('#amount').fill('9000');
    await page.getByTestId('refusal').getByText('the loan would exceed its LTV').waitFor();
    expect(await page.getByRole('button', { name: 'Borrow', exact: true }).isDisabled()).toBe(true);
    expect(wallet.asked).toBe(asked);
  });

  it('feels a fall on the slider as it will on the chain', async () => {
    await page.locator('#shock').fill('-1000');
    expect(await page.getByTestId('shocked').innerText()).toBe('0.966');
    await chain.cli('oracle push ETH=1800');
    await expect.poll(() => healthOf(page).innerText(), { timeout: 20_000 }).toBe('0.966');
    await page.getByTestId('condition').getByText('Below 1').waitFor();
  });

  it('is in auction when somebody starts it, and its price moves', async () => {
    await chain.cli('liquidate //Bob --from //Alice');
    await page.getByText('Your loan is in auction').waitFor();
    const auctions = await open('auctions');
    await auctions.getByTestId('lot').waitFor();
    const price = auctions.getByTestId('sale-price');
    const first = BigInt((await price.getAttribute('data-bonus')) ?? '0');
    await expect.poll(async () => BigInt((await price.getAttribute('data-bonus')) ?? '0') > first, { timeout: 20_000 }).toBe(true);
    await auctions.close();
  });

  it('is healed by the way out that the page names', async () => {
    await page.getByRole('button', { name: 'Fill in' }).first().click();
    expect(await page.getByTestId('refusal').count()).toBe(0);
    await sign(page, 'Repay');
    await expect.poll(() => page.getByText('Your loan is in auction').count(), { timeout: 20_000 }).toBe(0);
    expect(Number(await healthOf(page).innerText())).toBeGreaterThanOrEqual(1);
    const feed = page.getByTestId('feed');
    await feed.getByText('Auction over').waitFor();
    await feed.getByText('Auction started').waitFor();
  });

  it('can be understood from its own page when some of it was sold', async () => {
    await chain.cli('oracle push ETH=1700');
    await chain.cli('liquidate //Bob --from //Alice');
    const alice = new TestWallet();
    const taker = await open('auctions', { wallet: alice, uri: '//Alice' });
    await taker.getByRole('button', { name: 'Take', exact: true }).click();
    await taker.locator('.toast[data-step=inBlock], .toast[data-step=final]').first().waitFor();
    await taker.getByTestId('feed').getByText('A buyer took').waitFor();
    await taker.close();
    await page.getByTestId('feed').getByText(/A buyer took .* of debt/).waitFor();
    await expect.poll(async () => Number(await healthOf(page).innerText()), { timeout: 20_000 }).toBeGreaterThanOrEqual(1);
  });
});

describe('a staker', () => {
  it('stakes, gives notice, and is told when they may leave', async () => {
    const page = await open('account', { wallet: new TestWallet(), uri: '//Alice' });
    await fill(page, 'Stake', '2500', 'USD');
    await sign(page, 'Stake in the backstop');
    await page.getByTestId('notice').getByText('Leaving takes a notice of 3 d').waitFor();
    await page.getByRole('button', { name: 'Give notice' }).click();
    await page.getByTestId('notice').getByText('Notice given').waitFor();
    await page.close();
  });
});

describe('the breaker', () => {
  it('is shown with level and reason, and what it refuses is said before it is signed', async () => {
    await chain.cli('breaker raise ETH --level stressed --minutes 5');
    const page = await open('risk');
    const eth = page.getByTestId('breaker-ETH');
    await eth.getByText('Stressed', { exact: true }).waitFor();
    await eth.getByText('raised by people').waitFor();
    await page.goto(`${base}#/account/${BOB}`);
    await page.getByRole('tab', { name: 'Borrow' }).click();
    await page.locator('#amount').fill('1');
    await page.getByTestId('refusal').getByText('the circuit breaker allows no new risk now').waitFor();
    await chain.cli('breaker reset ETH');
    await page.close();
  });
});

describe('when something is wrong', () => {
  it('a node that goes away and comes back is noticed both times', async () => {
    const proxy = await Proxy.start(chain.port);
    const at = await chain.page(proxy.url);
    const page = await open('overview', { at });
    await page.getByRole('cell', { name: /\$1,700\.00/ }).waitFor();
    const block = () => page.locator('.beat').innerText();
    proxy.gone();
    await page.locator('[data-trouble=noNode]').waitFor();
    expect(await page.getByRole('cell', { name: /\$1,700\.00/ }).count()).toBe(1);
    const before = await block();
    proxy.back();
    await page.locator('[data-trouble=noNode]').waitFor({ state: 'detached', timeout: 40_000 });
    await expect.poll(block, { timeout: 40_000 }).not.toBe(before);
    await page.close();
    await proxy.stop();
  });

  it('no node at all is said, and the page waits for one', async () => {
    const proxy = await Proxy.start(chain.port);
    proxy.gone();
    const at = await chain.page(proxy.url);
    const page = await open('overview', { at });
    await page.locator('[data-trouble=noNode]').waitFor();
    proxy.back();
    await page.getByRole('cell', { name: /\$1,700\.00/ }).waitFor({ timeout: 40_000 });
    await page.close();
    await proxy.stop();
  });

  it('another chain than the deployment’s is named', async () => {
    const file = join(chain.folder, 'market.toml');
    const other = join(chain.folder, 'other.toml');
    writeFileSync(other, readFileSync(file, 'utf8').replace(/genesis = "0x......../, 'genesis = "0x00000000'));
    const at = await chain.page(chain.node, ['--deployment', other]);
    const page = await open('overview', { at });
    await page.locator('[data-trouble=wrongChain]').waitFor();
    await page.close();
  });

  it('fits a phone on the live market too', async () => {
    for (const hash of ['overview', `account/${BOB}`, 'auctions', 'risk', 'governance']) {
      const page = await browser.newPage({ viewport: SIZES.phone });
      await page.goto(`${base}#/${hash}`);
      await page.locator('.beat').waitFor();
      await page.waitForTimeout(400);
      expect(await overflow(page), hash).toBeLessThanOrEqual(0);
      await page.close();
    }
  });
});
