//! Borrowing: limits, bands, haircuts.

use crate::common::*;
use breakwater_protocol::{num::math::WAD, oracle::price::Use, Error};

#[test]
fn borrowing_stops_at_ltv_and_below_the_minimum() {
    let mut snapshot = snapshot();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 1_500 * DOLLAR + 1), Err(Error::InsufficientCollateral));
    assert_eq!(borrow(&mut snapshot, USD, 100 * DOLLAR - 1), Err(Error::DebtBelowMinimum));
    assert!(borrow(&mut snapshot, USD, 1_500 * DOLLAR).is_ok());
}

#[test]
fn bad_input_has_its_own_error() {
    let mut snapshot = snapshot();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 0), Err(Error::ZeroAmount));
    assert_eq!(borrow(&mut snapshot, ETH, 1), Err(Error::NotBorrowable));
    assert_eq!(borrow(&mut snapshot, USD, 1_000_001 * DOLLAR), Err(Error::InsufficientCash));
    config(&mut snapshot, USD).borrow_cap = 999 * DOLLAR;
    assert_eq!(borrow(&mut snapshot, USD, 1_000 * DOLLAR), Err(Error::BorrowCapExceeded));
    config(&mut snapshot, USD).frozen = true;
    assert_eq!(borrow(&mut snapshot, USD, 500 * DOLLAR), Err(Error::Frozen));
    let mut snapshot = auctioned(1_500, 180 * WAD);
    assert_eq!(borrow(&mut snapshot, USD, 1), Err(Error::AuctionRunning));
    let mut snapshot = borrower(500);
    snapshot.reserves[0].price = None;
    assert_eq!(borrow(&mut snapshot, USD, 1), Err(Error::PriceMissing));
}

#[test]
fn risk_is_taken_on_at_the_bad_end_of_the_band() {
    let mut snapshot = snapshot();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    let price = snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap();
    price.low_wad = 190 * WAD;
    // 10 x 190 x 0.75 = 1,425.
    assert_eq!(borrow(&mut snapshot, USD, 1_425 * DOLLAR + 1), Err(Error::InsufficientCollateral));
    assert!(borrow(&mut snapshot.clone(), USD, 1_425 * DOLLAR).is_ok());
    // Debt counts at the high end: 1,425 / 1.25 = 1,140.
    snapshot.priced_mut(USD).unwrap().price.as_mut().unwrap().high_wad = 1_250_000_000_000_000_000;
    assert_eq!(borrow(&mut snapshot, USD, 1_140 * DOLLAR + 1), Err(Error::InsufficientCollateral));
    let mut lent = snapshot.clone();
    borrow(&mut lent, USD, 1_140 * DOLLAR).unwrap();
    let power = lent.borrowing_power().unwrap();
    assert_eq!((power.limit_wad, power.debt_wad), (1_425 * WAD, 1_425 * WAD));
    snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().good_for = Use::Settlement.flag();
    assert_eq!(borrow(&mut snapshot, USD, 500 * DOLLAR), Err(Error::PriceNotGoodForRisk));
}

/// More of a debt that there is opens nothing, and needs a price that is good for risk all the same.
#[test]
fn more_risk_needs_a_price_that_is_good_for_it() {
    for asset in [ETH, USD] {
        let mut snapshot = borrower(500);
        let priced = snapshot.priced_mut(asset).unwrap();
        priced.price.as_mut().unwrap().good_for = Use::Settlement.flag() | Use::Liquidation.flag();
        assert_eq!(borrow(&mut snapshot, USD, DOLLAR), Err(Error::PriceNotGoodForRisk));
        assert_eq!(withdraw_collateral(&mut snapshot, ETH, 1), Err(Error::PriceNotGoodForRisk));
        deposit(&mut snapshot, ETH, 1).unwrap();
        repay(&mut snapshot, DOLLAR).unwrap();
    }
}

#[test]
fn the_haircut_grows_with_exposure_and_volatility_and_leaves_standing_loans_alone() {
    // Depth 10 ETH, exposure 40 ETH: sqrt(4) = 2; k_d 2 %: 4 %. Volatility 5 % a day, k_v 1.2: 6 %.
    // 40 x 200 x 0.75 x 0.90 = 5,400.
    let mut eth = eth_config();
    eth.liquidity.depth = 10 * ETHER;
    eth.liquidity.haircut_per_root_depth_wad = WAD / 50;
    eth.liquidity.haircut_per_volatility_wad = 12 * WAD / 10;
    let mut snapshot = snapshot_with(eth, usd_config());
    deposit(&mut snapshot, ETH, 40 * ETHER).unwrap();
    snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().slow_volatility_wad = WAD / 20;
    assert_eq!(borrow(&mut snapshot, USD, 5_400 * DOLLAR + 1), Err(Error::InsufficientCollateral));
    // The root rounds up by 10^-18, so a few units of a dollar less.
    assert!(borrow(&mut snapshot.clone(), USD, 5_400 * DOLLAR - 10).is_ok());
    // It stops at its bound: 50 %.
    let price = snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap();
    (price.fast_volatility_wad, price.slow_volatility_wad) = (u128::MAX, u128::MAX);
    borrow(&mut snapshot, USD, 3_000 * DOLLAR).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 1), Err(Error::InsufficientCollateral));
    // 40 x 200 x 0.80 / 3,000 = 2.133: the threshold knows no haircut.
    assert_eq!(snapshot.health().unwrap().health_factor_wad() / 1_000_000_000_000_000, 2_133);
}
