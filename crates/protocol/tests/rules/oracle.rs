//! The oracle adapter's rules: what counts, what is made of it, and what it is good for.

use crate::common::{DAY_MS, HOUR_MS, MINUTE_MS, START_MS};
use breakwater_protocol::{
    num::math::WAD,
    oracle::{
        crossed, normalised,
        price::{Use, GOOD_FOR_ALL},
        squared_log_return_wad, Feed, FeedConfig, SourceConfig, SourceKind, Value, Verdict,
        Volatility,
    },
    Error, Price,
};
use proptest::prelude::*;

const SECOND_MS: u64 = 1_000;

/// A key that pushes; 18 decimals, good for ten minutes, from 1 to 10,000 dollars.
pub fn source(key: u8) -> SourceConfig {
    SourceConfig {
        kind: SourceKind::Pushed { key: [key; 32] },
        decimals: 18,
        inverse: false,
        max_age_ms: 10 * MINUTE_MS,
        min_wad: WAD,
        max_wad: 10_000 * WAD,
    }
}

/// Three sources of which two must count; 1 % apart at most, a jump of 20 % waits for two minutes
/// or three updates.
pub fn config() -> FeedConfig {
    FeedConfig {
        sources: vec![source(1), source(2), source(3)],
        quorum: 2,
        band_bps: 10,
        max_spread_bps: 100,
        max_jump_bps: 2_000,
        confirm_ms: 2 * MINUTE_MS,
        confirm_updates: 3,
        join_bps: 100,
        ..FeedConfig::pushed([1; 32], MINUTE_MS, 10)
    }
}

/// All three report.
fn report(feed: &mut Feed, dollars: [u128; 3], now_ms: u64) {
    for (place, dollars) in dollars.into_iter().enumerate() {
        feed.report(place, dollars * WAD, now_ms, now_ms).unwrap();
    }
    feed.settle(&[], now_ms).unwrap();
}

fn at_200() -> Feed {
    let mut feed = Feed::new(config()).unwrap();
    report(&mut feed, [200, 201, 202], START_MS);
    feed
}

fn price(feed: &Feed, now_ms: u64) -> Price {
    feed.price(&[], now_ms).unwrap()
}

fn verdicts(feed: &Feed, now_ms: u64) -> Vec<Verdict> {
    feed.verdicts(&[], now_ms).into_iter().map(|(_, verdict)| verdict).collect()
}

#[test]
fn the_median_of_fresh_sources_counts_with_a_quorum() {
    let mut feed = Feed::new(config()).unwrap();
    feed.report(0, 200 * WAD, START_MS, START_MS).unwrap();
    feed.settle(&[], START_MS).unwrap();
    assert_eq!(price(&feed, START_MS).good_for, 0);
    feed.report(1, 202 * WAD, START_MS - 5, START_MS).unwrap();
    feed.settle(&[], START_MS).unwrap();
    // Of two the middle; the band holds both values.
    let now = price(&feed, START_MS);
    assert_eq!((now.mid_wad, now.low_wad, now.high_wad), (201 * WAD, 200 * WAD, 202 * WAD));
    assert_eq!((now.time_ms, now.good_for), (START_MS - 5, GOOD_FOR_ALL));
    // Who has not spoken has not joined: a first value far off does not count, whatever it is.
    feed.report(2, 190 * WAD, START_MS, START_MS).unwrap();
    assert_eq!(verdicts(&feed, START_MS)[2], Verdict::NotJoined);
    assert_eq!(price(&feed, START_MS).mid_wad, 201 * WAD);
    // Of three the second; with two grown old there is no quorum.
    feed.report(2, 200 * WAD, START_MS + 1, START_MS + 1).unwrap();
    feed.settle(&[], START_MS + 1).unwrap();
    assert_eq!(price(&feed, START_MS + 1).mid_wad, 200 * WAD);
    let later_ms = START_MS + 5 * MINUTE_MS;
    feed.report(0, 200 * WAD, later_ms, later_ms).unwrap();
    let old_ms = START_MS + 11 * MINUTE_MS;
    assert_eq!(verdicts(&feed, old_ms), [Verdict::Counts, Verdict::TooOld, Verdict::TooOld]);
    assert_eq!(price(&feed, old_ms).good_for, 0);
}

