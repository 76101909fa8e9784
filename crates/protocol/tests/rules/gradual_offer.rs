//! What one account is offered, by hand and for random accounts: § G4, § G6.

use crate::common;
use breakwater_protocol::{
    account::health::Health,
    gradual::{
        offer, offer::stock_bonus_wad, pool_offer, Asked, AuctionConfig, CommonBonus, Offer, Pace,
    },
    num::{math::WAD, time::MINUTE_MS},
    risk::tiers::{Schedule, Tier},
    Error,
};
use primitive_types::U256;
use proptest::prelude::*;

const BPS: i64 = 100_000_000;
const BPS_WAD: i128 = 100_000_000_000_000;

fn config() -> AuctionConfig {
    let pace = Pace { cap_ppm: 3_000, rise_mbps_per_min: 1_000, urgency_bps: 50 };
    AuctionConfig {
        alone: pace,
        backed: pace,
        floor_bps: 100,
        max_bonus_bps: 200,
        own_bps_per_min: 5,
        urgency_ltv_bps: 9_300,
        lost_ltv_bps: 9_700,
        pool_ltv_bps: 8_600,
        whole_bps: 100,
        fee_bps: 10,
        ..AuctionConfig::default()
    }
}

fn schedule(threshold_bps: u16) -> Schedule {
    let mut reserve = common::eth_config();
    reserve.tiers =
        vec![Tier { from_wad: 0, ltv_bps: 1, liquidation_threshold_bps: threshold_bps }];
    Schedule::thresholds(&reserve.tiers)
}

/// An account of collateral worth 1,000 dollars that owes so much, at a threshold of 80 %.
fn account(debt_wad: u128) -> Health {
    Health { collateral_wad: 1_000 * WAD, threshold_wad: 800 * WAD, debt_wad }
}

fn asked<'a>(
    health: &'a Health,
    thresholds: &'a Schedule,
    minutes: u64,
    counted: bool,
) -> Asked<'a> {
    Asked {
        health,
        lot_wad: health.collateral_wad,
        thresholds,
        average_threshold_wad: thresholds.average_up(health.collateral_wad).unwrap(),
        counted,
        own_ms: minutes * MINUTE_MS,
        target_health_wad: WAD / 100 * 105,
    }
}

fn offered(debt: u128, minutes: u64, counted: bool, common_bps: i64) -> Result<Offer, Error> {
    let (health, thresholds) = (account(debt * WAD), schedule(8_000));
    let common = CommonBonus { bonus_pico: common_bps * BPS };
    let config = config();
    offer(&config, &config.backed, &common, &asked(&health, &thresholds, minutes, counted))
}

fn bonus_bps(debt: u128, minutes: u64, counted: bool, common_bps: i64) -> f64 {
    offered(debt, minutes, counted, common_bps).unwrap().bonus_wad as f64 / 1e14
}

fn near(got: f64, want: f64) {
    assert!((got - want).abs() < 1e-6, "{got}, not {want}");
}

#[test]
fn the_lower_of_the_common_and_the_own_clock_and_urgency_on_top() {
    // LTV .81: a thirteenth of the way to .93; its square, of 50 bps, is 0.2959.
    let urgency = 50.0 / 169.0;
    near(bonus_bps(810, 60, true, 30), 30.0 + urgency);
    near(bonus_bps(810, 4, true, 30), 20.0 + urgency);
    near(bonus_bps(810, 0, true, 30), urgency);
    near(bonus_bps(810, 60, true, -40), -40.0 + urgency);
    near(bonus_bps(810, 60, true, -200), -100.0);
    near(bonus_bps(810, 60, true, 200), 200.0);
    // LTV .93: all of it; .95 no more; from .97 on nothing: it can't be saved.
    near(bonus_bps(930, 60, true, 0), 50.0);
    near(bonus_bps(950, 60, true, 0), 50.0);
    near(bonus_bps(970, 60, true, 30), 30.0);
}

/// Below the minimum debt its own clock alone: 5 bps a minute, whatever the common price is.
#[test]
fn who_does_not_count_has_its_own_clock() {
    let urgency = 50.0 / 169.0;
    near(bonus_bps(810, 0, false, 150), urgency);
    near(bonus_bps(810, 6, false, -90), 30.0 + urgency);
    near(bonus_bps(810, 600, false, -90), 200.0);
}

#[test]
fn near_insolvency_the_bound_counts_and_then_it_is_sold_whole() {
    // LTV .98: the health bound is 1/.98 - 1 = 204.08 bps: 200 fit, and 4 of the fee.
    let offer = offered(980, 60, true, 200).unwrap();
    near(offer.bonus_wad as f64 / 1e14, 200.0);
    assert!(offer.fee_wad < 5 * BPS_WAD as u128 && offer.fee_wad > 4 * BPS_WAD as u128);
    assert!(!offer.whole);
    // LTV .9902: worth less than debt and 1 %.
    let offer = offered(991, 60, true, 200).unwrap();
    assert!(offer.whole && offer.fee_wad == 0 && offer.max_repay_wad == 991 * WAD);
    near(offer.bonus_wad as f64 / 1e14, 200.0);
    near(bonus_bps(1_500, 60, true, -30), -30.0);
}

