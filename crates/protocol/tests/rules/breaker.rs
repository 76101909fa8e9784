//! The circuit breaker: when levels rise and fall, what each allows, and what it never refuses.

use crate::common::*;
use breakwater_protocol::{
    actions::start_liquidation,
    auction::terms,
    breaker::{
        longest_halt_ms, Breaker, BreakerConfig, DecayingSum, Level, ManualLevel, Measures,
        Trigger, TriggerThresholds,
    },
    num::math::WAD,
    AccountSnapshot, Error, ALL,
};
use proptest::prelude::*;

const LT_WAD: u128 = 80 * WAD / 100;

fn config() -> BreakerConfig {
    BreakerConfig {
        volatility: TriggerThresholds { guarded: 30_000, stressed: 60_000, halted: 120_000 },
        ..BreakerConfig::default()
    }
}

fn volatility(bps: u128) -> Measures {
    Measures { volatility_bps: bps, ..Measures::default() }
}

/// A breaker that looks at a volatility at a minute.
fn look(breaker: &mut Breaker, bps: u128, minute: u64) -> Level {
    breaker.update(&volatility(bps), &config(), LT_WAD, START_MS + minute * MINUTE_MS);
    breaker.level
}

#[test]
fn it_rises_at_once_and_falls_one_level_at_a_time_after_its_dwell() {
    let mut breaker = Breaker::default();
    assert_eq!(look(&mut breaker, 29_999, 0), Level::Normal);
    assert_eq!(look(&mut breaker, 60_000, 1), Level::Stressed);
    // Above 70 % of the threshold it is held: 10 minutes from the last look.
    assert_eq!(look(&mut breaker, 42_000, 10), Level::Stressed);
    assert_eq!(look(&mut breaker, 41_999, 19), Level::Stressed);
    assert_eq!(look(&mut breaker, 0, 20), Level::Guarded);
    assert_eq!(look(&mut breaker, 0, 29), Level::Guarded);
    assert_eq!(look(&mut breaker, 0, 30), Level::Normal);
    // Nobody looked for long: it has fallen all the way.
    assert_eq!(look(&mut breaker, 60_000, 40), Level::Stressed);
    assert_eq!(look(&mut breaker, 0, 60), Level::Normal);
}

/// A level is stored when it changes and, where it is held, once in a quarter of its dwell of ten
/// minutes.
#[test]
fn a_level_that_is_held_is_not_stored_at_every_touch() {
    let mut snapshot = snapshot();
    let mut look = |minute: u64, ratio: u128| {
        snapshot.now_ms = START_MS + minute * MINUTE_MS;
        set_prices(&mut snapshot, 200 * WAD);
        let price = snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap();
        (price.slow_volatility_wad, price.fast_volatility_wad) = (WAD / 10, ratio * WAD / 10);
        snapshot.reserves.iter_mut().for_each(|priced| priced.changed = false);
        snapshot.watch();
        let priced = snapshot.priced(ETH).unwrap();
        (priced.reserve.balances.breaker.level, priced.changed)
    };
    assert_eq!(look(0, 1), (Level::Normal, false));
    assert_eq!(look(1, 3), (Level::Guarded, true));
    // Two minutes more, three minutes more: each time from what was stored in this snapshot last.
    assert_eq!(look(3, 3), (Level::Guarded, false));
    assert_eq!(look(6, 3), (Level::Guarded, true));
    // Not held any more, but not over.
    assert_eq!(look(12, 1), (Level::Guarded, false));
    assert_eq!(look(16, 1), (Level::Normal, true));
    assert_eq!(look(30, 1), (Level::Normal, false));
}