#[test]
fn values_that_can_not_be_are_refused_each_with_its_error() {
    let mut feed = at_200();
    let now_ms = START_MS + MINUTE_MS;
    assert_eq!(feed.report(9, WAD, now_ms, now_ms), Err(Error::UnknownSource));
    assert_eq!(feed.report(0, 0, now_ms, now_ms), Err(Error::PriceInvalid));
    assert_eq!(feed.report(0, u128::MAX, now_ms, now_ms), Err(Error::PriceInvalid));
    assert_eq!(feed.report(0, WAD, now_ms + 1, now_ms), Err(Error::PriceOutOfOrder));
    assert_eq!(feed.report(0, WAD, START_MS, now_ms), Err(Error::PriceOutOfOrder));
    assert_eq!(feed.report(0, WAD, START_MS - 1, now_ms), Err(Error::PriceOutOfOrder));
}

#[test]
fn a_source_at_its_bound_has_failed() {
    let mut feed = at_200();
    let now_ms = START_MS + MINUTE_MS;
    feed.report(0, WAD, now_ms, now_ms).unwrap();
    feed.report(1, 10_000 * WAD, now_ms, now_ms).unwrap();
    let expected = [Verdict::AtItsBound, Verdict::AtItsBound, Verdict::Counts];
    assert_eq!(verdicts(&feed, now_ms), expected);
    assert_eq!(price(&feed, now_ms).good_for, 0);
}

#[test]
fn sources_that_disagree_take_flags_away_and_widen_the_band() {
    let mut feed = at_200();
    // 198 to 202: 2 %, above the limit of 1 %.
    report(&mut feed, [198, 200, 202], START_MS + MINUTE_MS);
    let apart = price(&feed, START_MS + MINUTE_MS);
    assert_eq!((apart.low_wad, apart.high_wad), (198 * WAD, 202 * WAD));
    assert!(!apart.is_good_for(Use::Risk) && apart.is_good_for(Use::Liquidation));
    // 195 to 205: 5 %, above three times that.
    report(&mut feed, [195, 200, 205], START_MS + 2 * MINUTE_MS);
    assert_eq!(price(&feed, START_MS + 2 * MINUTE_MS).good_for, 0);
}

#[test]
fn a_jump_is_quarantined_until_it_has_stayed() {
    for (from, to) in [(200, 150), (200, 260)] {
        let mut feed = at_200();
        let at = |seconds: u64| START_MS + MINUTE_MS + seconds * SECOND_MS;
        report(&mut feed, [to; 3], at(0));
        assert_eq!(price(&feed, at(0)).good_for, 0, "{from} to {to}");
        assert_eq!(feed.price_wad, 201 * WAD);
        // Looking again confirms nothing.
        for second in 1..30 {
            feed.settle(&[], at(second)).unwrap();
        }
        assert!(feed.quarantine.is_some());
        // By time.
        let mut stays = feed.clone();
        stays.settle(&[], at(120)).unwrap();
        let price_now = price(&stays, at(120));
        assert_eq!((stays.price_wad, price_now.good_for), (to * WAD, GOOD_FOR_ALL));
        assert_eq!(price_now.good_since_ms, at(120));
        // By updates: the first, and two more.
        report(&mut feed, [to; 3], at(40));
        assert_eq!(feed.price_wad, 201 * WAD);
        report(&mut feed, [to; 3], at(50));
        assert_eq!(feed.price_wad, to * WAD);
    }
    // A print that is gone again moves nothing; that there was a break is told.
    let mut feed = at_200();
    report(&mut feed, [20; 3], START_MS + MINUTE_MS);
    report(&mut feed, [200, 201, 202], START_MS + 2 * MINUTE_MS);
    assert_eq!((feed.quarantine, feed.price_wad), (None, 201 * WAD));
    let after = price(&feed, START_MS + 2 * MINUTE_MS);
    assert_eq!((after.good_since_ms, after.good_for), (START_MS + 2 * MINUTE_MS, GOOD_FOR_ALL));
}

