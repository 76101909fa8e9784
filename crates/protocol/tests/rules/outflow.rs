//! The limit on outflow counts what leaves on balance: money that came in and left again moves
//! nothing, so nobody can fill it with money that stays nowhere (§ 3.6).

use crate::common::*;
use breakwater_protocol::{
    breaker::Level, num::math::WAD, AccountSnapshot, Action, Error, FlowLimit, Outflow, VaultStake,
    ALL,
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
fn lender(limit: FlowLimit) -> AccountSnapshot {
    let mut snapshot = snapshot();
    supply(&mut snapshot, 100_000 * DOLLAR).unwrap();
    pass(&mut snapshot, 60 * HOUR_MS);
    config(&mut snapshot, USD).outflow = limit;
    snapshot
}

fn raised(mut snapshot: AccountSnapshot, level: Level) -> AccountSnapshot {
    let now_ms = snapshot.now_ms;
    if level != Level::Normal {
        snapshot.guard.raise(level, HOUR_MS, HOUR_MS, now_ms).unwrap();
    }
    snapshot
}

/// Somebody with nothing in the market does something; the lender is back on the snapshot.
fn by_another(snapshot: &mut AccountSnapshot, messages: &[&[Action]]) {
    let lender = core::mem::take(&mut snapshot.account);
    for message in messages {
        run(snapshot, message).unwrap();
    }
    snapshot.account = lender;
}

#[test]
fn money_that_comes_and_goes_keeps_nobody_in() {
    for level in [Level::Normal, Level::Guarded, Level::Stressed, Level::Halted] {
        for limit in [LIMIT, FlowLimit::NONE] {
            let mut snapshot = raised(lender(limit), level);
            // 55,000 are the 5 % of Stressed.
            let fits = if limit.is_none() { 55_000 * DOLLAR } else { 1_000 * DOLLAR };
            for much in [fits, 100 * fits] {
                // In a batch, with no token at all; in two messages, with own money.
                by_another(&mut snapshot, &[&[supplies(much), withdraws(ALL)]]);
                by_another(&mut snapshot, &[&[supplies(much)], &[withdraws(ALL)]]);
            }
            assert_eq!(snapshot.priced(USD).unwrap().reserve.balances.outflow.own.left_up(), 0);
            withdraw(&mut snapshot, fits).unwrap_or_else(|e| panic!("{level:?} {limit:?}: {e:?}"));
            let limited = !limit.is_none() || level >= Level::Stressed;
            let more = withdraw(&mut snapshot, 1).err();
            assert_eq!(more, limited.then_some(Error::OutflowLimitReached), "{level:?} {limit:?}");
        }
    }
}

#[test]
fn a_loan_that_is_repaid_and_taken_again_keeps_nobody_in() {
    let mut snapshot = lender(LIMIT);
    deposit(&mut snapshot, ETH, 100 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 600 * DOLLAR).unwrap();
    pass(&mut snapshot, 2 * HOUR_MS);
    let round = [
        Action::Repay { asset: USD, assets: ALL },
        Action::Borrow { asset: USD, assets: 600 * DOLLAR },
    ];
    for _ in 0..20 {
        run(&mut snapshot, &round).unwrap();
        run(&mut snapshot, &round[..1]).unwrap();
        run(&mut snapshot, &round[1..]).unwrap();
    }
    withdraw(&mut snapshot, 1_000 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut snapshot, 1), Err(Error::OutflowLimitReached));
}

#[test]
fn the_order_within_a_message_does_not_matter() {
    let mut snapshot = lender(LIMIT);
    run(&mut snapshot, &[withdraws(50_000 * DOLLAR), supplies(49_000 * DOLLAR)]).unwrap();
    let out = [withdraws(2 * DOLLAR), supplies(DOLLAR)];
    assert_eq!(run(&mut snapshot, &out), Err(Error::OutflowLimitReached));
    // What brings money in, or moves none, is never refused, however full it is.
    run(&mut snapshot, &[withdraws(90_000), supplies(90_000)]).unwrap();
    run(&mut snapshot, &[withdraws(90_000), supplies(90_001)]).unwrap();
    withdraw(&mut snapshot, 1).unwrap();
    assert_eq!(withdraw(&mut snapshot, 1), Err(Error::OutflowLimitReached));
}

