//! The world as a planner sees it who knows the path.

use crate::{
    market::Market,
    mechanisms::{TOKEN, USD},
    scenario::{Impact, Scenario},
    world::World,
};
use anyhow::{ensure, Result};
use serde::Serialize;

/// Minutes that the planner can tell apart.
const STEP_MIN: usize = 5;

/// From the first price to the lowest: loans of all seeds in one market. In steps in which the price is the
/// lowest or highest that it is, whichever is worse for whoever says it can't be done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Planned {
    pub step_s: f64,
    pub threshold: f64,
    /// Part of each sale's impact that stays, and the half-life of the rest.
    pub permanent: f64,
    pub half_life_min: f64,
    /// The lowest and the highest price of each step, dollars.
    pub low: Vec<f64>,
    pub high: Vec<f64>,
    /// The largest amount of each step whose sale moves the price by 1 %, tokens.
    pub depth: Vec<f64>,
    /// Loans: tokens and dollars. Who watches has brought up all they can.
    pub held: Vec<f64>,
    pub owed_usd: Vec<f64>,
    /// The price from which on they may be sold; of a class that of its riskiest loan.
    pub due_usd: Vec<f64>,
}

impl Planned {
    /// The world of a scenario with one collateral.
    ///
    /// # Errors
    /// Prices that can't be had; several assets, another law of impact, a path for each seed.
    pub fn new(scenario: &Scenario) -> Result<Self> {
        ensure!(
            scenario.assets.len() == 1 && scenario.market.impact == Impact::ConstantProduct,
            "a floor is of one collateral, sold on a constant-product market"
        );
        let seeds = scenario.first_seed..scenario.first_seed + scenario.seeds;
        let worlds = seeds.map(|seed| World::new(scenario, seed)).collect::<Result<Vec<_>>>()?;
        let path = &worlds[0].path;
        ensure!(worlds.iter().all(|world| world.path == *path), "a floor is of one price path");
        let calm: f64 = worlds.iter().map(|w| w.market.assets[0].depth as f64 / TOKEN as f64).sum();
        let usd = &path.usd[0];
        let lowest = usd.iter().copied().fold(f64::MAX, f64::min);
        let last = usd.iter().position(|price| *price == lowest).unwrap_or(0);
        let mut market = Market::new(&scenario.market, calm, usd[0], false);
        let depths: Vec<f64> = usd
            .iter()
            .zip(&path.turmoil[0])
            .map(|(price, turmoil)| {
                market.step(*price, *turmoil, 1.0);
                // A pool x·y = k has more of what has fallen.
                market.depth() * (usd[0] / price).sqrt()
            })
            .collect();
        let per = (STEP_MIN * 60 / scenario.step_s as usize).max(1);
        let steps = |of: &[f64], best: fn(f64, f64) -> f64| -> Vec<f64> {
            of[..=last]
                .chunks(per)
                .map(|part| part.iter().copied().reduce(best).unwrap_or(0.0))
                .collect()
        };
        let mut planned = Self {
            step_s: (per as u64 * scenario.step_s) as f64,
            threshold: f64::from(scenario.assets[0].threshold_bps) / 1e4,
            permanent: scenario.market.permanent,
            half_life_min: scenario.market.half_life_min,
            low: steps(usd, f64::min),
            high: steps(usd, f64::max),
            depth: steps(&depths, f64::max),
            held: Vec::new(),
            owed_usd: Vec::new(),
            due_usd: Vec::new(),
        };
        for borrower in worlds.iter().flat_map(|world| &world.borrowers) {
            let owed = borrower.position.debt as f64 / USD as f64;
            let left = if borrower.watchful { 1.0 - scenario.borrowers.means } else { 1.0 };
            planned.held.push(borrower.position.collateral as f64 / TOKEN as f64);
            planned.owed_usd.push(owed * left.max(0.0));
        }
        for (owed, held) in planned.owed_usd.iter().zip(&planned.held) {
            planned.due_usd.push(owed / held / planned.threshold);
        }
        Ok(planned)
    }

