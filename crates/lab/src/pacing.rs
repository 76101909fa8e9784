//! What a faster pace saves and what it costs: overshoot with a rebound against bad debt without one.

use crate::{
    compare::{compare, Column, Group},
    engine::Options,
    mechanisms::{
        aave_v3::AaveV3,
        breakwater::{Breakwater, Settings},
    },
    metrics::Figures,
    scenario::Scenario,
};
use anyhow::Result;
use breakwater_protocol::{AuctionConfig, Pace};
use std::fmt::Write as _;

/// A pace with a full pool: impact cap in parts per million, rise in thousandths of a basis point a minute,
/// and how much of the way back to the pace without a pool it goes when all is spent, basis points.
type Paced = (&'static str, u32, u32, u16);

const PACES: [Paced; 8] = [
    ("0.20 %, 1.7 bps", 2_000, 1_700, 1_500),
    ("as it is: 0.24 %, 2 bps, spent 0.15", 2_400, 2_000, 1_500),
    ("0.30 %, 2.5 bps", 3_000, 2_500, 1_500),
    ("0.40 %, 3.3 bps", 4_000, 3_300, 1_500),
    ("spent 0.3", 2_400, 2_000, 3_000),
    ("spent 0.6", 2_400, 2_000, 6_000),
    ("spent 1", 2_400, 2_000, 10_000),
    ("0.6 %, 8 bps, as without a pool", 6_000, 8_000, 0),
];

/// What a pace is run in, and what is read off.
struct Read {
    title: &'static str,
    no_rebound: bool,
    load: Option<f64>,
    of: fn(&Figures) -> f64,
    /// Over Aave v3's.
    relative: bool,
}

const READ: [Read; 4] = [
    Read {
        title: "overshoot ×",
        no_rebound: false,
        load: None,
        of: |figures| figures.overshoot_bps,
        relative: true,
    },
    Read {
        title: "cost, bps",
        no_rebound: false,
        load: None,
        of: |figures| figures.cost_bps_of_repaid,
        relative: false,
    },
    Read {
        title: "bad debt without a rebound, bps",
        no_rebound: true,
        load: None,
        of: |figures| figures.bad_debt_bps,
        relative: false,
    },
    Read {
        title: "at load 12, bps",
        no_rebound: true,
        load: Some(12.0),
        of: |figures| figures.bad_debt_bps,
        relative: false,
    },
];

/// The worlds that are run: with the rebound, without it, and without it at load 12.
const WORLDS: u64 = 3;

/// How many runs that is.
pub fn runs(scenario: &Scenario) -> u64 {
    scenario.seeds * (1 + PACES.len() as u64) * WORLDS
}

fn columns() -> Vec<Column> {
    let yardstick = Column {
        name: "Aave v3".into(),
        group: Group::Peer,
        design: Box::new(AaveV3::default()),
        options: Options::default(),
    };
    let ours = PACES.map(|(name, cap_ppm, rise_mbps_per_min, spent_share_bps)| {
        let plain = AuctionConfig::default();
        let backed = Pace { cap_ppm, rise_mbps_per_min, ..plain.backed };
        let auction = AuctionConfig { backed, spent_share_bps, ..plain };
        let settings = Settings { auction, pool_bps: Some(1_500), ..Settings::default() };
        Column {
            name: name.into(),
            group: Group::Variant,
            design: Box::new(Breakwater::named(name, settings)),
            options: Options::default(),
        }
    });
    std::iter::once(yardstick).chain(ours).collect()
}

/// A table in Markdown: a row for each pace, with a pool of 15 %.
///
/// # Errors
/// A world or a mechanism that can't be set up.
pub fn table(scenario: &Scenario, done: &(dyn Fn() + Sync)) -> Result<String> {
    let columns = columns();
    let mut cells = vec![Vec::new(); columns.len()];
    let mut last = None;
    for read in &READ {
        let key = (read.no_rebound, read.load);
        let results = match last.take() {
            Some((known, results)) if known == key => results,
            _ => {
                let mut world = scenario.clone();
                if read.no_rebound {
                    (world.prices.cut_at_low, world.prices.hold_h) = (true, 24.0);
                }
                world.market.load = read.load.unwrap_or(world.market.load);
                compare(&world, &columns, false, done)?
            }
        };
        let base = results.first().map_or(1.0, |result| result.summary(read.of).mean);
        for (cells, result) in cells.iter_mut().zip(&results) {
            let mean = result.summary(read.of).mean;
            cells.push(if read.relative {
                format!("{:.3}", mean / base)
            } else {
                format!("{mean:.2}")
            });
        }
        last = Some((key, results));
    }
    let mut text = "| pace |".to_owned();
    for read in &READ {
        write!(text, " {} |", read.title)?;
    }
    write!(text, "\n|---|{}", "---:|".repeat(READ.len()))?;
    for (column, cells) in columns.iter().zip(cells) {
        write!(text, "\n| {} | {} |", column.name, cells.join(" | "))?;
    }
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_as_it_is() {
        let plain = AuctionConfig::default();
        let (_, cap_ppm, rise, spent) = PACES[1];
        assert_eq!((cap_ppm, rise), (plain.backed.cap_ppm, plain.backed.rise_mbps_per_min));
        assert_eq!(spent, plain.spent_share_bps);
        let (_, cap_ppm, rise, _) = PACES[7];
        assert_eq!((cap_ppm, rise), (plain.alone.cap_ppm, plain.alone.rise_mbps_per_min));
    }

    #[test]
    fn worlds_that_are_the_same_are_run_once() {
        let mut keys: Vec<_> = READ.iter().map(|read| (read.no_rebound, read.load)).collect();
        keys.dedup();
        assert_eq!(keys.len() as u64, WORLDS);
    }
}
