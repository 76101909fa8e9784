import { expect, it } from 'vitest';
import { ETHER } from '../../fixture/source';
import { saleState, SALE_SAYS } from '../../src/text/explain';

const sale = { ...ETHER.sale!, waiting: 1, room: 10n ** 18n, settlesSinceMs: 1 };
const asset = { ...ETHER, sale };

it('says of a price at its limit that it stays there, and of no other', () => {
  expect(saleState(asset, 5n, 6n)).toBe('forSale');
  expect(saleState(asset, 6n, 6n)).toBe('lowest');
  expect(SALE_SAYS.lowest).toMatch(/stays there/);
  // Who can't tell how it goes on promises no limit.
  expect(saleState(asset, 6n, null)).toBe('forSale');
  expect(saleState({ ...asset, sale: { ...sale, room: 0n } }, 6n, 6n)).toBe('room');
  expect(saleState({ ...asset, sale: { ...sale, settlesSinceMs: null } }, 6n, 6n)).toBe('unpriced');
});
