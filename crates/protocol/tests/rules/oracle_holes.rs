//! Ways in which one source, or a stranger, could move or stop a price that others agree on. Each
//! did, once.

use crate::common::{DAY_MS, HOUR_MS, MINUTE_MS, START_MS};
use breakwater_protocol::{
    num::math::WAD,
    oracle::{
        price::{Use, GOOD_FOR_ALL},
        Feed, FeedConfig, SourceConfig, SourceKind, Value, Verdict, ANY_JUMP,
    },
    Error, Price,
};

const SECOND_MS: u64 = 1_000;

fn source(kind: SourceKind) -> SourceConfig {
    SourceConfig {
        kind,
        decimals: 18,
        inverse: false,
        max_age_ms: 30 * MINUTE_MS,
        min_wad: 0,
        max_wad: u128::MAX,
    }
}

fn pushed(key: u8) -> SourceConfig {
    source(SourceKind::Pushed { key: [key; 32] })
}

fn signed(key: u8) -> SourceConfig {
    source(SourceKind::Sr25519 { key: [key; 32] })
}

fn dia(symbol: &str) -> SourceConfig {
    source(SourceKind::Dia { contract: [9; 32], symbol: symbol.into() })
}

/// Sources no farther than 2 % apart; a jump of 20 % waits for two minutes or three updates.
fn config(sources: Vec<SourceConfig>, quorum: u8) -> FeedConfig {
    FeedConfig {
        sources,
        quorum,
        max_spread_bps: 200,
        max_jump_bps: 2_000,
        join_bps: 200,
        ..FeedConfig::pushed([1; 32], 30 * MINUTE_MS, 0)
    }
}

fn of(count: u8, quorum: u8) -> Feed {
    Feed::new(config((1..=count).map(pushed).collect(), quorum)).unwrap()
}

/// Cents of each source that speaks.
fn say(feed: &mut Feed, cents: &[u128], now_ms: u64) {
    for (place, cents) in cents.iter().enumerate().filter(|(_, cents)| **cents != 0) {
        feed.report(place, cents * WAD / 100, now_ms, now_ms).unwrap();
        feed.settle(&[], now_ms).unwrap();
    }
}

fn look(feed: &Feed, now_ms: u64) -> Price {
    feed.price(&[], now_ms).unwrap()
}

fn verdict(feed: &Feed, place: usize, now_ms: u64) -> Verdict {
    feed.verdicts(&[], now_ms)[place].1
}

// Outliers.

#[test]
fn one_source_of_seven_stops_nothing() {
    for wrong in [1, 18_700, 19_500, 20_500, 1_000_000] {
        for place in 0..7 {
            let mut feed = of(7, 4);
            say(&mut feed, &[20_000; 7], START_MS);
            let now_ms = START_MS + MINUTE_MS;
            let mut cents = [20_000; 7];
            cents[place] = wrong;
            say(&mut feed, &cents, now_ms);
            let now = look(&feed, now_ms);
            assert_eq!((now.mid_wad, now.good_for), (200 * WAD, GOOD_FOR_ALL), "{wrong}");
            assert_eq!((now.low_wad, now.high_wad), (200 * WAD, 200 * WAD), "{wrong}");
        }
    }
    // Three of seven, too.
    let mut feed = of(7, 4);
    say(&mut feed, &[20_000; 7], START_MS);
    say(&mut feed, &[1, 20_000, 20_000, 1, 20_000, 20_000, 900_000], START_MS + MINUTE_MS);
    assert_eq!(look(&feed, START_MS + MINUTE_MS).good_for, GOOD_FOR_ALL);
}

#[test]
fn just_within_the_limit_one_source_takes_no_flag_away() {
    // 198.20 is 1.9 % below the median, the rest lies 1 % above it at most: 2.4 % in all.
    let mut feed = of(5, 3);
    say(&mut feed, &[20_000; 5], START_MS);
    say(&mut feed, &[19_820, 20_100, 20_200, 20_250, 20_300], START_MS + MINUTE_MS);
    let now = look(&feed, START_MS + MINUTE_MS);
    assert_eq!((now.mid_wad, now.good_for), (202 * WAD, GOOD_FOR_ALL));
    assert_eq!(now.low_wad, 201 * WAD);
}

