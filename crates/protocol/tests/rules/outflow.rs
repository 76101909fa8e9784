//! The limit on outflow counts what leaves on balance: money that came in and left again moves
//! nothing, so nobody can fill it with money that stays nowhere (§ 3.6).

use crate::common::*;
use breakwater_protocol::{
    breaker::Level, math::WAD, Action, Error, FlowLimit, Outflow, Sheet, VaultStake, ALL,
};
use proptest::prelude::*;

const LIMIT: FlowLimit = FlowLimit { capacity: 1_000 * DOLLAR, window_ms: HOUR_MS };

const fn supplies(assets: u128) -> Action {
    Action::Supply { asset: USD, assets }
}

const fn withdraws(assets: u128) -> Action {
    Action::Withdraw { asset: USD, assets }
}

/// A lender with 100,000 of the 1,100,000 dollars lent; what came in is long ago.
fn lender(limit: FlowLimit) -> Sheet {
    let mut sheet = sheet();
    supply(&mut sheet, 100_000 * DOLLAR).unwrap();
    pass(&mut sheet, 60 * HOUR_MS);
    config(&mut sheet, USD).outflow = limit;
    sheet
}

fn raised(mut sheet: Sheet, level: Level) -> Sheet {
    let now_ms = sheet.now_ms;
    if level != Level::Normal {
        sheet.guard.raise(level, HOUR_MS, HOUR_MS, now_ms).unwrap();
    }
    sheet
}

/// Somebody with nothing in the market does something; the lender is back on the sheet.
fn by_another(sheet: &mut Sheet, messages: &[&[Action]]) {
    let lender = core::mem::take(&mut sheet.account);
    for message in messages {
        run(sheet, message).unwrap();
    }
    sheet.account = lender;
}

#[test]
fn money_that_comes_and_goes_keeps_nobody_in() {
    for level in [Level::Normal, Level::Guarded, Level::Stressed, Level::Halted] {
        for limit in [LIMIT, FlowLimit::NONE] {
            let mut sheet = raised(lender(limit), level);
            // 55,000 are the 5 % of Stressed.
            let fits = if limit.is_none() { 55_000 * DOLLAR } else { 1_000 * DOLLAR };
            for much in [fits, 100 * fits] {
                // In a batch, with no token at all; in two messages, with own money.
                by_another(&mut sheet, &[&[supplies(much), withdraws(ALL)]]);
                by_another(&mut sheet, &[&[supplies(much)], &[withdraws(ALL)]]);
            }
            assert_eq!(sheet.line(USD).unwrap().reserve.books.outflow.own.left_up(), 0);
            withdraw(&mut sheet, fits).unwrap_or_else(|e| panic!("{level:?} {limit:?}: {e:?}"));
            let limited = !limit.is_none() || level >= Level::Stressed;
            let more = withdraw(&mut sheet, 1).err();
            assert_eq!(more, limited.then_some(Error::OutflowLimitReached), "{level:?} {limit:?}");
        }
    }
}

#[test]
fn a_loan_that_is_repaid_and_taken_again_keeps_nobody_in() {
    let mut sheet = lender(LIMIT);
    deposit(&mut sheet, ETH, 100 * ETHER).unwrap();
    borrow(&mut sheet, USD, 600 * DOLLAR).unwrap();
    pass(&mut sheet, 2 * HOUR_MS);
    let round = [
        Action::Repay { asset: USD, assets: ALL },
        Action::Borrow { asset: USD, assets: 600 * DOLLAR },
    ];
    for _ in 0..20 {
        run(&mut sheet, &round).unwrap();
        run(&mut sheet, &round[..1]).unwrap();
        run(&mut sheet, &round[1..]).unwrap();
    }
    withdraw(&mut sheet, 1_000 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut sheet, 1), Err(Error::OutflowLimitReached));
}

#[test]
fn the_order_within_a_message_does_not_matter() {
    let mut sheet = lender(LIMIT);
    run(&mut sheet, &[withdraws(50_000 * DOLLAR), supplies(49_000 * DOLLAR)]).unwrap();
    let out = [withdraws(2 * DOLLAR), supplies(DOLLAR)];
    assert_eq!(run(&mut sheet, &out), Err(Error::OutflowLimitReached));
    // What brings money in, or moves none, is never refused, however full it is.
    run(&mut sheet, &[withdraws(90_000), supplies(90_000)]).unwrap();
    run(&mut sheet, &[withdraws(90_000), supplies(90_001)]).unwrap();
    withdraw(&mut sheet, 1).unwrap();
    assert_eq!(withdraw(&mut sheet, 1), Err(Error::OutflowLimitReached));
}

