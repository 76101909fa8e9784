//! What a feed does exactly at its limits: ages, bounds, spreads, jumps, majorities.

use crate::{
    common::{MINUTE_MS, START_MS},
    oracle::{config, source},
};
use breakwater_protocol::{
    num::math::WAD,
    oracle::{
        normalised, price::GOOD_FOR_ALL, Feed, FeedConfig, SourceConfig, SourceKind, Value,
        Verdict, Volatility,
    },
    Error, Price,
};

/// Cents of a dollar.
const CENT: u128 = WAD / 100;

/// So many sources at 200 dollars, 1 % apart at most, a jump is of more than 20 %.
fn feed(count: u8, quorum: u8) -> Feed {
    let config = FeedConfig { sources: (1..=count).map(source).collect(), quorum, ..config() };
    let mut feed = Feed::new(config).unwrap();
    say(&mut feed, &vec![20_000; count.into()], START_MS);
    feed
}

/// Each source says so many cents, now.
fn say(feed: &mut Feed, cents: &[u128], now_ms: u64) {
    for (place, cents) in cents.iter().enumerate() {
        feed.report(place, cents * CENT, now_ms, now_ms).unwrap();
    }
    feed.settle(&[], now_ms).unwrap();
}

/// The price a minute later, when each has said so many cents.
fn price_of(quorum: u8, cents: &[u128]) -> Price {
    let mut feed = feed(cents.len().try_into().unwrap(), quorum);
    say(&mut feed, cents, START_MS + MINUTE_MS);
    feed.price(&[], START_MS + MINUTE_MS).unwrap()
}

#[test]
fn a_value_counts_within_its_bounds_and_up_to_its_age() {
    let mut feed = feed(1, 1);
    let now_ms = START_MS + 20 * MINUTE_MS;
    let highest = 500_000_000_000 * WAD;
    let cases = [
        (200 * WAD, 0, Verdict::Missing),
        (0, now_ms, Verdict::Invalid),
        (highest + 1, now_ms, Verdict::Invalid),
        (highest, now_ms, Verdict::AtItsBound),
        (200 * WAD, now_ms + 1, Verdict::Invalid),
        (200 * WAD, now_ms, Verdict::Counts),
        (200 * WAD, now_ms - 10 * MINUTE_MS, Verdict::Counts),
        (200 * WAD, now_ms - 10 * MINUTE_MS - 1, Verdict::TooOld),
        (WAD, now_ms, Verdict::AtItsBound),
        (WAD + 1, now_ms, Verdict::Counts),
        (10_000 * WAD, now_ms, Verdict::AtItsBound),
        (10_000 * WAD - 1, now_ms, Verdict::Counts),
    ];
    for (value_wad, time_ms, expected) in cases {
        let live = [Some(Value { value_wad, time_ms })];
        let (_, verdict) = feed.verdicts(&live, now_ms)[0];
        assert_eq!(verdict, expected, "{value_wad} at {time_ms}");
    }
    feed.sources[0].joined = false;
    let live = [Some(Value { value_wad: 200 * WAD, time_ms: now_ms })];
    assert_eq!(feed.verdicts(&live, now_ms)[0].1, Verdict::NotJoined);
    assert_eq!(normalised(&source(1), highest), Ok(highest));
    assert_eq!(normalised(&source(1), highest + 1), Err(Error::PriceInvalid));
    let coarse = SourceConfig { decimals: 19, ..source(1) };
    assert_eq!(normalised(&coarse, 19), Ok(1));
    let inverse = SourceConfig { decimals: 0, inverse: true, ..source(1) };
    assert_eq!(normalised(&inverse, 3), Ok(333_333_333_333_333_333));
}

#[test]
fn up_to_the_limit_sources_agree_and_up_to_three_times_they_settle() {
    // Three that must all count, so that none can be left out.
    let flags = |low, high| price_of(3, &[low, 20_000, high]).good_for;
    assert_eq!(flags(19_900, 20_100), GOOD_FOR_ALL);
    assert_eq!(flags(19_900, 20_101), 6);
    assert_eq!(flags(19_700, 20_300), 6);
    assert_eq!(flags(19_700, 20_301), 0);
}