#[test]
fn a_new_source_must_agree_before_it_counts() {
    let mut feed = at_200();
    let mut changed = config();
    // Mis-scaled: 2,200 becomes 1.12.
    changed.sources.push(SourceConfig { decimals: 21, min_wad: 0, ..source(4) });
    feed.reconfigure(changed).unwrap();
    let now_ms = START_MS + MINUTE_MS;
    feed.report(3, 201 * WAD, now_ms, now_ms).unwrap();
    feed.settle(&[], now_ms).unwrap();
    assert_eq!(verdicts(&feed, now_ms)[3], Verdict::NotJoined);
    assert_eq!(price(&feed, now_ms).mid_wad, 201 * WAD);
    // One that agrees joins.
    feed.report(3, 201_000 * WAD, now_ms + 1, now_ms + 1).unwrap();
    feed.settle(&[], now_ms + 1).unwrap();
    assert_eq!(verdicts(&feed, now_ms + 1)[3], Verdict::Counts);
    // The others have kept their values.
    assert_eq!(verdicts(&feed, now_ms + 1)[0], Verdict::Counts);
}

#[test]
fn a_break_of_the_feed_is_told() {
    let mut feed = at_200();
    assert_eq!(price(&feed, START_MS).good_since_ms, 0);
    // The quorum of three sources of ten minutes ends then; the feed is back after six hours.
    let back_ms = START_MS + 6 * HOUR_MS;
    assert_eq!(price(&feed, back_ms).good_for, 0);
    report(&mut feed, [180, 180, 181], back_ms);
    let back = price(&feed, back_ms + MINUTE_MS);
    assert_eq!((back.good_since_ms, back.good_for), (back_ms, GOOD_FOR_ALL));
}

#[test]
fn live_values_count_without_being_stored() {
    let mut feed = at_200();
    let now_ms = START_MS + 11 * MINUTE_MS;
    let live = [Some(Value { value_wad: 199 * WAD, time_ms: now_ms }); 3];
    assert_eq!(price(&feed, now_ms).good_for, 0);
    let asked = feed.price(&live, now_ms).unwrap();
    assert_eq!((asked.mid_wad, asked.good_for), (199 * WAD, GOOD_FOR_ALL));
    // The break is told although nobody has noted it.
    assert_eq!(asked.good_since_ms, now_ms);
    feed.settle(&live, now_ms).unwrap();
    assert_eq!((feed.price_wad, feed.good_since_ms), (199 * WAD, now_ms));
}

#[test]
fn decimals_inverse_and_cross_pairs() {
    let eight = SourceConfig { decimals: 8, ..source(1) };
    assert_eq!(normalised(&eight, 20_000_000_000), Ok(200 * WAD));
    // 0.005 ETH for a dollar.
    let inverse = SourceConfig { inverse: true, ..source(1) };
    assert_eq!(normalised(&inverse, WAD / 200), Ok(200 * WAD));
    assert_eq!(normalised(&inverse, 0), Err(Error::PriceInvalid));
    // 0.5 ETH at 200 dollars, with bands; the older time, the weaker flags.
    let half = Price { low_wad: WAD * 49 / 100, time_ms: 5, ..Price::exact(WAD / 2, 5) };
    let eth = Price { good_for: Use::Settlement.flag(), ..Price::exact(200 * WAD, 9) };
    let product = crossed(&half, &eth).unwrap();
    assert_eq!((product.mid_wad, product.low_wad), (100 * WAD, 98 * WAD));
    assert_eq!((product.time_ms, product.good_for), (5, Use::Settlement.flag()));
}

/// Of each part of two prices the worse one.
#[test]
fn a_product_is_as_late_as_weak_and_as_restless_as_its_factors_together() {
    let price = |time_ms, good_since_ms, fast_volatility_wad, good_for| Price {
        good_since_ms,
        fast_volatility_wad,
        slow_volatility_wad: 2 * fast_volatility_wad,
        good_for,
        ..Price::exact(200 * WAD, time_ms)
    };
    let (one, other) = (price(9, 3, 5, 3), price(8, 7, 11, 6));
    for product in [crossed(&one, &other).unwrap(), crossed(&other, &one).unwrap()] {
        assert_eq!((product.time_ms, product.good_since_ms, product.good_for), (8, 7, 2));
        let volatility = (product.fast_volatility_wad, product.slow_volatility_wad);
        assert_eq!(volatility, (16, 32));
        assert_eq!(product.volatility_wad(), 32);
        assert_eq!(Price { fast_volatility_wad: 40, ..product }.volatility_wad(), 40);
    }
}