/// Back to the target: at a bonus of 0 and a fee of 10 bps (1.05 x 810 - 800)/(1.05 - .8008).
#[test]
fn no_more_than_to_the_target() {
    let mut config = config();
    config.backed.urgency_bps = 0;
    let (health, thresholds) = (account(810 * WAD), schedule(8_000));
    let asked = asked(&health, &thresholds, 60, true);
    let offer = offer(&config, &config.backed, &CommonBonus::default(), &asked).unwrap();
    let want = (1.05 * 810.0 - 800.0) / (1.05 - 0.8008);
    assert!((offer.max_repay_wad as f64 / 1e18 - want).abs() < 1e-9);
    // Who is healthy is not sold, however much is left to the target.
    assert_eq!(offered(800, 60, true, 0), Err(Error::Healthy));
    assert!(offered(801, 60, true, 0).is_ok());
}

#[test]
fn the_pool_buys_at_the_oracles_price_from_its_ltv_on() {
    let (config, thresholds) = (config(), schedule(8_000));
    let of = |debt: u128| {
        let health = account(debt * WAD);
        pool_offer(&config, &asked(&health, &thresholds, 0, true)).unwrap()
    };
    assert_eq!(of(859), None);
    let offer = of(860).unwrap();
    assert_eq!(offer.bonus_wad, 0);
    let want = (1.05 * 860.0 - 800.0) / (1.05 - 0.8008);
    assert!((offer.max_repay_wad as f64 / 1e18 - want).abs() < 1e-9);
    // What can't be made healthy it buys whole.
    let offer = of(1_200).unwrap();
    assert!(offer.whole && offer.bonus_wad == 0 && offer.max_repay_wad == 1_200 * WAD);
}

#[test]
fn stock_has_the_common_price_within_its_bounds() {
    let at =
        |bps: i64| stock_bonus_wad(&config(), &CommonBonus { bonus_pico: bps * BPS }) / BPS_WAD;
    assert_eq!([at(-300), at(-70), at(0), at(150), at(900)], [-100, -70, 0, 150, 200]);
}

#[test]
fn senseless_parameters_are_refused() {
    let fine = AuctionConfig::default();
    fine.validate(8_300).unwrap();
    let refused = |change: &dyn Fn(&mut AuctionConfig)| {
        let mut config = fine;
        change(&mut config);
        config.validate(8_000).unwrap_err()
    };
    for error in [
        refused(&|c| c.alone.cap_ppm = 0),
        refused(&|c| c.backed.cap_ppm = 60_000),
        refused(&|c| c.backed.rise_mbps_per_min = 0),
        refused(&|c| c.half_life_ms = 1),
        refused(&|c| c.fall_bps_per_depth = 0),
        refused(&|c| c.slice_bps = 0),
        refused(&|c| c.slice_bps = 3_000),
        refused(&|c| c.drift_bps_per_min = 0),
        refused(&|c| c.own_bps_per_min = 0),
    ] {
        assert_eq!(error, Error::PaceOutOfRange);
    }
    assert_eq!(refused(&|c| c.floor_bps = 10_000), Error::BpsOutOfRange);
    assert_eq!(refused(&|c| c.stock_share_bps = 0), Error::BpsOutOfRange);
    assert_eq!(refused(&|c| c.whole_bps = 300), Error::BpsOutOfRange);
    assert_eq!(refused(&|c| c.lost_ltv_bps = 9_300), Error::UrgencyOutOfRange);
    assert_eq!(refused(&|c| c.pool_ltv_bps = 8_000), Error::UrgencyOutOfRange);
    assert_eq!(refused(&|c| c.max_bonus_bps = 2_600), Error::BonusTooHigh);
    assert_eq!(fine.validate(9_900), Err(Error::BonusTooHigh));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// § 4.2 for the gradual price: what a take pays, bonus and fee, times the threshold is below
    /// the health factor, exactly; so it raises health. And the bonus is within its bounds.
    #[test]
    fn a_take_raises_health(
        collateral_wad in 1_000_000..10u128.pow(32),
        ltv in 8_000u128..12_000,
        threshold_bps in 1_000u16..8_300,
        common_bps in -100i64..=200,
        minutes in 0u64..100,
        counted in any::<bool>(),
    ) {
        let config = config();
        let thresholds = schedule(threshold_bps);
        let debt_wad = collateral_wad / 10_000 * ltv + 1;
        let threshold_wad = thresholds.carries_down(collateral_wad).unwrap();
        let health = Health { collateral_wad, threshold_wad, debt_wad };
        let asked = asked(&health, &thresholds, minutes, counted);
        let common = CommonBonus { bonus_pico: common_bps * BPS };
        let Ok(offer) = offer(&config, &config.backed, &common, &asked) else { return Ok(()) };
        prop_assert!((-100 * BPS_WAD..=200 * BPS_WAD).contains(&offer.bonus_wad));
        prop_assert!(offer.max_repay_wad <= debt_wad);
        if !offer.whole {
            let paid = U256::from(offer.paid_wad().unwrap());
            let lost = paid * U256::from(asked.average_threshold_wad) * U256::from(debt_wad);
            let kept = U256::from(threshold_wad) * U256::from(WAD) * U256::from(WAD);
            prop_assert!(lost < kept);
        }
        if !counted {
            let most = 5 * BPS_WAD * i128::from(minutes) + 50 * BPS_WAD;
            prop_assert!(offer.bonus_wad <= most);
        }
    }
}