#[test]
fn the_band_is_the_wider_of_its_own_and_what_is_said_rounded_outwards() {
    let price = price_of(3, &[19_990, 20_000, 20_070]);
    assert_eq!(
        (price.low_wad, price.mid_wad, price.high_wad),
        (19_980 * CENT, 20_000 * CENT, 20_070 * CENT)
    );
    // Ten hundredths of a per cent of the least value there is: one less, and two more.
    let mut feed = feed(1, 1);
    feed.config.sources[0].min_wad = 0;
    feed.config.max_jump_bps = breakwater_protocol::oracle::ANY_JUMP;
    feed.report(0, 1_001, START_MS + 1, START_MS + 1).unwrap();
    feed.settle(&[], START_MS + 1).unwrap();
    let price = feed.price(&[], START_MS + 1).unwrap();
    // 999.999 and 1,002.001
    assert_eq!((price.low_wad, price.mid_wad, price.high_wad), (999, 1_001, 1_003));
}

#[test]
fn without_a_majority_nobody_is_left_out() {
    // Two of five are near the middle; a quorum of two would do.
    assert_eq!(price_of(2, &[10_000, 15_000, 20_000, 20_100, 30_000]).good_for, 0);
    let price = price_of(2, &[10_000, 20_000, 20_000, 20_100, 30_000]);
    assert_eq!((price.good_for, price.high_wad), (GOOD_FOR_ALL, 20_100 * CENT));
}

#[test]
fn who_is_far_ages_and_renews_nothing() {
    let mut feed = feed(3, 2);
    let at = |second: u64| START_MS + MINUTE_MS + second * 1_000;
    for (place, cents, second) in [(0, 20_000, 10), (1, 20_000, 20), (2, 30_000, 30)] {
        feed.report(place, cents * CENT, at(second), at(30)).unwrap();
    }
    feed.settle(&[], at(30)).unwrap();
    // The older of the two that agree.
    assert_eq!(feed.price(&[], at(30)).unwrap().time_ms, at(10));
}

#[test]
fn the_farthest_goes_while_enough_are_left() {
    let ends = |quorum, cents: &[u128]| {
        let price = price_of(quorum, cents);
        (price.low_wad / CENT, price.high_wad / CENT)
    };
    // All within 1 % of the middle, but more than that apart: the farther one goes, above or below.
    assert_eq!(ends(2, &[19_900, 20_000, 20_150]), (19_900, 20_020));
    assert_eq!(ends(2, &[19_850, 20_000, 20_100]), (19_980, 20_100));
    // Of two as far both, where a majority is left.
    assert_eq!(ends(3, &[19_850, 20_000, 20_000, 20_000, 20_150]), (19_980, 20_020));
    assert_eq!(ends(2, &[19_850, 20_000, 20_150]), (19_850, 20_150));
    // A quorum of all keeps all.
    assert_eq!(ends(3, &[19_900, 20_000, 20_150]), (19_900, 20_150));
}

#[test]
fn a_move_by_the_limit_is_no_jump() {
    for (cents, jumps) in [(24_000, false), (24_001, true), (16_000, false), (15_999, true)] {
        let mut feed = feed(1, 1);
        say(&mut feed, &[cents], START_MS + MINUTE_MS);
        assert_eq!(feed.quarantine.is_some(), jumps, "{cents}");
        assert_eq!(feed.price_wad, if jumps { 20_000 } else { cents } * CENT);
    }
}

#[test]
fn within_a_minute_steps_are_one_move() {
    for (second_step_ms, jumps) in [(MINUTE_MS - 1, true), (MINUTE_MS, false)] {
        let mut feed = feed(1, 1);
        // 10 %, and 10 % of that: 21 %.
        say(&mut feed, &[22_000], START_MS + MINUTE_MS / 2);
        assert_eq!(feed.price_wad, 22_000 * CENT);
        say(&mut feed, &[24_200], START_MS + second_step_ms);
        assert_eq!(feed.quarantine.is_some(), jumps, "{second_step_ms}");
    }
}