#[test]
fn what_left_before_a_level_rose_counts_and_refuses_no_payment() {
    let mut snapshot = lender(FlowLimit::NONE);
    withdraw(&mut snapshot, 80_000 * DOLLAR).unwrap();
    let mut snapshot = raised(snapshot, Level::Stressed);
    // 80,000 of 1,100,000 have left, more than 5 % of the 1,020,000 that are there.
    assert_eq!(withdraw(&mut snapshot, 1), Err(Error::OutflowLimitReached));
    supply(&mut snapshot, 1).unwrap();
    run(&mut snapshot, &[withdraws(500), supplies(500)]).unwrap();
    supply(&mut snapshot, 40_000 * DOLLAR).unwrap();
    // 40,000 have left; of 1,060,000, 5 % are 53,000.
    withdraw(&mut snapshot.clone(), 13_000 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut snapshot, 13_001 * DOLLAR), Err(Error::OutflowLimitReached));
}

#[test]
fn bringing_money_in_does_not_raise_what_may_leave_beyond_it() {
    // 5 % of 1,100,000; not of the 11,000,000 that were lent for a moment.
    let snapshot = raised(lender(FlowLimit::NONE), Level::Stressed);
    let most = 55_000 * DOLLAR;
    let big = 10_000_000 * DOLLAR;
    for beyond in [0, DOLLAR] {
        let mut snapshot = snapshot.clone();
        let expected = if beyond == 0 { Ok(()) } else { Err(Error::OutflowLimitReached) };
        let batch = [supplies(big), withdraws(big + most + beyond)];
        assert_eq!(run(&mut snapshot.clone(), &batch).map(drop), expected);
        supply(&mut snapshot, big).unwrap();
        assert_eq!(withdraw(&mut snapshot, big + most + beyond).map(drop), expected);
    }
}

#[test]
fn five_per_cent_in_an_hour_is_in_an_hour_whatever_the_reserves_own_window_is() {
    let limit = FlowLimit { capacity: 900_000 * DOLLAR, window_ms: 30 * DAY_MS };
    let mut snapshot = lender(limit);
    let now_ms = snapshot.now_ms;
    snapshot.guard.raise(Level::Stressed, 3 * HOUR_MS, 3 * HOUR_MS, now_ms).unwrap();
    withdraw(&mut snapshot, 55_000 * DOLLAR).unwrap();
    assert_eq!(withdraw(&mut snapshot, DOLLAR), Err(Error::OutflowLimitReached));
    // Of the 1,045,000 that are left; half of it comes back in half an hour.
    pass(&mut snapshot, HOUR_MS / 2);
    withdraw(&mut snapshot, 20_000 * DOLLAR).unwrap();
    pass(&mut snapshot, HOUR_MS);
    withdraw(&mut snapshot, 25_000 * DOLLAR).unwrap();
    // A tight own limit holds as well.
    let limit = FlowLimit { capacity: 1_000 * DOLLAR, window_ms: 30 * DAY_MS };
    let mut snapshot = raised(lender(limit), Level::Stressed);
    withdraw(&mut snapshot, 1_000 * DOLLAR).unwrap();
    pass(&mut snapshot, HOUR_MS);
    assert_eq!(withdraw(&mut snapshot, 2 * DOLLAR), Err(Error::OutflowLimitReached));
}

#[test]
fn the_breaker_reads_what_has_left_on_balance() {
    let reading = |snapshot: &AccountSnapshot| {
        let priced = snapshot.priced(USD).unwrap();
        let config = snapshot.params.breaker;
        breakwater_protocol::breaker::Measures::of(&priced.reserve, None, &config, snapshot.now_ms)
            .unwrap()
            .outflow_bps
    };
    let mut snapshot = lender(LIMIT);
    by_another(&mut snapshot, &[&[supplies(1_000 * DOLLAR), withdraws(ALL)]]);
    assert_eq!(reading(&snapshot), 0);
    withdraw(&mut snapshot, 900 * DOLLAR).unwrap();
    assert_eq!(reading(&snapshot), 9_000);
    supply(&mut snapshot, 600 * DOLLAR).unwrap();
    assert_eq!(reading(&snapshot), 3_000);
    supply(&mut snapshot, 600 * DOLLAR).unwrap();
    assert_eq!(reading(&snapshot), 0);
}

