//! Buying in an auction: price, size, the health theorem and what happens at insolvency.

use crate::common::*;
use breakwater_protocol::{
    auction::{health_bound_wad, terms},
    num::math::WAD,
    AccountSnapshot, Error, MarketParams, ALL,
};
use proptest::prelude::*;

const PERCENT: i128 = 10_000_000_000_000_000;

fn health_factor(snapshot: &AccountSnapshot) -> u128 {
    snapshot.health().unwrap().health_factor_wad()
}

/// Bonus that ETH is offered at, in tenths of a per cent.
fn offered(snapshot: &AccountSnapshot) -> i128 {
    let terms = terms(snapshot, &snapshot.health().unwrap(), ETH, USD).unwrap();
    terms.offer.bonus_wad / (PERCENT / 10)
}

#[test]
fn the_price_rises_in_a_straight_line_to_the_highest() {
    // -2 % to +10 % in 20 minutes: 0.6 % a minute.
    for (minutes, bonus) in [(0, -20), (1, -14), (5, 10), (10, 40), (20, 100), (99, 100)] {
        let mut snapshot = auctioned(1_500, 180 * WAD);
        pass(&mut snapshot, minutes * MINUTE_MS);
        assert_eq!(offered(&snapshot), bonus, "after {minutes} minutes");
    }
    // It is 0 after 3 minutes 20 seconds.
    let mut snapshot = auctioned(1_500, 180 * WAD);
    pass(&mut snapshot, 200_000);
    assert_eq!(snapshot.touched(ETH).unwrap().common.bonus_pico, 0);
    pass(&mut snapshot, 1);
    assert_eq!(snapshot.touched(ETH).unwrap().common.bonus_pico, 100_000);
}

/// Who falls into a high common price has their own minutes: 0.6 % for each.
#[test]
fn nobody_is_sold_at_a_high_common_price_at_once() {
    for (minutes, bonus) in [(0, 0), (1, 6), (5, 30), (16, 96), (17, 100)] {
        let mut snapshot = auctioned(1_500, 180 * WAD);
        common_price(&mut snapshot, 1_000);
        pass(&mut snapshot, minutes * MINUTE_MS);
        assert_eq!(offered(&snapshot), bonus, "after {minutes} minutes");
    }
}

#[test]
fn at_the_start_the_taker_pays_more_than_the_oracle_price() {
    // At 180: C = 1,800, T = 1,440, D = 1,500. Bonus -2 %, fee 1 %, paid 0.99:
    // r = (1.05 x 1,500 - 1,440) / (1.05 - 0.99 x 0.8) = 135 / 0.258 = 523.255814
    let mut snapshot = auctioned(1_500, 180 * WAD);
    let taken = take(&mut snapshot, ALL).unwrap();
    assert_eq!(taken.fill.repaid, 523_255_814);
    // One unit less counts: 523.255813 x 0.98 / 180 = 2.848837204...
    assert_eq!(taken.fill.received / 1_000_000_000, 2_848_837_204);
    // 523.255813 x 0.01 / 180 = 0.029069767...
    assert_eq!(taken.fill.fee / 1_000_000_000, 29_069_767);
    assert!(taken.ended.is_some());
}

#[test]
fn a_full_take_reaches_the_target_and_overshoots_by_dust_only() {
    let mut snapshot = auctioned(1_500, 180 * WAD);
    pass(&mut snapshot, 10 * MINUTE_MS);
    take(&mut snapshot, ALL).unwrap();
    let target = MarketParams::default().target_health_wad;
    let reached = health_factor(&snapshot);
    assert!(reached >= target, "{reached}");
    // One unit of a million-unit dollar in about 900 dollars.
    assert!(reached < target + 10_000_000_000, "{reached}");
}

#[test]
fn the_health_bound_caps_the_bonus() {
    // At 155: C = 1,550, T = 1,240, D = 1,500: HF 0.8267, HF / LT - 1 = 3.33 %, C/D covers
    // 2 % more than the debt. The time would give 10 %.
    let mut snapshot = auctioned(1_500, 155 * WAD);
    pass(&mut snapshot, 60 * MINUTE_MS);
    let health = snapshot.health().unwrap();
    let offer = terms(&snapshot, &health, ETH, USD).unwrap();
    let offer = offer.offer;
    assert!(!offer.whole);
    assert_eq!(offer.bonus_wad, health_bound_wad(&health, 800_000_000_000_000_000).unwrap());
    assert_eq!(offer.bonus_wad / 100_000_000_000_000, 333);
    assert_eq!(offer.fee_wad, 0);
}

#[test]
fn an_insolvent_account_is_sold_whole_at_the_times_price_and_the_rest_is_bad_debt() {
    // At 120: C = 1,200 against D = 1,500. At the start all of it for 1,200 / 0.98 = 1,224.489796 (up)
    // and one unit; at 10 % for 1,200 / 1.1 = 1,090.909091 and one.
    for (minutes, repaid) in [(0, 1_224_489_797), (20, 1_090_909_092)] {
        let mut snapshot = auctioned(1_500, 120 * WAD);
        pass(&mut snapshot, minutes * MINUTE_MS);
        let supplied = snapshot.priced(USD).unwrap().reserve.balances.supplied().unwrap().assets;
        let taken = take(&mut snapshot, ALL).unwrap();
        assert!(taken.terms.offer.whole && taken.ended.is_some());
        assert_eq!(taken.fill.repaid, repaid);
        assert_eq!((taken.fill.received, taken.fill.fee), (10 * ETHER, 0));
        assert_eq!(taken.written_off.bad_debt.len(), 1);
        assert_eq!(taken.written_off.bad_debt[0].assets, 1_500_000_000 - repaid);
        assert!(snapshot.account.is_empty());
        let left = snapshot.priced(USD).unwrap().reserve.balances.supplied().unwrap().assets;
        assert_eq!(supplied - left, taken.written_off.bad_debt[0].assets);
    }
}

