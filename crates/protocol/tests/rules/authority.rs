//! Who may do what: owner and guardian of a market, members of the governor, places in its queue.

use crate::common::*;
use breakwater_protocol::{
    governance::{
        operation::{selectors, Fate, MAX_BYTES, MAX_CALLS},
        Authority, Bounds, Call, Change, Entry, GovernanceError, Lane, Moved, Operation, Place,
        Queue, Role, Roles, Settings,
    },
    num::math::WAD,
    AccountId, AdaptiveRate, Error, KinkedRate, MarketParams, RateModel, ReserveConfig,
};
use scale::Encode;

const fn key(n: u8) -> AccountId {
    [n; 32]
}

const GOVERNOR: AccountId = key(7);

#[test]
fn the_owner_alone_offers_a_market_and_whom_it_is_offered_takes_it() {
    let mut authority = Authority::new(key(1));
    assert_eq!(authority.guardian, key(1));
    assert_eq!(authority.only_owner(&key(1)), Ok(()));
    assert_eq!(authority.only_owner(&key(2)), Err(Error::NotOwner));
    assert_eq!(authority.offer(&key(2), key(2)), Err(Error::NotOwner));
    assert_eq!(authority.accept(&key(2)), Err(Error::NotPendingOwner));
    authority.offer(&key(1), key(2)).unwrap();
    assert_eq!(authority.accept(&key(3)), Err(Error::NotPendingOwner));
    // Taken back.
    authority.offer(&key(1), key(1)).unwrap();
    assert_eq!(authority.offered, None);
    assert_eq!(authority.accept(&key(2)), Err(Error::NotPendingOwner));
    authority.offer(&key(1), key(2)).unwrap();
    assert_eq!(authority.accept(&key(2)), Ok(key(1)));
    let expected = Authority { owner: key(2), guardian: key(1), ..Authority::new(key(2)) };
    assert_eq!(authority, expected);
    assert_eq!(authority.accept(&key(2)), Err(Error::NotPendingOwner));
}

#[test]
fn the_guardian_raises_levels_while_their_time_runs_and_the_owner_always() {
    let authority =
        Authority { guardian: key(2), guardian_until_ms: 1_000, ..Authority::new(key(1)) };
    for now_ms in [999, 1_000, 1_001] {
        assert_eq!(authority.may_raise(&key(1), now_ms), Ok(()));
        assert_eq!(authority.may_raise(&key(3), now_ms), Err(Error::NotGuardian));
        let expected = if now_ms < 1_000 { Ok(()) } else { Err(Error::NotGuardian) };
        assert_eq!(authority.may_raise(&key(2), now_ms), expected, "{now_ms}");
    }
}

fn roles() -> Roles {
    Roles {
        proposers: vec![key(1), key(2)],
        executors: vec![key(3)],
        guardians: vec![key(4)],
        stewards: vec![key(5)],
    }
}

#[test]
fn each_role_has_its_members() {
    let roles = roles();
    for (role, of) in
        [(Role::Proposer, 1), (Role::Executor, 3), (Role::Guardian, 4), (Role::Steward, 5)]
    {
        assert_eq!(roles.members(role)[0], key(of));
        let mut changed = roles.clone();
        changed.set(role, vec![key(9)]).unwrap();
        assert_eq!(changed.members(role), &vec![key(9)]);
    }
    use GovernanceError::{NotExecutor, NotMember, NotProposer, NotSteward};
    // May propose, execute, steer, accept.
    for (who, may) in [
        (1, [true, false, false, true]),
        (2, [true, false, false, true]),
        (3, [false, true, false, true]),
        (4, [false, false, false, true]),
        (5, [false, false, true, false]),
        (6, [false, false, false, false]),
    ] {
        let who = key(who);
        let said = [
            roles.may_propose(&who),
            roles.may_execute(&who),
            roles.may_steer(&who),
            roles.may_accept(&who),
        ];
        let errors = [NotProposer, NotExecutor, NotSteward, NotMember];
        for ((said, may), error) in said.into_iter().zip(may).zip(errors) {
            assert_eq!(said, if may { Ok(()) } else { Err(error) }, "{who:?}");
        }
    }
}

/// An operation's entry of a proposer, open until a time.
fn entry(proposer: u8, expires_ms: u64, replaces_guardians: bool) -> Entry {
    Entry {
        proposer: key(proposer),
        queued_ms: 0,
        ready_ms: 0,
        expires_ms,
        fate: Fate::Open,
        replaces_guardians,
    }
}

