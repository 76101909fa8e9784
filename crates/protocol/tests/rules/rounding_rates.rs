//! Which way interest, thresholds on their way and volatility are rounded.

use crate::common::*;
use breakwater_protocol::{
    breaker::{longest_halt_ms, DecayingSum},
    config::rates::{growth_ray, growth_wad, utilisation_wad, Asked, MAX_RATE_WAD},
    num::{math::WAD, time::YEAR_MS},
    oracle::{squared_log_return_wad, Feed, FeedConfig, Volatility},
    risk::{ramp::Ramp, tiers::Schedule},
    AdaptiveRate, Error, KinkedRate, RateModel, Reserve, ReserveConfig,
};

const THIRD: u128 = 333_333_333_333_333_333;

// Interest.

#[test]
fn what_is_lent_out_is_rounded_down() {
    assert_eq!(utilisation_wad(2, 1), Ok(THIRD));
}

#[test]
fn a_kinked_rate_is_rounded_down() {
    let rate = KinkedRate { base_wad: 0, kink_rate_wad: 1, full_rate_wad: 2, kink_bps: 8_000 };
    // Half of the way to 1, and from there to 2.
    assert_eq!((rate.rate_wad(4 * WAD / 10), rate.rate_wad(9 * WAD / 10)), (Ok(0), Ok(1)));
}

/// A rate that stands at the target between its widest bounds.
fn adaptive(target_bps: u16, steepness_wad: u128, speed_wad: u128) -> AdaptiveRate {
    AdaptiveRate {
        target_bps,
        steepness_wad,
        speed_wad,
        initial_wad: WAD,
        min_wad: 1,
        max_wad: 2 * WAD,
    }
}

fn ask(rate: AdaptiveRate, used_wad: u128, at_target_wad: u128, elapsed_ms: u64) -> Asked {
    RateModel::Adaptive(rate).ask(used_wad, at_target_wad, elapsed_ms).unwrap()
}

#[test]
fn above_the_target_a_rate_is_rounded_down() {
    let asks = |steepness_wad, used_wad, at_target_wad| {
        ask(adaptive(7_000, steepness_wad, 0), used_wad, at_target_wad, 0).rate_wad
    };
    // A third of the way, at three more: 2 less its rounding.
    assert_eq!(asks(4 * WAD, 8 * WAD / 10, WAD), 2 * WAD - 1);
    // A half of a third is 0.16666666666666666650.
    assert_eq!(asks(3 * WAD / 2, 8 * WAD / 10, WAD), 1_166_666_666_666_666_666);
    // 1.5 times 10^-18.
    assert_eq!(asks(3 * WAD / 2, WAD, 1), 1);
}

#[test]
fn below_the_target_what_falls_off_a_rate_is_rounded_down() {
    let asks = |steepness_wad, used_wad, at_target_wad| {
        ask(adaptive(7_000, steepness_wad, 0), used_wad, at_target_wad, 0).rate_wad
    };
    // 3 / 7 of the way down by 3 / 4: 0.32142857142857142825 falls off.
    assert_eq!(asks(4 * WAD, 4 * WAD / 10, WAD), 678_571_428_571_428_572);
    // All the way down to a third, rounded down: 0.666666666666666667 falls off.
    assert_eq!(asks(3 * WAD, 0, WAD), THIRD);
    // A half of 10^-18.
    assert_eq!(asks(2 * WAD, 0, 1), 0);
}

#[test]
fn how_far_a_rate_moves_is_rounded_down() {
    let moves = |speed_wad, used_wad, at_target_wad, elapsed_ms| {
        let rate = adaptive(5_000, WAD, speed_wad);
        ask(rate, used_wad, at_target_wad, elapsed_ms).at_target_wad
    };
    // Half of 10^-18: by the time, and by half of the way to full use.
    assert_eq!(moves(1, WAD, WAD, YEAR_MS / 2), WAD);
    assert_eq!(moves(1, 3 * WAD / 4, WAD, YEAR_MS), WAD);
    // 10^-18 by the root of e is 1.65 of it.
    assert_eq!(moves(WAD / 2, WAD, 1, YEAR_MS), 1);
}

#[test]
fn the_highest_rate_that_may_be_is_compared_rounded_down() {
    let most =
        |max_wad| RateModel::Adaptive(AdaptiveRate { max_wad, ..adaptive(9_000, 3 * WAD / 2, 0) });
    // 1.5 times so much is half of 10^-18 above ten.
    let max_wad = (2 * MAX_RATE_WAD + 1) / 3;
    assert_eq!(most(max_wad).validate(), Ok(()));
    assert_eq!(most(max_wad + 1).validate(), Err(Error::RateOutOfRange));
}