#[test]
fn where_two_camps_are_as_large_nobody_is_left_out() {
    let mut feed = of(6, 3);
    say(&mut feed, &[20_000; 6], START_MS);
    say(&mut feed, &[20_000, 20_000, 20_000, 18_700, 18_700, 18_700], START_MS + MINUTE_MS);
    let now = look(&feed, START_MS + MINUTE_MS);
    assert_eq!((now.good_for, now.low_wad, now.high_wad), (0, 187 * WAD, 200 * WAD));
    // And nothing is settled at what nobody says.
    assert_eq!(feed.price_wad, 200 * WAD);
    // A quorum smaller than a majority leaves nobody out: two of five, three silent.
    let mut feed = of(5, 2);
    say(&mut feed, &[20_000; 5], START_MS);
    say(&mut feed, &[20_000, 20_000, 18_000, 18_000, 0], START_MS + 31 * MINUTE_MS);
    assert_eq!(look(&feed, START_MS + 31 * MINUTE_MS).good_for, 0);
    // A majority that is no quorum does not either: four must agree.
    let mut feed = of(5, 4);
    say(&mut feed, &[20_000; 5], START_MS);
    say(&mut feed, &[20_000, 20_000, 20_000, 18_000, 18_000], START_MS + MINUTE_MS);
    assert_eq!(look(&feed, START_MS + MINUTE_MS).good_for, 0);
}

#[test]
fn leaving_one_out_does_not_move_the_price() {
    // Just within the limit and just beyond it: the median is the same.
    for wrong in [19_700, 19_600, 100] {
        let mut feed = of(3, 2);
        say(&mut feed, &[20_000; 3], START_MS);
        say(&mut feed, &[20_000, 20_100, wrong], START_MS + MINUTE_MS);
        assert_eq!(look(&feed, START_MS + MINUTE_MS).mid_wad, 200 * WAD, "{wrong}");
    }
}

// The price's time.

#[test]
fn the_price_is_as_new_as_its_quorum() {
    let mut feed = of(3, 2);
    say(&mut feed, &[20_000; 3], START_MS);
    let now_ms = START_MS + 20 * MINUTE_MS;
    say(&mut feed, &[0, 20_000, 0], now_ms - MINUTE_MS);
    assert_eq!(look(&feed, now_ms).time_ms, START_MS);
    say(&mut feed, &[20_000, 0, 0], now_ms);
    // The third is twenty minutes late and holds nobody up; the second is the quorum's.
    assert_eq!(look(&feed, now_ms).time_ms, now_ms - MINUTE_MS);
    // One who is left out is no part of it.
    say(&mut feed, &[0, 0, 90_000], now_ms + 1);
    assert_eq!(look(&feed, now_ms + 1).time_ms, now_ms - MINUTE_MS);
}

// Volatility.

/// Two and a half honest hours: each minute two sources say so, and the third as it likes.
fn flipped(honest: impl Fn(u64) -> [u128; 2], third: impl Fn(u64) -> u128, every_ms: u64) -> f64 {
    let mut feed = Feed::new(FeedConfig {
        max_jump_bps: ANY_JUMP,
        ..config(vec![pushed(1), pushed(2), pushed(3)], 2)
    })
    .unwrap();
    let mut worst: f64 = 0.0;
    for step in 0..150 * MINUTE_MS / every_ms {
        let now_ms = START_MS + step * every_ms;
        let [a, b] = honest(step);
        say(&mut feed, &[a, b, third(step)], now_ms);
        if step * every_ms > 10 * MINUTE_MS {
            worst = worst.max(look(&feed, now_ms).fast_volatility_wad as f64 / WAD as f64);
        }
    }
    worst
}

