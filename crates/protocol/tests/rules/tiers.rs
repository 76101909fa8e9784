//! Leverage tiers: continuous, concave, and the same theorem for takes.

use crate::common::*;
use breakwater_protocol::{
    actions::start_liquidation,
    auction::{repay_to_target_up, terms},
    num::math::WAD,
    risk::tiers::Schedule,
    AccountSnapshot, Error, Health, MarketParams, ReserveConfig,
};
use proptest::prelude::*;

/// 80 % up to 1,000 dollars, 70 % up to 3,000, 50 % beyond.
fn tiered() -> ReserveConfig {
    let tiers = vec![tier(0, 7_500, 8_000), tier(1_000, 6_000, 7_000), tier(3_000, 4_000, 5_000)];
    ReserveConfig { tiers, ..eth_config() }
}

fn tiered_borrower(ethers: u128, dollars: u128) -> AccountSnapshot {
    let mut snapshot = snapshot_with(tiered(), usd_config());
    deposit(&mut snapshot, ETH, ethers * ETHER).unwrap();
    borrow(&mut snapshot, USD, dollars * DOLLAR).unwrap();
    snapshot
}

#[test]
fn each_dollar_carries_what_its_tier_says() {
    let schedule = Schedule::thresholds(&tiered().tiers);
    // 1,000 x 0.8 + 2,000 x 0.7 + 1,000 x 0.5
    for (value, carries) in [(0, 0), (500, 400), (1_000, 800), (3_000, 2_200), (4_000, 2_700)] {
        assert_eq!(schedule.carries_down(value * WAD), Ok(carries * WAD), "{value}");
        if value > 0 {
            assert_eq!(schedule.value_for_up(carries * WAD), Ok(Some(value * WAD)), "{value}");
        }
    }
    assert_eq!(schedule.last_rate_wad(3_000 * WAD), 7 * WAD / 10);
    assert_eq!(schedule.rate_at_wad(3_000 * WAD), WAD / 2);
    // 2,700 / 4,000, up by a hair.
    let average = schedule.average_up(4_000 * WAD).unwrap();
    assert!((675 * WAD / 1_000..675 * WAD / 1_000 + 10).contains(&average), "{average}");
}

#[test]
fn large_positions_may_borrow_less_for_each_dollar() {
    // 20 ETH are 4,000 dollars: 750 + 1,200 + 400 = 2,350.
    let mut snapshot = snapshot_with(tiered(), usd_config());
    deposit(&mut snapshot, ETH, 20 * ETHER).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 2_350 * DOLLAR + 1), Err(Error::InsufficientCollateral));
    borrow(&mut snapshot, USD, 2_350 * DOLLAR).unwrap();
    // (800 + 1,400 + 500) / 2,350 = 1.1489
    assert_eq!(snapshot.health().unwrap().health_factor_wad() / 100_000_000_000_000, 11_489);
}

#[test]
fn a_take_is_sized_bracket_by_bracket() {
    // 20 ETH at 160: 3,200 dollars carry 800 + 1,400 + 100 = 2,300 against 2,350 owed. The target
    // 1.05 needs 2,467.50, so 167.50 are missing. At oracle price and no fee:
    // the top 200 dollars (50 %) each gain 1.05 - 0.5 = 0.55: 110, 57.50 are left;
    // then each gains 1.05 - 0.7 = 0.35: 164.285714... Together 364.285714...
    let mut snapshot = tiered_borrower(20, 2_350);
    set_prices(&mut snapshot, 160 * WAD);
    let health = snapshot.health().unwrap();
    assert_eq!(health.threshold_wad, 2_300 * WAD);
    let schedule = Schedule::thresholds(&tiered().tiers);
    let target = MarketParams::default().target_health_wad;
    let size = repay_to_target_up(target, &health, WAD, &schedule, 3_200 * WAD).unwrap();
    assert_eq!(size / 1_000_000_000_000, 364_285_714);
}