#[test]
fn growth_is_rounded_down_in_each_of_its_terms() {
    // 10^9 ray in a millisecond, of 31,536,000,000 in a year.
    assert_eq!((growth_ray(31, 1), growth_ray(32, 1)), (Ok(0), Ok(1)));
    // x = 5 x 10^13 ray: x^2 / 2 are 1.25 ray, and x^3 / 6 nothing.
    assert_eq!(growth_ray(50_000, YEAR_MS), Ok(50_000_000_000_001));
    assert_eq!(growth_wad(50_000, YEAR_MS), Ok(50_000));
}

/// A unit of interest, all of it the protocol's, is lent at 3,000,000 shares for 17 units, with the virtual ones:
/// 176,470 shares, and 10 parts of a share's 17 are left over: 10 / 3,000,000 of a unit.
#[test]
fn what_a_fees_shares_leave_over_is_rounded_down() {
    let mut config =
        ReserveConfig { reserve_factor_bps: 10_000, rate: flat_rate(WAD / 10), ..usd_config() };
    config.backstop.premium.interest_share_bps = 0;
    let mut reserve = Reserve::new(config, START_MS).unwrap();
    let balances = &mut reserve.balances;
    (balances.cash, balances.borrowed, balances.debt_shares) = (6, 10, 10_000_000);
    balances.supply_shares = 2_000_000;
    // 10.5 % of ten.
    reserve.accrue(START_MS + YEAR_MS).unwrap();
    assert_eq!((reserve.balances.borrowed, reserve.balances.protocol_shares), (11, 176_470));
    assert_eq!(reserve.balances.fee_rest_ray, 3_333_333_333_333_333_333_333);
}

// Thresholds and levels.

#[test]
fn a_threshold_falls_rounded_down() {
    let (old, new) = (tier(0, 1, 8_000), tier(0, 1, 7_000));
    let (old, new) = (Schedule::thresholds(&[old]), Schedule::thresholds(&[new]));
    let ramp = Ramp::between(&old, &new, 50, START_MS).unwrap().unwrap();
    // Half a per cent a day, in a millisecond 57,870,370.37 x 10^-18.
    let rate_wad = ramp.thresholds(&new, START_MS + 1).unwrap().rate_at_wad(0);
    assert_eq!(rate_wad, 800_000_000_000_000_000 - 57_870_370);
}

#[test]
fn the_longest_halt_is_shortened_rounded_down() {
    // 25 minutes in 13 per cent: 10^-18 are nothing.
    assert_eq!(longest_halt_ms(7 * WAD / 10 + 1), 30 * MINUTE_MS);
}

#[test]
fn what_flowed_is_forgotten_rounded_down() {
    // 1 / e
    assert_eq!(DecayingSum { value: 1, at_ms: 0 }.read(HOUR_MS, HOUR_MS), Ok(0));
}

// Volatility.

#[test]
fn volatility_is_rounded_down() {
    let after = |variance_wad, squared_wad, passed_ms, half_life_ms| {
        let mut volatility = Volatility { variance_wad };
        volatility.update(squared_wad, passed_ms, half_life_ms).unwrap();
        volatility.variance_wad
    };
    // 10^-18 in two days are half of it a day.
    assert_eq!(after(0, 1, 2 * DAY_MS, 1), 0);
    // In a half-life half of it is added, and half of what was is kept.
    assert_eq!(after(0, 1, DAY_MS, DAY_MS), 0);
    assert_eq!(after(1, 0, DAY_MS, DAY_MS), 0);
}

/// From 1 to 2: x is a third, its cube 0.037037037037037036 as it is rounded; twice x and a third of that is
/// 0.691358024691358022 (ln 2 is 0.693).
#[test]
fn a_squared_return_is_rounded_down() {
    assert_eq!(squared_log_return_wad(2, 1), Ok(477_975_918_305_136_408));
    // From 1 to 17: x = 8 / 9, its square 0.790123456790123455 and its cube 0.702331961591220848 as they are
    // rounded, and twice x and a third of that 2.245999085505258340.
    assert_eq!(squared_log_return_wad(17, 1), Ok(5_044_511_892_090_456_763));
}

#[test]
fn a_price_has_its_band_rounded_outwards() {
    let mut feed = Feed::new(FeedConfig::pushed([1; 32], HOUR_MS, 1_000)).unwrap();
    feed.report(0, 15, START_MS, START_MS).unwrap();
    feed.settle(&[], START_MS).unwrap();
    let price = feed.price(&[], START_MS).unwrap();
    // 13.5 and 16.5
    assert_eq!((price.low_wad, price.mid_wad, price.high_wad), (13, 15, 17));
}
