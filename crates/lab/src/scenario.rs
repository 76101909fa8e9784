//! A scenario: everything about the world that a run depends on, as a TOML file.
//!
//! Every key has a default, that of `breakwater lab compare` without arguments.
//! `crates/lab/scenarios/crash.toml` lists them all.

mod rules;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The world of a run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// Name in reports.
    pub name: String,
    /// Number of runs of each mechanism, each with its own borrowers, their reactions and, where
    /// prices are synthetic, its own path.
    pub seeds: u64,
    pub first_seed: u64,
    /// Seconds between two looks at the world.
    pub step_s: u64,
    pub prices: Prices,
    /// Collateral assets; borrowers are dealt out among them.
    pub assets: Vec<Collateral>,
    pub borrowers: Borrowers,
    pub market: MarketModel,
    pub oracle: OracleModel,
    pub keepers: Keepers,
    pub backstop: BackstopModel,
}

/// Where exogenous prices come from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prices {
    /// `crash`: ETH/USD of 12 March 2020, hourly. `file`: a CSV. `synthetic`.
    pub source: Source,
    /// With `file`: columns unix_s, open, high, low, close.
    pub file: PathBuf,
    /// Ends where the price is lowest: a crash without a rebound.
    pub cut_at_low: bool,
    /// Then goes on for so many hours at its last price: what was bought is sold meanwhile.
    pub hold_h: f64,
    pub synthetic: Synthetic,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Crash,
    File,
    Synthetic,
}

/// Parameters of [`crate::prices::synthetic`].
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Synthetic {
    pub days: f64,
    /// Without jumps.
    pub annual_volatility: f64,
    /// Standard deviation of log volatility: 0 for none.
    pub clustering: f64,
    /// Half-life of a burst of volatility, hours.
    pub cluster_half_life_h: f64,
    pub jumps_per_day: f64,
    /// Mean and deviation of a jump's log return.
    pub jump_mean: f64,
    pub jump_deviation: f64,
    /// Of the assets' returns, apart from jumps, which all have together.
    pub correlation: f64,
    /// Log return per day.
    pub drift_per_day: f64,
}

/// A collateral asset.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Collateral {
    pub name: String,
    pub ltv_bps: u16,
    /// Liquidation threshold, the same for all mechanisms.
    pub threshold_bps: u16,
}

/// People with loans.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Borrowers {
    pub count: usize,
    /// Collateral of the smallest and of the largest, dollars at the opening.
    pub smallest_usd: f64,
    pub largest_usd: f64,
    /// Health factors at the opening, from the riskiest to the safest; most are risky.
    pub least_health: f64,
    pub most_health: f64,
    /// Part of the borrowers who watch their loans.
    pub watchful: f64,
    /// How often per hour a watchful borrower acts when their health factor is at 1.
    pub acts_per_hour: f64,
    /// They begin to act below this health factor; in between the rate rises in a straight line.
    pub acts_below: f64,
    /// Part of their debt that they repay, or the same value of collateral that they add, at a time.
    pub acts_with: f64,
    /// What they can bring up in all, as a part of their first debt.
    pub means: f64,
}

/// How sales move the price.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MarketModel {
    /// The load L: debt that all collateral may carry at its threshold, in multiples of the
    /// value whose sale moves the price by 1 %.
    pub load: f64,
    pub impact: Impact,
    /// Half-life of what a sale did to the price, minutes.
    pub half_life_min: f64,
    /// Part of it that stays.
    pub permanent: f64,
    /// How little of its depth a market may have left when volatility is high: 1 for a depth that
    /// never changes, 0.01 for a hundredth.
    pub depth_floor: f64,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    /// A pool x·y = k.
    ConstantProduct,
    /// The square-root law of traded volume.
    SquareRoot,
}

/// When the oracle reports.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct OracleModel {
    /// It reports when the market is this far from its last report,
    pub deviation_bps: f64,
    /// or when that is this old.
    pub heartbeat_s: u64,
    /// A report tells the price of so long ago.
    pub delay_s: u64,
    /// Bad prints of a venue that the oracle believes.
    pub prints: Vec<Print>,
    /// Breakwater's adapter: distance from the last confirmed price beyond which a price is
    /// quarantined, 0 for none. The others have no such rule.
    pub max_jump_bps: u32,
}

/// A bad print.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Print {
    /// Number of the asset.
    #[serde(default)]
    pub asset: usize,
    /// Hours from the beginning.
    pub at_h: f64,
    pub minutes: f64,
    /// What is reported, as a multiple of the market's price.
    pub factor: f64,
}

/// Who liquidates.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Keepers {
    /// Keepers who buy with borrowed money and sell in the same transaction.
    pub flash: usize,
    /// Keepers who buy with their own money and sell little by little.
    pub holders: usize,
    /// A holder's capital, as a part of all loans: what they may have tied up in collateral.
    pub capital: f64,
    /// Half-life of a holder's stock, minutes.
    pub unwind_min: f64,
    /// Least gain for which anybody buys, as a part of what they pay: flash keepers and holders (who
    /// bear the price's risk).
    pub flash_margin_bps: f64,
    pub holder_margin_bps: f64,
    /// Least gain in dollars, gas included.
    pub min_profit_usd: f64,
    /// The fastest keeper's reaction time, and how much slower each next one is, seconds.
    pub latency_s: f64,
    pub latency_step_s: f64,
    /// Seconds between two blocks, and liquidations that fit one: what a step has room for.
    pub block_s: u64,
    pub per_block: usize,
    /// From that hour on, for so many hours, this part of all keepers is offline.
    pub offline_at_h: f64,
    pub offline_h: f64,
    pub offline: f64,
}

