/** What auctions have cost an account, in one sentence for each pair. */
import type { Asset, Happening } from '../../data/model';
import { percent, tokens, usd, WAD } from '../../text/format';
import { outcomes } from '../../text/story';

export function SoldSoFar({ happenings, address, assets }: { happenings: Happening[]; address: string; assets: Asset[] }) {
  const told = outcomes(happenings, address).flatMap((sum) => {
    const collateral = assets.find(({ id }) => id === sum.collateral);
    const debt = assets.find(({ id }) => id === sum.debt);
    return collateral === undefined || debt === undefined ? [] : [{ ...sum, of: collateral, by: debt }];
  });
  if (told.length === 0) return null;
  return (
    <div className="form told">
      {told.map(({ of, by, received, repaid, lessWad, fairWad, fee, feeWad }) => (
        <p key={`${of.id}-${by.id}`} className="say" data-testid="sold">
          As far as this page has read, auctions sold{' '}
          <strong>
            {tokens(received, of.decimals)} {of.symbol}
          </strong>{' '}
          and repaid{' '}
          <strong>
            {tokens(repaid, by.decimals)} {by.symbol}
          </strong>{' '}
          of debt with it.{' '}
          That cost <strong>{usd((lessWad > 0n ? lessWad : 0n) + feeWad, 2)}</strong>:{' '}
          {lessWad > 0n
            ? `buyers paid ${percent(fairWad === 0n ? 0n : (lessWad * WAD) / fairWad)} (${usd(lessWad, 2)}) less than the oracle's price`
            : 'buyers paid the oracle’s price or more'}
          {fee > 0n &&
            `, and a fee of ${tokens(fee, of.decimals)} ${of.symbol} (${usd(feeWad, 2)}) went to who started the auction and to the protocol`}
          .
        </p>
      ))}
    </div>
  );
}