#[test]
fn a_halt_for_volatility_is_short_has_a_budget_and_a_rest() {
    // At a threshold of 80 %: 30 - 25 x 10 / 13 = 10.77 minutes allowed, 5 configured.
    assert_eq!(longest_halt_ms(LT_WAD) / 1_000, 646);
    let mut breaker = Breaker::default();
    assert_eq!(look(&mut breaker, 120_000, 0), Level::Halted);
    assert_eq!(look(&mut breaker, 120_000, 4), Level::Halted);
    // The measure is as high as before, and yet: over, and not again for ten minutes.
    assert_eq!(look(&mut breaker, 120_000, 5), Level::Stressed);
    assert_eq!(look(&mut breaker, 120_000, 14), Level::Stressed);
    assert_eq!(look(&mut breaker, 120_000, 15), Level::Halted);
    // Half an hour a day, five minutes each.
    let (mut halted, mut minute) = (2, 16);
    while minute < 300 {
        let before = breaker.level;
        if look(&mut breaker, 120_000, minute) == Level::Halted && before != Level::Halted {
            halted += 1;
        }
        minute += 1;
    }
    // What was used is forgotten slowly, so seven in five hours are possible, no more.
    assert!((6..=7).contains(&halted), "{halted}");
}

#[test]
fn the_longest_halt_follows_the_threshold() {
    let minutes = |bps: u128| longest_halt_ms(bps * WAD / 10_000) as f64 / 60_000.0;
    assert_eq!((minutes(5_000), minutes(7_000)), (30.0, 30.0));
    assert!((minutes(7_650) - 17.5).abs() < 0.01);
    assert_eq!(minutes(8_300), 5.0);
    assert!((minutes(8_550) - 2.5).abs() < 0.01);
    assert_eq!((minutes(8_800), minutes(9_500)), (0.0, 0.0));
    // Above 88 %: throttling only.
    let mut breaker = Breaker::default();
    breaker.update(&volatility(120_000), &config(), 90 * WAD / 100, START_MS);
    assert_eq!(breaker.level, Level::Stressed);
}

#[test]
fn stress_gets_a_rest_so_that_liquidation_is_no_hostage() {
    let mut breaker = Breaker::default();
    let mut stressed = 0;
    for minute in 0..600 {
        if look(&mut breaker, 60_000, minute) == Level::Stressed {
            stressed += 1;
        }
    }
    // An hour of Stressed, ten minutes of Guarded.
    assert!((stressed * 7 / 6 - 600i32).abs() < 20, "{stressed}");
}

#[test]
fn a_bad_price_halts_until_it_is_good_and_grace_is_over() {
    let mut breaker = Breaker::default();
    let bad = Measures { bad_price: true, ..Measures::default() };
    for minute in 0..600 {
        breaker.update(&bad, &config(), LT_WAD, START_MS + minute * MINUTE_MS);
        assert_eq!((breaker.level, breaker.trigger), (Level::Halted, Trigger::Price));
    }
    assert_eq!(look(&mut breaker, 0, 603), Level::Halted);
    assert_eq!(look(&mut breaker, 0, 604), Level::Stressed);
    assert_eq!(look(&mut breaker, 0, 614), Level::Guarded);
    assert_eq!(look(&mut breaker, 0, 624), Level::Normal);
}

#[test]
fn a_guardian_raises_for_a_while_and_must_rest() {
    let mut guard = ManualLevel::default();
    let at = |minute: u64| START_MS + minute * MINUTE_MS;
    let raise = |guard: &mut ManualLevel, level, minutes: u64, minute| {
        guard.raise(level, minutes * MINUTE_MS, HOUR_MS, at(minute))
    };
    assert_eq!(raise(&mut guard, Level::Halted, 61, 0), Err(Error::GuardTooLong));
    assert_eq!(raise(&mut guard, Level::Normal, 1, 0), Err(Error::BreakerOutOfRange));
    raise(&mut guard, Level::Halted, 30, 0).unwrap();
    assert_eq!(guard.level(at(29)), Level::Halted);
    assert_eq!(guard.level(at(30)), Level::Normal);
    assert_eq!(raise(&mut guard, Level::Guarded, 1, 59), Err(Error::GuardRests));
    raise(&mut guard, Level::Guarded, 1, 60).unwrap();
}