    /// The same with loans put together into so many classes of like health. A class may be sold when its riskiest
    /// loan may, and its mean LTV stands for all of theirs: whatever can be done with the loans can be done with
    /// the classes.
    pub fn in_classes(&self, count: usize) -> Self {
        let mut order: Vec<usize> = (0..self.held.len()).collect();
        let ltv = |loan: &usize| self.owed_usd[*loan] / self.held[*loan];
        order.sort_by(|a, b| ltv(b).total_cmp(&ltv(a)));
        // What is never due needs no classes.
        let lowest = self.low.iter().copied().fold(f64::MAX, f64::min);
        let (due, rest): (Vec<usize>, Vec<usize>) =
            order.into_iter().partition(|loan| ltv(loan) >= self.threshold * lowest);
        let empty = Vec::new;
        let mut classes =
            Self { held: empty(), owed_usd: empty(), due_usd: empty(), ..self.clone() };
        let sizes = due.chunks(due.len().div_ceil(count).max(1)).chain([&rest[..]]);
        for class in sizes.filter(|class| !class.is_empty()) {
            classes.held.push(class.iter().map(|loan| self.held[*loan]).sum());
            classes.owed_usd.push(class.iter().map(|loan| self.owed_usd[*loan]).sum());
            let due = class.iter().map(|loan| self.due_usd[*loan]);
            classes.due_usd.push(due.fold(0.0, f64::max));
        }
        classes
    }

    /// The step in which a loan can first be liquidated.
    pub(super) fn due(&self, loan: usize) -> Option<usize> {
        self.low.iter().position(|price| *price <= self.due_usd[loan])
    }

    /// Tokens of a loan that must have been sold if its LTV may not be above `ltv`, the price having been so low and
    /// so high since it was due.
    pub(super) fn forced(&self, loan: usize, (low, high): (f64, f64), ltv: f64) -> f64 {
        let (held, owed) = (self.held[loan], self.owed_usd[loan]);
        let (missing, each) = (owed - ltv * held * low, high - ltv * low);
        if missing <= 0.0 {
            return 0.0;
        }
        (missing / each).min(held)
    }

    /// How many times what a block sells can be sold in so many minutes with the impact never higher.
    pub(super) fn stretch(&self, minutes: f64) -> f64 {
        let (p, k) = (self.permanent, std::f64::consts::LN_2 / self.half_life_min);
        if p < 1e-9 {
            return 1.0 + k * minutes;
        }
        1.0 + (1.0 - p) * (1.0 - (-p * k * minutes).exp()) / p
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_ends_at_the_low_and_has_all_loans() {
        let scenario = Scenario { seeds: 2, ..Scenario::default() };
        let planned = Planned::new(&scenario).unwrap();
        assert_eq!(planned.held.len(), 400);
        let lowest = planned.low.iter().copied().fold(f64::MAX, f64::min);
        assert_eq!(planned.low.last(), Some(&lowest));
        assert!(planned.low.iter().zip(&planned.high).all(|(low, high)| low <= high));
        let classes = planned.in_classes(8);
        assert!(classes.held.len() <= 9);
        let sum = |of: &[f64]| of.iter().sum::<f64>();
        assert!((sum(&classes.held) / sum(&planned.held) - 1.0).abs() < 1e-9);
        assert!((sum(&classes.owed_usd) / sum(&planned.owed_usd) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn without_a_part_that_stays_the_stretch_grows_with_time() {
        let scenario = Scenario { seeds: 1, ..Scenario::default() };
        let mut planned = Planned::new(&scenario).unwrap();
        // 1 + 9 (1 - e^(-0.1 * ln 2 * 2)) for an hour.
        assert!((planned.stretch(60.0) - 2.16504).abs() < 1e-4, "{}", planned.stretch(60.0));
        planned.permanent = 0.0;
        assert!((planned.stretch(60.0) - 2.38629).abs() < 1e-4);
        planned.permanent = 1.0;
        assert_eq!(planned.stretch(60.0), 1.0);
    }
}