#[test]
fn one_reporter_of_three_makes_no_volatility() {
    // Two stand still, 1 % apart; the third flips between them, beyond them, and far beyond, each
    // six seconds or each minute or as soon as a sample is due.
    for every_ms in [6 * SECOND_MS, 30 * SECOND_MS, MINUTE_MS, 61 * SECOND_MS] {
        for [low, high] in [[20_000, 20_200], [19_900, 20_300], [1, 90_000_000]] {
            let third = |step| if step % 2 == 0 { low } else { high };
            assert_eq!(flipped(|_| [20_000, 20_200], third, every_ms), 0.0, "{every_ms} {low}");
        }
    }
}

#[test]
fn a_liar_adds_little_to_the_volatility_there_is() {
    // Both of the honest ones walk 0.1 % to and fro, not together: as fast a liar cannot make it.
    let walk = |step: u64, salt: u64| {
        let noise = (step.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(salt) >> 33) % 41;
        20_000 + u128::from(noise)
    };
    let honest = |step| [walk(step, 1), walk(step, 1 << 60)];
    let fair = flipped(honest, |step| walk(step, 1 << 62), MINUTE_MS);
    for [low, high] in [[20_000, 20_040], [19_000, 21_000], [1, 90_000_000]] {
        let third = |step| if step % 2 == 0 { low } else { high };
        let lied = flipped(honest, third, MINUTE_MS);
        assert!(lied < 1.6 * fair, "{lied} {fair}");
    }
}

#[test]
fn a_real_move_is_seen_when_most_have_made_it() {
    // Down 10 %, one source after the other, 40 s apart; and all at once.
    let config = FeedConfig { max_spread_bps: 2_000, ..config((1..=3).map(pushed).collect(), 2) };
    let mut at_once = Feed::new(config.clone()).unwrap();
    let mut in_turn = at_once.clone();
    let at = |seconds: u64| START_MS + seconds * SECOND_MS;
    for feed in [&mut at_once, &mut in_turn] {
        say(feed, &[20_000, 20_010, 20_020], at(0));
    }
    say(&mut at_once, &[18_000, 18_009, 18_018], at(120));
    for (place, cents) in [18_000, 18_009, 18_018].into_iter().enumerate() {
        let mut says = [0; 3];
        says[place] = cents;
        say(&mut in_turn, &says, at(80 + 40 * place as u64));
    }
    // ln(0.9)^2 x 1,440 x (1 - 2^(-2/10)) / 2 within two minutes: 10.13 a day squared, and in turn
    // at least nine tenths of it.
    let (a, b) = (at_once.fast.daily_wad() as f64, in_turn.fast.daily_wad() as f64);
    assert!((a / WAD as f64 - 1.016).abs() < 0.02, "{a}");
    assert!(b > 0.9 * a && b < 1.5 * a, "{b} {a}");
}

#[test]
fn what_is_gone_within_the_minute_has_never_been() {
    let mut feed = Feed::new(FeedConfig { max_jump_bps: ANY_JUMP, ..of(1, 1).config }).unwrap();
    say(&mut feed, &[20_000], START_MS);
    for second in 1..60 {
        say(&mut feed, &[if second % 2 == 0 { 20_000 } else { 21_000 }], START_MS + second * 1_000);
    }
    // It shows while it is there: ln(1.05) sqrt(1,440 x (1 - 2^(-1/10))).
    assert!(feed.fast.daily_wad().abs_diff(479_300_000_000_000_000) < WAD / 1_000);
    say(&mut feed, &[20_000], START_MS + MINUTE_MS);
    assert_eq!(feed.fast.daily_wad(), 0);
}

// Breaks.

