//! All mechanisms in the same worlds.

use crate::{
    engine::{run, Options},
    mechanisms::{
        breakwater::{
            gradual::{GradualBreakwater, Rule},
            Breakwater, Settings, Stage,
        },
        peers, Design,
    },
    metrics::{Figures, Tally},
    scenario::Scenario,
    stats::{summary, Summary},
    world::World,
};
use anyhow::Result;
use breakwater_protocol::{math::WAD, BackstopConfig};
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

/// What is kept of one run.
struct Ran {
    figures: Figures,
    costs_bps: Vec<f64>,
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

/// Breakwater, its ablation, the peers, the peers with a lent backstop.
pub fn columns(settings: &Settings) -> Vec<Column> {
    let mut columns = vec![Column {
        name: "Breakwater".into(),
        group: Group::Ours,
        design: Box::new(Breakwater::full(*settings)),
        options: Options::default(),
    }];
    columns.extend(peers().into_iter().map(|design| Column {
        name: design.name().into(),
        group: Group::Peer,
        design,
        options: Options::default(),
    }));
    columns.extend(ablation(settings));
    columns.extend(variants(settings));
    columns.extend(peers().into_iter().map(|design| Column {
        name: format!("{} + backstop", design.name()),
        group: Group::PeerWithBackstop,
        design,
        options: Options { lent_backstop: true, ..Options::default() },
    }));
    columns
}

/// The design, switched on bit by bit; without the last stage, which is the full one.
fn ablation(settings: &Settings) -> impl Iterator<Item = Column> + '_ {
    let names = [
        (
            Stage::Auction,
            "Auction alone",
            "Only the Dutch auction: a loan below 1 is for sale whole.",
        ),
        (Stage::TargetHealth, "+ target health", "Sold is only what makes the loan healthy again."),
        (Stage::Breaker, "+ pacing, breaker", "Sales are paced, and a circuit breaker watches."),
        (Stage::LoadCap, "+ load cap, haircut", "New loans are bounded by the market's depth."),
    ];
    names.into_iter().map(|(stage, name, about)| Column {
        name: name.into(),
        group: Group::Ablation,
        design: Box::new(Breakwater {
            name: name.into(),
            about: about.into(),
            settings: settings.at(stage),
        }),
        options: Options::default(),
    })
}

/// The design with other parameters.
fn variants(settings: &Settings) -> [Column; 2] {
    let uncapped = Settings { max_load_wad: 1_000 * WAD, ..*settings };
    let named = [
        ("Breakwater, no load cap", "Everything but the cap on the load.", uncapped),
        (
            "Breakwater, small pool",
            "A market deployed as it comes, with a pool of a tenth that buys from 2 %.",
            Settings::deployed(),
        ),
    ];
    named.map(|(name, about, settings)| Column {
        name: name.into(),
        group: Group::Variant,
        design: Box::new(Breakwater { name: name.into(), about: about.into(), settings }),
        options: Options::default(),
    })
}

/// The full design with backstops of several sizes (per cent of all loans) and levels (bonus in basis
/// points from which on they buy). The first is the design as it is.
pub fn frontier(settings: &Settings) -> Vec<Column> {
    let sizes_bps = [0u16, 1_000, 2_500, 5_000, 6_500, 9_000];
    let levels_bps = [0u16, 25, 50, 100, 200];
    let mut columns = columns(settings);
    columns.truncate(1);
    for size_bps in sizes_bps {
        for level_bps in levels_bps {
            let backstop = BackstopConfig { level_bps, ..settings.backstop };
            let settings = Settings { backstop, backstop_bps: Some(size_bps), ..*settings };
            let name = format!("pool {} %, from {level_bps} bps", size_bps / 100);
            columns.push(Column {
                design: Box::new(Breakwater { name: name.clone(), about: String::new(), settings }),
                name,
                group: Group::Variant,
                options: Options::default(),
            });
            if size_bps == 0 {
                break;
            }
        }
    }
    columns
}

/// The gradual price with pools of several sizes, and the yardstick.
pub fn gradual(rule: &Rule) -> Vec<Column> {
    let pool = |name: &str, pool_bps| Column {
        name: name.into(),
        group: if pool_bps == rule.pool_bps { Group::Ours } else { Group::Variant },
        design: Box::new(GradualBreakwater::named(name, Rule { pool_bps, ..*rule })),
        options: Options::default(),
    };
    let mut columns = vec![pool("Breakwater, 15 %", Some(1_500))];
    columns.extend(peers().into_iter().take(1).map(|design| Column {
        name: design.name().into(),
        group: Group::Peer,
        design,
        options: Options::default(),
    }));
    let others = [("no pool", 0), ("pool 5 %", 500), ("pool 10 %", 1_000), ("pool 25 %", 2_500)];
    columns.extend(others.map(|(name, bps)| pool(name, Some(bps))));
    columns
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
                    if twins && column.group != Group::PeerWithBackstop {
                        let still = Options { without_impact: true, trace: false, ..options };
                        twin = Some(run(&world, column.design.as_ref(), still)?);
                        done();
                    }
                    Ok(Ran {
                        figures: tally.figures(twin.as_ref()),
                        costs_bps: tally.costs_bps(),
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
            first: Tally::default(),
        })
        .collect();
    for row in by_seed {
        for (result, ran) in results.iter_mut().zip(row) {
            result.figures.push(ran.figures);
            result.costs_bps.extend(ran.costs_bps);
            if let Some(first) = ran.first {
                result.first = first;
            }
        }
    }
    Ok(results)
}
