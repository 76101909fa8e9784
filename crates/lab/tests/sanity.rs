//! What must hold in any run, whatever the mechanism, and what can be computed by hand.

mod fixed_bonus;

use breakwater_lab::{
    compare::{columns, compare, Column, Group},
    engine::{run, Options},
    keepers::usd,
    mechanisms::{
        breakwater::{Breakwater, Settings},
        peers, Design,
    },
    metrics::Tally,
    scenario::{Scenario, Source},
    world::World,
};
use fixed_bonus::FixedBonus;

/// A quick crash: -20 % in 6 hours, with jumps.
fn crash() -> Scenario {
    let mut scenario = Scenario { seeds: 2, ..Scenario::default() };
    scenario.prices.source = Source::Synthetic;
    scenario.prices.synthetic.days = 0.25;
    scenario.prices.synthetic.drift_per_day = -0.9;
    scenario.borrowers.count = 40;
    scenario
}

fn designs() -> Vec<Box<dyn Design>> {
    let mut designs = peers();
    designs.push(Box::new(Breakwater::full(Settings::default())));
    designs.push(Box::new(FixedBonus { bonus_bps: 500, close_bps: 5_000 }));
    designs
}

fn ran(scenario: &Scenario, design: &dyn Design, options: Options) -> Tally {
    let world = World::new(scenario, 2).expect("a world");
    run(&world, design, options).expect("runs")
}

#[test]
fn debt_is_conserved_to_the_unit() {
    for design in designs() {
        let tally = ran(&crash(), design.as_ref(), Options::default());
        assert!(tally.fills > 0, "{}", design.name());
        let gone = tally.repaid + tally.self_repaid + tally.bad_debt;
        let (before, after) = (tally.opened_debt, tally.left_debt + gone);
        // Shares round each debt by up to a unit at every touch.
        let touches = u128::from(tally.fills) * 2 + 40;
        assert!(before.abs_diff(after) <= touches, "{}: {before} {after}", design.name());
    }
}

#[test]
fn without_impact_there_is_no_overshoot() {
    for design in designs() {
        let still = Options { without_impact: true, ..Options::default() };
        let figures = ran(&crash(), design.as_ref(), still).figures(None);
        assert_eq!(figures.overshoot_bps, 0.0, "{}", design.name());
        assert_eq!(figures.deeper_low_bps, 0.0, "{}", design.name());
    }
}

#[test]
fn with_impact_there_is_some() {
    for design in designs() {
        let figures = ran(&crash(), design.as_ref(), Options::default()).figures(None);
        assert!((0.0..5_000.0).contains(&figures.overshoot_bps), "{}", design.name());
    }
    let fixed = FixedBonus { bonus_bps: 500, close_bps: 5_000 };
    assert!(ran(&crash(), &fixed, Options::default()).figures(None).overshoot_bps > 10.0);
}

/// A bonus of nothing attracts nobody: what is lost is what the collateral is short of at the end.
#[test]
fn without_liquidations_bad_debt_is_what_the_collateral_is_short_of() {
    let mut scenario = crash();
    scenario.prices.synthetic.drift_per_day = -3.0;
    let tally = ran(&scenario, &FixedBonus { bonus_bps: 0, close_bps: 5_000 }, Options::default());
    assert_eq!((tally.fills, tally.repaid), (0, 0));
    let world = World::new(&scenario, 2).expect("a world");
    let last = *world.path.usd[0].last().expect("a price");
    // Nobody has sold, so the market's last price is the exogenous one. Watchful borrowers have
    // helped themselves: the others can be computed by hand.
    let mut alone = scenario.clone();
    alone.borrowers.watchful = 0.0;
    let tally = ran(&alone, &FixedBonus { bonus_bps: 0, close_bps: 5_000 }, Options::default());
    let world = World::new(&alone, 2).unwrap_or(world);
    let short: f64 = world
        .borrowers
        .iter()
        .map(|borrower| {
            let worth = borrower.position.collateral as f64 / 1e18 * last;
            (usd(borrower.position.debt) - worth).max(0.0)
        })
        .sum();
    assert!(short > 0.0);
    assert!((tally.uncovered_usd / short - 1.0).abs() < 1e-9, "{} {short}", tally.uncovered_usd);
    assert_eq!(tally.bad_debt, 0);
}

/// The same seed, on one thread and on three.
#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let scenario = crash();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        let results = pool.install(|| compare(&scenario, &few(), true, &|| {})).expect("compares");
        let figures: Vec<String> =
            results.iter().map(|result| format!("{:?}", result.figures)).collect();
        figures
    };
    assert_eq!(on(1), on(3));
}

fn few() -> Vec<Column> {
    let mut columns = columns(&Settings::default());
    columns.retain(|column| matches!(column.group, Group::Ours | Group::Peer));
    columns
}

/// A lent backstop buys, and only where it is lent.
#[test]
fn a_lent_backstop_buys() {
    let fixed = FixedBonus { bonus_bps: 500, close_bps: 5_000 };
    let alone = ran(&crash(), &fixed, Options::default());
    let lent = Options { lent_backstop: true, ..Options::default() };
    let lent = ran(&crash(), &fixed, lent);
    assert_eq!(alone.backstop_usd, 0.0);
    assert!(lent.backstop_usd > 0.0 && lent.sold < alone.sold);
}

/// The pool buys without being called, the contract sells what it bought, and with that it can buy more.
#[test]
fn the_pool_buys_and_is_sold_by_itself() {
    let mut scenario = crash();
    scenario.backstop.part_of_loans = 0.05;
    scenario.prices.hold_h = 12.0;
    // More than the market bears: some loans come near insolvency before their turn.
    scenario.market.load = 16.0;
    let full = Breakwater::full(Settings::default());
    let tally = ran(&scenario, &full, Options::default());
    assert!(tally.backstop_usd > 0.0, "{tally:?}");
    let pool_usd = tally.backstop_usd - tally.stock_left_usd;
    assert!(pool_usd > 0.0 && tally.stock_left_usd < tally.backstop_usd / 2.0, "{tally:?}");
}

/// Keepers who are all gone buy nothing; Breakwater's own backstop is called by keepers too.
#[test]
fn nobody_buys_while_all_keepers_are_offline() {
    let mut scenario = crash();
    scenario.keepers.offline = 1.0;
    scenario.keepers.offline_h = 1_000.0;
    for design in designs() {
        let tally = ran(&scenario, design.as_ref(), Options::default());
        assert_eq!(tally.fills, 0, "{}", design.name());
    }
}

/// Calm prices: nobody is liquidated, no breaker rises.
#[test]
fn in_calm_nothing_happens() {
    let mut scenario = crash();
    scenario.prices.synthetic.annual_volatility = 0.2;
    scenario.prices.synthetic.clustering = 0.0;
    scenario.prices.synthetic.jumps_per_day = 0.0;
    scenario.prices.synthetic.drift_per_day = 0.0;
    for design in designs() {
        let tally = ran(&scenario, design.as_ref(), Options::default());
        let figures = tally.figures(None);
        assert_eq!((tally.fills, figures.bad_debt_bps), (0, 0.0), "{}", design.name());
        assert_eq!(figures.raised_part, 0.0, "{}", design.name());
    }
}