#[test]
fn an_average_over_time_needs_its_window() {
    let mut twap = config();
    twap.sources[0].kind = SourceKind::Twap { contract: [9; 32], window_ms: 5 * MINUTE_MS };
    twap.quorum = 1;
    let mut feed = Feed::new(twap).unwrap();
    let window_ms = 5 * MINUTE_MS;
    let at = |minute: u64| START_MS + minute * MINUTE_MS;
    let tell = |feed: &mut Feed, dollars_minutes: u128, minute| {
        let sum = dollars_minutes * WAD * u128::from(MINUTE_MS);
        feed.report_sum(0, sum, at(minute), window_ms, at(minute)).unwrap();
    };
    tell(&mut feed, 1_000, 0);
    tell(&mut feed, 1_400, 2);
    assert_eq!(feed.sources[0].last.time_ms, 0);
    // 200 for four minutes, 400 for one: 240.
    tell(&mut feed, 2_200, 5);
    assert_eq!(feed.sources[0].last, Value { value_wad: 240 * WAD, time_ms: at(5) });
}

#[test]
fn volatility_against_figures_worked_by_hand() {
    // ln(1.1) = 0.0953102; squared 0.00908403.
    let squared = squared_log_return_wad(110 * WAD, 100 * WAD).unwrap();
    assert!(squared.abs_diff(9_084_030_000_000_000) < 1_000_000_000_000, "{squared}");
    // A move of 1 % an hour, for long: a day's variance of 24 x 0.0001, 4.9 % a day.
    let mut volatility = Volatility::default();
    for _ in 0..2_000 {
        volatility.update(WAD / 10_000, HOUR_MS, DAY_MS).unwrap();
    }
    assert!(volatility.daily_wad().abs_diff(48_989_794_855_663_561) < WAD / 10_000_000);
    // Half of the variance is forgotten in a half-life.
    let before = volatility.variance_wad;
    volatility.update(0, DAY_MS, DAY_MS).unwrap();
    assert!(volatility.variance_wad.abs_diff(before / 2) < 1_000);
}

proptest! {
    /// One who looks often at a price that does not move changes nothing: the return counts as it
    /// would without them.
    #[test]
    fn looking_often_gains_nothing(
        looks in 1u64..200,
        percent in 1u128..30,
    ) {
        let mut seldom = at_200();
        let mut often = at_200();
        let end_ms = START_MS + 5 * MINUTE_MS;
        for look in 1..looks {
            often.settle(&[], START_MS + look * 5 * MINUTE_MS / looks).unwrap();
        }
        let to = 201 * (100 - percent.min(19)) / 100;
        report(&mut seldom, [to; 3], end_ms);
        report(&mut often, [to; 3], end_ms);
        let (a, b) = (seldom.fast.daily_wad() as f64, often.fast.daily_wad() as f64);
        // Spread over five minutes or in the last of them: half-life ten minutes.
        prop_assert!((a / b - 1.0).abs() < 0.12, "{} {}", a, b);
    }

    /// Whatever is reported: the price is within the values that count, and flags are only taken
    /// away by disagreement: where two of three agree, the third is left out.
    #[test]
    fn the_price_is_among_its_sources(values in proptest::array::uniform3(100u128..1_000)) {
        let mut feed = Feed::new(config()).unwrap();
        report(&mut feed, values, START_MS);
        let now = price(&feed, START_MS);
        let (low, high) = (values.iter().min().unwrap(), values.iter().max().unwrap());
        prop_assert!(now.mid_wad >= low * WAD && now.mid_wad <= high * WAD);
        let mut sorted = values;
        sorted.sort_unstable();
        let [a, b, c] = sorted;
        let apart_bps = |x: u128, y: u128| (x.abs_diff(y) * 10_000).div_ceil(b);
        // Both neighbours as far: nobody knows which of them is wrong.
        let is_even = b - a == c - b && apart_bps(a, c) > 100;
        // The third, left out from the first, has not joined: the two that have are measured by
        // their own middle, which of the lower two is below that of all three.
        let is_pair = !is_even && apart_bps(a, b) <= 100 && apart_bps(b, c) > 100;
        let by_own_bps = if is_pair { ((b - a) * 20_000).div_ceil(a + b) } else { 0 };
        let lower = apart_bps(a, b).max(by_own_bps);
        let agree = !is_even && lower.min(apart_bps(b, c)) <= 100;
        prop_assert_eq!(now.good_for == GOOD_FOR_ALL, agree);
        if !agree {
            let highest = if is_pair { b } else { c };
            prop_assert!(now.low_wad <= a * WAD && now.high_wad >= highest * WAD);
        }
    }
}
