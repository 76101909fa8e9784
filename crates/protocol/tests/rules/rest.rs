//! No turn of measures and no turn of raises holds an asset up longer than the page says (§ 7.3).

use crate::common::*;
use breakwater_protocol::{
    breaker::{
        Breaker, BreakerConfig, Episode, Level, ManualLevel, Measures, Trigger, TriggerThresholds,
    },
    num::math::WAD,
    Error,
};
use proptest::prelude::*;

const LT_WAD: u128 = 80 * WAD / 100;

fn config() -> BreakerConfig {
    BreakerConfig {
        volatility: TriggerThresholds { guarded: 30_000, stressed: 60_000, halted: 120_000 },
        guarded_max_ms: 3 * HOUR_MS,
        ..BreakerConfig::default()
    }
}

/// Time at a level or above, but for a bad price, as seen each half minute.
fn is_at(breaker: &Breaker, level: Level) -> bool {
    breaker.level >= level && (breaker.level, breaker.trigger) != (Level::Halted, Trigger::Price)
}

/// Looks each half minute at what is measured then; the most that any stretch as long as a level's
/// longest time and a rest had of it, in half minutes.
fn most(measures: &[(u128, bool)], level: Level) -> (usize, usize) {
    let config = config();
    let mut breaker = Breaker::default();
    let seen: Vec<usize> = (0u64..)
        .zip(measures)
        .map(|(half_minute, (volatility_bps, bad_price))| {
            let measures = Measures {
                volatility_bps: *volatility_bps,
                bad_price: *bad_price,
                ..Measures::default()
            };
            breaker.update(&measures, &config, LT_WAD, START_MS + half_minute * 30_000);
            usize::from(is_at(&breaker, level))
        })
        .collect();
    let longest = (config.longest_ms(level, LT_WAD) / 30_000) as usize;
    let span = longest + (config.dwell_ms / 30_000) as usize;
    let most = seen.windows(span).map(|part| part.iter().sum()).max().unwrap_or(0);
    (most, longest)
}

#[test]
fn measures_that_come_and_go_give_no_more_than_an_hour_of_seventy_minutes() {
    // High for 59 minutes, calm for the ten of the dwell, high again: it was Stressed for 590
    // minutes of 600.
    for calm in 1..40 {
        let measures: Vec<_> =
            (0..1_200).map(|at| (if at % 120 < 120 - calm { 60_000 } else { 0 }, false)).collect();
        let (most, longest) = most(&measures, Level::Stressed);
        assert!(most <= longest, "calm for {calm}: {most} of {longest}");
    }
    // And never less than it would be: an hour in the first seventy minutes.
    let (most, longest) = most(&[(60_000, false); 140], Level::Stressed);
    assert_eq!((most, longest), (120, 120));
}

#[test]
fn a_short_stay_long_ago_takes_nothing_from_the_next() {
    let mut breaker = Breaker::default();
    let mut look = |minute: u64, volatility_bps| {
        let measures = Measures { volatility_bps, ..Measures::default() };
        breaker.update(&measures, &config(), LT_WAD, START_MS + minute * MINUTE_MS);
        breaker.level
    };
    assert_eq!(look(0, 60_000), Level::Stressed);
    assert_eq!(look(10, 0), Level::Guarded);
    // Ten minutes after it ended: a whole hour.
    for minute in 20..80 {
        assert_eq!(look(minute, 60_000), Level::Stressed, "{minute}");
    }
    assert_eq!(look(80, 60_000), Level::Guarded);
    assert_eq!(look(89, 60_000), Level::Guarded);
    assert_eq!(look(90, 60_000), Level::Stressed);
}

#[test]
fn the_owners_reset_gives_no_new_hour() {
    let mut breaker = Breaker::default();
    let high = Measures { volatility_bps: 60_000, ..Measures::default() };
    let mut stressed = 0;
    for minute in 0..70 {
        let now_ms = START_MS + minute * MINUTE_MS;
        breaker.update(&high, &config(), LT_WAD, now_ms);
        stressed += u32::from(breaker.level >= Level::Stressed);
        if minute % 7 == 2 {
            breaker.reset(now_ms);
        }
    }
    assert!(stressed <= 60, "{stressed}");
}