#[test]
fn a_meter_forgets_alike_however_often_it_is_looked_at() {
    let mut once = DecayingSum::default();
    once.add(1_000_000, HOUR_MS, START_MS).unwrap();
    let mut often = once;
    for minute in 1..=60 {
        often.add(0, HOUR_MS, START_MS + minute * MINUTE_MS).unwrap();
    }
    // 1,000,000 / e
    let left = once.read(HOUR_MS, START_MS + HOUR_MS).unwrap();
    assert_eq!(left, 367_879);
    assert!(often.value.abs_diff(left) <= 60);
    assert_eq!(once.read(HOUR_MS, START_MS + 50 * HOUR_MS).unwrap(), 0);
}

#[test]
fn measures_are_taken_against_the_past_and_size() {
    let mut snapshot = borrower(1_000);
    let read = |snapshot: &AccountSnapshot, asset| {
        let priced = snapshot.priced(asset).unwrap();
        Measures::of(&priced.reserve, priced.price.as_ref(), &config(), START_MS).unwrap()
    };
    assert_eq!(read(&snapshot, ETH), Measures::default());
    let price = snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap();
    (price.fast_volatility_wad, price.slow_volatility_wad) = (WAD / 5, WAD / 10);
    assert_eq!(read(&snapshot, ETH).volatility_bps, 20_000);
    // A calm past counts as 5 % a day.
    snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().slow_volatility_wad = WAD / 1_000;
    assert_eq!(read(&snapshot, ETH).volatility_bps, 40_000);
    // Of a million lent.
    snapshot
        .reserve_mut(USD)
        .unwrap()
        .balances
        .breaker
        .lost
        .add(10_000 * DOLLAR, HOUR_MS, START_MS)
        .unwrap();
    assert_eq!(read(&snapshot, USD).bad_debt_bps, 100);
}

/// The borrower, with ETH's breaker raised by people.
fn raised(mut snapshot: AccountSnapshot, level: Level) -> AccountSnapshot {
    let now_ms = snapshot.now_ms;
    let guard = &mut snapshot.reserve_mut(ETH).unwrap().balances.breaker.guard;
    guard.raise(level, HOUR_MS, HOUR_MS, now_ms).unwrap();
    snapshot
}