#[test]
fn a_source_that_is_asked_and_goes_on_has_no_break() {
    let mut feed = Feed::new(config(vec![dia("ETH/USD")], 1)).unwrap();
    let live = |time_ms| [Some(Value { value_wad: 200 * WAD, time_ms })];
    feed.settle(&live(START_MS), START_MS).unwrap();
    // For 285 minutes DIA has a value each minute and nobody pokes.
    for minute in 0..285 {
        let now_ms = START_MS + minute * MINUTE_MS;
        let now = feed.price(&live(now_ms), now_ms).unwrap();
        assert_eq!((now.good_for, now.good_since_ms), (GOOD_FOR_ALL, 0), "{minute}");
    }
    // A poke notes nothing either.
    let now_ms = START_MS + 286 * MINUTE_MS;
    feed.settle(&live(now_ms), now_ms).unwrap();
    assert_eq!(feed.good_since_ms, 0);
    // A value older than its age is a break: told while it lasts, and, once seen, after it.
    let dead_ms = now_ms + 31 * MINUTE_MS;
    assert_eq!(feed.price(&live(now_ms), dead_ms).unwrap().good_for, 0);
    feed.settle(&live(now_ms), dead_ms).unwrap();
    let back_ms = dead_ms + HOUR_MS;
    assert_eq!(feed.price(&live(back_ms), back_ms).unwrap().good_since_ms, back_ms);
    feed.settle(&live(back_ms), back_ms).unwrap();
    let later_ms = back_ms + 40 * MINUTE_MS;
    assert_eq!(feed.price(&live(later_ms), later_ms).unwrap().good_since_ms, back_ms);
}

/// A market takes what has had no good price for a day for gone (§ 4.11): what has just become too old is not,
/// though nobody has poked for days.
#[test]
fn what_has_just_become_too_old_is_as_old_as_its_values() {
    let mut feed = Feed::new(config(vec![dia("ETH/USD")], 1)).unwrap();
    let live = |time_ms| [Some(Value { value_wad: 200 * WAD, time_ms })];
    feed.settle(&live(START_MS), START_MS).unwrap();
    let spoke_ms = START_MS + 3 * 24 * HOUR_MS;
    let now_ms = spoke_ms + 31 * MINUTE_MS;
    let now = feed.price(&live(spoke_ms), now_ms).unwrap();
    assert_eq!((now.good_for, now.time_ms), (0, spoke_ms));
}

#[test]
fn with_a_pushed_source_that_must_count_its_gap_is_a_break() {
    let mut feed = Feed::new(config(vec![dia("ETH/USD"), pushed(1)], 2)).unwrap();
    let live = |time_ms| [Some(Value { value_wad: 200 * WAD, time_ms }), None];
    feed.report(1, 200 * WAD, START_MS, START_MS).unwrap();
    feed.settle(&live(START_MS), START_MS).unwrap();
    let back_ms = START_MS + 3 * HOUR_MS;
    feed.report(1, 200 * WAD, back_ms, back_ms).unwrap();
    feed.settle(&live(back_ms), back_ms).unwrap();
    assert_eq!(feed.good_since_ms, back_ms);
}

// Jumps.

#[test]
fn reports_made_or_relayed_together_confirm_nothing() {
    // Three within two seconds, in one block; each in a block of its own; late, in one block.
    let first_ms = START_MS + 5 * MINUTE_MS;
    for (made, blocks) in
        [([0, 1, 2], [3, 3, 3]), ([0, 1, 2], [3, 9, 15]), ([0, 40, 80], [90, 90, 90])]
    {
        let mut feed = of(1, 1);
        say(&mut feed, &[20_000], START_MS);
        for (made, block) in made.into_iter().zip(blocks) {
            let [made_ms, now_ms] = [made, block].map(|second| first_ms + second * SECOND_MS);
            feed.report(0, 100 * WAD, made_ms, now_ms).unwrap();
            feed.settle(&[], now_ms).unwrap();
            feed.settle(&[], now_ms).unwrap();
        }
        assert_eq!(feed.price_wad, 200 * WAD, "{made:?} {blocks:?}");
        assert_eq!(feed.quarantine.unwrap().updates, 1);
    }
    // By number, in a third of the time, and by time.
    let mut feed = of(1, 1);
    say(&mut feed, &[20_000], START_MS);
    for second in [0, 10, 20, 30] {
        say(&mut feed, &[10_000], first_ms + second * SECOND_MS);
        assert_eq!(feed.price_wad, 200 * WAD, "{second}");
    }
    say(&mut feed, &[10_000], first_ms + 40 * SECOND_MS);
    assert_eq!(feed.price_wad, 100 * WAD);
}

