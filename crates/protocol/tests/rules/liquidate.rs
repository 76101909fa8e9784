//! Starting and ending an auction.

use crate::common::*;
use breakwater_protocol::{actions, num::math::WAD, Error};

#[test]
fn health_is_threshold_value_over_debt() {
    // 10 ETH x 200 x 0.80 = 1,600 against 1,500: 1.0666...
    let health = borrower(1_500).health().unwrap();
    assert_eq!(health.health_factor_wad(), 1_066_666_666_666_666_666);
}

#[test]
fn a_healthy_account_is_not_liquidated() {
    let mut snapshot = borrower(1_500);
    assert_eq!(actions::start_liquidation(&mut snapshot, [9; 32], 0), Err(Error::Healthy));
    // 187.5 x 10 x 0.8 = 1,500: exactly 1 is still healthy.
    set_prices(&mut snapshot, 187_500_000_000_000_000_000);
    assert_eq!(actions::start_liquidation(&mut snapshot, [9; 32], 0), Err(Error::Healthy));
    set_prices(&mut snapshot, 187_499_999_000_000_000_000);
    assert!(actions::start_liquidation(&mut snapshot, [9; 32], 0).is_ok());
}

#[test]
fn one_auction_at_a_time_and_none_without_debt() {
    let mut snapshot = auctioned(1_500, 180 * WAD);
    assert_eq!(actions::start_liquidation(&mut snapshot, [9; 32], 0), Err(Error::AuctionRunning));
    let mut idle = crate::common::snapshot();
    assert_eq!(actions::start_liquidation(&mut idle, [9; 32], 0), Err(Error::NoDebt));
}

#[test]
fn a_price_that_is_good_for_settling_only_does_not_start_one() {
    let mut snapshot = borrower(1_500);
    set_prices(&mut snapshot, 150 * WAD);
    snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().good_for = 4;
    assert_eq!(
        actions::start_liquidation(&mut snapshot, [9; 32], 0),
        Err(Error::PriceNotGoodForLiquidation)
    );
}

#[test]
fn in_auction_the_borrower_can_repay_and_top_up_but_not_withdraw_or_borrow() {
    let mut snapshot = auctioned(1_500, 180 * WAD);
    assert_eq!(borrow(&mut snapshot.clone(), USD, DOLLAR), Err(Error::AuctionRunning));
    assert_eq!(withdraw_collateral(&mut snapshot.clone(), ETH, ETHER), Err(Error::AuctionRunning));
    assert!(repay(&mut snapshot, DOLLAR).is_ok());
    assert!(deposit(&mut snapshot, ETH, ETHER).is_ok());
}
