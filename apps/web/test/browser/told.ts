/** What a keeper would tell of the made-up market: a day in which ETH falls and comes back. */
const HOUR_MS = 3_600_000;
const MARKET = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY';
const wad = (value: number): string => `${Math.round(value * 1e6)}${'0'.repeat(12)}`;

const none = { auctions_opened: 0, auctions_closed: 0, takes: 0, sold: [], repaid: [], bad_debt: [], stock_sold: [], fair_wad: '0', paid_wad: '0' };

export function stats(nowMs: number): object {
  const first = nowMs - (nowMs % HOUR_MS) - 24 * HOUR_MS;
  const points = Array.from({ length: 25 }, (_, hour) => {
    const storm = Math.max(0, 1 - Math.abs(hour - 12) / 4);
    const price = 1_900 - 400 * storm;
    const asset = { level: 'Normal', collateral: '0', supplied: '0', borrowed: '0', utilisation_wad: '0' };
    return {
      ...none,
      from_ms: first + hour * HOUR_MS,
      at_ms: first + hour * HOUR_MS + 1,
      auctions_opened: Math.round(storm * 8),
      auctions_closed: Math.round(storm * 6),
      fair_wad: wad(storm * 42_000),
      paid_wad: wad(storm * 41_900),
      repaid: storm > 0 ? [{ asset: 1, units: `${Math.round(storm * 41_900)}000000` }] : [],
      assets: [
        { ...asset, asset: 0, collateral: wad(412 - 80 * storm), price_wad: wad(price) },
        { ...asset, asset: 1, supplied: '502500000000', borrowed: `${314_900 - Math.round(40_000 * storm)}000000`, utilisation_wad: wad(0.63 - 0.08 * storm), price_wad: wad(1) },
      ],
    };
  });
  const totals = { ...none, auctions_opened: 32, auctions_closed: 24, takes: 90, sold: [{ asset: 0, units: wad(110) }], repaid: [{ asset: 1, units: '167600000000' }], fair_wad: wad(168_000), paid_wad: wad(167_600) };
  return { market: MARKET, from_block: 1, from_ms: first, to_block: 9, to_ms: nowMs, step_ms: HOUR_MS, points, totals };
}