#[test]
fn each_proposer_has_an_equal_part_of_the_places() {
    // 32 of them.
    assert_eq!(roles().places_each(), 16);
    assert_eq!(Roles { proposers: vec![key(1); 5], ..roles() }.places_each(), 6);
    assert_eq!(Roles { proposers: vec![], ..roles() }.places_each(), 32);
    let mut queue = Queue::default();
    for n in 0..16 {
        queue.add(key(n), &entry(1, 1_000, false), &roles(), 10).unwrap();
    }
    let more = queue.add(key(16), &entry(1, 1_000, false), &roles(), 10);
    assert_eq!(more, Err(GovernanceError::TooManyOpen));
    // The other has theirs, and there is one for a replacement of the guardians.
    queue.add(key(17), &entry(2, 500, false), &roles(), 10).unwrap();
    queue.add(key(18), &entry(1, 1_000, true), &roles(), 10).unwrap();
    let second = queue.add(key(19), &entry(2, 1_000, true), &roles(), 10);
    assert_eq!(second, Err(GovernanceError::ReplacementOpen));
    // It takes no other place of its proposer's.
    queue.remove(&key(0));
    queue.add(key(0), &entry(1, 1_000, false), &roles(), 10).unwrap();
    assert_eq!(queue.open(10).count(), 18);
    let last = *queue.open(10).last().unwrap();
    let place =
        Place { id: key(0), proposer: key(1), expires_ms: 1_000, replaces_guardians: false };
    assert_eq!(last, place);
    // Until the end of its grace.
    assert_eq!((queue.open(500).count(), queue.open(501).count()), (18, 17));
    let full = queue.add(key(16), &entry(1, 2_000, false), &roles(), 1_000);
    assert_eq!(full, Err(GovernanceError::TooManyOpen));
    queue.add(key(16), &entry(1, 2_000, false), &roles(), 1_001).unwrap();
    assert_eq!(Vec::from_iter(queue.open(1_001).map(|place| place.id)), [key(16)]);
}

#[test]
fn who_is_no_proposer_any_more_has_no_places() {
    let mut queue = Queue::default();
    for (id, proposer, expires_ms) in [(10, 1, 1_000), (11, 2, 1_000), (12, 2, 20)] {
        queue.add(key(id), &entry(proposer, expires_ms, false), &roles(), 10).unwrap();
    }
    let left = Roles { proposers: vec![key(1)], ..roles() };
    assert_eq!(queue.drop_orphans(&roles(), 21), Vec::<AccountId>::new());
    // What has expired needs no cancelling.
    assert_eq!(queue.drop_orphans(&left, 21), [key(11)]);
    assert_eq!(Vec::from_iter(queue.open(10).map(|place| place.id)), [key(10)]);
}

#[test]
fn only_what_another_has_taken_back_may_be_queued_again() {
    for (fate, proposer, may) in [
        (Fate::TakenBack, 2, true),
        (Fate::TakenBack, 1, false),
        (Fate::Open, 2, false),
        (Fate::Done, 2, false),
        (Fate::Cancelled, 2, false),
    ] {
        let entry = Entry { fate, ..entry(1, 1_000, false) };
        assert_eq!(entry.may_be_queued_again(&key(proposer)), may, "{fate:?} {proposer}");
    }
}

fn call(target: AccountId, value: u128, data: &[u8]) -> Call {
    Call { target, value, data: data.to_vec() }
}

fn operation(calls: Vec<Call>) -> Operation {
    Operation { lane: Lane::Standard, calls, predecessor: None, salt: [0; 32] }
}

#[test]
fn an_operation_has_its_size() {
    assert_eq!((MAX_CALLS, MAX_BYTES), (8, 8_192));
    let size = GovernanceError::SizeOutOfRange;
    let some = |count: usize| operation(vec![call(key(1), 0, &[0; 4]); count]).validate(GOVERNOR);
    assert_eq!([0, 1, 8, 9].map(some), [Err(size.clone()), Ok(()), Ok(()), Err(size.clone())]);
    let short = operation(vec![call(key(1), 0, &[0; 4]), call(key(1), 0, &[0; 3])]);
    assert_eq!(short.validate(GOVERNOR), Err(size.clone()));
    // Lane, count, target, value, length in two bytes, no predecessor, salt: 85 bytes around the data.
    let long = |bytes: usize| operation(vec![call(key(1), 0, &vec![0; bytes])]);
    assert_eq!(long(8_107).encoded_size(), 8_192);
    assert_eq!(long(8_107).validate(GOVERNOR), Ok(()));
    assert_eq!(long(8_108).validate(GOVERNOR), Err(size));
}

