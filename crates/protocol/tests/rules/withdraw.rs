//! Taking lent money back, and the limit on how fast it may leave.

use crate::common::*;
use breakwater_protocol::{actions::Outcome, Error, FlowLimit, ALL};

#[test]
fn what_was_lent_comes_back() {
    let mut snapshot = snapshot();
    supply(&mut snapshot, 500 * DOLLAR).unwrap();
    withdraw(&mut snapshot, 200 * DOLLAR).unwrap();
    let done = withdraw(&mut snapshot, ALL).unwrap();
    assert!(matches!(done, Outcome::Withdrawn { assets: 300_000_000, .. }), "{done:?}");
    assert!(snapshot.account.is_empty());
}

#[test]
fn bad_input_has_its_own_error() {
    let mut snapshot = snapshot();
    assert_eq!(withdraw(&mut snapshot, 0), Err(Error::ZeroAmount));
    assert_eq!(withdraw(&mut snapshot, 1), Err(Error::InsufficientBalance));
    assert_eq!(withdraw(&mut snapshot, ALL), Err(Error::InsufficientBalance));
    supply(&mut snapshot, 500 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut snapshot, 500 * DOLLAR + 1), Err(Error::InsufficientBalance));
    snapshot.reserve_mut(USD).unwrap().balances.cash = 10;
    snapshot.reserve_mut(USD).unwrap().balances.borrowed = 1_000_500 * DOLLAR - 10;
    assert_eq!(withdraw(&mut snapshot, 11), Err(Error::InsufficientCash));
}

#[test]
fn a_frozen_reserve_lets_everybody_out() {
    let mut snapshot = borrower(500);
    supply(&mut snapshot, 500 * DOLLAR).unwrap();
    config(&mut snapshot, USD).frozen = true;
    config(&mut snapshot, ETH).frozen = true;
    withdraw(&mut snapshot, ALL).unwrap();
    repay(&mut snapshot, ALL).unwrap();
    withdraw_collateral(&mut snapshot, ETH, ALL).unwrap();
    assert!(snapshot.account.is_empty());
}

#[test]
fn outflow_is_limited_and_the_bucket_leaks() {
    // 1,000 dollars an hour: a dollar in 3.6 seconds.
    let mut snapshot = snapshot();
    supply(&mut snapshot, 100_000 * DOLLAR).unwrap();
    config(&mut snapshot, USD).outflow = FlowLimit { capacity: 1_000 * DOLLAR, window_ms: HOUR_MS };
    withdraw(&mut snapshot, 1_000 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut snapshot, 1), Err(Error::OutflowLimitReached));
    pass(&mut snapshot, 3_600);
    assert_eq!(withdraw(&mut snapshot, DOLLAR + 1), Err(Error::OutflowLimitReached));
    withdraw(&mut snapshot, DOLLAR).unwrap();
    // What comes in makes room at once.
    supply(&mut snapshot, 600 * DOLLAR).unwrap();
    withdraw(&mut snapshot, 600 * DOLLAR).unwrap();
    pass(&mut snapshot, HOUR_MS / 2);
    withdraw(&mut snapshot, 500 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut snapshot, 1), Err(Error::OutflowLimitReached));
    pass(&mut snapshot, 2 * HOUR_MS);
    withdraw(&mut snapshot, 1_000 * DOLLAR).unwrap();
}

#[test]
fn borrowing_draws_on_the_same_bucket_and_repaying_is_exempt() {
    let mut snapshot = snapshot();
    deposit(&mut snapshot, ETH, 100 * ETHER).unwrap();
    config(&mut snapshot, USD).outflow = FlowLimit { capacity: 1_000 * DOLLAR, window_ms: HOUR_MS };
    borrow(&mut snapshot, USD, 1_000 * DOLLAR).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 1), Err(Error::OutflowLimitReached));
    repay(&mut snapshot, 400 * DOLLAR).unwrap();
    borrow(&mut snapshot, USD, 400 * DOLLAR).unwrap();
    // Collateral is not lenders' money: it leaves whenever it may.
    withdraw_collateral(&mut snapshot, ETH, 90 * ETHER).unwrap();
}
