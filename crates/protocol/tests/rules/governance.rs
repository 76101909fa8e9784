//! Which changes lower risk, how far a steward may go, when an operation may be done.

use crate::common::*;
use breakwater_protocol::{
    governance::{
        operation::selectors,
        risk::{self, Direction},
        Bounds, Call, Change, CodeInfo, Entry, GovernanceError, Lane, Moved, Operation, Part, Role,
        Roles, Settings, State,
    },
    num::math::{bps_to_wad, mul_div_down, BPS, WAD},
    oracle::FeedConfig,
    risk::tiers::Schedule,
    AdaptiveRate, Error, FlowLimit, FuseConfig, MarketParams, RateModel, ReserveConfig,
};
use proptest::prelude::*;
use scale::Encode;
use Direction::{Lowers, Raises};

fn class(old: &ReserveConfig, new: &ReserveConfig) -> Direction {
    risk::direction(&risk::reserve(old, new))
}

/// Two tiers, isolated, borrowable as well: every field has somewhere to go.
fn full() -> ReserveConfig {
    ReserveConfig {
        borrowable: true,
        isolation_ceiling_wad: Some(1_000 * WAD),
        supply_cap: 1_000 * ETHER,
        borrow_cap: 1_000 * ETHER,
        min_debt: 10,
        reserve_factor_bps: 1_000,
        tiers: vec![tier(0, 7_500, 8_000), tier(1_000, 6_000, 7_000)],
        outflow: FlowLimit { capacity: 100, window_ms: DAY_MS },
        ..eth_config()
    }
}