#[test]
fn the_governor_calls_itself_for_settings_and_members_only() {
    let own = |value, selector: [u8; 4]| {
        operation(vec![call(GOVERNOR, value, &selector)]).validate(GOVERNOR)
    };
    assert_eq!(own(0, selectors::SET_SETTINGS), Ok(()));
    assert_eq!(own(0, selectors::SET_MEMBERS), Ok(()));
    assert_eq!(own(1, selectors::SET_MEMBERS), Err(GovernanceError::BadSelfCall));
    assert_eq!(own(0, selectors::SET_PARAMS), Err(GovernanceError::BadSelfCall));
    // To others it may send what it likes.
    assert_eq!(operation(vec![call(key(1), 1, &[0; 4])]).validate(GOVERNOR), Ok(()));
    let params = [&selectors::SET_PARAMS[..], &MarketParams::default().encode()].concat();
    let quick =
        |data: &[u8]| Operation { lane: Lane::Lowering, ..operation(vec![call(key(1), 0, data)]) };
    assert!(matches!(Change::of(&quick(&params).calls[0]), Some(Change::Params(_))));
    assert_eq!(quick(&params).validate(GOVERNOR), Ok(()));
    assert_eq!(quick(&[0; 4]).validate(GOVERNOR), Err(GovernanceError::NotAChange));
}

#[test]
fn guardians_are_replaced_by_one_call_of_the_governor_to_itself() {
    let members = |target, selector: [u8; 4], role: Role| {
        call(target, 0, &[&selector[..], &(role, vec![key(9)]).encode()].concat())
    };
    let set = selectors::SET_MEMBERS;
    for (calls, replaces) in [
        (vec![members(GOVERNOR, set, Role::Guardian)], true),
        (vec![members(GOVERNOR, set, Role::Proposer)], false),
        (vec![members(key(1), set, Role::Guardian)], false),
        (vec![members(GOVERNOR, selectors::SET_SETTINGS, Role::Guardian)], false),
        (vec![members(GOVERNOR, set, Role::Guardian); 2], false),
        (vec![call(GOVERNOR, 0, &set)], false),
        (vec![], false),
    ] {
        assert_eq!(operation(calls.clone()).replaces_guardians(GOVERNOR), replaces, "{calls:?}");
    }
}

#[test]
fn a_lane_has_its_delay_and_what_is_queued_its_times() {
    let settings =
        Settings { delay_ms: 5 * HOUR_MS, lowering_delay_ms: HOUR_MS, ..Settings::default() };
    assert_eq!(settings.least_delay_ms(Lane::Standard), 5 * HOUR_MS);
    assert_eq!(settings.least_delay_ms(Lane::Lowering), HOUR_MS);
    let standard = operation(vec![call(key(1), 0, &[0; 4])]);
    let queue = |delay_ms| settings.queue(&standard, GOVERNOR, key(2), delay_ms, START_MS);
    assert_eq!(queue(5 * HOUR_MS - 1), Err(GovernanceError::DelayOutOfRange));
    let entry = queue(30 * DAY_MS).unwrap();
    assert_eq!(queue(30 * DAY_MS + 1), Err(GovernanceError::DelayOutOfRange));
    let times =
        [entry.queued_ms, entry.ready_ms, entry.expires_ms].map(|ms| (ms - START_MS) / DAY_MS);
    assert_eq!((times, entry.proposer), ([0, 30, 37], key(2)));
}

// Stewards.

type Step = fn(&mut ReserveConfig);

fn old() -> ReserveConfig {
    ReserveConfig {
        borrowable: true,
        supply_cap: 15,
        borrow_cap: 1_000,
        collateral_cap: 1_000,
        rate: RateModel::Kinked(KinkedRate {
            base_wad: WAD / 10,
            kink_rate_wad: WAD / 2,
            full_rate_wad: WAD,
            kink_bps: 8_000,
        }),
        ..eth_config()
    }
}