fn measures() -> impl Strategy<Value = Vec<(u128, bool)>> {
    let stretch = (0u128..4, 1usize..150, 0u8..12);
    proptest::collection::vec(stretch, 1..40).prop_map(|stretches| {
        let of = |(kind, length, bad)| {
            let measure: u128 = [0, 30_000, 60_000, 120_000][kind as usize];
            vec![(measure, bad == 0); length]
        };
        stretches.into_iter().flat_map(of).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Guarded, Stressed, Halted: of any stretch no more than the page says, whatever is measured.
    #[test]
    fn no_sequence_of_measures_holds_a_level_longer(measures in measures()) {
        for level in [Level::Guarded, Level::Stressed, Level::Halted] {
            let (most, longest) = most(&measures, level);
            prop_assert!(most <= longest, "{level:?}: {most} of {longest}");
        }
    }

    /// People, by whatever turns over assets and the market, with resets: no more than half of the
    /// time is theirs.
    #[test]
    fn people_hold_nothing_for_more_than_half_of_the_time(
        raises in proptest::collection::vec((0usize..4, 1u64..70, 0u64..40, any::<bool>()), 1..150),
    ) {
        let mut guards = [ManualLevel::default(); 4];
        let mut episode = Episode::default();
        let (mut minute, mut seen) = (0, Vec::new());
        for (which, lasts, wait, reset) in raises {
            let now_ms = START_MS + minute * MINUTE_MS;
            if reset && lasts % 3 == 0 {
                guards[which] = ManualLevel::default();
            }
            let before = (guards[which], episode);
            let done = guards[which].raise_within(
                &mut episode, Level::Halted, lasts * MINUTE_MS, HOUR_MS, now_ms,
            );
            if done.is_err() {
                prop_assert_eq!(before, (guards[which], episode));
            }
            for _ in 0..wait {
                let now_ms = START_MS + minute * MINUTE_MS;
                let up = guards.iter().any(|guard| guard.level(now_ms) != Level::Normal);
                seen.push(usize::from(up));
                minute += 1;
            }
        }
        // A stretch that begins with an episode and ends with one has half an hour more.
        for part in seen.windows(120).chain([seen.as_slice()]) {
            prop_assert!(2 * part.iter().sum::<usize>() <= part.len() + 60);
        }
    }
}

#[test]
fn asset_and_market_in_turn_are_one_budget() {
    // ETH for an hour, then the market for an hour, then ETH again: it was halted for ever.
    let at = |minute: u64| START_MS + minute * MINUTE_MS;
    let (mut eth, mut market, mut episode) =
        (ManualLevel::default(), ManualLevel::default(), Episode::default());
    let mut raise = |guard: &mut ManualLevel, minutes: u64, minute| {
        guard.raise_within(&mut episode, Level::Halted, minutes * MINUTE_MS, HOUR_MS, at(minute))
    };
    assert_eq!(raise(&mut eth, 61, 0), Err(Error::GuardTooLong));
    raise(&mut eth, 20, 0).unwrap();
    // Whatever else is raised ends within the hour.
    assert_eq!(raise(&mut market, 60, 10), Err(Error::GuardTooLong));
    assert_eq!(raise(&mut eth, 10, 10), Err(Error::GuardRests));
    raise(&mut market, 35, 15).unwrap();
    // It lasted until 50: a rest until 100.
    assert_eq!(raise(&mut eth, 10, 50), Err(Error::GuardRests));
    assert_eq!(raise(&mut market, 1, 99), Err(Error::GuardRests));
    raise(&mut eth, 60, 100).unwrap();
    // A level taken back by the owner makes no new budget.
    let mut eth = ManualLevel::default();
    assert_eq!(raise(&mut eth, 11, 150), Err(Error::GuardTooLong));
    assert_eq!(raise(&mut eth, 10, 160), Err(Error::GuardRests));
    raise(&mut eth, 60, 220).unwrap();
}
