//! Results as a page for a browser.

mod page;
mod plots;

pub use page::{compared, swept};

use crate::scenario::Scenario;

/// What a report says besides its figures.
pub struct Facts {
    pub name: String,
    pub command: String,
    pub seeds: u64,
    pub load: f64,
    pub threshold_percent: f64,
    pub borrowers: usize,
    pub half_life_min: f64,
    pub runs: u64,
    pub wall_seconds: f64,
    pub scenario: String,
}

impl Facts {
    /// Of a scenario that has been run.
    pub fn new(scenario: &Scenario, wall_seconds: f64, runs: u64) -> Self {
        let threshold_bps = scenario.assets.first().map_or(0, |asset| asset.threshold_bps);
        Self {
            name: scenario.name.clone(),
            command: std::env::args().collect::<Vec<_>>().join(" "),
            seeds: scenario.seeds,
            load: scenario.market.load,
            threshold_percent: f64::from(threshold_bps) / 100.0,
            borrowers: scenario.borrowers.count,
            half_life_min: scenario.market.half_life_min,
            runs,
            wall_seconds,
            scenario: toml::to_string(scenario).unwrap_or_default(),
        }
    }
}
