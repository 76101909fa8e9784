//! Exogenous prices: what the world pays when nobody is liquidated.

pub mod candles;
pub mod synthetic;

use crate::scenario::{Prices, Scenario, Source};
use anyhow::{ensure, Result};

/// Prices of all assets on one clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    pub start_ms: u64,
    pub step_ms: u64,
    /// For each asset its price at each step, dollars.
    pub usd: Vec<Vec<f64>>,
    /// For each asset at each step its present volatility over the usual one: 1 in calm, more in
    /// turmoil.
    pub turmoil: Vec<Vec<f64>>,
}

impl Path {
    /// Steps, the first included.
    pub fn len(&self) -> usize {
        self.usd.first().map_or(0, Vec::len)
    }

    /// Whether there is nothing to walk.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What an asset's price has moved by in the last hour, in the root of a minute.
    pub fn volatility(&self, asset: usize, now_ms: u64) -> f64 {
        const HOUR_MS: u64 = 3_600_000;
        let per_hour = (HOUR_MS / self.step_ms).max(1) as usize;
        let now = (now_ms.saturating_sub(self.start_ms) / self.step_ms) as usize;
        let now = now.min(self.len().saturating_sub(1));
        let from = now.saturating_sub(per_hour);
        let prices = &self.usd[asset][from..=now];
        let squares: f64 = prices.windows(2).map(|two| (two[1] / two[0]).ln().powi(2)).sum();
        let minutes = (now - from).max(1) as f64 * self.step_ms as f64 / 60_000.0;
        (squares / minutes).sqrt()
    }

    /// Unix milliseconds of a step.
    pub fn time_ms(&self, step: usize) -> u64 {
        self.start_ms + step as u64 * self.step_ms
    }
}

/// The path of a seed. A replayed path is the same for all seeds.
///
/// # Errors
/// A file that can't be read, a path shorter than two steps.
pub fn path(scenario: &Scenario, seed: u64) -> Result<Path> {
    let Prices { source, file, synthetic, cut_at_low, hold_h } = &scenario.prices;
    let step_ms = scenario.step_s * 1_000;
    let (start_ms, mut usd) = match source {
        Source::Synthetic => {
            let assets = scenario.assets.len();
            (synthetic::START_MS, synthetic::paths(synthetic, assets, scenario.step_s, seed))
        }
        Source::Crash | Source::File => {
            ensure!(
                scenario.assets.len() == 1,
                "a replayed price path is of one asset, the scenario has {}",
                scenario.assets.len()
            );
            let candles = candles::load(match source {
                Source::File => Some(file.as_path()),
                _ => None,
            })?;
            let ticks = candles::ticks(&candles, scenario.step_s)?;
            let start_ms = ticks.first().map_or(0, |tick| tick.time_ms);
            (start_ms, vec![ticks.iter().map(|tick| tick.usd).collect()])
        }
    };
    if *cut_at_low {
        cut(&mut usd);
    }
    let held = (hold_h * 3_600.0 / scenario.step_s as f64) as usize;
    for prices in &mut usd {
        let last = prices.last().copied().unwrap_or(1.0);
        prices.resize(prices.len() + held, last);
    }
    ensure!(usd.iter().all(|prices| prices.len() > 1), "the price path is shorter than one step");
    for price in usd.iter().flatten() {
        let bounds = crate::limits::PRICES;
        ensure!(
            bounds.contains(price),
            "the price path of seed {seed} comes to {price:e} dollars: prices must stay within {} and {}",
            bounds.start(),
            bounds.end()
        );
    }
    let turmoil = usd.iter().map(|prices| turmoil(prices, scenario.step_s)).collect();
    Ok(Path { start_ms, step_ms, usd, turmoil })
}

/// Ends all paths where the first asset's price is lowest, at its second step at the earliest.
fn cut(usd: &mut [Vec<f64>]) {
    let first = usd.first().map_or(&[][..], Vec::as_slice);
    let steps = first.iter().enumerate();
    let low = steps.min_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(step, _)| step);
    usd.iter_mut().for_each(|prices| prices.truncate(low.max(1) + 1));
}

/// Half-lives of the present and the usual volatility, in hours.
const FAST_H: f64 = 0.5;
const SLOW_H: f64 = 72.0;
/// A day's volatility that is nothing unusual.
const USUAL: f64 = 0.05;

/// Present over usual volatility at each step, at least 1.
fn turmoil(prices: &[f64], step_s: u64) -> Vec<f64> {
    let hours = step_s as f64 / 3_600.0;
    let (fast_keep, slow_keep) = (0.5f64.powf(hours / FAST_H), 0.5f64.powf(hours / SLOW_H));
    let (mut fast, mut slow) = (USUAL * USUAL, USUAL * USUAL);
    let mut last = prices.first().copied().unwrap_or(1.0);
    prices
        .iter()
        .map(|price| {
            let day_variance = (price / last).ln().powi(2) * 24.0 / hours;
            last = *price;
            fast = fast * fast_keep + day_variance * (1.0 - fast_keep);
            slow = slow * slow_keep + day_variance * (1.0 - slow_keep);
            (fast.sqrt() / slow.sqrt().max(USUAL)).max(1.0)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_is_turmoil_and_passes() {
        let mut prices = vec![100.0; 4_000];
        for (step, price) in prices.iter_mut().enumerate().skip(100) {
            *price = (100.0 - (step - 100) as f64).max(60.0);
        }
        let turmoil = turmoil(&prices, 60);
        assert_eq!(turmoil[50], 1.0);
        assert!(turmoil[140] > 5.0, "{}", turmoil[140]);
        assert_eq!(turmoil[3_999], 1.0);
    }

    #[test]
    fn a_crash_without_a_rebound_ends_at_its_low_and_stays_there() {
        let mut scenario = Scenario::default();
        scenario.prices.cut_at_low = true;
        scenario.prices.hold_h = 24.0;
        let cut = path(&scenario, 1).unwrap();
        let low = cut.usd[0].iter().copied().fold(f64::MAX, f64::min);
        assert!((low - 86.0).abs() < 1e-9);
        let at_low = cut.usd[0].iter().filter(|usd| **usd == low).count();
        assert_eq!(at_low, 24 * 60 + 1);
    }

    #[test]
    fn volatility_is_of_the_last_hour_in_the_root_of_a_minute() {
        let usd = (0..200).map(|step| if step % 2 == 0 { 100.0 } else { 101.0 }).collect();
        let path = Path { start_ms: 0, step_ms: 60_000, usd: vec![usd], turmoil: vec![] };
        let each = (1.01f64).ln();
        assert!((path.volatility(0, 100 * 60_000) - each).abs() < 1e-12);
        assert_eq!(path.volatility(0, 0), 0.0);
    }

    #[test]
    fn a_seed_makes_the_same_path_again_and_another_seed_another() {
        let mut scenario = Scenario::default();
        scenario.prices.source = Source::Synthetic;
        assert_eq!(path(&scenario, 7).unwrap(), path(&scenario, 7).unwrap());
        assert_ne!(path(&scenario, 7).unwrap(), path(&scenario, 8).unwrap());
    }
}
