//! § 4.2 in integers: every take of a solvent account raises its health, for *all* accounts of a
//! small domain; and nobody gains by liquidating themselves.

use crate::common::*;
use breakwater_protocol::{
    actions::start_liquidation, num::math::WAD, AccountSnapshot, Error, VaultStake, ALL,
};
use proptest::prelude::*;

/// An account with some units of collateral and debt, at a price, in auction if it can be.
/// Units are as coarse as they get: no decimals, so that every rounding counts.
fn coarse(
    collateral: u128,
    debt: u128,
    price: u128,
    threshold_bps: u16,
) -> Option<AccountSnapshot> {
    let mut eth = eth_config();
    eth.decimals = 0;
    eth.tiers = vec![tier(0, 1, threshold_bps)];
    // No pool: from where it would buy is nobody's matter.
    eth.auction.pool_ltv_bps = 9_500;
    let mut usd = usd_config();
    (usd.decimals, usd.min_debt) = (0, 0);
    let mut snapshot = snapshot_with(eth, usd);
    common_price(&mut snapshot, 0);
    place_loan(&mut snapshot, collateral, debt);
    set_prices(&mut snapshot, price * WAD);
    start_liquidation(&mut snapshot, [9; 32], 0).ok()?;
    Some(snapshot)
}

#[test]
fn every_take_raises_health_for_all_small_accounts() {
    let (mut takes, mut insolvent) = (0, 0);
    for collateral in 1..=24 {
        for debt in 1..=24 {
            for price in 1..=3 {
                for threshold_bps in [2_000, 5_000, 8_000, 8_900] {
                    let Some(mut snapshot) = coarse(collateral, debt, price, threshold_bps) else {
                        continue;
                    };
                    for minutes in [0, 7, 20] {
                        pass(&mut snapshot, minutes * MINUTE_MS);
                        let before = snapshot.health().unwrap();
                        for repay in 1..=debt {
                            let mut after = snapshot.clone();
                            match take(&mut after, repay) {
                                Ok(taken) if taken.terms.offer.whole => insolvent += 1,
                                Ok(_) => {
                                    takes += 1;
                                    let health = after.health().unwrap();
                                    assert!(
                                        health.debt_wad == 0 || exactly_healthier(&before, &health),
                                        "{collateral} at {price} x {threshold_bps}, {repay} of {debt}"
                                    );
                                }
                                Err(error) => assert_eq!(error, Error::AmountTooSmall),
                            }
                        }
                    }
                }
            }
        }
    }
    // Otherwise it would prove nothing.
    assert!(takes > 10_000 && insolvent > 1_000, "{takes} {insolvent}");
}

/// Value of what somebody has, in wad dollars: collateral less debt.
fn equity_wad(snapshot: &AccountSnapshot) -> i128 {
    let health = snapshot.health().unwrap();
    health.collateral_wad as i128 - health.debt_wad as i128
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// A solvent borrower who starts their own auction and takes from themselves has no more than
    /// before: what they pay themselves they pay themselves, and the fee's rest is gone.
    #[test]
    fn liquidating_oneself_gains_nothing(
        debt in 200u128..=1_500,
        fall in 1u128..=20,
        minutes in 0u64..40,
        part in 1u128..=100,
    ) {
        let mut snapshot = borrower(debt);
        let price = debt * WAD / 8 * (1_000 - 10 * fall) / 1_000;
        set_prices(&mut snapshot, price);
        start_liquidation(&mut snapshot, TAKER, 0).unwrap();
        pass(&mut snapshot, minutes * MINUTE_MS);
        let before = equity_wad(&snapshot);
        let Ok(taken) = take(&mut snapshot, debt * DOLLAR * part / 100) else { return Ok(()) };
        if taken.terms.offer.whole {
            return Ok(());
        }
        let paid_wad = (taken.fill.repaid * (WAD / DOLLAR)) as i128;
        let got_wad = (taken.paid_out * (price / 1_000_000_000) / 1_000_000_000) as i128;
        prop_assert!(equity_wad(&snapshot) + got_wad - paid_wad <= before);
    }

    /// Nor do they by having the backstop, in which they have the only stake, buy: what the pool gains
    /// they have lost.
    #[test]
    fn feeding_ones_own_backstop_gains_nothing(
        debt in 200u128..=1_500,
        fall in 1u128..=17,
        stake_dollars in 100u128..=3_000,
    ) {
        let mut snapshot = borrower(debt);
        stake(&mut snapshot, &mut VaultStake::default(), stake_dollars);
        let price = debt * WAD / 8 * (1_000 - 10 * fall) / 1_000;
        set_prices(&mut snapshot, price);
        let before = equity_wad(&snapshot);
        let bought = start_and_buy(&mut snapshot, TAKER).unwrap();
        // From an LTV of 84 % on: a fall of 5 %.
        prop_assert_eq!(bought.is_some(), fall >= 5);
        let Some(taken) = bought.map(|bought| bought.taken) else { return Ok(()) };
        if taken.terms.offer.whole {
            return Ok(());
        }
        // In the pool: so much less lent, and the collateral; and the starter's reward.
        let paid_wad = (taken.fill.repaid * (WAD / DOLLAR)) as i128;
        let got = taken.fill.received + taken.fill.reward;
        let got_wad = (got * (price / 1_000_000_000) / 1_000_000_000) as i128;
        prop_assert!(equity_wad(&snapshot) + got_wad - paid_wad <= before);
    }

    /// What a taker is paid for a unit of debt does not rise by asking for less at a time.
    #[test]
    fn many_small_takes_pay_no_more_than_one(fall in 1u128..=15, parts in 2u128..=12) {
        let mut whole = auctioned(1_500, 150 * WAD / 8 * 10 * (1_000 - 10 * fall) / 1_000);
        pass(&mut whole, 20 * MINUTE_MS);
        let mut split = whole.clone();
        let one = take(&mut whole, ALL).unwrap().fill;
        let (mut repaid, mut received) = (0, 0);
        for _ in 0..parts {
            let Ok(part) = take(&mut split, one.repaid / parts) else { break };
            repaid += part.fill.repaid;
            received += part.fill.received;
        }
        prop_assert!(received * one.repaid <= one.received * repaid + one.repaid * ETHER / 1_000);
    }
}
