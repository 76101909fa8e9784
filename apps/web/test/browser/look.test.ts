/** Every page on a made-up market: both widths, both schemes, for eyes, screen readers and keyboards. */
import { createRequire } from 'node:module';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build, preview, type PreviewServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, overflow, SIZES, watched } from './browser';
import { BOB } from './person';
import { stats } from './told';

const PAGES = ['overview', `account/${BOB}`, 'account', 'auctions', 'risk', 'governance'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const outDir = mkdtempSync(join(tmpdir(), 'breakwater-look-'));
let server: PreviewServer;
let browser: Browser;
let base: string;

beforeAll(async () => {
  await build({ mode: 'fixture', logLevel: 'error', build: { outDir, emptyOutDir: true } });
  server = await preview({ build: { outDir }, preview: { port: 0, host: '127.0.0.1' }, logLevel: 'error' });
  base = server.resolvedUrls?.local[0] ?? '';
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(outDir, { recursive: true, force: true });
});

async function open(hash: string, size: keyof typeof SIZES, colorScheme: 'light' | 'dark'): Promise<Page> {
  const page = await browser.newPage({ viewport: SIZES[size], colorScheme, reducedMotion: 'reduce' });
  await page.route('**/keeper/stats*', (route) => route.fulfill({ json: stats(Date.now()) }));
  await page.goto(`${base}?fixture#/${hash}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.locator('.beat').waitFor();
  return page;
}

describe.each(['light', 'dark'] as const)('in the %s', (scheme) => {
  it.each(PAGES)('axe finds nothing on %s, and it fits both widths', async (hash) => {
    for (const size of ['desk', 'phone'] as const) {
      const page = await open(hash, size, scheme);
      const fine = watched(page, base);
      await page.waitForTimeout(300);
      expect(await overflow(page), `${hash} on the ${size}`).toBeLessThanOrEqual(0);
      await page.evaluate(AXE);
      const found = await page.evaluate(async () => {
        const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }> } };
        const { violations } = await axe.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary ?? ''}`).join('\n')}`);
      });
      expect(found, `${hash} on the ${size}`).toEqual([]);
      fine();
      await page.close();
    }
  });
});

describe('by keyboard', () => {
  it('reaches everything that can be pressed, and shows where it is', async () => {
    const page = await open(`account/${BOB}`, 'desk', 'light');
    const reached = new Set<string>();
    for (let press = 0; press < 60; press += 1) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const here = document.activeElement as HTMLElement | null;
        if (here === null || here === document.body) return null;
        const shown = getComputedStyle(here).outlineStyle !== 'none' || here.closest('.input') !== null;
        return `${here.tagName} ${here.id || here.textContent?.slice(0, 20) || here.getAttribute('aria-label')} ${shown}`;
      });
      if (at !== null) reached.add(at);
    }
    expect([...reached].filter((at) => at.endsWith('false'))).toEqual([]);
    for (const wanted of ['Overview', 'Connect', 'amount', 'shock', 'Fill in']) {
      expect([...reached].some((at) => at.includes(wanted)), wanted).toBe(true);
    }
    await page.close();
  });

  it('moves between actions with arrows', async () => {
    const page = await open(`account/${BOB}`, 'desk', 'light');
    await page.getByRole('tab', { name: 'Deposit' }).focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { name: 'Borrow' }).getAttribute('aria-selected')).toBe('true');
    await page.close();
  });
});

describe('ten thousand accounts', () => {
  it('are in the list, and few of them in the page', async () => {
    const page = await open('auctions', 'desk', 'light');
    const rows = page.locator('.rows [role=row]');
    await rows.first().waitFor();
    expect(await page.getByRole('table', { name: 'Accounts by health' }).getAttribute('aria-rowcount')).toBe('10001');
    expect(await rows.count()).toBeLessThan(60);
    await page.locator('.rows').evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.waitForTimeout(200);
    expect(await rows.count()).toBeLessThan(60);
    expect(await rows.last().getAttribute('aria-rowindex')).toBe('10001');
    await page.close();
  });
});

describe('an amount', () => {
  it('is filled in from a way out of the auction, exactly', async () => {
    const page = await open(`account/${BOB}`, 'desk', 'light');
    await page.getByRole('button', { name: 'Fill in' }).first().click();
    expect(await page.getByRole('tab', { name: 'Repay' }).getAttribute('aria-selected')).toBe('true');
    const line = await page.getByTestId('command').first().innerText();
    expect(line).toMatch(/breakwater repay USD \d+\.?\d*/);
    await page.getByTestId('preview').waitFor();
    await page.close();
  });

  it('that is none is said to be none', async () => {
    const page = await open(`account/${BOB}`, 'desk', 'light');
    await page.locator('#amount').fill('twelve');
    expect(await page.locator('#amount').getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByText('Give a number with at most').isVisible()).toBe(true);
    await page.close();
  });
});