/// 1,530 dollars are 1,500 and 2 %: what is worth less is sold whole.
#[test]
fn what_covers_the_debt_and_2_per_cent_is_not_sold_whole() {
    for (price_wad, whole) in [(153 * WAD, false), (153 * WAD - 1, true)] {
        let snapshot = auctioned(1_500, price_wad);
        let terms = terms(&snapshot, &snapshot.health().unwrap(), ETH, USD).unwrap();
        assert_eq!(terms.offer.whole, whole);
    }
}

#[test]
fn a_take_may_not_leave_a_debt_below_the_minimum() {
    let mut snapshot = auctioned(150, 18 * WAD);
    // D = 150, minimum 100: repaying 60 would leave 90, so 50 are repaid. The target is below D,
    // but what would be left is dust, so all may be repaid. Of the 100 that are left in the first
    // case no part may be repaid alone.
    let mut part = auctioned(150, 16 * WAD);
    assert_eq!(take(&mut part, 60 * DOLLAR).unwrap().fill.repaid, 50 * DOLLAR);
    assert_eq!(take(&mut part, 60 * DOLLAR).unwrap_err(), Error::TakeLeavesDust);
    let taken = take(&mut snapshot, ALL).unwrap();
    assert_eq!(taken.fill.repaid, 150 * DOLLAR);
    assert!(!snapshot.account.has_debt() && taken.ended.is_some());
}

#[test]
fn no_take_without_auction_or_when_the_price_has_recovered() {
    assert_eq!(take(&mut borrower(1_500), ALL).unwrap_err(), Error::NoAuction);
    let mut snapshot = auctioned(1_500, 180 * WAD);
    set_prices(&mut snapshot, 200 * WAD);
    assert_eq!(take(&mut snapshot, ALL).unwrap_err(), Error::Healthy);
    assert!(snapshot.cure().is_some());
}

#[test]
fn a_stale_price_settles_nothing() {
    let mut snapshot = auctioned(1_500, 180 * WAD);
    snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().good_for = 0;
    assert_eq!(take(&mut snapshot, ALL).unwrap_err(), Error::PriceNotGoodForSettlement);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// § 4.2: while the collateral covers the debt and 2 %, every take raises health.
    #[test]
    fn every_take_of_a_solvent_account_raises_health(
        debt in 200u128..=1_500,
        fall in 1u128..=40,
        minutes in 0u64..40,
        part in 1u128..=100,
    ) {
        let mut snapshot = borrower(debt);
        // The price at which HF is 1, and further down to HF 0.60.
        let price = debt * WAD / 8 * (1_000 - 10 * fall) / 1_000;
        set_prices(&mut snapshot, price);
        breakwater_protocol::actions::start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
        pass(&mut snapshot, minutes * MINUTE_MS);
        let before = snapshot.health().unwrap();
        let asked = debt * DOLLAR * part / 100;
        match take(&mut snapshot, asked) {
            Ok(taken) if !taken.terms.offer.whole => {
                prop_assert!(exactly_healthier(&before, &snapshot.health().unwrap()));
                prop_assert!(taken.written_off.bad_debt.is_empty());
            }
            Ok(taken) => {
                let bonus = (6 * i128::from(minutes) - 20).min(100);
                prop_assert_eq!(taken.fill.bonus_wad, bonus * PERCENT / 10);
            }
            Err(error) => prop_assert_eq!(error, Error::TakeLeavesDust),
        }
    }

    /// Two takes never pay more, for what they repay, than one.
    #[test]
    fn splitting_a_take_gains_nothing(fall in 1u128..=20, minutes in 0u64..40, first in 1u128..=99) {
        let mut whole = auctioned(1_500, 150 * WAD / 8 * 10 * (1_000 - 10 * fall) / 1_000);
        pass(&mut whole, minutes * MINUTE_MS);
        let mut split = whole.clone();
        let one = take(&mut whole, ALL).unwrap();
        let Ok(a) = take(&mut split, one.fill.repaid * first / 100) else { return Ok(()) };
        let (mut repaid, mut received) = (a.fill.repaid, a.fill.received);
        if let Ok(b) = take(&mut split, one.fill.repaid - a.fill.repaid) {
            if b.fill.bonus_wad > one.fill.bonus_wad + PERCENT / 10_000 {
                // A rest below the minimum debt, that does not count: `waiting.rs`.
                prop_assert!(b.fill.repaid < 100 * DOLLAR);
                return Ok(());
            }
            repaid += b.fill.repaid;
            received += b.fill.received;
        }
        prop_assert!(repaid <= one.fill.repaid);
        // Collateral per dollar, with one unit of each asset as slack for rounding.
        prop_assert!(
            received.saturating_sub(ETHER / 1_000_000) * one.fill.repaid / ETHER
                <= one.fill.received * repaid / ETHER + 1
        );
    }
}
