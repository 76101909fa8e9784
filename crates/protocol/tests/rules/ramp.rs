//! Changing a reserve's parameters: thresholds fall slowly for standing debt.

use crate::common::*;
use breakwater_protocol::{Error, Reserve, ReserveConfig, Tier, ALL};
use proptest::prelude::*;

fn reconfigure(
    reserve: &mut Reserve,
    days: u64,
    change: impl FnOnce(&mut ReserveConfig),
) -> Result<(), Error> {
    let mut config = reserve.config.clone();
    change(&mut config);
    reserve.reconfigure(config, START_MS + days * DAY_MS)
}

/// Threshold of the first dollar after some days, in bps.
fn threshold(reserve: &Reserve, days: u64) -> u128 {
    reserve.thresholds(START_MS + days * DAY_MS).unwrap().rate_at_wad(0) / 100_000_000_000_000
}

#[test]
fn a_lower_threshold_comes_down_by_half_a_percent_a_day() {
    let mut reserve = Reserve::new(eth_config(), START_MS).unwrap();
    reconfigure(&mut reserve, 0, |config| config.tiers = vec![tier(0, 6_000, 7_000)]).unwrap();
    for (days, want) in [(0, 8_000), (1, 7_950), (10, 7_500), (20, 7_000), (30, 7_000)] {
        assert_eq!(threshold(&reserve, days), want, "after {days} days");
    }
}

#[test]
fn a_higher_threshold_holds_at_once() {
    let mut reserve = Reserve::new(eth_config(), START_MS).unwrap();
    reconfigure(&mut reserve, 0, |config| {
        config.auction.pool_ltv_bps = 9_000;
        config.tiers = vec![tier(0, 7_500, 8_500)];
    })
    .unwrap();
    assert_eq!((threshold(&reserve, 0), &reserve.ramp), (8_500, &None));
}

#[test]
fn the_speed_is_the_old_parameters() {
    // Otherwise one change could lift the limit and make use of it.
    let mut reserve = Reserve::new(eth_config(), START_MS).unwrap();
    reconfigure(&mut reserve, 0, |config| {
        config.tiers = vec![tier(0, 6_000, 7_000)];
        config.threshold_ramp_bps_per_day = 500;
    })
    .unwrap();
    assert_eq!(threshold(&reserve, 1), 7_950);
    // A change on the way starts from where it has come to.
    reconfigure(&mut reserve, 4, |config| config.tiers = vec![tier(0, 5_000, 6_000)]).unwrap();
    assert_eq!((threshold(&reserve, 4), threshold(&reserve, 5)), (7_800, 7_300));
}

#[test]
fn new_debt_is_bound_by_the_new_ltv_at_once() {
    let mut snapshot = borrower(1_000);
    let before = snapshot.health().unwrap();
    let mut eth = eth_config();
    eth.tiers = vec![tier(0, 6_000, 7_000)];
    snapshot.reserve_mut(ETH).unwrap().reconfigure(eth, START_MS).unwrap();
    assert_eq!(snapshot.health().unwrap(), before);
    assert_eq!(borrow(&mut snapshot, USD, 200 * DOLLAR + 1), Err(Error::InsufficientCollateral));
    borrow(&mut snapshot, USD, 200 * DOLLAR).unwrap();
    // Ten days later: 2,000 x 0.75 = 1,500 against 1,200.
    pass(&mut snapshot, 10 * DAY_MS);
    assert_eq!(snapshot.health().unwrap().health_factor_wad() / 10_000_000_000_000_000, 125);
}

#[test]
fn what_can_not_be_changed_is_refused() {
    let mut reserve = Reserve::new(eth_config(), START_MS).unwrap();
    assert_eq!(reconfigure(&mut reserve, 0, |c| c.token = [7; 32]), Err(Error::TokenFixed));
    assert_eq!(reconfigure(&mut reserve, 0, |c| c.decimals = 6), Err(Error::TokenFixed));
    assert_eq!(
        reconfigure(&mut reserve, 0, |c| c.threshold_ramp_bps_per_day = 0),
        Err(Error::RampOutOfRange)
    );
    let mut held = borrower(500);
    let mut eth = eth_config();
    (eth.tiers, eth.collateral, eth.frozen) = (vec![], false, true);
    let refused = held.reserve_mut(ETH).unwrap().reconfigure(eth.clone(), START_MS);
    assert_eq!(refused, Err(Error::TiersNotMonotone));
    // No longer accepted, it still counts, and goes back to its owner.
    eth.tiers = eth_config().tiers;
    held.reserve_mut(ETH).unwrap().reconfigure(eth, START_MS).unwrap();
    repay(&mut held, ALL).unwrap();
    withdraw_collateral(&mut held, ETH, ALL).unwrap();
}

