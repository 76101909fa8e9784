//! What is put on a account_snapshot beside an account's own assets.

use super::{
    super::take::{best_take, largest_take},
    *,
};

const EUR_ASSET: AssetId = 2;

/// The same market with a third asset, whose backstop is full and backs ETH.
fn with_euros(mut on: MarketSnapshot) -> MarketSnapshot {
    let mut euros = on.reserves[1].clone();
    euros.asset = EUR_ASSET;
    // 15 % of 100,000.
    let shares = 15_000 * USD * VIRTUAL_SHARES;
    (euros.reserve.balances.backstop_shares, euros.reserve.vault.shares) = (shares, shares);
    on.reserves.push(euros);
    on.reserves[0].reserve.config.auction.backed_by = Some(EUR_ASSET);
    on
}

/// The pool that sets a collateral's pace need not be of anything the account has. With it the price
/// rises by 2 bps a minute, without it by 8.
#[test]
fn what_backs_a_collateral_is_on_the_sheet() {
    let account = in_auction(1_500, 180, [1; 32]);
    let on = with_euros(with_auctions(snapshot(180, 20), [([1; 32], account.clone())]));
    let account_snapshot = on.account_snapshot(account.clone()).expect("a account_snapshot");
    assert_eq!(
        account_snapshot.reserves.iter().map(|priced| priced.asset).collect::<Vec<_>>(),
        [0, 1, 2]
    );
    let config = &on.reserves[0].reserve.config.auction;
    assert_eq!(account_snapshot.pace(ETH_ASSET), Ok(config.backed));
    assert_eq!(on.whole_sheet().pace(ETH_ASSET), Ok(config.backed));
    // 40 bps and 50 x (.0333 / .13)^2 of (1.05 x 1,500 - 1,440) / (1.05 - 0.8 x 1.0053) = 549.5 dollars.
    let terms = Buying { least_wad: 0, ..buying() }.now(&with_money(on.clone(), 1_000_000)).0;
    let gain = |account_snapshot: &AccountSnapshot| {
        best_take(account_snapshot, &[], &terms).map(|best| cents(best.gain_wad))
    };
    assert_eq!(gain(&account_snapshot), Some(2_37));
    // One that is listed no more backs nothing: 160 bps and 100 x (.0333 / .13)^2 of 572.3 dollars.
    let mut alone = on.clone();
    alone.reserves.pop();
    let account_snapshot = alone.account_snapshot(account).expect("a account_snapshot");
    assert_eq!(
        (account_snapshot.reserves.len(), account_snapshot.pace(ETH_ASSET)),
        (2, Ok(config.alone))
    );
    assert_eq!(gain(&account_snapshot), Some(9_53));
    assert!(largest_take(&account_snapshot, &terms).is_some());
}

/// Each asset once, what backs them after them; nothing for what can't be collateral.
#[test]
fn assets_are_on_a_sheet_once() {
    let on = with_euros(snapshot(180, 0));
    let assets = |some: &[AssetId]| {
        let account_snapshot = on.account_snapshot_of(some).expect("a account_snapshot");
        account_snapshot.reserves.iter().map(|priced| priced.asset).collect::<Vec<_>>()
    };
    assert_eq!(assets(&[ETH_ASSET, USD_ASSET, ETH_ASSET]), [0, 1, 2]);
    assert_eq!(assets(&[EUR_ASSET, ETH_ASSET]), [2, 0]);
    assert_eq!(assets(&[USD_ASSET]), [1]);
    assert_eq!(on.account_snapshot_of(&[9]).err(), Some(Error::UnknownAsset));
}