#[test]
fn who_disagrees_confirms_nothing() {
    // Two of three have jumped once; the third, who disagrees, goes on reporting.
    let mut feed = of(3, 2);
    say(&mut feed, &[20_000; 3], START_MS);
    let at = |second: u64| START_MS + MINUTE_MS + second * SECOND_MS;
    say(&mut feed, &[10_000, 10_000, 0], at(0));
    for second in (10..120).step_by(10) {
        say(&mut feed, &[0, 0, 20_000], at(second));
        assert_eq!(feed.price_wad, 200 * WAD, "{second}");
    }
}

#[test]
fn many_small_steps_are_a_jump() {
    // 15 % down four times in one block, or within the minute: the limit is 20 %.
    for step_ms in [1, 6_000] {
        let mut feed = of(1, 1);
        say(&mut feed, &[20_000], START_MS);
        let mut now_ms = START_MS + 10 * MINUTE_MS;
        say(&mut feed, &[20_000], now_ms);
        for cents in [17_000, 14_450, 12_280, 10_440] {
            now_ms += step_ms;
            say(&mut feed, &[cents], now_ms);
        }
        assert_eq!(feed.price_wad, 170 * WAD);
        assert_eq!(look(&feed, now_ms).good_for, 0);
    }
}

#[test]
fn what_nobody_says_any_more_does_not_stay() {
    let mut feed = of(1, 1);
    say(&mut feed, &[20_000], START_MS);
    say(&mut feed, &[10_000], START_MS + MINUTE_MS);
    // Six hours later, for the second time.
    say(&mut feed, &[10_000], START_MS + 6 * HOUR_MS);
    assert_eq!(feed.price_wad, 200 * WAD);
}

// Replays.

#[test]
fn a_changed_signer_keeps_number_and_time() {
    let changes: [fn(&mut SourceConfig); 5] = [
        |source| source.max_age_ms *= 2,
        |source| source.max_wad = 1_000_000 * WAD,
        |source| source.decimals = 17,
        |source| source.inverse = true,
        |source| source.min_wad = 1,
    ];
    for change in changes {
        let mut feed = Feed::new(config(vec![signed(1), signed(2)], 1)).unwrap();
        feed.report_signed(0, 200 * WAD, START_MS, 7, START_MS).unwrap();
        feed.settle(&[], START_MS).unwrap();
        let mut new = feed.config.clone();
        change(&mut new.sources[0]);
        // To another place, too; and back.
        new.sources.swap(0, 1);
        let old = feed.config.clone();
        feed.reconfigure(new).unwrap();
        let now_ms = START_MS + MINUTE_MS;
        let replay = |feed: &mut Feed, place, nonce| {
            feed.report_signed(place, 200 * WAD, START_MS, nonce, now_ms)
        };
        assert_eq!(replay(&mut feed, 1, 7), Err(Error::NonceUsed));
        assert_eq!(replay(&mut feed, 1, 8), Err(Error::PriceOutOfOrder));
        feed.reconfigure(old).unwrap();
        assert_eq!(replay(&mut feed, 0, 7), Err(Error::NonceUsed));
        assert_eq!(replay(&mut feed, 0, 8), Err(Error::PriceOutOfOrder));
    }
}

#[test]
fn a_signer_who_left_and_is_back_starts_from_then() {
    for with_time in [false, true] {
        let mut feed = Feed::new(config(vec![signed(1), pushed(2)], 1)).unwrap();
        feed.report_signed(0, 200 * WAD, START_MS, 7, START_MS).unwrap();
        feed.report(1, 200 * WAD, START_MS, START_MS).unwrap();
        feed.settle(&[], START_MS).unwrap();
        let (old, without) = (feed.config.clone(), config(vec![pushed(2)], 1));
        let now_ms = START_MS + 5 * MINUTE_MS;
        for next in [without, old] {
            let at_ms = if with_time { now_ms } else { 0 };
            feed.reconfigure_at(next, at_ms).unwrap();
        }
        // What was relayed then; with the time known also what was kept back.
        let replay = feed.report_signed(0, 200 * WAD, START_MS, 7, now_ms);
        assert_eq!(replay, Err(Error::PriceOutOfOrder));
        let kept = feed.report_signed(0, 200 * WAD, START_MS + MINUTE_MS, 8, now_ms);
        assert_eq!(kept, if with_time { Err(Error::PriceOutOfOrder) } else { Ok(()) });
        feed.report_signed(0, 200 * WAD, now_ms, 9, now_ms).unwrap();
    }
}