#[test]
fn a_take_reaches_the_target_over_brackets_and_overshoots_by_dust_only() {
    let mut snapshot = tiered_borrower(20, 2_350);
    set_prices(&mut snapshot, 160 * WAD);
    start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    pass(&mut snapshot, 10 * MINUTE_MS);
    take(&mut snapshot, u128::MAX).unwrap();
    let reached = snapshot.health().unwrap().health_factor_wad();
    let target = MarketParams::default().target_health_wad;
    assert!((target..target + 10_000_000_000).contains(&reached), "{reached}");
}

#[test]
fn aave_v4_sizes_takes_alike_with_one_tier() {
    // Debt 10^57 ray of 26 decimals: 10^31 value units; HF 0.8 to be lifted to 1, factor 50 %,
    // bonus 150 %: (1 - 0.8) / (1 - 0.75) = 80 % of the debt.
    let Some(vector) = vector("v4-debt-to-target-unit1") else { return };
    let text = vector["expected"].to_string();
    let debt_wad = 10_000 * WAD;
    let health = Health { collateral_wad: 16_000 * WAD, threshold_wad: 8_000 * WAD, debt_wad };
    let schedule = Schedule::thresholds(&[tier(0, 4_000, 5_000)]);
    let size = repay_to_target_up(WAD, &health, 3 * WAD / 2, &schedule, 16_000 * WAD).unwrap();
    assert_eq!(size, 8_000 * WAD, "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_a_value_carries_is_continuous_rising_and_concave(value in 0u128..10_000, step in 1u128..1_000) {
        let schedule = Schedule::thresholds(&tiered().tiers);
        let at = |dollars: u128| schedule.carries_down(dollars * WAD).unwrap();
        let (a, b, c) = (at(value), at(value + step), at(value + 2 * step));
        prop_assert!(a <= b && b - a <= step * WAD * 8 / 10);
        // Rounded down in at most three brackets.
        prop_assert!(c - b <= b - a + 3);
    }

    /// Finding the value for a load and weighing it again gives at least the load, and a
    /// billionth of a dollar less does not.
    #[test]
    fn finding_a_value_undoes_weighing_it(load in 1u128..5_000_000_000) {
        let schedule = Schedule::thresholds(&tiered().tiers);
        let load_wad = load * WAD / 1_000_000;
        let value_wad = schedule.value_for_up(load_wad).unwrap().unwrap();
        prop_assert!(schedule.carries_down(value_wad + 4).unwrap() >= load_wad);
        prop_assert!(schedule.carries_down(value_wad - 1_000_000_000).unwrap() < load_wad);
    }

    /// § 4.2 with tiers: a take of any size raises health.
    #[test]
    fn every_take_raises_health_across_brackets(
        ethers in 5u128..60,
        fall in 1u128..30,
        minutes in 0u64..40,
        part in 1u128..=100,
    ) {
        let mut snapshot = snapshot_with(tiered(), usd_config());
        deposit(&mut snapshot, ETH, ethers * ETHER).unwrap();
        let limit = snapshot.borrowing_power().unwrap().limit_wad / WAD;
        borrow(&mut snapshot, USD, limit * DOLLAR).unwrap();
        set_prices(&mut snapshot, 200 * WAD * (100 - fall) / 100);
        if start_liquidation(&mut snapshot, [9; 32], 0).is_err() {
            return Ok(());
        }
        pass(&mut snapshot, minutes * MINUTE_MS);
        let before = snapshot.health().unwrap();
        let offer = terms(&snapshot, &before, ETH, USD).unwrap();
        prop_assume!(!offer.offer.whole);
        if take(&mut snapshot, limit * DOLLAR * part / 100).is_err() {
            return Ok(());
        }
        let after = snapshot.health().unwrap();
        if after.debt_wad > 0 {
            prop_assert!(exactly_healthier(&before, &after));
        }
    }
}
