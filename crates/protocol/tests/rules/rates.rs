//! Interest: both rate models, compounding and accrual.

use crate::common::*;
use breakwater_protocol::{
    config::rates::{growth_wad, utilisation_wad, MS_PER_YEAR},
    num::{math::WAD, shares::to_assets_down},
    AdaptiveRate, Error, KinkedRate, RateModel,
};

/// Morpho's constants: target 90 %, steepness 4, speed 50 a year, from 4 % within 0.1 % to 200 %.
fn morpho() -> AdaptiveRate {
    AdaptiveRate {
        target_bps: 9_000,
        steepness_wad: 4 * WAD,
        speed_wad: 50 * WAD,
        initial_wad: WAD / 25,
        min_wad: WAD / 1_000,
        max_wad: 2 * WAD,
    }
}

fn asked(utilisation_percent: u128, at_target_wad: u128, days: u64) -> (f64, f64) {
    let model = RateModel::Adaptive(morpho());
    let asked = model.ask(utilisation_percent * WAD / 100, at_target_wad, days * DAY_MS).unwrap();
    (asked.rate_wad as f64 / 1e18, asked.at_target_wad as f64 / 1e18)
}

#[test]
fn the_kinked_rate_follows_its_kink() {
    // 2 % at rest, 10 % at 80 %, 110 % at full use.
    let rate = KinkedRate {
        base_wad: WAD / 50,
        kink_rate_wad: WAD / 10,
        full_rate_wad: 11 * WAD / 10,
        kink_bps: 8_000,
    };
    let at = |percent: u128| rate.rate_wad(percent * WAD / 100).unwrap();
    assert_eq!(at(0), WAD / 50);
    assert_eq!(at(40), 6 * WAD / 100);
    assert_eq!(at(80), WAD / 10);
    assert_eq!(at(90), 6 * WAD / 10);
    assert_eq!(at(100), 11 * WAD / 10);
}

#[test]
fn rates_and_what_is_used_are_rounded_down() {
    assert_eq!(utilisation_wad(2, 1), Ok(333_333_333_333_333_333));
    // From 0 by 80 % to 1, and to 2 at full use: 0.5 at 40 %, 1.5 at 90 %.
    let kinked = KinkedRate { base_wad: 0, kink_rate_wad: 1, full_rate_wad: 2, kink_bps: 8_000 };
    let at = |percent: u128| kinked.rate_wad(percent * WAD / 100).unwrap();
    assert_eq!([40, 80, 90, 100].map(at), [0, 1, 1, 2]);
}

#[test]
fn aaves_kinked_rate_is_ours() {
    // Base 1 %, slope 4 % to 80 %, then 60 %.
    let Some(vector) = vector("aave-irm-u80") else { return };
    let rate = KinkedRate {
        base_wad: WAD / 100,
        kink_rate_wad: WAD / 20,
        full_rate_wad: 65 * WAD / 100,
        kink_bps: 8_000,
    };
    let want_ray: u128 =
        vector["expected"]["variableBorrowRate_ray"].as_str().unwrap().parse().unwrap();
    assert_eq!(rate.rate_wad(80 * WAD / 100), Ok(want_ray / 1_000_000_000));
}

#[test]
fn the_adaptive_curve_runs_through_a_quarter_and_four_times_its_rate() {
    // At 4 %: 1 % at no use, 4 % at 90 %, 16 % at full use; half-way up (95 %): 4 x 2.5 = 10 %.
    let at = |percent| asked(percent, WAD / 25, 0).0;
    for (percent, want) in [(0, 0.01), (45, 0.025), (90, 0.04), (95, 0.10), (100, 0.16)] {
        assert!((at(percent) - want).abs() < 1e-15, "{percent} %: {}", at(percent));
    }
}

#[test]
fn the_adaptive_rate_moves_as_morphos() {
    // e^(50 x 5 / 365) = 1.9836; average over the way by the trapezoid, times 4. Morpho's own
    // exponential stops at the second term, so it is lower by a few thousandths; its tests allow
    // 10 % here, half a per cent for the second and 0.01 % for the third.
    let Some(full) = vector("acirm-u1-5d") else { return };
    let want: f64 =
        full["expected"]["exact_from_formula_per_s"].as_str().unwrap().parse::<f64>().unwrap();
    let (rate, _) = asked(100, WAD / 25, 5);
    assert!((rate / (want * 365.0 * 86_400.0 / 1e18) - 1.0).abs() < 5e-3, "{rate}");

    let half = vector("acirm-45d-err50").unwrap();
    let want: f64 = half["expected"]["rateAtTarget_apr"].as_str().unwrap().parse().unwrap();
    let (_, at_target) = asked(95, WAD / 25, 45);
    assert!((at_target / want - 1.0).abs() < 5e-3, "{at_target}");

    let none = vector("acirm-first-u0").unwrap();
    let want: f64 =
        none["expected"]["avgBorrowRate_per_s"].as_str().unwrap().parse::<f64>().unwrap();
    let (rate, _) = asked(0, WAD / 25, 0);
    assert!((rate / (want * 365.0 * 86_400.0 / 1e18) - 1.0).abs() < 1e-4, "{rate}");
}

#[test]
fn the_adaptive_rate_stays_within_its_bounds_for_ever() {
    for (percent, bound) in [(100, 2.0), (0, 0.001)] {
        let (_, at_target) = asked(percent, WAD / 25, 36_500);
        assert_eq!(at_target, bound);
    }
}

