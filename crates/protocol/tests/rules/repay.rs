//! Repaying, which is never refused.

use crate::common::*;
use breakwater_protocol::{actions::Outcome, num::math::WAD, Error, ALL};
use proptest::prelude::*;

#[test]
fn all_of_a_debt_is_no_more_than_is_owed() {
    for asked in [ALL, 10_000 * DOLLAR, 1_500 * DOLLAR] {
        let mut snapshot = borrower(1_500);
        let done = repay(&mut snapshot, asked).unwrap();
        assert!(matches!(done, Outcome::Repaid { assets: 1_500_000_000, .. }), "{done:?}");
        assert!(!snapshot.account.has_debt());
        assert_eq!(reserve(&snapshot, USD).balances.debt_shares, 0);
    }
}

#[test]
fn bad_input_has_its_own_error() {
    let mut snapshot = snapshot();
    assert_eq!(repay(&mut snapshot, 1), Err(Error::NoDebt));
    let mut snapshot = borrower(500);
    assert_eq!(repay(&mut snapshot, 0), Err(Error::ZeroAmount));
}

#[test]
fn a_repayment_needs_no_price_and_may_leave_less_than_the_minimum() {
    let mut snapshot = auctioned(1_500, 180 * WAD);
    snapshot.reserves.iter_mut().for_each(|priced| priced.price = None);
    repay(&mut snapshot, 1_450 * DOLLAR).unwrap();
    // Without prices nobody knows whether the account is healthy: the auction goes on.
    assert!(snapshot.account.auction.is_some());
    repay(&mut snapshot, ALL).unwrap();
    assert!(snapshot.account.auction.is_none());
}

#[test]
fn a_repayment_that_restores_health_cures() {
    // At 180: T = 1,440; 60 dollars less and HF is 1.
    let mut snapshot = auctioned(1_500, 180 * WAD);
    repay(&mut snapshot, 59 * DOLLAR).unwrap();
    assert!(snapshot.account.auction.is_some());
    repay(&mut snapshot, DOLLAR).unwrap();
    assert!(snapshot.account.auction.is_none());
}

proptest! {
    /// Whatever has accrued, any amount down to a unit can be repaid, and all of it at last.
    #[test]
    fn repaying_is_never_refused(
        debt in 100u128..1_500,
        rate_percent in 0u128..1_000,
        hours in 0u64..10_000,
        first in 1u128..2_000 * DOLLAR,
    ) {
        let mut snapshot = borrower(debt);
        config(&mut snapshot, USD).rate = flat_rate(rate_percent * WAD / 100);
        pass(&mut snapshot, hours * HOUR_MS);
        repay(&mut snapshot, first).unwrap();
        if snapshot.account.has_debt() {
            repay(&mut snapshot, 1).unwrap();
        }
        if snapshot.account.has_debt() {
            repay(&mut snapshot, ALL).unwrap();
        }
        prop_assert!(!snapshot.account.has_debt());
    }
}