#[test]
fn credit_fades_as_what_has_left_does() {
    // Within the capacity in a straight line, a thousand an hour.
    let mut snapshot = lender(LIMIT);
    supply(&mut snapshot, 500 * DOLLAR).unwrap();
    pass(&mut snapshot, HOUR_MS / 4);
    assert_eq!(
        withdraw(&mut snapshot.clone(), 1_250 * DOLLAR + 1),
        Err(Error::OutflowLimitReached)
    );
    withdraw(&mut snapshot.clone(), 1_250 * DOLLAR).unwrap();
    pass(&mut snapshot, HOUR_MS / 4);
    withdraw(&mut snapshot.clone(), 1_000 * DOLLAR).unwrap();
    assert_eq!(
        withdraw(&mut snapshot.clone(), 1_000 * DOLLAR + 1),
        Err(Error::OutflowLimitReached)
    );
    // Beyond it by e an hour: a million is 367,879 after one, and nothing after eight.
    supply(&mut snapshot, 1_000_000 * DOLLAR).unwrap();
    pass(&mut snapshot, HOUR_MS);
    let room = |snapshot: &AccountSnapshot| {
        let balances = reserve(snapshot, USD).balances;
        balances.outflow.room(&LIMIT, snapshot.now_ms).unwrap() / DOLLAR
    };
    assert_eq!(room(&snapshot), 368_879);
    pass(&mut snapshot, 8 * HOUR_MS);
    assert_eq!(room(&snapshot), 1_000);
}

#[test]
fn a_deposit_into_the_backstop_earns_credit() {
    let mut snapshot = lender(LIMIT);
    withdraw(&mut snapshot, 1_000 * DOLLAR).unwrap();
    stake(&mut snapshot, &mut VaultStake::default(), 400);
    assert_eq!(withdraw(&mut snapshot, 401 * DOLLAR), Err(Error::OutflowLimitReached));
    withdraw(&mut snapshot, 400 * DOLLAR).unwrap();
}

#[test]
fn what_takers_repay_earns_credit() {
    // A loan that fills the limit is sold off: the money is back.
    let mut snapshot = borrower(1_500);
    pass(&mut snapshot, 60 * HOUR_MS);
    config(&mut snapshot, USD).outflow = LIMIT;
    set_prices(&mut snapshot, 180 * WAD);
    breakwater_protocol::actions::start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    pass(&mut snapshot, 20 * MINUTE_MS);
    let taken = take(&mut snapshot, 100 * DOLLAR).unwrap();
    assert_eq!(taken.fill.repaid, 100 * DOLLAR);
    let balances = reserve(&snapshot, USD).balances;
    assert_eq!(balances.outflow.room(&LIMIT, snapshot.now_ms), Ok(1_100 * DOLLAR));
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
        let mut snapshot = lender(FlowLimit { capacity, window_ms });
        let start_ms = snapshot.now_ms;
        let reserve = snapshot.reserve_mut(USD).unwrap();
        reserve.balances.outflow = Outflow { at_ms: start_ms, ..Outflow::default() };
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
        let rooms = [alone, touched].map(|r| r.balances.outflow.room(&limit, end_ms).unwrap());
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
        let mut snapshot = lender(limit);
        let _ = withdraw(&mut snapshot, before * DOLLAR);
        pass(&mut snapshot, pause_ms);
        let mut snapshot = raised(snapshot, if stressed { Level::Stressed } else { Level::Normal });
        let fitted = withdraw(&mut snapshot.clone(), wants * DOLLAR);
        for amount in amounts {
            by_another(&mut snapshot, &[&[supplies(amount), withdraws(ALL)]]);
            by_another(&mut snapshot, &[&[supplies(amount)], &[withdraws(amount / 2)], &[withdraws(ALL)]]);
        }
        if fitted.is_ok() {
            prop_assert!(withdraw(&mut snapshot, wants * DOLLAR).is_ok());
        }
    }
}