/// One field each: a change of it and the class of that and of its inverse.
type Case = (&'static str, fn(&mut ReserveConfig), Direction, Direction);

const CASES: &[Case] = &[
    ("token", |c| c.token = [9; 32], Raises, Raises),
    ("decimals", |c| c.decimals = 6, Raises, Raises),
    ("borrowable", |c| c.borrowable = false, Lowers, Raises),
    ("collateral", |c| c.collateral = false, Lowers, Raises),
    ("frozen", |c| c.frozen = true, Lowers, Raises),
    ("siloed", |c| c.siloed = true, Lowers, Raises),
    ("isolation_ceiling_wad", |c| c.isolation_ceiling_wad = Some(1), Lowers, Raises),
    ("isolation_ceiling_wad", |c| c.isolation_ceiling_wad = None, Raises, Raises),
    ("reserve_factor_bps", |c| c.reserve_factor_bps -= 1, Raises, Raises),
    ("supply_cap", |c| c.supply_cap -= 1, Lowers, Raises),
    ("borrow_cap", |c| c.borrow_cap -= 1, Lowers, Raises),
    ("collateral_cap", |c| c.collateral_cap -= 1, Lowers, Raises),
    ("min_debt", |c| c.min_debt += 1, Raises, Raises),
    ("tiers.ltv_bps", |c| c.tiers[0].ltv_bps -= 1, Lowers, Raises),
    ("tiers.ltv_bps", |c| c.tiers[1].ltv_bps -= 1, Lowers, Raises),
    ("tiers.liquidation_threshold_bps", |c| bump(c, 0, 1), Raises, Raises),
    ("tiers.liquidation_threshold_bps", |c| bump(c, 1, -1), Raises, Raises),
    ("threshold_ramp_bps_per_day", |c| c.threshold_ramp_bps_per_day += 1, Raises, Raises),
    ("liquidity.depth", |c| c.liquidity.depth -= 1, Raises, Raises),
    ("liquidity.max_load_wad", |c| c.liquidity.max_load_wad -= 1, Lowers, Raises),
    (
        "liquidity.haircut_per_root_depth_wad",
        |c| c.liquidity.haircut_per_root_depth_wad += 1,
        Lowers,
        Raises,
    ),
    (
        "liquidity.haircut_per_volatility_wad",
        |c| c.liquidity.haircut_per_volatility_wad += 1,
        Lowers,
        Raises,
    ),
    ("liquidity.max_haircut_bps", |c| c.liquidity.max_haircut_bps += 1, Lowers, Raises),
    ("liquidity.fuse", |c| c.liquidity.fuse = FuseConfig::default(), Raises, Raises),
    ("outflow", |c| c.outflow.capacity -= 1, Raises, Raises),
    ("rate", |c| c.rate = flat_rate(1), Raises, Raises),
    ("auction", |c| c.auction.backed_by = Some(3), Raises, Raises),
    ("backstop", |c| c.backstop.target_bps += 1, Raises, Raises),
];

fn bump(config: &mut ReserveConfig, tier: usize, by: i16) {
    let threshold = &mut config.tiers[tier].liquidation_threshold_bps;
    *threshold = threshold.wrapping_add_signed(by);
}

#[test]
fn each_field_of_a_reserve_has_its_class() {
    for (field, change, there, back) in CASES {
        let old = full();
        let mut new = full();
        change(&mut new);
        for (from, to, class) in [(&old, &new, there), (&new, &old, back)] {
            let moves = risk::reserve(from, to);
            let found: Vec<_> = moves.iter().map(|each| (each.field, each.direction)).collect();
            assert_eq!(found, [(*field, *class)]);
        }
    }
    assert_eq!(class(&full(), &full()), Direction::Same);
}

#[test]
fn tiers_are_compared_as_what_they_carry() {
    let old = full();
    // The same said in more tiers.
    let mut more = full();
    more.tiers.insert(1, tier(500, 7_500, 8_000));
    assert_eq!(class(&old, &more), Direction::Same);
    // The second LTV begins earlier: less for some and more for nobody.
    more.tiers[1].ltv_bps = 6_000;
    assert_eq!(class(&old, &more), Lowers);
    assert_eq!(class(&more, &old), Raises);
    // Lower in one place and higher in another.
    more.tiers[0].ltv_bps = 7_501;
    assert_eq!((class(&old, &more), class(&more, &old)), (Raises, Raises));
    // An edge of the thresholds moves.
    let mut edge = full();
    edge.tiers[1].from_wad = 999 * WAD;
    assert_eq!((class(&old, &edge), class(&edge, &old)), (Raises, Raises));
}

#[test]
fn of_a_market_and_a_feed_only_new_risk_is_cut_quickly() {
    let old = MarketParams::default();
    let class = |change: fn(&mut MarketParams)| {
        let mut new = old;
        change(&mut new);
        [risk::market(&old, &new), risk::market(&new, &old)].map(|moves| risk::direction(&moves))
    };
    assert_eq!(class(|p| p.breaker.guarded_cut_bps += 1), [Lowers, Raises]);
    assert_eq!(class(|p| p.breaker.guarded_health_bps += 1), [Lowers, Raises]);
    assert_eq!(class(|p| p.target_health_wad += 1), [Raises, Raises]);
    assert_eq!(class(|p| p.starter_floor_wad -= 1), [Raises, Raises]);
    assert_eq!(class(|p| p.dust_wad += 1), [Raises, Raises]);
    assert_eq!(class(|p| p.breaker.volatility.guarded -= 1), [Raises, Raises]);
    assert_eq!(class(|p| p.breaker.guardian_max_ms -= 1), [Raises, Raises]);
    assert_eq!(class(|_| {}), [Direction::Same; 2]);

    let old = FeedConfig::pushed([1; 32], HOUR_MS, 10);
    let class = |change: fn(&mut FeedConfig)| {
        let mut new = old.clone();
        change(&mut new);
        [risk::feed(&old, &new), risk::feed(&new, &old)].map(|moves| risk::direction(&moves))
    };
    assert_eq!(class(|f| f.band_bps += 1), [Lowers, Raises]);
    assert_eq!(class(|f| f.sources[0].max_age_ms -= 1), [Raises, Raises]);
    assert_eq!(class(|f| f.quorum += 1), [Raises, Raises]);
    assert_eq!(class(|f| f.max_spread_bps -= 1), [Raises, Raises]);
}

/// Any configuration near the full one: fields of every class.
fn configs() -> impl Strategy<Value = ReserveConfig> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let caps = (0u128..3, 0u128..3, 0u128..3, proptest::option::of(0u128..3));
    let tiers = proptest::collection::vec((1u128..4, 4_000u16..4_003, 8_000u16..8_002), 1..4);
    let rest = (0u128..2, 1u128..3, 0u16..2, 0u128..2);
    (flags, caps, tiers, rest).prop_map(|(flags, caps, tiers, rest)| {
        let mut config = full();
        (config.borrowable, config.collateral, config.frozen, config.siloed) = flags;
        (
            config.supply_cap,
            config.borrow_cap,
            config.collateral_cap,
            config.isolation_ceiling_wad,
        ) = caps;
        let mut from = 0;
        config.tiers.clear();
        for (width, ltv, threshold) in tiers {
            config.tiers.push(tier(from, ltv, threshold));
            from += width;
        }
        config.min_debt = rest.0;
        config.liquidity.max_load_wad = rest.1;
        config.liquidity.max_haircut_bps = rest.2;
        config.outflow.capacity = rest.3;
        config
    })
}