// Joining.

#[test]
fn one_voice_is_one_source() {
    let pool = |window_ms| source(SourceKind::Twap { contract: [5; 32], window_ms });
    let twins = [
        [pushed(1), pushed(1)],
        [pushed(1), signed(1)],
        [signed(1), SourceConfig { decimals: 8, ..signed(1) }],
        [dia("ETH/USD"), dia("ETH/USD")],
        [pool(5 * MINUTE_MS), pool(10 * MINUTE_MS)],
    ];
    for twins in twins {
        let sources = vec![twins[0].clone(), pushed(8), twins[1].clone()];
        assert_eq!(Feed::new(config(sources, 2)), Err(Error::FeedOutOfRange));
    }
    Feed::new(config(vec![pushed(1), signed(2), dia("ETH/USD"), dia("ETH/DAI")], 2)).unwrap();
}

#[test]
fn the_first_quorum_joins_those_that_agree() {
    // A third that has not spoken, and one that speaks with them at a hundredth.
    let mut feed = of(3, 2);
    say(&mut feed, &[20_000, 20_100, 0], START_MS);
    say(&mut feed, &[0, 0, 200], START_MS + 1);
    assert_eq!(verdict(&feed, 2, START_MS + 1), Verdict::NotJoined);
    assert_eq!(look(&feed, START_MS + 1).mid_wad, 20_050 * WAD / 100);
    let mut feed = of(3, 2);
    say(&mut feed, &[200, 20_000, 20_100], START_MS);
    assert_eq!(verdict(&feed, 0, START_MS), Verdict::NotJoined);
    let now = look(&feed, START_MS);
    assert_eq!((now.mid_wad, now.good_for), (20_050 * WAD / 100, GOOD_FOR_ALL));
    // Two that disagree are no beginning.
    let mut feed = of(3, 2);
    say(&mut feed, &[200, 20_000, 0], START_MS);
    assert_eq!((feed.price_wad, look(&feed, START_MS).good_for), (0, 0));
    assert!(feed.sources.iter().all(|source| !source.joined));
}

#[test]
fn a_first_quorum_of_liars_is_outvoted() {
    // Two of five say 2 dollars first; the three that come then are a majority that agrees.
    let mut feed = of(5, 2);
    say(&mut feed, &[200, 200], START_MS);
    assert_eq!(feed.price_wad, 2 * WAD);
    let at = |second: u64| START_MS + second * SECOND_MS;
    for second in (10..=120).step_by(10) {
        say(&mut feed, &[0, 0, 20_000, 20_000, 20_000], at(second));
        assert_eq!(feed.price_wad, 2 * WAD, "{second}");
    }
    say(&mut feed, &[0, 0, 20_000, 20_000, 20_000], at(130));
    assert_eq!((feed.price_wad, look(&feed, at(130)).good_for), (200 * WAD, GOOD_FOR_ALL));
    assert_eq!(feed.good_since_ms, at(130));
}