#[test]
fn what_left_before_a_level_rose_counts_and_refuses_no_payment() {
    let mut sheet = lender(FlowLimit::NONE);
    withdraw(&mut sheet, 80_000 * DOLLAR).unwrap();
    let mut sheet = raised(sheet, Level::Stressed);
    // 80,000 of 1,100,000 have left, more than 5 % of the 1,020,000 that are there.
    assert_eq!(withdraw(&mut sheet, 1), Err(Error::OutflowLimitReached));
    supply(&mut sheet, 1).unwrap();
    run(&mut sheet, &[withdraws(500), supplies(500)]).unwrap();
    supply(&mut sheet, 40_000 * DOLLAR).unwrap();
    // 40,000 have left; of 1,060,000, 5 % are 53,000.
    withdraw(&mut sheet.clone(), 13_000 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut sheet, 13_001 * DOLLAR), Err(Error::OutflowLimitReached));
}

#[test]
fn bringing_money_in_does_not_raise_what_may_leave_beyond_it() {
    // 5 % of 1,100,000; not of the 11,000,000 that were lent for a moment.
    let sheet = raised(lender(FlowLimit::NONE), Level::Stressed);
    let most = 55_000 * DOLLAR;
    let big = 10_000_000 * DOLLAR;
    for beyond in [0, DOLLAR] {
        let mut sheet = sheet.clone();
        let expected = if beyond == 0 { Ok(()) } else { Err(Error::OutflowLimitReached) };
        let batch = [supplies(big), withdraws(big + most + beyond)];
        assert_eq!(run(&mut sheet.clone(), &batch).map(drop), expected);
        supply(&mut sheet, big).unwrap();
        assert_eq!(withdraw(&mut sheet, big + most + beyond).map(drop), expected);
    }
}

#[test]
fn five_per_cent_in_an_hour_is_in_an_hour_whatever_the_reserves_own_window_is() {
    let limit = FlowLimit { capacity: 900_000 * DOLLAR, window_ms: 30 * DAY_MS };
    let mut sheet = lender(limit);
    let now_ms = sheet.now_ms;
    sheet.guard.raise(Level::Stressed, 3 * HOUR_MS, 3 * HOUR_MS, now_ms).unwrap();
    withdraw(&mut sheet, 55_000 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut sheet, DOLLAR), Err(Error::OutflowLimitReached));
    // Of the 1,045,000 that are left; half of it comes back in half an hour.
    pass(&mut sheet, HOUR_MS / 2);
    withdraw(&mut sheet, 20_000 * DOLLAR).unwrap();
    pass(&mut sheet, HOUR_MS);
    withdraw(&mut sheet, 25_000 * DOLLAR).unwrap();
    // A tight own limit holds as well.
    let limit = FlowLimit { capacity: 1_000 * DOLLAR, window_ms: 30 * DAY_MS };
    let mut sheet = raised(lender(limit), Level::Stressed);
    withdraw(&mut sheet, 1_000 * DOLLAR).unwrap();
    pass(&mut sheet, HOUR_MS);
    assert_eq!(withdraw(&mut sheet, 2 * DOLLAR), Err(Error::OutflowLimitReached));
}

#[test]
fn the_breaker_reads_what_has_left_on_balance() {
    let reading = |sheet: &Sheet| {
        let line = sheet.line(USD).unwrap();
        let config = sheet.params.breaker;
        breakwater_protocol::breaker::Readings::of(&line.reserve, None, &config, sheet.now_ms)
            .unwrap()
            .outflow_bps
    };
    let mut sheet = lender(LIMIT);
    by_another(&mut sheet, &[&[supplies(1_000 * DOLLAR), withdraws(ALL)]]);
    assert_eq!(reading(&sheet), 0);
    withdraw(&mut sheet, 900 * DOLLAR).unwrap();
    assert_eq!(reading(&sheet), 9_000);
    supply(&mut sheet, 600 * DOLLAR).unwrap();
    assert_eq!(reading(&sheet), 3_000);
    supply(&mut sheet, 600 * DOLLAR).unwrap();
    assert_eq!(reading(&sheet), 0);
}

#[test]
fn credit_fades_as_what_has_left_does() {
    // Within the capacity in a straight line, a thousand an hour.
    let mut sheet = lender(LIMIT);
    supply(&mut sheet, 500 * DOLLAR).unwrap();
    pass(&mut sheet, HOUR_MS / 4);
    assert_eq!(withdraw(&mut sheet.clone(), 1_250 * DOLLAR + 1), Err(Error::OutflowLimitReached));
    withdraw(&mut sheet.clone(), 1_250 * DOLLAR).unwrap();
    pass(&mut sheet, HOUR_MS / 4);
    withdraw(&mut sheet.clone(), 1_000 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut sheet.clone(), 1_000 * DOLLAR + 1), Err(Error::OutflowLimitReached));
    // Beyond it by e an hour: a million is 367,879 after one, and nothing after eight.
    supply(&mut sheet, 1_000_000 * DOLLAR).unwrap();
    pass(&mut sheet, HOUR_MS);
    let room = |sheet: &Sheet| {
        let books = reserve(sheet, USD).books;
        books.outflow.room(&LIMIT, sheet.now_ms).unwrap() / DOLLAR
    };
    assert_eq!(room(&sheet), 368_879);
    pass(&mut sheet, 8 * HOUR_MS);
    assert_eq!(room(&sheet), 1_000);
}

