//! What a faster pace saves and what it costs: overshoot against bad debt where the price does not come back.

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

/// How it is sold with a full pool.
struct Paced {
    name: &'static str,
    /// Impact that the meter allows, parts per million.
    cap_ppm: u32,
    /// Rise of the price, thousandths of a basis point a minute.
    rise_mbps_per_min: u32,
    /// Part of the cap that the pool's stock may use, basis points.
    stock_share_bps: u16,
    /// How much of the way back to the pace without a pool it goes when all is spent, basis points.
    spent_share_bps: u16,
}

/// As a market is deployed.
const AS_IT_IS: Paced = Paced {
    name: "**as it is: 0.28 %, 8 bps, stock .55, spent .15**",
    cap_ppm: 2_800,
    rise_mbps_per_min: 8_000,
    stock_share_bps: 5_500,
    spent_share_bps: 1_500,
};

const PACES: [Paced; 13] = [
    Paced { name: "0.20 %", cap_ppm: 2_000, ..AS_IT_IS },
    Paced { name: "0.24 %", cap_ppm: 2_400, ..AS_IT_IS },
    Paced { name: "0.24 %, stock .7", cap_ppm: 2_400, stock_share_bps: 7_000, ..AS_IT_IS },
    Paced {
        name: "0.24 %, stock .7, 2 bps",
        cap_ppm: 2_400,
        rise_mbps_per_min: 2_000,
        stock_share_bps: 7_000,
        ..AS_IT_IS
    },
    Paced { name: "2 bps a minute", rise_mbps_per_min: 2_000, ..AS_IT_IS },
    Paced { name: "4 bps a minute", rise_mbps_per_min: 4_000, ..AS_IT_IS },
    AS_IT_IS,
    Paced { name: "16 bps a minute", rise_mbps_per_min: 16_000, ..AS_IT_IS },
    Paced { name: "stock 1", stock_share_bps: 10_000, ..AS_IT_IS },
    Paced { name: "0.34 %", cap_ppm: 3_400, ..AS_IT_IS },
    Paced { name: "0.40 %", cap_ppm: 4_000, ..AS_IT_IS },
    Paced { name: "spent .3", spent_share_bps: 3_000, ..AS_IT_IS },
    Paced { name: "spent 1", spent_share_bps: 10_000, ..AS_IT_IS },
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

const READ: [Read; 5] = [
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
        title: "without a rebound ×",
        no_rebound: true,
        load: None,
        of: |figures| figures.overshoot_bps,
        relative: true,
    },
    Read {
        title: "bad debt, bps",
        no_rebound: true,
        load: None,
        of: |figures| figures.bad_debt_bps,
        relative: false,
    },
    Read {
        title: "bad debt at load 12, bps",
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
    let ours = PACES.map(|paced| {
        let Paced { name, cap_ppm, rise_mbps_per_min, stock_share_bps, spent_share_bps } = paced;
        let plain = AuctionConfig::default();
        let backed = Pace { cap_ppm, rise_mbps_per_min, ..plain.backed };
        let auction = AuctionConfig { backed, stock_share_bps, spent_share_bps, ..plain };
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
    fn the_row_in_bold_is_what_is_deployed() {
        let plain = AuctionConfig::default();
        let Paced { cap_ppm, rise_mbps_per_min, stock_share_bps, spent_share_bps, .. } = AS_IT_IS;
        assert_eq!(plain.backed, Pace { cap_ppm, rise_mbps_per_min, ..plain.backed });
        assert_eq!(
            [plain.stock_share_bps, plain.spent_share_bps],
            [stock_share_bps, spent_share_bps]
        );
        assert_eq!(PACES.iter().filter(|paced| paced.name == AS_IT_IS.name).count(), 1);
    }

    #[test]
    fn worlds_that_are_the_same_are_run_once() {
        let mut keys: Vec<_> = READ.iter().map(|read| (read.no_rebound, read.load)).collect();
        keys.dedup();
        assert_eq!(keys.len() as u64, WORLDS);
    }
}
