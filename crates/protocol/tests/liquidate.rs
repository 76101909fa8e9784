//! Starting and ending an auction.

mod common;

use breakwater_protocol::{actions, health::Basis, math::WAD, Error, ALL};
use common::*;

#[test]
fn health_is_threshold_value_over_debt() {
    // 10 ETH x 200 x 0.80 = 1,600 against 1,500: 1.0666...
    let health = borrower(1_500).health(Basis::Middle).unwrap();
    assert_eq!(health.health_factor_wad(), 1_066_666_666_666_666_666);
    assert_eq!(health.borrowable_wad, 1_500 * WAD);
}

#[test]
fn a_healthy_account_is_not_liquidated() {
    let mut sheet = borrower(1_500);
    assert_eq!(actions::start_liquidation(&mut sheet, [9; 32]), Err(Error::Healthy));
    // 187.5 x 10 x 0.8 = 1,500: exactly 1 is still healthy.
    set_prices(&mut sheet, 187_500_000_000_000_000_000);
    assert_eq!(actions::start_liquidation(&mut sheet, [9; 32]), Err(Error::Healthy));
    set_prices(&mut sheet, 187_499_999_000_000_000_000);
    assert!(actions::start_liquidation(&mut sheet, [9; 32]).is_ok());
}

#[test]
fn one_auction_at_a_time_and_none_without_debt() {
    let mut sheet = auctioned(1_500, 180 * WAD);
    assert_eq!(actions::start_liquidation(&mut sheet, [9; 32]), Err(Error::AuctionRunning));
    let mut idle = common::sheet();
    assert_eq!(actions::start_liquidation(&mut idle, [9; 32]), Err(Error::NoDebt));
}

#[test]
fn a_price_that_is_good_for_settling_only_does_not_start_one() {
    let mut sheet = borrower(1_500);
    set_prices(&mut sheet, 150 * WAD);
    sheet.line_mut(ETH).unwrap().price.as_mut().unwrap().good_for = 4;
    assert_eq!(
        actions::start_liquidation(&mut sheet, [9; 32]),
        Err(Error::PriceNotGoodForLiquidation)
    );
}

#[test]
fn in_auction_the_borrower_can_repay_and_top_up_but_not_withdraw_or_borrow() {
    let mut sheet = auctioned(1_500, 180 * WAD);
    assert_eq!(actions::borrow(&mut sheet.clone(), USD, DOLLAR), Err(Error::AuctionRunning));
    assert_eq!(
        actions::withdraw_collateral(&mut sheet.clone(), ETH, ETHER),
        Err(Error::AuctionRunning)
    );
    assert!(actions::repay(&mut sheet, USD, DOLLAR).is_ok());
    assert!(actions::deposit_collateral(&mut sheet, ETH, ETHER).is_ok());
}

#[test]
fn repaying_enough_cures_and_repaying_too_little_does_not() {
    // 10 ETH x 180 x 0.8 = 1,440 carries 1,440 of the 1,500.
    let mut sheet = auctioned(1_500, 180 * WAD);
    actions::repay(&mut sheet, USD, 59 * DOLLAR).unwrap();
    assert!(!sheet.cure());
    actions::repay(&mut sheet, USD, DOLLAR).unwrap();
    assert!(sheet.cure());
    assert_eq!(sheet.account.auction, None);
}

#[test]
fn repaying_all_cures_without_any_price() {
    let mut sheet = auctioned(1_500, 180 * WAD);
    for line in &mut sheet.lines {
        line.price = None;
    }
    actions::repay(&mut sheet, USD, ALL).unwrap();
    assert!(sheet.cure());
}

#[test]
fn without_prices_a_part_repayment_works_and_the_auction_goes_on() {
    let mut sheet = auctioned(1_500, 180 * WAD);
    for line in &mut sheet.lines {
        line.price = None;
    }
    actions::repay(&mut sheet, USD, 1_000 * DOLLAR).unwrap();
    assert!(!sheet.cure());
    assert!(sheet.account.auction.is_some());
}
