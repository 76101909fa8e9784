/** A wallet of `window.injectedWeb3` with the development keys, for tests. */
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import type { Page } from 'playwright-core';
import { toSign, type Payload } from '../../src/wallet/payload';

export class TestWallet {
  /** What the person does when the wallet asks. */
  refuses = false;
  asked = 0;

  /** Puts the wallet into a page before it loads; with one account it connects without a choice. */
  async into(page: Page, uri: string): Promise<void> {
    await cryptoWaitReady();
    const pair = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri(uri);
    await page.exposeFunction('signByTest', (payload: Payload) => {
      this.asked += 1;
      if (this.refuses) return null;
      return `0x${Buffer.from(pair.sign(toSign(payload), { withType: true })).toString('hex')}`;
    });
    await page.addInitScript(
      ({ address, name }) => {
        const sign = (payload: unknown) =>
          (window as unknown as { signByTest(payload: unknown): Promise<string | null> }).signByTest(payload);
        const signer = {
          signPayload: async (payload: unknown) => {
            const signature = await sign(payload);
            if (signature === null) throw new Error('Cancelled');
            return { id: 1, signature };
          },
        };
        const account = { address, name, type: 'sr25519' };
        (window as unknown as { injectedWeb3: object }).injectedWeb3 = {
          'polkadot-js': {
            version: 'test',
            enable: async () => ({ accounts: { get: async () => [account] }, signer }),
          },
        };
      },
      { address: pair.address, name: uri.replace('//', '') },
    );
  }
}