#[test]
fn a_deposit_into_the_backstop_earns_credit() {
    let mut sheet = lender(LIMIT);
    withdraw(&mut sheet, 1_000 * DOLLAR).unwrap();
    stake(&mut sheet, &mut VaultStake::default(), 400);
    assert_eq!(withdraw(&mut sheet, 401 * DOLLAR), Err(Error::OutflowLimitReached));
    withdraw(&mut sheet, 400 * DOLLAR).unwrap();
}

#[test]
fn what_takers_repay_earns_credit() {
    // A loan that fills the limit is sold off: the money is back.
    let mut sheet = borrower(1_500);
    pass(&mut sheet, 60 * HOUR_MS);
    config(&mut sheet, USD).outflow = LIMIT;
    set_prices(&mut sheet, 180 * WAD);
    breakwater_protocol::actions::start_liquidation(&mut sheet, [9; 32], 0).unwrap();
    pass(&mut sheet, 20 * MINUTE_MS);
    let taken = take(&mut sheet, 100 * DOLLAR).unwrap();
    assert_eq!(taken.fill.repaid, 100 * DOLLAR);
    let books = reserve(&sheet, USD).books;
    assert_eq!(books.outflow.room(&LIMIT, sheet.now_ms), Ok(1_100 * DOLLAR));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A meter touched each few seconds for days, by nothing, fades as one that is left alone:
    /// whatever a unit is worth (a bucket may hold three).
    #[test]
    fn touches_neither_stop_nor_speed_the_fading(
        capacity in prop_oneof![1u128..5, 1u128..1_000_000, 1u128..1 << 90],
        permille in 1u128..3_000,
        inward in any::<bool>(),
        step_ms in 1u64..20_000,
        hours in 1u64..60,
    ) {
        let window_ms = 24 * HOUR_MS;
        let mut sheet = lender(FlowLimit { capacity, window_ms });
        let start_ms = sheet.now_ms;
        let reserve = sheet.reserve_mut(USD).unwrap();
        reserve.books.outflow = Outflow { at_ms: start_ms, ..Outflow::default() };
        let flow = (capacity * permille / 1_000).max(1);
        if inward {
            reserve.return_outflow(start_ms, flow).unwrap();
        } else {
            reserve.note_outflow(start_ms, flow).unwrap();
        }
        let (alone, mut touched) = (reserve.clone(), reserve.clone());
        let steps = (hours * HOUR_MS / step_ms).min(20_000);
        for step in 1..=steps {
            touched.return_outflow(start_ms + step * step_ms, 0).unwrap();
        }
        let end_ms = start_ms + steps * step_ms;
        let limit = alone.config.outflow;
        let rooms = [alone, touched].map(|r| r.books.outflow.room(&limit, end_ms).unwrap());
        // A unit, and a millionth.
        prop_assert!(rooms[0].abs_diff(rooms[1]) <= 1 + flow / 1_000_000, "{:?}", rooms);
    }

    /// Whatever somebody does who has in the end what they had, an honest withdrawal that fitted
    /// before fits after.
    #[test]
    fn a_round_trip_never_shrinks_the_room(
        limited in any::<bool>(),
        stressed in any::<bool>(),
        amounts in proptest::collection::vec(2u128..3_000_000 * DOLLAR, 1..6),
        before in 0u128..50_000,
        wants in 1u128..60_000,
        pause_ms in 0u64..HOUR_MS,
    ) {
        let limit = if limited {
            FlowLimit { capacity: 50_000 * DOLLAR, window_ms: 6 * HOUR_MS }
        } else {
            FlowLimit::NONE
        };
        let mut sheet = lender(limit);
        let _ = withdraw(&mut sheet, before * DOLLAR);
        pass(&mut sheet, pause_ms);
        let mut sheet = raised(sheet, if stressed { Level::Stressed } else { Level::Normal });
        let fitted = withdraw(&mut sheet.clone(), wants * DOLLAR);
        for amount in amounts {
            by_another(&mut sheet, &[&[supplies(amount), withdraws(ALL)]]);
            by_another(&mut sheet, &[&[supplies(amount)], &[withdraws(amount / 2)], &[withdraws(ALL)]]);
        }
        if fitted.is_ok() {
            prop_assert!(withdraw(&mut sheet, wants * DOLLAR).is_ok());
        }
    }
}