#[test]
fn the_adaptive_rate_falls_while_nobody_borrows() {
    let mut usd = usd_config();
    usd.rate = RateModel::Adaptive(morpho());
    let mut snapshot = snapshot_with(eth_config(), usd);
    pass(&mut snapshot, 5 * DAY_MS);
    // e^(-50 x 5 / 365) x 4 %.
    let at_target = reserve(&snapshot, USD).balances.rate_at_target_wad as f64 / 1e18;
    assert!((at_target - 0.04 / 1.983_6).abs() < 1e-5, "{at_target}");
}

/// Worked out: x = 50 x 5 / 365 = 0.684932, e^x = 1.983635, e^(x/2) = 1.408416; the trapezoid over start,
/// middle and end is (1 + 2 x 1.408416 + 1.983635) / 4 = 1.450117.
#[test]
fn the_adaptive_rate_is_averaged_by_morphos_trapezoid() {
    let (rate, at_target) = asked(100, WAD / 25, 5);
    assert!((at_target / 0.04 - 1.983_635).abs() < 1e-5, "{at_target}");
    assert!((rate / 0.16 - 1.450_117).abs() < 1e-5, "{rate}");
}

/// A rate that has moved goes on from where it is; a model that had none begins at its first.
#[test]
fn a_new_configuration_keeps_the_rate_at_the_target() {
    let config = |rate| breakwater_protocol::ReserveConfig { rate, ..usd_config() };
    let adaptive = RateModel::Adaptive(morpho());
    let mut reserve = breakwater_protocol::Reserve::new(config(adaptive), START_MS).unwrap();
    reserve.balances.rate_at_target_wad = WAD / 50;
    reserve.reconfigure(config(adaptive), START_MS).unwrap();
    assert_eq!(reserve.balances.rate_at_target_wad, WAD / 50);
    let mut reserve = breakwater_protocol::Reserve::new(config(flat_rate(0)), START_MS).unwrap();
    assert_eq!(reserve.balances.rate_at_target_wad, 0);
    reserve.reconfigure(config(adaptive), START_MS).unwrap();
    assert_eq!(reserve.balances.rate_at_target_wad, WAD / 25);
}

#[test]
fn interest_is_close_to_the_exponential() {
    // The Taylor sum misses x^4/24 e^x at most.
    for (rate, years) in [(0.05f64, 1.0), (0.2, 0.5), (1.0, 0.25), (0.1, 1.0 / 12.0)] {
        let x: f64 = rate * years;
        let rate_wad = (rate * 1e18) as u128;
        let elapsed_ms = (years * MS_PER_YEAR as f64) as u64;
        let got = growth_wad(rate_wad, elapsed_ms).unwrap() as f64 / 1e18;
        let want = x.exp_m1();
        assert!(got <= want + 1e-12 && want - got <= x.powi(4) / 24.0 * x.exp() + 1e-12, "{x}");
    }
}

#[test]
fn lenders_earn_what_borrowers_pay_less_the_reserve_factor() {
    let mut snapshot = borrower(1_000);
    config(&mut snapshot, USD).rate = flat_rate(WAD / 10);
    pass(&mut snapshot, MS_PER_YEAR as u64);
    let balances = reserve(&snapshot, USD).balances;
    // 1,000 x (0.1 + 0.005 + 0.0001666...) = 105.166666
    assert_eq!(balances.borrowed, 1_105_166_666);
    let protocol = to_assets_down(balances.protocol_shares, balances.supplied().unwrap()).unwrap();
    // A tenth of 105.166666, less rounding.
    assert!((10_516_665..=10_516_666).contains(&protocol), "{protocol}");
}

#[test]
fn poking_often_does_not_make_borrowing_free() {
    let mut snapshot = borrower(100);
    config(&mut snapshot, USD).rate = flat_rate(WAD / 100);
    // 100 dollars at 1 % earn a unit every 31.5 seconds; a poke each second for an hour earns it
    // all the same: 10^8 x 0.01 / 8,760 = 114.16.
    for _ in 0..3_600 {
        pass(&mut snapshot, 1_000);
    }
    assert_eq!(reserve(&snapshot, USD).balances.borrowed, 100_000_000 + 114);
}

#[test]
fn a_rate_out_of_bounds_is_refused() {
    let refused = |change: fn(&mut AdaptiveRate)| {
        let mut rate = morpho();
        change(&mut rate);
        RateModel::Adaptive(rate).validate()
    };
    assert_eq!(refused(|_| {}), Ok(()));
    assert_eq!(refused(|r| r.target_bps = 10_000), Err(Error::BpsOutOfRange));
    assert_eq!(refused(|r| r.initial_wad = 3 * WAD), Err(Error::RateOutOfRange));
    assert_eq!(refused(|r| r.min_wad = 0), Err(Error::RateOutOfRange));
    assert_eq!(refused(|r| r.max_wad = 3 * WAD), Err(Error::RateOutOfRange));
    assert_eq!(refused(|r| r.steepness_wad = WAD - 1), Err(Error::RateOutOfRange));
    assert_eq!(refused(|r| r.speed_wad = 1_001 * WAD), Err(Error::RateOutOfRange));
    let falling = KinkedRate { base_wad: 2, kink_rate_wad: 1, full_rate_wad: 3, kink_bps: 8_000 };
    assert_eq!(RateModel::Kinked(falling).validate(), Err(Error::RateOutOfRange));
}