#[test]
fn a_gap_is_what_is_longer_than_a_value_lives() {
    let lives_ms = 10 * MINUTE_MS;
    for (gap_ms, is_break) in [(lives_ms, false), (lives_ms + 1, true)] {
        let mut feed = feed(1, 1);
        let now_ms = START_MS + gap_ms;
        feed.report(0, 200 * WAD, now_ms, now_ms).unwrap();
        let since_ms = if is_break { now_ms } else { 0 };
        // Before somebody has noted it, and after.
        assert_eq!(feed.price(&[], now_ms).unwrap().good_since_ms, since_ms, "{gap_ms}");
        feed.settle(&[], now_ms).unwrap();
        assert_eq!(feed.price(&[], now_ms).unwrap().good_since_ms, since_ms, "{gap_ms}");
    }
}

#[test]
fn a_volatility_is_believed_up_to_a_thousand_per_cent_a_day() {
    let daily = |variance_wad| Volatility { variance_wad }.daily_wad();
    assert_eq!([25, 100, 101, 400].map(|n| daily(n * WAD) / WAD), [5, 10, 10, 10]);
    // A return squared of 1 in a minute is 1,440 a day, of which half counts in a half-life.
    let mut volatility = Volatility::default();
    volatility.update(WAD, MINUTE_MS, MINUTE_MS).unwrap();
    assert_eq!(volatility.variance_wad, 100 * WAD);
    let mut volatility = Volatility::default();
    volatility.update(WAD / 100, MINUTE_MS, MINUTE_MS).unwrap();
    assert!(volatility.variance_wad.abs_diff(72 * WAD / 10) < 10_000, "{volatility:?}");
    volatility.update(0, 0, MINUTE_MS).unwrap();
    assert!(volatility.variance_wad.abs_diff(72 * WAD / 10) < 10_000, "{volatility:?}");
    volatility.update(0, MINUTE_MS, MINUTE_MS).unwrap();
    assert!(volatility.variance_wad.abs_diff(36 * WAD / 10) < 10_000, "{volatility:?}");
}

/// What was good for as long as somebody could be asked ends with who could.
#[test]
fn a_price_that_could_be_asked_for_ends_with_its_source() {
    let asked = |contract: u8| SourceConfig {
        kind: SourceKind::Dia { contract: [contract; 32], symbol: "ETH/USD".into() },
        ..source(1)
    };
    let feed = |sources| FeedConfig {
        sources,
        quorum: 1,
        join_bps: 100,
        max_spread_bps: 100,
        ..FeedConfig::pushed([1; 32], MINUTE_MS, 10)
    };
    let mut one = Feed::new(feed(vec![asked(1)])).unwrap();
    one.settle(&[Some(Value { value_wad: 200 * WAD, time_ms: START_MS })], START_MS).unwrap();
    assert_eq!((one.price_wad, one.good_until_ms), (200 * WAD, u64::MAX));
    let now_ms = START_MS + MINUTE_MS;
    let mut still = one.clone();
    still.reconfigure_at(feed(vec![asked(2)]), now_ms).unwrap();
    assert_eq!(still.good_until_ms, u64::MAX);
    one.reconfigure_at(feed(vec![source(3)]), now_ms).unwrap();
    assert_eq!(one.good_until_ms, now_ms);
    // What has its end keeps it.
    let mut pushed = self::feed(1, 1);
    pushed.reconfigure_at(feed(vec![source(2)]), now_ms).unwrap();
    assert_eq!(pushed.good_until_ms, START_MS + 10 * MINUTE_MS);
}

/// Where nobody is left who has joined a quorum is enough; a majority of those that there are is not asked for.
#[test]
fn where_all_were_replaced_a_quorum_takes_over() {
    for (replaced, taken_over) in [(true, true), (false, false)] {
        let mut feed = feed(1, 1);
        let mut config = feed.config.clone();
        config.sources.extend([5, 6].map(source));
        if replaced {
            config.sources[0] = source(4);
        }
        feed.reconfigure_at(config, START_MS + 1).unwrap();
        for step in 1..=9 {
            let now_ms = START_MS + step * MINUTE_MS / 3;
            feed.report(1, 300 * WAD, now_ms, now_ms).unwrap();
            feed.settle(&[], now_ms).unwrap();
        }
        assert_eq!(feed.price_wad == 300 * WAD, taken_over, "{replaced}");
    }
}