#[test]
fn a_feed_whose_sources_were_all_replaced_goes_on() {
    for max_jump_bps in [2_000, ANY_JUMP] {
        for sources in [1, 3] {
            let mut feed = of(sources, sources / 2 + 1);
            let old = vec![20_000; usize::from(sources)];
            say(&mut feed, &old, START_MS);
            let new = (11..11 + sources).map(pushed).collect();
            let new = FeedConfig { max_jump_bps, ..config(new, sources / 2 + 1) };
            feed.reconfigure(new).unwrap();
            let at = |minute: u64| START_MS + DAY_MS + minute * MINUTE_MS;
            // Since then more than twice as much.
            let now = vec![45_000; usize::from(sources)];
            for minute in 0..2 {
                say(&mut feed, &now, at(minute));
                assert_eq!(look(&feed, at(minute)).good_for, 0);
            }
            say(&mut feed, &now, at(2));
            let price = look(&feed, at(2));
            assert_eq!((price.mid_wad, price.good_for), (450 * WAD, GOOD_FOR_ALL));
            assert_eq!(price.good_since_ms, at(2));
        }
    }
    // Not at once by number, and not by one print that stays alone.
    let mut feed = of(1, 1);
    say(&mut feed, &[20_000], START_MS);
    feed.reconfigure(config(vec![pushed(9)], 1)).unwrap();
    for second in 1..100 {
        say(&mut feed, &[45_000], START_MS + second * SECOND_MS);
    }
    assert_eq!(feed.price_wad, 200 * WAD);
    let mut feed = of(1, 1);
    say(&mut feed, &[20_000], START_MS);
    feed.reconfigure(config(vec![pushed(9)], 1)).unwrap();
    say(&mut feed, &[45_000], START_MS + MINUTE_MS);
    feed.settle(&[], START_MS + 20 * MINUTE_MS).unwrap();
    assert_eq!(feed.price_wad, 200 * WAD);
}

#[test]
fn a_newcomer_gains_nothing_by_the_others_silence() {
    // Mis-scaled, and of quorum by itself: the joined one is silent for an hour, not gone.
    let mut feed = of(1, 1);
    say(&mut feed, &[20_000], START_MS);
    let mut wider = feed.config.clone();
    wider.sources.push(pushed(2));
    feed.reconfigure(wider).unwrap();
    for minute in 1..90 {
        say(&mut feed, &[0, 20], START_MS + minute * MINUTE_MS);
    }
    assert_eq!(look(&feed, START_MS + 89 * MINUTE_MS).good_for, 0);
    assert_eq!(feed.price_wad, 200 * WAD);
}

#[test]
fn a_mis_scaled_minority_never_joins() {
    let mut feed = of(2, 2);
    say(&mut feed, &[20_000; 2], START_MS);
    let mut wider = feed.config.clone();
    wider.sources.extend([pushed(3), pushed(4)]);
    feed.reconfigure(wider).unwrap();
    for minute in 1..300 {
        say(&mut feed, &[20_000, 20_000, 20, 20], START_MS + minute * MINUTE_MS);
    }
    let now_ms = START_MS + 299 * MINUTE_MS;
    assert_eq!([2, 3].map(|place| verdict(&feed, place, now_ms)), [Verdict::NotJoined; 2]);
    assert!(look(&feed, now_ms).is_good_for(Use::Risk));
}

/// The liar is nearer to the median than one of the honest two, who are 1.5 % apart and who is left out of
/// the band with them in it; and they date their value so that it is old in a second.
#[test]
fn nobody_makes_the_price_old_by_having_another_left_out() {
    let mut feed = of(3, 2);
    say(&mut feed, &[20_000; 3], START_MS);
    let now_ms = START_MS + 31 * MINUTE_MS;
    let old_ms = now_ms - 30 * MINUTE_MS + SECOND_MS;
    // 2.48 % apart: 204.50 is left out.
    for (place, cents, time_ms) in [(0, 20_150, now_ms), (1, 20_450, now_ms), (2, 19_950, old_ms)] {
        feed.report(place, cents * WAD / 100, time_ms, now_ms).unwrap();
    }
    feed.settle(&[], now_ms).unwrap();
    let now = look(&feed, now_ms);
    assert_eq!((now.mid_wad, now.time_ms), (20_150 * WAD / 100, now_ms));
    assert_eq!(feed.good_until_ms, now_ms + 30 * MINUTE_MS);
}

/// Who is as far off on the other side as the farthest honest value does not keep it in: both go.
#[test]
fn who_mirrors_the_farthest_takes_no_flag_away() {
    let mut feed = of(5, 3);
    say(&mut feed, &[20_000, 20_240, 20_000, 19_760, 20_000], START_MS);
    say(&mut feed, &[20_000, 20_240, 20_000, 19_760, 20_000], START_MS + MINUTE_MS);
    let now = look(&feed, START_MS + MINUTE_MS);
    assert_eq!((now.mid_wad, now.good_for), (200 * WAD, GOOD_FOR_ALL));
}