proptest! {
    /// However tiers change, however often: no value of collateral loses more than 50 bps a day
    /// of what it carries, and in the end it carries what the parameters say.
    #[test]
    fn no_standing_loan_loses_faster_than_the_ramp(
        changes in proptest::collection::vec((0u64..30, 1u16..4, 100u16..8_000, 1u128..5_000), 1..6),
    ) {
        let mut reserve = Reserve::new(eth_config(), START_MS).unwrap();
        let mut day = 0;
        for (days, count, top_bps, from) in changes {
            let before = reserve.thresholds(START_MS + day * DAY_MS).unwrap();
            day += days;
            let at = START_MS + day * DAY_MS;
            let tiers: Vec<Tier> = (0..count)
                .map(|n| tier(from * u128::from(n), top_bps / (n + 2), top_bps / (n + 1)))
                .collect();
            let refused = reconfigure(&mut reserve, day, |config| config.tiers = tiers);
            prop_assert!(matches!(refused, Ok(()) | Err(Error::TooManyTiers)));
            let after = reserve.thresholds(at).unwrap();
            for dollars in [1u128, 500, 2_000, 7_000, 20_000] {
                let value_wad = dollars * breakwater_protocol::num::math::WAD;
                let lost = before.carries_down(value_wad).unwrap()
                    .saturating_sub(after.carries_down(value_wad).unwrap());
                prop_assert!(lost <= value_wad / 10_000 * 50 * u128::from(days) + 8, "{dollars}");
            }
        }
        let end = reserve.thresholds(START_MS + (day + 1_000) * DAY_MS).unwrap();
        let wanted = breakwater_protocol::risk::tiers::Schedule::thresholds(&reserve.config.tiers);
        for dollars in [1u128, 500, 2_000, 7_000, 20_000] {
            let value_wad = dollars * breakwater_protocol::num::math::WAD;
            prop_assert_eq!(end.carries_down(value_wad), wanted.carries_down(value_wad));
        }
    }
}

/// The audit's kind: two changes with other edges. When the second is made the thresholds have seven
/// brackets, and would have had nine as soon as they had fallen by more than 10 % (20 days later): an error
/// for every holder from then on.
#[test]
fn what_would_have_too_many_brackets_later_is_refused_now() {
    let tiers = |tiers: [(u128, u16); 4]| -> Vec<Tier> {
        tiers.map(|(from, percent)| tier(from, percent * 50, percent * 100)).to_vec()
    };
    let mut config = eth_config();
    config.tiers = tiers([(0, 75), (400, 70), (500, 45), (1_600, 25)]);
    let mut reserve = Reserve::new(config, START_MS).unwrap();
    let second = tiers([(0, 80), (300, 65), (700, 30), (800, 25)]);
    reconfigure(&mut reserve, 0, |c| c.tiers = second.clone()).unwrap();
    let third = tiers([(0, 75), (100, 35), (1_300, 30), (1_700, 20)]);
    let now = reserve.thresholds(START_MS).unwrap();
    let wanted = ReserveConfig { tiers: third.clone(), ..reserve.config.clone() };
    let wanted = breakwater_protocol::risk::tiers::Schedule::thresholds(&wanted.tiers);
    assert_eq!(now.higher(&wanted).unwrap().brackets().len(), 7);
    let refused = reconfigure(&mut reserve, 0, |c| c.tiers = third.clone());
    assert_eq!(refused, Err(Error::TooManyTiers));
    // What keeps the edges is always possible: to freeze, to lend less.
    reconfigure(&mut reserve, 10, |c| (c.frozen, c.tiers[0].ltv_bps) = (true, 3_999)).unwrap();
    // When the first ramp is over, so is the reason.
    reconfigure(&mut reserve, 200, |c| c.tiers = third).unwrap();
    for days in 200..400 {
        reserve.thresholds(START_MS + days * DAY_MS).unwrap();
    }
}

fn tiers_of(edges: &[(u128, u16, u16)]) -> Vec<Tier> {
    let (mut from, mut threshold_bps) = (0, 8_500u16);
    edges
        .iter()
        .map(|(width, fall, _)| {
            threshold_bps -= fall;
            let tier = tier(from, threshold_bps / 2, threshold_bps);
            from += width;
            tier
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// After whatever changes were accepted, thresholds can be told at every later time.
    #[test]
    fn thresholds_never_fail_after_what_was_accepted(
        changes in proptest::collection::vec(
            (0u64..500_000_000, 1u16..500, proptest::collection::vec((1u128..40, 0u16..300, 0u16..1), 1..5)),
            1..7,
        ),
    ) {
        let mut reserve = Reserve::new(eth_config(), START_MS).unwrap();
        let mut now_ms = START_MS;
        for (after_ms, ramp, edges) in changes {
            now_ms += after_ms;
            let mut config = reserve.config.clone();
            (config.tiers, config.threshold_ramp_bps_per_day) = (tiers_of(&edges), ramp);
            config.auction.pool_ltv_bps = 9_500;
            let answer = reserve.reconfigure(config, now_ms);
            prop_assert!(matches!(answer, Ok(()) | Err(Error::TooManyTiers)), "{answer:?}");
            for part in 0..200u64 {
                // Dense at first, then far.
                let later_ms = now_ms + part * part * part * 100_000;
                prop_assert!(reserve.thresholds(later_ms).is_ok(), "{part}");
            }
        }
    }
}
