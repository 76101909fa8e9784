//! Taking lent money back, and the limit on how fast it may leave.

use crate::common::*;
use breakwater_protocol::{actions::Outcome, Error, FlowLimit, ALL};

#[test]
fn what_was_lent_comes_back() {
    let mut sheet = sheet();
    supply(&mut sheet, 500 * DOLLAR).unwrap();
    withdraw(&mut sheet, 200 * DOLLAR).unwrap();
    let done = withdraw(&mut sheet, ALL).unwrap();
    assert!(matches!(done, Outcome::Withdrawn { assets: 300_000_000, .. }), "{done:?}");
    assert!(sheet.account.is_empty());
}

#[test]
fn bad_input_has_its_own_error() {
    let mut sheet = sheet();
    assert_eq!(withdraw(&mut sheet, 0), Err(Error::ZeroAmount));
    assert_eq!(withdraw(&mut sheet, 1), Err(Error::InsufficientBalance));
    assert_eq!(withdraw(&mut sheet, ALL), Err(Error::InsufficientBalance));
    supply(&mut sheet, 500 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut sheet, 500 * DOLLAR + 1), Err(Error::InsufficientBalance));
    sheet.reserve_mut(USD).unwrap().books.cash = 10;
    sheet.reserve_mut(USD).unwrap().books.borrowed = 1_000_500 * DOLLAR - 10;
    assert_eq!(withdraw(&mut sheet, 11), Err(Error::InsufficientCash));
}

#[test]
fn a_frozen_reserve_lets_everybody_out() {
    let mut sheet = borrower(500);
    supply(&mut sheet, 500 * DOLLAR).unwrap();
    config(&mut sheet, USD).frozen = true;
    config(&mut sheet, ETH).frozen = true;
    withdraw(&mut sheet, ALL).unwrap();
    repay(&mut sheet, ALL).unwrap();
    withdraw_collateral(&mut sheet, ETH, ALL).unwrap();
    assert!(sheet.account.is_empty());
}

#[test]
fn outflow_is_limited_and_the_bucket_leaks() {
    // 1,000 dollars an hour: a dollar in 3.6 seconds.
    let mut sheet = sheet();
    supply(&mut sheet, 100_000 * DOLLAR).unwrap();
    config(&mut sheet, USD).outflow = FlowLimit { capacity: 1_000 * DOLLAR, window_ms: HOUR_MS };
    withdraw(&mut sheet, 1_000 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut sheet, 1), Err(Error::OutflowLimitReached));
    pass(&mut sheet, 3_600);
    assert_eq!(withdraw(&mut sheet, DOLLAR + 1), Err(Error::OutflowLimitReached));
    withdraw(&mut sheet, DOLLAR).unwrap();
    // What comes in makes room at once.
    supply(&mut sheet, 600 * DOLLAR).unwrap();
    withdraw(&mut sheet, 600 * DOLLAR).unwrap();
    pass(&mut sheet, HOUR_MS / 2);
    withdraw(&mut sheet, 500 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut sheet, 1), Err(Error::OutflowLimitReached));
    pass(&mut sheet, 2 * HOUR_MS);
    withdraw(&mut sheet, 1_000 * DOLLAR).unwrap();
}

#[test]
fn borrowing_draws_on_the_same_bucket_and_repaying_is_exempt() {
    let mut sheet = sheet();
    deposit(&mut sheet, ETH, 100 * ETHER).unwrap();
    config(&mut sheet, USD).outflow = FlowLimit { capacity: 1_000 * DOLLAR, window_ms: HOUR_MS };
    borrow(&mut sheet, USD, 1_000 * DOLLAR).unwrap();
    assert_eq!(borrow(&mut sheet, USD, 1), Err(Error::OutflowLimitReached));
    repay(&mut sheet, 400 * DOLLAR).unwrap();
    borrow(&mut sheet, USD, 400 * DOLLAR).unwrap();
    // Collateral is not lenders' money: it leaves whenever it may.
    withdraw_collateral(&mut sheet, ETH, 90 * ETHER).unwrap();
}