#[test]
fn what_each_level_allows() {
    for level in [Level::Normal, Level::Guarded, Level::Stressed, Level::Halted] {
        let raise =
            |snapshot| if level == Level::Normal { snapshot } else { raised(snapshot, level) };
        // Limit 1,500; in Guarded a tenth less.
        let mut snapshot = raise(borrower(1_000));
        let most = match level {
            Level::Normal => Ok(()),
            Level::Guarded => Err(Error::InsufficientCollateral),
            _ => Err(Error::BreakerRefusesRisk),
        };
        assert_eq!(borrow(&mut snapshot.clone(), USD, 500 * DOLLAR).map(drop), most, "{level:?}");
        let some = if level <= Level::Guarded { Ok(()) } else { Err(Error::BreakerRefusesRisk) };
        assert_eq!(borrow(&mut snapshot.clone(), USD, 300 * DOLLAR).map(drop), some, "{level:?}");
        // To HF 8 x 160 / 1,000 = 1.28; in Guarded at least 1.25.
        assert_eq!(
            withdraw_collateral(&mut snapshot.clone(), ETH, 2 * ETHER).map(drop),
            some,
            "{level:?}"
        );
        let further = withdraw_collateral(&mut snapshot.clone(), ETH, 5 * ETHER / 2).map(drop);
        let refused = level >= Level::Guarded;
        assert_eq!(further.err(), refused.then_some(Error::BreakerRefusesRisk), "{level:?}");
        // Always.
        repay(&mut snapshot.clone(), 100 * DOLLAR).unwrap();
        deposit(&mut snapshot.clone(), ETH, ETHER).unwrap();
        repay(&mut snapshot, ALL).unwrap();
        withdraw_collateral(&mut snapshot, ETH, ALL).unwrap();

        // HF 0.96 and HF 0.84: in a storm too, since the meter paces what is sold.
        for price in [180, 157] {
            let mut snapshot = raise(borrower(1_500));
            set_prices(&mut snapshot, price * WAD);
            let started = start_liquidation(&mut snapshot, [9; 32], 0).map(drop);
            let halted = level == Level::Halted;
            let expected = if halted { Err(Error::BreakerHalted) } else { Ok(()) };
            assert_eq!(started, expected, "{level:?} {price}");
        }
        // Takes of one that runs, at the same price whatever the level, or not at all.
        let mut snapshot = raise(auctioned(1_500, 180 * WAD));
        pass(&mut snapshot, 20 * MINUTE_MS);
        snapshot.watch();
        let offer = terms(&snapshot, &snapshot.health().unwrap(), ETH, USD);
        match level {
            Level::Halted => {
                assert_eq!(offer.unwrap_err(), Error::BreakerHalted);
                assert_eq!(take(&mut snapshot, ALL).unwrap_err(), Error::BreakerHalted);
            }
            _ => {
                assert_eq!(offer.unwrap().offer.bonus_wad, WAD as i128 / 10);
                take(&mut snapshot.clone(), ALL).unwrap();
            }
        }
        // The auction's own end: repay in full.
        repay(&mut snapshot, ALL).unwrap();
        assert!(snapshot.account.auction.is_none());
    }
}

#[test]
fn a_halt_stops_the_price_also_if_nobody_looks_before_it_is_over() {
    let mut snapshot = auctioned(1_500, 180 * WAD);
    pass(&mut snapshot, 5 * MINUTE_MS);
    snapshot.poke();
    let own = |snapshot: &AccountSnapshot| {
        terms(snapshot, &snapshot.health().unwrap(), ETH, USD).map(|terms| terms.own_ms / MINUTE_MS)
    };
    // -2 % and 60 bps a minute.
    assert_eq!((common_bps(&snapshot), own(&snapshot)), (100, Ok(5)));
    let mut snapshot = raised(snapshot, Level::Halted);
    pass(&mut snapshot, 30 * MINUTE_MS);
    snapshot.watch();
    assert_eq!((common_bps(&snapshot), own(&snapshot)), (100, Err(Error::BreakerHalted)));
    // An hour of halt is over since ten minutes: those ten count, and of an account's own none before.
    pass(&mut snapshot, 40 * MINUTE_MS);
    snapshot.watch();
    assert_eq!((common_bps(&snapshot), own(&snapshot)), (700, Ok(10)));
    // The same for the whole market.
    snapshot.poke();
    let now_ms = snapshot.now_ms;
    snapshot.guard.raise(Level::Halted, HOUR_MS, HOUR_MS, now_ms).unwrap();
    pass(&mut snapshot, HOUR_MS + 3 * MINUTE_MS);
    snapshot.watch();
    assert_eq!((common_bps(&snapshot), own(&snapshot)), (880, Ok(3)));
}

#[test]
fn lenders_leave_slowly_when_it_is_stressed() {
    let mut snapshot = snapshot();
    supply(&mut snapshot, 100_000 * DOLLAR).unwrap();
    // What came in just now could leave again: it is no outflow on balance.
    pass(&mut snapshot, 60 * HOUR_MS);
    let now_ms = snapshot.now_ms;
    snapshot.guard.raise(Level::Stressed, HOUR_MS, HOUR_MS, now_ms).unwrap();
    // 5 % of 1,100,000 an hour.
    assert_eq!(withdraw(&mut snapshot.clone(), 55_001 * DOLLAR), Err(Error::OutflowLimitReached));
    withdraw(&mut snapshot, 50_000 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut snapshot.clone(), 10_000 * DOLLAR), Err(Error::OutflowLimitReached));
    pass(&mut snapshot, 30 * MINUTE_MS);
    withdraw(&mut snapshot, 10_000 * DOLLAR).unwrap();
}

