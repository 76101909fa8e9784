/** Debian's Chromium, driven by playwright-core, which downloads nothing. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { expect } from 'vitest';

const PLACES = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function launch(): Promise<Browser> {
  const executablePath = PLACES.find((path) => path !== undefined && existsSync(path));
  if (executablePath === undefined) throw new Error('no Chromium: install one, or name it by $CHROMIUM');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

export const SIZES = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;

/** What a page must never do: say errors, or ask anybody but its own server and the node. */
export function watched(page: Page, own: string): () => void {
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A node that is gone is what some tests are about; the browser says so by itself.
    if (message.type() === 'error' && !/WebSocket connection/.test(message.text())) wrong.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(own) && !request.url().startsWith('data:')) wrong.push(`asked: ${request.url()}`);
  });
  return () => expect(wrong).toEqual([]);
}

/** How much wider the page is than the window: axe does not see that. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
