//! All mechanisms in the same worlds.

use crate::{
    engine::{run, Options},
    mechanisms::{
        breakwater::{Breakwater, Settings},
        maker::Maker,
        peers, Design,
    },
    metrics::{Figures, Tally},
    scenario::Scenario,
    stats::{summary, Summary},
    world::World,
};
use anyhow::Result;
use breakwater_protocol::{AuctionConfig, Pace};
use rayon::prelude::*;

/// What a column of the comparison is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Breakwater as it is.
    Ours,
    /// Breakwater with less of its design.
    Ablation,
    /// Breakwater with other parameters.
    Variant,
    /// Another protocol.
    Peer,
    /// Another protocol with a lent backstop.
    PeerWithBackstop,
}

/// A column: a design and how it is run.
pub struct Column {
    pub name: String,
    pub group: Group,
    pub design: Box<dyn Design>,
    pub options: Options,
}

impl Column {
    /// Whether it is run once more without impact, to see what its sales have caused.
    fn has_twin(&self) -> bool {
        self.group != Group::PeerWithBackstop
    }
}

/// What is kept of one run.
struct Ran {
    figures: Figures,
    costs_bps: Vec<f64>,
    visited: u64,
    first: Option<Tally>,
}

/// A column's results.
pub struct Results {
    pub name: String,
    pub about: String,
    pub group: Group,
    /// By seed.
    pub figures: Vec<Figures>,
    /// Costs of all liquidated accounts of all seeds, basis points of what was settled.
    pub costs_bps: Vec<f64>,
    /// How often an account was looked at, in all runs, those without impact too.
    pub visited: u64,
    /// The first seed's run.
    pub first: Tally,
}

impl Results {
    /// A figure over all seeds.
    pub fn summary(&self, of: impl Fn(&Figures) -> f64) -> Summary {
        let values = self.figures.iter().map(of);
        // A run without a liquidation has no cost of one.
        summary(&values.filter(|value| value.is_finite()).collect::<Vec<_>>())
    }
}

/// Breakwater, the peers with the same pool, the peers as they are, Breakwater's ablation and other parameters.
pub fn columns(settings: &Settings) -> Vec<Column> {
    let mut columns = vec![Column {
        name: "Breakwater".into(),
        group: Group::Ours,
        design: Box::new(Breakwater::full(*settings)),
        options: Options::default(),
    }];
    columns.extend(with_lent_backstop());
    columns.extend(peers().into_iter().map(bare));
    columns.push(bare(Box::new(Maker::as_deployed())));
    columns.extend(ablation(settings));
    columns.extend(variants(settings));
    columns
}

/// Another protocol as it is.
fn bare(design: Box<dyn Design>) -> Column {
    let name = design.name().into();
    Column { name, group: Group::Peer, design, options: Options::default() }
}

/// The other protocols with the pool that Breakwater has.
fn with_lent_backstop() -> impl Iterator<Item = Column> {
    peers().into_iter().map(|design| Column {
        name: format!("{} + backstop", design.name()),
        group: Group::PeerWithBackstop,
        design,
        options: Options { lent_backstop: true, ..Options::default() },
    })
}

/// Breakwater with other settings under a name.
fn ours(name: &str, group: Group, settings: Settings) -> Column {
    Column {
        name: name.into(),
        group,
        design: Box::new(Breakwater::named(name, settings)),
        options: Options::default(),
    }
}

/// The design without some of its parts.
fn ablation(settings: &Settings) -> Vec<Column> {
    let auction = settings.auction;
    let open = |pace: Pace| Pace { cap_ppm: 50_000, ..pace };
    let no_meter =
        AuctionConfig { alone: open(auction.alone), backed: open(auction.backed), ..auction };
    let at_once = |pace: Pace| Pace { rise_mbps_per_min: 100_000, ..pace };
    let no_pace = AuctionConfig {
        alone: at_once(no_meter.alone),
        backed: at_once(no_meter.backed),
        own_bps_per_min: 100,
        ..no_meter
    };
    let not_near = AuctionConfig { pool_ltv_bps: 10_000, ..auction };
    vec![
        ours("Day one", Group::Ablation, Settings { pool_bps: Some(0), ..*settings }),
        ours("No meter", Group::Ablation, Settings { auction: no_meter, ..*settings }),
        ours("No meter, fast price", Group::Ablation, Settings { auction: no_pace, ..*settings }),
        ours("Pool does not buy", Group::Ablation, Settings { auction: not_near, ..*settings }),
    ]
}

/// The design with other parameters.
fn variants(settings: &Settings) -> Vec<Column> {
    let Settings { max_load_wad, haircuts_wad, .. } = Settings::capped();
    let capped = Settings { max_load_wad, haircuts_wad, ..*settings };
    vec![ours("Load cap, haircut", Group::Variant, capped)]
}

