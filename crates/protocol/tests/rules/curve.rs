//! The falls of an auction's price, against the dss cases, and what the bonus makes of them.

use crate::common::*;
use breakwater_protocol::{
    auction::{time_bonus_wad, time_of_bonus_ms},
    curve::{power_ray, Curve, RAY},
    Error,
};
use proptest::prelude::*;

const FOREVER_MS: u64 = u64::MAX;

fn number(value: &serde_json::Value) -> u128 {
    value.as_str().map_or_else(|| value.as_u64().unwrap().into(), |text| text.parse().unwrap())
}

#[test]
fn dss_linear_decrease() {
    for minute_fifths in [0, 2, 4, 6, 8, 10] {
        let Some(vector) = vector(&format!("abaci-linear-{minute_fifths}")) else { return };
        let input = &vector["input"];
        let [tau, top, dur] = ["tau", "top_ray", "dur_s"].map(|name| number(&input[name]));
        let (elapsed_ms, duration_ms) = (dur as u64 * 1_000, tau as u64 * 1_000);
        let left = Curve::Linear.left_up(top, elapsed_ms, duration_ms);
        assert_eq!(left, Ok(number(&vector["expected"]["price_ray"])), "{minute_fifths}");
    }
}

#[test]
fn dss_exponential_decrease() {
    for id in ["abaci-exp-1", "abaci-exp-3"] {
        let Some(vector) = vector(id) else { return };
        let input = &vector["input"];
        let [cut_ray, top, dur] = ["cut_ray", "top_ray", "dur_s"].map(|name| number(&input[name]));
        let curve = Curve::Exponential { cut_ray };
        let left = curve.left_up(top, dur as u64 * 1_000, FOREVER_MS).unwrap();
        let want = number(&vector["expected"]["price_ray"]);
        // The tolerance of the source: 10^24 ray.
        assert!(left.abs_diff(want) <= 1_000_000_000_000_000_000_000_000, "{id}: {left}");
    }
}

#[test]
fn dss_stair_step_decrease() {
    for id in [
        "abaci-stair-high-1.1234567890-1",
        "abaci-stair-high-1.1234567890-5",
        "abaci-stair-high-1.1234567890-300",
        "abaci-stair-low-2.1234567890-1",
        "abaci-stair-low-2.1234567890-5",
    ] {
        let Some(vector) = vector(id) else { return };
        let input = &vector["input"];
        let [cut_ray, top, step] =
            ["cut_ray", "top_ray", "step_s"].map(|name| number(&input[name]));
        let curve = Curve::Stair { step_s: step as u32, cut_ray };
        let samples = vector["expected"]["samples_exact_from_formula"].as_object().unwrap();
        for (second, want) in samples {
            let elapsed_ms = second.parse::<u64>().unwrap() * 1_000;
            let left = curve.left_up(top, elapsed_ms, FOREVER_MS).unwrap();
            // dss rounds the product down, we round it up, against the taker.
            assert!(left - number(want) <= 1, "{id} at {second}: {left}");
        }
    }
}

#[test]
fn dss_clip_price_after_a_minute() {
    let Some(vector) = vector("clip-price-t60") else { return };
    let input = &vector["input"];
    let [top, cut_ray, dur] = ["top_ray", "cut_ray", "dur_s"].map(|name| number(&input[name]));
    let curve = Curve::Stair { step_s: 1, cut_ray };
    let left = curve.left_up(top, dur as u64 * 1_000, FOREVER_MS).unwrap();
    assert!(left - number(&vector["expected"]["price_ray"]) <= 1, "{left}");
}

#[test]
fn powers_are_rounded_to_the_nearest() {
    assert_eq!(power_ray(RAY / 2, 0), Ok(RAY));
    assert_eq!(power_ray(RAY / 2, 1), Ok(RAY / 2));
    assert_eq!(power_ray(RAY / 2, 3), Ok(RAY / 8));
    assert_eq!(power_ray(RAY / 10, 27), Ok(1));
    assert_eq!(power_ray(RAY / 10, 28), Ok(0));
    assert_eq!(power_ray(RAY, u64::MAX), Ok(RAY));
}

#[test]
fn the_bonus_runs_from_the_premium_to_the_highest() {
    // Span 12 %: after one step half of it is left, after two a quarter.
    let mut auction = eth_config().auction;
    auction.curve = Curve::Stair { step_s: 60, cut_ray: RAY / 2 };
    let percent = 10_000_000_000_000_000i128;
    let at = |ms| time_bonus_wad(&auction, ms).unwrap();
    assert_eq!((at(0), at(59_999)), (-2 * percent, -2 * percent));
    assert_eq!((at(60_000), at(120_000)), (4 * percent, 7 * percent));
    // At its end the highest, which the curve alone would never reach.
    assert_eq!(at(20 * MINUTE_MS), 10 * percent);
    assert_eq!(time_of_bonus_ms(&auction, 5 * percent), Ok(Some(120_000)));
    assert_eq!(time_of_bonus_ms(&auction, 10 * percent), Ok(Some(20 * MINUTE_MS)));
    assert_eq!(time_of_bonus_ms(&auction, -3 * percent), Ok(Some(0)));
    assert_eq!(time_of_bonus_ms(&auction, 11 * percent), Ok(None));
}

#[test]
fn senseless_curves_are_refused() {
    for curve in [
        Curve::Stair { step_s: 0, cut_ray: RAY / 2 },
        Curve::Stair { step_s: 1, cut_ray: 0 },
        Curve::Stair { step_s: 1, cut_ray: RAY },
        Curve::Exponential { cut_ray: RAY },
    ] {
        assert_eq!(curve.validate(), Err(Error::CurveOutOfRange));
    }
}

proptest! {
    #[test]
    fn no_curve_ever_rises(
        which in 0usize..3,
        step_s in 1u32..100,
        cut_permille in 1u128..1_000,
        from_ms in 0u64..2_000_000,
        later_ms in 0u64..100_000,
    ) {
        let cut_ray = RAY / 1_000 * cut_permille;
        let curve = [
            Curve::Linear,
            Curve::Stair { step_s, cut_ray },
            Curve::Exponential { cut_ray },
        ][which];
        let top = 120_000_000_000_000_000;
        let left = |ms| curve.left_up(top, ms, 1_500_000).unwrap();
        prop_assert!(left(from_ms) <= top);
        prop_assert!(left(from_ms + later_ms) <= left(from_ms));
    }
}