/// The pool that buys last: Breakwater's own, and the one lent to the others in an extra column.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackstopModel {
    /// Money, as a part of all loans.
    pub part_of_loans: f64,
    /// The lent one buys at this discount or more; Breakwater's own level is a parameter of the
    /// protocol.
    pub level_bps: f64,
    /// Stakers sell what it has bought at this pace: multiples of the market's present depth an hour.
    /// Nothing: they hold it.
    pub sells_depths_per_h: f64,
    /// What tied-up money costs in a year.
    pub capital_cost: f64,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "12 March 2020".into(),
            seeds: 20,
            first_seed: 1,
            step_s: 60,
            prices: Prices::default(),
            assets: vec![Collateral::default()],
            borrowers: Borrowers::default(),
            market: MarketModel::default(),
            oracle: OracleModel::default(),
            keepers: Keepers::default(),
            backstop: BackstopModel::default(),
        }
    }
}

impl Default for Prices {
    fn default() -> Self {
        Self {
            source: Source::Crash,
            file: PathBuf::new(),
            cut_at_low: false,
            hold_h: 0.0,
            synthetic: Synthetic::default(),
        }
    }
}

impl Default for Synthetic {
    fn default() -> Self {
        Self {
            days: 2.0,
            annual_volatility: 0.8,
            clustering: 0.6,
            cluster_half_life_h: 6.0,
            jumps_per_day: 1.0,
            jump_mean: -0.03,
            jump_deviation: 0.04,
            correlation: 0.7,
            drift_per_day: -0.05,
        }
    }
}

impl Default for Collateral {
    fn default() -> Self {
        Self { name: "ETH".into(), ltv_bps: 7_500, threshold_bps: 8_000 }
    }
}

impl Default for Borrowers {
    fn default() -> Self {
        Self {
            count: 200,
            smallest_usd: 1_000.0,
            largest_usd: 100_000.0,
            least_health: 1.08,
            most_health: 2.5,
            watchful: 0.25,
            acts_per_hour: 2.0,
            acts_below: 1.15,
            acts_with: 0.25,
            means: 0.25,
        }
    }
}

impl Default for MarketModel {
    fn default() -> Self {
        Self {
            load: 8.0,
            impact: Impact::ConstantProduct,
            half_life_min: 30.0,
            permanent: 0.1,
            depth_floor: 0.25,
        }
    }
}

impl Default for OracleModel {
    fn default() -> Self {
        Self {
            deviation_bps: 50.0,
            heartbeat_s: 3_600,
            delay_s: 0,
            prints: Vec::new(),
            max_jump_bps: 1_500,
        }
    }
}

impl Default for Keepers {
    fn default() -> Self {
        Self {
            flash: 6,
            holders: 4,
            capital: 0.02,
            unwind_min: 30.0,
            flash_margin_bps: 5.0,
            holder_margin_bps: 100.0,
            min_profit_usd: 1.0,
            latency_s: 12.0,
            latency_step_s: 6.0,
            block_s: 12,
            per_block: 10,
            offline_at_h: 0.0,
            offline_h: 0.0,
            offline: 0.0,
        }
    }
}

impl Default for BackstopModel {
    fn default() -> Self {
        Self { part_of_loans: 0.15, level_bps: 0.0, sells_depths_per_h: 0.1, capital_cost: 0.10 }
    }
}

impl Scenario {
    /// Reads a scenario file.
    ///
    /// # Errors
    /// What [`Scenario::parse`] finds, with the file's name.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the scenario {}", path.display()))?;
        let mut scenario =
            Self::parse(&text).with_context(|| format!("in the scenario {}", path.display()))?;
        // A price file is looked for beside the scenario.
        if let Some(folder) = path.parent() {
            scenario.prices.file = folder.join(&scenario.prices.file);
        }
        Ok(scenario)
    }

    /// Reads a scenario.
    ///
    /// # Errors
    /// Malformed TOML, unknown keys, values out of range.
    pub fn parse(text: &str) -> Result<Self> {
        let scenario: Self = toml::from_str(text)?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Refuses values that make no sense, by the name of their key.
    ///
    /// # Errors
    /// The first that is found.
    pub fn check(&self) -> Result<()> {
        // Named rules first: they say more than a bound does.
        rules::check(self)?;
        crate::limits::check(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_with_every_key_is_the_default() {
        let written = Scenario::parse(crate::command::SCENARIO).unwrap();
        assert_eq!(written, Scenario::default());
        // And it has every key there is.
        let document: toml::Table = toml::from_str(crate::command::SCENARIO).unwrap();
        assert_eq!(document, toml::Table::try_from(Scenario::default()).unwrap());
    }

    #[test]
    fn mistakes_are_named() {
        let fails = |text: &str| format!("{:#}", Scenario::parse(text).unwrap_err());
        assert!(fails("sedes = 3").contains("sedes"));
        assert!(fails("[market]\nload = -3.0").contains("market.load"));
        assert!(fails("[market]\nload = nan").contains("market.load"));
        assert!(fails("seeds = 0").contains("seeds"));
        assert!(fails("assets = []").contains("assets"));
        assert!(fails("[prices]\nsource = \"moon\"").contains("moon"));
    }
}