/// Changes of a few fields: what is not taken from another configuration stays.
fn changed(old: &ReserveConfig, other: &ReserveConfig, which: u16) -> ReserveConfig {
    let mut new = old.clone();
    let takes: [fn(&mut ReserveConfig, &ReserveConfig); 12] = [
        |c, o| c.borrowable = o.borrowable,
        |c, o| c.collateral = o.collateral,
        |c, o| c.frozen = o.frozen,
        |c, o| c.siloed = o.siloed,
        |c, o| c.supply_cap = o.supply_cap,
        |c, o| c.borrow_cap = o.borrow_cap,
        |c, o| c.collateral_cap = o.collateral_cap,
        |c, o| c.isolation_ceiling_wad = o.isolation_ceiling_wad,
        |c, o| c.tiers.iter_mut().zip(&o.tiers).for_each(|(t, from)| t.ltv_bps = from.ltv_bps),
        |c, o| c.tiers.clone_from(&o.tiers),
        |c, o| c.liquidity = o.liquidity,
        |c, o| (c.min_debt, c.outflow) = (o.min_debt, o.outflow),
    ];
    for (place, take) in takes.iter().enumerate() {
        if which & (1 << place) != 0 {
            take(&mut new, other);
        }
    }
    new
}

/// A configuration and a change of about a quarter of its fields.
fn changes() -> impl Strategy<Value = (ReserveConfig, ReserveConfig)> {
    (configs(), configs(), any::<u16>(), any::<u16>()).prop_map(|(old, other, some, of)| {
        let new = changed(&old, &other, some & of);
        (old, new)
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 5_000,
        max_global_rejects: 1_000_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// A change and its inverse can't both go the short way, unless nothing moves.
    #[test]
    fn no_change_and_its_inverse_both_lower((old, new) in changes()) {
        let both = [class(&old, &new), class(&new, &old)];
        prop_assert_ne!(both, [Lowers, Lowers]);
        prop_assert_eq!(both[0] == Direction::Same, both[1] == Direction::Same);
        if both[0] == Direction::Same {
            // Tiers may be written otherwise.
            prop_assert_eq!(ReserveConfig { tiers: old.tiers.clone(), ..new }, old);
        }
    }

    /// TriggerThresholds that each lower risk don't add up to one that raises it.
    #[test]
    fn lowering_twice_is_lowering((a, b) in changes(), other in configs(), which: u16, of: u16) {
        let c = changed(&b, &other, which & of);
        prop_assume!(class(&a, &b) != Raises && class(&b, &c) != Raises);
        prop_assert_ne!(class(&a, &c), Raises);
    }

    /// After a change that counts as lowering, nothing new can be had that could not be had before,
    /// and every standing loan is measured as it was.
    #[test]
    fn what_lowers_gives_nobody_more(
        (old, new) in changes(),
        value_wad in 0u128..20 * WAD,
    ) {
        prop_assume!(class(&old, &new) == Lowers);
        let ltv = |c: &ReserveConfig| {
            let haircut_wad = bps_to_wad(c.liquidity.max_haircut_bps);
            Schedule::ltv(&c.tiers, haircut_wad).unwrap().carries_down(value_wad).unwrap()
        };
        prop_assert!(ltv(&new) <= ltv(&old));
        let threshold = |c: &ReserveConfig| Schedule::thresholds(&c.tiers).carries_down(value_wad).unwrap();
        // Each bracket rounds down by less than one.
        prop_assert!(threshold(&new).abs_diff(threshold(&old)) <= 4);
        prop_assert!(new.supply_cap <= old.supply_cap && new.borrow_cap <= old.borrow_cap);
        prop_assert!(new.collateral_cap <= old.collateral_cap);
        prop_assert!(new.outflow == old.outflow && new.auction == old.auction);
    }

    /// However a steward tries, in no 24 hours does a parameter move by more than its bound.
    #[test]
    fn a_steward_stays_within_bounds_of_every_day(
        tries in proptest::collection::vec(
            (0u64..30 * HOUR_MS, 0u128..3_000, 0u128..3_000, -150i16..150),
            1..40,
        ),
    ) {
        let bounds = Bounds::default();
        let (mut now_ms, mut config, mut moved) = (START_MS, full(), Moved::default());
        // What held from when on.
        let mut history = vec![(0, config.clone())];
        for (pause_ms, cap_bps, depth_bps, ltv) in tries {
            now_ms += pause_ms;
            let mut new = config.clone();
            let scaled = |x: u128, bps| mul_div_down(x, 8_500 + bps, BPS).unwrap();
            new.borrow_cap = scaled(new.borrow_cap, cap_bps);
            new.liquidity.depth = scaled(new.liquidity.depth, depth_bps);
            new.tiers[0].ltv_bps = new.tiers[0].ltv_bps.saturating_add_signed(ltv);
            if moved.step(&config, &new, &bounds, now_ms).is_ok() {
                config = new;
                history.push((now_ms, config.clone()));
            }
            // What held a day ago, and everything since.
            let day_ago_ms = now_ms - DAY_MS;
            let since = history.iter().rposition(|(at_ms, _)| *at_ms <= day_ago_ms).unwrap();
            for (_, past) in &history[since..] {
                let near = |from: u128, to: u128, bps: u16| {
                    from.abs_diff(to) <= mul_div_down(from, u128::from(bps), BPS).unwrap()
                };
                prop_assert!(near(past.borrow_cap, config.borrow_cap, bounds.caps_bps));
                let depths = (past.liquidity.depth, config.liquidity.depth);
                prop_assert!(near(depths.0, depths.1, bounds.depth_bps));
                let ltvs = (past.tiers[0].ltv_bps, config.tiers[0].ltv_bps);
                prop_assert!(ltvs.0.abs_diff(ltvs.1) <= bounds.ltv_bps);
            }
        }
    }
}

#[test]
fn a_steward_moves_rates_and_nothing_else() {
    let step = |from: &ReserveConfig, to: &ReserveConfig| {
        Moved::default().step(from, to, &Bounds::default(), START_MS)
    };
    let with = |rate| ReserveConfig { rate, ..full() };
    let percent = |n: u128| n * WAD / 100;
    let old = with(flat_rate(percent(5)));
    assert_eq!(step(&old, &with(flat_rate(percent(7)))), Ok(()));
    assert_eq!(step(&old, &with(flat_rate(percent(3)))), Ok(()));
    let beyond = Err(GovernanceError::BeyondBound);
    assert_eq!(step(&old, &with(flat_rate(percent(7) + 1))), beyond);
    assert_eq!(step(&old, &with(flat_rate(percent(3) - 1))), beyond);
    let adaptive = AdaptiveRate {
        target_bps: 9_000,
        steepness_wad: 4 * WAD,
        speed_wad: 50 * WAD,
        initial_wad: percent(4),
        min_wad: percent(1),
        max_wad: percent(100),
    };
    let old = with(RateModel::Adaptive(adaptive));
    let to = |rate| step(&old, &with(RateModel::Adaptive(rate)));
    assert_eq!(to(AdaptiveRate { min_wad: percent(2), max_wad: percent(98), ..adaptive }), Ok(()));
    assert_eq!(to(AdaptiveRate { max_wad: percent(97), ..adaptive }), beyond);
    let foreign = Err(GovernanceError::NotForSteward);
    assert_eq!(to(AdaptiveRate { speed_wad: 51 * WAD, ..adaptive }), foreign);
    assert_eq!(step(&old, &with(flat_rate(percent(4)))), foreign);
    assert_eq!(step(&old, &old), foreign);
    // No tier more or less, no edge elsewhere.
    let mut tiers = full();
    tiers.tiers.pop();
    assert_eq!(step(&full(), &tiers), foreign);
    // A cap of nothing stays nothing.
    let none = ReserveConfig { supply_cap: 0, ..full() };
    assert_eq!(step(&none, &ReserveConfig { supply_cap: 1, ..none.clone() }), beyond);
}

const GOVERNOR: [u8; 32] = [7; 32];

fn call(data: Vec<u8>) -> Call {
    Call { target: [1; 32], value: 0, data }
}

fn operation(lane: Lane, calls: Vec<Call>) -> Operation {
    Operation { lane, calls, predecessor: None, salt: [0; 32] }
}

#[test]
fn an_operation_is_ready_between_its_delay_and_its_grace() {
    let settings = Settings::default();
    let standard = operation(Lane::Standard, vec![call(vec![0; 4])]);
    let queue = |delay_ms| settings.queue(&standard, GOVERNOR, [2; 32], delay_ms, START_MS);
    assert_eq!(queue(2 * DAY_MS - 1), Err(GovernanceError::DelayOutOfRange));
    assert_eq!(queue(30 * DAY_MS + 1), Err(GovernanceError::DelayOutOfRange));
    let entry = queue(2 * DAY_MS).unwrap();
    let (ready_ms, expires_ms) = (START_MS + 2 * DAY_MS, START_MS + 9 * DAY_MS);
    assert_eq!(entry.state(ready_ms - 1), State::Waiting);
    assert_eq!(entry.state(ready_ms), State::Ready);
    assert_eq!(entry.state(expires_ms), State::Ready);
    assert_eq!(entry.state(expires_ms + 1), State::Expired);
    let states = [State::Unset, State::Waiting, State::Ready, State::Done, State::Expired];
    use GovernanceError::{Cancelled, Done, TooEarly, TooLate, Unknown};
    let ready = [Err(Unknown), Err(TooEarly), Ok(()), Err(Done), Err(TooLate)];
    assert_eq!(states.map(State::must_be_ready), ready);
    assert_eq!(State::Cancelled.must_be_ready(), Err(Cancelled));
    let open = [Err(Unknown), Ok(()), Ok(()), Err(Done), Err(TooLate)];
    assert_eq!(states.map(State::must_be_open), open);
}

#[test]
fn a_change_is_a_whole_configuration_and_nothing_besides() {
    let data = [&selectors::CONFIGURE_RESERVE[..], &(3u8, full()).encode()].concat();
    assert_eq!(Change::of(&call(data.clone())), Some(Change::Reserve(3, Box::new(full()))));
    let params = MarketParams::default();
    let set_params = [&selectors::SET_PARAMS[..], &params.encode()].concat();
    assert_eq!(Change::of(&call(set_params)), Some(Change::Params(Box::new(params))));
    let feed = FeedConfig::pushed([1; 32], HOUR_MS, 10);
    let configure = [&selectors::CONFIGURE[..], &([4u8; 32], &feed).encode()].concat();
    assert_eq!(Change::of(&call(configure)), Some(Change::Feed([4; 32], Box::new(feed))));

    let longer = [data.clone(), vec![0]].concat();
    let shorter = data[..data.len() - 1].to_vec();
    for data in [longer, shorter, vec![], data[..3].to_vec(), vec![0; 400]] {
        assert_eq!(Change::of(&call(data)), None);
    }
    assert_eq!(Change::of(&Call { value: 1, ..call(data.clone()) }), None);
    let lowering = operation(Lane::Lowering, vec![call(data), call(vec![0; 4])]);
    assert_eq!(lowering.validate(GOVERNOR), Err(GovernanceError::NotAChange));
}

#[test]
fn who_may_cancel_what() {
    let (proposer, guardian) = ([2; 32], [3; 32]);
    let roles =
        Roles { proposers: vec![proposer, [4; 32]], guardians: vec![guardian], ..Roles::default() };
    assert_eq!(roles.validate(), Ok(()));
    let members = |role: Role| {
        let data = [&selectors::SET_MEMBERS[..], &(role, vec![[9u8; 32]]).encode()].concat();
        Call { target: GOVERNOR, ..call(data) }
    };
    let entry = |calls: Vec<Call>| -> Entry {
        let operation = operation(Lane::Standard, calls);
        Settings::default().queue(&operation, GOVERNOR, proposer, 2 * DAY_MS, START_MS).unwrap()
    };
    let successor = entry(vec![members(Role::Guardian)]);
    let refused = Err(GovernanceError::ReplacesGuardian);
    assert_eq!(roles.may_cancel(&guardian, &successor), refused);
    assert_eq!(roles.may_cancel(&proposer, &successor), Ok(()));
    for other in [
        entry(vec![members(Role::Guardian), members(Role::Proposer)]),
        entry(vec![members(Role::Proposer)]),
        entry(vec![Call { target: [8; 32], ..members(Role::Guardian) }]),
    ] {
        assert_eq!(roles.may_cancel(&guardian, &other), Ok(()));
        for stranger in [[4; 32], [5; 32]] {
            let refused = Err(GovernanceError::NotCanceller);
            assert_eq!(roles.may_cancel(&stranger, &other), refused);
        }
    }
    // Who is no proposer any more has nothing to cancel.
    let without = Roles { proposers: vec![[4; 32]], ..roles.clone() };
    assert_eq!(without.may_cancel(&proposer, &successor), Err(GovernanceError::NotCanceller));
}

#[test]
fn settings_and_roles_have_their_range() {
    let refused = Err(GovernanceError::SettingsOutOfRange);
    let with = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.validate()
    };
    assert_eq!(with(|_| {}), Ok(()));
    assert_eq!(with(|s| s.delay_ms = HOUR_MS - 1), refused);
    assert_eq!(with(|s| s.delay_ms = 30 * DAY_MS + 1), refused);
    assert_eq!(with(|s| s.lowering_delay_ms = MINUTE_MS - 1), refused);
    assert_eq!(with(|s| s.lowering_delay_ms = s.delay_ms + 1), refused);
    assert_eq!(with(|s| s.grace_ms = HOUR_MS - 1), refused);
    assert_eq!(with(|s| s.grace_ms = 30 * DAY_MS + 1), refused);
    assert_eq!(with(|s| s.steward.caps_bps = 5_001), refused);
    assert_eq!(with(|s| s.steward.depth_bps = 5_001), refused);
    assert_eq!(with(|s| s.steward.ltv_bps = 501), refused);
    assert_eq!(with(|s| s.steward.rate_bps = 1_001), refused);

    let refused = Err(GovernanceError::RolesOutOfRange);
    let one = Roles { proposers: vec![[1; 32]], ..Roles::default() };
    assert_eq!(one.validate(), Ok(()));
    for (role, members) in [
        (Role::Proposer, vec![]),
        (Role::Executor, vec![[1; 32], [2; 32], [1; 32]]),
        (Role::Guardian, (0..9).map(|n| [n; 32]).collect()),
    ] {
        assert_eq!(one.clone().set(role, members), refused);
    }
    assert_eq!(one.clone().set(Role::Steward, (0..8).map(|n| [n; 32]).collect()), Ok(()));
    assert_eq!(one.may_execute(&[5; 32]), Ok(()));
    let some = Roles { executors: vec![[6; 32]], ..one };
    assert_eq!(some.may_execute(&[5; 32]), Err(GovernanceError::NotExecutor));
}

#[test]
fn a_code_must_be_the_part_and_the_layout() {
    let code = CodeInfo { part: Part::Admin, layout: 3, version: 9 };
    assert_eq!(code.must_be(Part::Admin, 3), Ok(()));
    assert_eq!(code.must_be(Part::Front, 3), Err(Error::WrongCode));
    assert_eq!(code.must_be(Part::Admin, 4), Err(Error::WrongCode));
}
