/** Somebody at the page: opens it, connects, fills in, signs, and waits for what they see. */
import type { Browser, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { SIZES } from './browser';
import type { TestWallet } from './wallet';

/** The development account //Bob. */
export const BOB = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty';

/** Longest wait for anything: a machine that compiles beside this is slower than any phone. */
export const PATIENCE_MS = Number(process.env['BREAKWATER_PATIENCE_MS'] ?? 60_000);

export interface Opening {
  at: string;
  wallet?: TestWallet;
  /** Whose account the wallet has. */
  uri?: string;
}

/** Opens a route of the page, with a wallet that is connected if there is one. */
export async function open(browser: Browser, hash: string, { at, wallet, uri = '//Bob' }: Opening): Promise<Page> {
  const page = await browser.newPage({ viewport: SIZES.desk });
  page.setDefaultTimeout(PATIENCE_MS);
  if (wallet !== undefined) await wallet.into(page, uri);
  await page.goto(`${at}#/${hash}`);
  if (wallet !== undefined) {
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('button', { name: 'polkadot.js' }).click();
    await page.getByRole('button', { name: uri.replace('//', '') }).waitFor();
  }
  return page;
}

/** Until what is seen is as it should be. */
export function until<T>(look: () => Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(look, { timeout: PATIENCE_MS, interval: 100 });
}

/** Fills the form in: what it says that the action would do, by the names of its lines. */
export async function fill(page: Page, tab: string, amount: string, asset?: string): Promise<Map<string, string>> {
  await page.getByRole('tab', { name: tab, exact: true }).click();
  if (asset !== undefined) await page.getByLabel('Asset', { exact: true }).selectOption({ label: asset });
  await page.locator('#amount').fill(amount);
  // The form is drawn anew a moment later.
  await page.getByTestId('command').first().filter({ hasText: amount }).waitFor();
  if (tab === 'Stake') return new Map();
  await page.getByTestId('preview').waitFor();
  return said(page);
}

/** What the form says that its action would leave. */
export async function said(page: Page): Promise<Map<string, string>> {
  const after = await page.locator('[data-after]').evaluateAll((all) =>
    all.map((one) => [one.getAttribute('data-after') ?? '', one.textContent ?? ''] as const),
  );
  return new Map(after);
}

/** Presses a button that sends something: what the page says of it when it is over. */
export async function sent(page: Page, button: Locator): Promise<string> {
  await button.click();
  // The newest stands first, from the moment of the click.
  const over = page.locator('.toast').first().and(page.locator('[data-step=inBlock], [data-step=final], [data-step=failed]'));
  await over.waitFor();
  return over.innerText();
}

/** The same, for what must end in a block. */
export async function sign(page: Page, button: string): Promise<void> {
  const says = await sent(page, page.getByRole('button', { name: button, exact: true }));
  expect(says).toMatch(/in block/i);
}

export const health = (page: Page): Promise<string> => page.getByTestId('health').innerText();