#[test]
fn borrowers_may_act_before_new_auctions_start_after_a_break_of_the_feed() {
    let mut snapshot = borrower(1_500);
    set_prices(&mut snapshot, 180 * WAD);
    let back_ms = snapshot.now_ms;
    snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().good_since_ms = back_ms;
    let start =
        |snapshot: &AccountSnapshot| start_liquidation(&mut snapshot.clone(), [9; 32], 0).map(drop);
    assert_eq!(start(&snapshot), Err(Error::GracePeriod));
    pass(&mut snapshot, 5 * MINUTE_MS - 1);
    assert_eq!(start(&snapshot), Err(Error::GracePeriod));
    pass(&mut snapshot, 1);
    assert_eq!(start(&snapshot), Ok(()));
}

/// Measures from small numbers: measures up to twice the highest threshold.
fn any_measures() -> impl Strategy<Value = Measures> {
    (0u128..200_000, 0u128..12_000, 0u128..300, any::<bool>()).prop_map(
        |(volatility_bps, outflow_bps, bad_debt_bps, bad_price)| Measures {
            volatility_bps,
            outflow_bps,
            bad_debt_bps,
            bad_price,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever is measured whenever: no halt but for a price lasts longer than allowed, halts of a
    /// day keep to their budget, and a level lasts its dwell.
    #[test]
    fn no_sequence_makes_a_halt_outlive_its_limit(
        steps in proptest::collection::vec((any_measures(), 1u64..1_200), 1..120),
        threshold_bps in 5_000u128..9_500,
        prices in any::<bool>(),
    ) {
        let threshold_wad = threshold_bps * WAD / 10_000;
        let longest_ms = config().halt_ms(threshold_wad);
        let mut breaker = Breaker::default();
        let mut now_ms = START_MS;
        let (mut halted_ms, mut since_ms) = (0, now_ms);
        for (mut measures, seconds) in steps {
            now_ms += seconds * 1_000;
            measures.bad_price &= prices;
            let before = breaker;
            breaker.update(&measures, &config(), threshold_wad, now_ms);
            if breaker.level == Level::Halted && breaker.trigger != Trigger::Price {
                prop_assert!(breaker.until_ms - breaker.since_ms <= longest_ms);
                prop_assert!(now_ms < breaker.until_ms);
                if before.since_ms != breaker.since_ms || before.level != Level::Halted {
                    halted_ms += longest_ms;
                }
            }
            // Down only by its time, one step at a time for each dwell.
            if breaker.level < before.level {
                prop_assert!(now_ms >= before.until_ms);
            }
            if breaker.level > before.level && before.level != Level::Normal {
                since_ms = now_ms;
            }
        }
        let _ = since_ms;
        // In less than 40 hours: two days' budgets and what is forgotten meanwhile.
        prop_assert!(halted_ms <= 3 * config().halt_budget_ms + longest_ms, "{}", halted_ms);
    }

    /// Higher measures never make a lower level.
    #[test]
    fn levels_are_monotone_in_the_measures(measures in any_measures(), more in any_measures()) {
        let higher = Measures {
            volatility_bps: measures.volatility_bps + more.volatility_bps,
            outflow_bps: measures.outflow_bps + more.outflow_bps,
            bad_debt_bps: measures.bad_debt_bps + more.bad_debt_bps,
            bad_price: measures.bad_price || more.bad_price,
        };
        let level = |measures| {
            let mut breaker = Breaker::default();
            breaker.update(measures, &config(), LT_WAD, START_MS);
            breaker.level
        };
        prop_assert!(level(&higher) >= level(&measures));
    }
}