/// The design with pools of several sizes, per cent of all loans. The first is the design as it is.
pub fn frontier(settings: &Settings) -> Vec<Column> {
    let mut columns = columns(settings);
    columns.truncate(1);
    columns.extend([0u16, 500, 1_000, 1_500, 2_500, 5_000].map(|bps| {
        let name = format!("pool {} %", f64::from(bps) / 100.0);
        ours(&name, Group::Variant, Settings { pool_bps: Some(bps), ..*settings })
    }));
    columns
}

/// How many of [`gradual`]'s columns come before other sizes of the pool: 15 %, the yardstick, none.
pub const HEADLINE: usize = 3;

/// Pools of several sizes, the yardstick, and a run of lenders and stakers.
pub fn gradual(settings: &Settings) -> Vec<Column> {
    let with =
        |name: &str, group, bps| ours(name, group, Settings { pool_bps: Some(bps), ..*settings });
    let mut columns = vec![with("Breakwater, 15 %", Group::Ours, 1_500)];
    columns.extend(peers().into_iter().take(1).map(bare));
    let others = [("no pool", 0), ("pool 5 %", 500), ("pool 10 %", 1_000), ("pool 25 %", 2_500)];
    columns.extend(others.map(|(name, bps)| with(name, Group::Variant, bps)));
    let run = Settings { pool_bps: Some(1_500), run: true, ..*settings };
    columns.push(ours("15 %, a run", Group::Variant, run));
    columns
}

/// What stands beside the floor, each with its pool, a part of all loans: the design with pools of several
/// sizes, the peers without one and with the scenario's lent to them.
pub fn beside_floor(settings: &Settings, pools: &[f64], lent: f64) -> Vec<(Column, f64)> {
    let mut columns: Vec<(Column, f64)> = pools
        .iter()
        .map(|pool| {
            let with = Settings { pool_bps: Some((pool * 1e4) as u16), ..*settings };
            (ours("Breakwater", Group::Ours, with), *pool)
        })
        .collect();
    for lent_backstop in [false, true] {
        columns.extend(peers().into_iter().map(|design| {
            let options = Options { lent_backstop, ..Options::default() };
            let column = Column { name: design.name().into(), group: Group::Peer, design, options };
            (column, if lent_backstop { lent } else { 0.0 })
        }));
    }
    columns
}

/// How many runs a comparison is.
pub fn count_runs(scenario: &Scenario, columns: &[Column], twins: bool) -> u64 {
    let twice = columns.iter().filter(|column| twins && column.has_twin()).count();
    scenario.seeds * (columns.len() + twice) as u64
}

/// Runs all columns in all worlds of a scenario, with `twins` each once more without impact. `done`
/// is told of every run that has ended. The results do not depend on the number of threads.
///
/// # Errors
/// A world or a mechanism that can't be set up.
pub fn compare(
    scenario: &Scenario,
    columns: &[Column],
    twins: bool,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Results>> {
    let seeds: Vec<u64> = (0..scenario.seeds).map(|seed| scenario.first_seed + seed).collect();
    let by_seed: Vec<Vec<Ran>> = seeds
        .par_iter()
        .enumerate()
        .map(|(place, seed)| {
            let world = World::new(scenario, *seed)?;
            columns
                .par_iter()
                .map(|column| {
                    let trace = place == 0;
                    let options = Options { trace, ..column.options };
                    let tally = run(&world, column.design.as_ref(), options)?;
                    done();
                    let mut twin = None;
                    if twins && column.has_twin() {
                        let still = Options { without_impact: true, trace: false, ..options };
                        twin = Some(run(&world, column.design.as_ref(), still)?);
                        done();
                    }
                    Ok(Ran {
                        figures: tally.figures(twin.as_ref()),
                        costs_bps: tally.costs_bps(),
                        visited: tally.visited + twin.as_ref().map_or(0, |twin| twin.visited),
                        first: trace.then_some(tally),
                    })
                })
                .collect::<Result<Vec<_>>>()
        })
        .collect::<Result<Vec<_>>>()?;
    let mut results: Vec<Results> = columns
        .iter()
        .map(|column| Results {
            name: column.name.clone(),
            about: column.design.about().into(),
            group: column.group,
            figures: Vec::new(),
            costs_bps: Vec::new(),
            visited: 0,
            first: Tally::default(),
        })
        .collect();
    for row in by_seed {
        for (result, ran) in results.iter_mut().zip(row) {
            result.figures.push(ran.figures);
            result.costs_bps.extend(ran.costs_bps);
            result.visited += ran.visited;
            if let Some(first) = ran.first {
                result.first = first;
            }
        }
    }
    Ok(results)
}
