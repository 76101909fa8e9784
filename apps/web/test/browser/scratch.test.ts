import { it } from 'vitest';
import { launch } from './browser';
import { front } from './front';
it('x', async () => {
  const browser = await launch();
  const { url } = await front('http://127.0.0.1:18090/', '/work/wt/l/apps/web/built');
  const page = await browser.newPage({ viewport: { width: 1280, height: 980 }, deviceScaleFactor: 1 });
  page.setDefaultTimeout(400000);
  const phone = await browser.newPage({ viewport: { width: 390, height: 844 }, colorScheme: 'dark', deviceScaleFactor: 1 });
  await page.goto(`${url}#/auctions`);
  await phone.goto(`${url}#/auctions`);
  await page.waitForFunction(() => Number(document.querySelector('.nav .count')?.textContent ?? 0) >= 12, undefined, { polling: 1000, timeout: 400000 });
  await page.waitForTimeout(4000);
  await page.screenshot({ path: '/tmp/l/shots/auctions.png' });
  await page.screenshot({ path: '/tmp/l/shots/auctions-full.png', fullPage: true });
  await phone.screenshot({ path: '/tmp/l/shots/auctions-phone.png' });
  const who = await page.getByTestId('feed').locator('li', { hasText: 'A buyer took' }).locator('a').first().getAttribute('title');
  const lot = await page.getByTestId('lot').locator('a').first().getAttribute('title');
  for (const [name, at] of [['account-sold', who], ['account', lot]] as const) {
    await page.goto(`${url}#/account/${at}`);
    await page.waitForTimeout(5000);
    await page.screenshot({ path: `/tmp/l/shots/${name}.png`, fullPage: true });
  }
  await page.goto(`${url}#/risk`); await page.waitForTimeout(5000);
  await page.screenshot({ path: '/tmp/l/shots/risk.png', fullPage: true });
  await browser.close();
}, 600000);