#[test]
fn a_steward_moves_each_parameter_by_its_bound_and_no_farther() {
    let bounds = Bounds { caps_bps: 1_000, depth_bps: 2_000, ltv_bps: 100, rate_bps: 200 };
    let step = |change: Step| {
        let mut new = old();
        change(&mut new);
        Moved::default().step(&old(), &new, &bounds, START_MS)
    };
    fn kinked(config: &mut ReserveConfig) -> &mut KinkedRate {
        match &mut config.rate {
            RateModel::Kinked(rate) => rate,
            RateModel::Adaptive(_) => unreachable!(),
        }
    }
    let within: [Step; 10] = [
        // A tenth of 15 is 1.
        |c| c.supply_cap = 14,
        |c| c.supply_cap = 16,
        |c| c.borrow_cap = 1_100,
        |c| c.collateral_cap = 900,
        |c| c.liquidity.depth = DEPTH / 5 * 6,
        |c| c.tiers[0].ltv_bps = 7_600,
        |c| c.tiers[0].ltv_bps = 7_400,
        |c| kinked(c).base_wad += WAD / 50,
        |c| kinked(c).kink_rate_wad -= WAD / 50,
        |c| kinked(c).full_rate_wad += WAD / 50,
    ];
    for (number, change) in within.into_iter().enumerate() {
        assert_eq!(step(change), Ok(()), "{number}");
    }
    let beyond: [Step; 10] = [
        |c| c.supply_cap = 13,
        |c| c.supply_cap = 17,
        |c| c.borrow_cap = 1_101,
        |c| c.collateral_cap = 899,
        |c| c.liquidity.depth = DEPTH / 5 * 6 + 1,
        |c| c.tiers[0].ltv_bps = 7_601,
        |c| c.tiers[0].ltv_bps = 7_399,
        |c| kinked(c).base_wad += WAD / 50 + 1,
        |c| kinked(c).kink_rate_wad -= WAD / 50 + 1,
        |c| kinked(c).full_rate_wad += WAD / 50 + 1,
    ];
    for (number, change) in beyond.into_iter().enumerate() {
        assert_eq!(step(change), Err(GovernanceError::BeyondBound), "{number}");
    }
    let others: [Step; 6] = [
        |_| {},
        |c| c.frozen = true,
        |c| c.tiers[0].liquidation_threshold_bps += 1,
        |c| kinked(c).kink_bps += 1,
        |c| c.rate = adaptive(|_| {}),
        |c| c.tiers.push(tier(1, 7_000, 7_500)),
    ];
    for (number, change) in others.into_iter().enumerate() {
        assert_eq!(step(change), Err(GovernanceError::NotForSteward), "{number}");
    }
}

fn adaptive(change: fn(&mut AdaptiveRate)) -> RateModel {
    let mut rate = AdaptiveRate {
        target_bps: 9_000,
        initial_wad: WAD / 10,
        min_wad: WAD / 20,
        max_wad: WAD,
        steepness_wad: 4 * WAD,
        speed_wad: 50 * WAD,
    };
    change(&mut rate);
    RateModel::Adaptive(rate)
}

#[test]
fn of_an_adaptive_rate_a_steward_moves_the_rates_only() {
    let with = |rate| ReserveConfig { rate, ..old() };
    let step = |change| {
        let (old, new) = (with(adaptive(|_| {})), with(adaptive(change)));
        Moved::default().step(&old, &new, &Bounds::default(), START_MS)
    };
    let rates: [fn(&mut AdaptiveRate); 3] =
        [|r| r.initial_wad += WAD / 50, |r| r.min_wad += WAD / 50, |r| r.max_wad -= WAD / 50];
    assert_eq!(rates.map(step), [Ok(()), Ok(()), Ok(())]);
    let others: [fn(&mut AdaptiveRate); 3] =
        [|r| r.target_bps += 1, |r| r.steepness_wad += 1, |r| r.speed_wad -= 1];
    assert_eq!(others.map(step), [0; 3].map(|_| Err(GovernanceError::NotForSteward)));
}

#[test]
fn each_parameter_moves_once_a_day() {
    let bounds = Bounds::default();
    let changes: [Step; 6] = [
        |c| c.supply_cap -= 1,
        |c| c.borrow_cap -= 1,
        |c| c.collateral_cap -= 1,
        |c| c.liquidity.depth -= 1,
        |c| c.tiers[0].ltv_bps -= 1,
        |c| c.rate = flat_rate(WAD),
    ];
    let old = ReserveConfig { rate: flat_rate(WAD - 1), ..old() };
    let mut moved = Moved::default();
    let mut step = |change: Step, now_ms| {
        let mut new = old.clone();
        change(&mut new);
        moved.step(&old, &new, &bounds, now_ms)
    };
    // One an hour, and each again a day later to the millisecond.
    for (hour, change) in (0u64..).zip(changes) {
        assert_eq!(step(change, START_MS + hour * HOUR_MS), Ok(()), "{hour}");
    }
    for (hour, change) in (0u64..).zip(changes) {
        let day_later_ms = START_MS + hour * HOUR_MS + DAY_MS;
        assert_eq!(step(change, day_later_ms - 1), Err(GovernanceError::MovedToday), "{hour}");
        assert_eq!(step(change, day_later_ms), Ok(()), "{hour}");
    }
}
