//! The floor: how far any mechanism's sales must push the price, whatever its rules.
//!
//! Two answers. [`bound_bps`] is a formula, of one window at a time. The linear programme of `scripts/floor`
//! is a planner who knows the path; it reads the world that [`Planned`] writes.
//!
//! **The formula.** A sale of v depths adds v / d per cent to the impact, of which a part p stays and the rest
//! is forgotten at a rate k. Who never lets the impact above O sells within a time T at most
//! O d (1 + (1 - p) (1 - e^(-p k T)) / p) / 1 %: the first block brings it to O, and from then on no more can be
//! sold than is forgotten. (With v sold so far the passing part is O - p v, so v' = k d (O - p v).) What loans
//! force somebody to sell in the window, V, less what a pool can hold, H, is sold in it, so
//!
//! O >= 1 % (V - H) / d / (1 + (1 - p) (1 - e^(-p k T)) / p),
//!
//! with the largest depth d of the window, for every window that begins after all of V became due.

mod chart;
mod planned;

pub use chart::{chart, formula, lines, read_points, table, Line, Points, POOLS};
pub use planned::Planned;

use crate::scenario::Scenario;
use anyhow::{Context, Result};
use serde::Serialize;

/// What a loan may be at most, as a part of its collateral's value, and what a mechanism may leave it at.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rule {
    /// Its LTV is never above.
    pub ltv: f64,
    /// Nobody is sold beyond this health factor.
    pub target: f64,
}

/// The rules of the floors that are drawn: those of the programme's points.
pub const RULES: [Rule; 2] = [Rule { ltv: 0.80, target: 1.05 }, Rule { ltv: 0.93, target: 1.05 }];

/// Loans of like health that the programme plans together.
const CLASSES: usize = 24;

#[derive(Serialize)]
struct Plan {
    pools: [f64; POOLS.len()],
    rules: [Rule; RULES.len()],
    world: Planned,
}

/// What `scripts/floor` reads: a scenario's world, rules and pools, as TOML.
///
/// # Errors
/// As [`Planned::new`].
pub fn plan(scenario: &Scenario) -> Result<String> {
    let world = Planned::new(scenario)?.in_classes(CLASSES);
    toml::to_string(&Plan { pools: POOLS, rules: RULES, world }).context("cannot write the world")
}

/// Basis points below which no mechanism keeps its overshoot that never lets a loan's LTV above
/// `ltv` and has a pool of this part of all loans.
///
/// Counted against itself: each loan is sold at the dearest price since it was due, borrowers who
/// watch have brought up all they can, a pool buys at the cheapest price, the market is as deep as it ever is in the
/// window.
pub fn bound_bps(world: &Planned, ltv: f64, pool: f64) -> f64 {
    let pool_usd = pool * world.owed_usd.iter().sum::<f64>();
    let due: Vec<Option<usize>> = (0..world.held.len()).map(|loan| world.due(loan)).collect();
    // The lowest and the highest price since each loan was due, and since ever.
    let mut seen = vec![(f64::MAX, 0.0f64); due.len()];
    let (mut lowest, mut worst) = (f64::MAX, 0.0f64);
    for end in 0..world.low.len() {
        lowest = lowest.min(world.low[end]);
        // Tokens that must have left by then, by the step in which the loan became due.
        let mut forced = vec![0.0; end + 1];
        for (loan, from) in due.iter().enumerate() {
            let Some(from) = from.filter(|from| *from <= end) else { continue };
            let (low, high) = &mut seen[loan];
            (*low, *high) = (low.min(world.low[end]), high.max(world.high[end]));
            forced[from] += world.forced(loan, (*low, *high), ltv);
        }
        let held = pool_usd / lowest;
        let (mut sold, mut depth) = (0.0, 0.0f64);
        for start in (0..=end).rev() {
            sold += forced[start];
            depth = depth.max(world.depth[start]);
            if forced[start] == 0.0 || sold <= held {
                continue;
            }
            let minutes = (end - start + 1) as f64 * world.step_s / 60.0;
            let log_impact = 0.01 * (sold - held) / depth / world.stretch(minutes);
            worst = worst.max(1.0 - (-log_impact).exp());
        }
    }
    worst * 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A loan of 80 dollars against a token falls due at 100 dollars and must be whole at 50.
    fn world(prices: &[f64]) -> Planned {
        Planned {
            step_s: 300.0,
            threshold: 0.8,
            permanent: 0.1,
            half_life_min: 30.0,
            low: prices.to_vec(),
            high: prices.to_vec(),
            depth: vec![2.0; prices.len()],
            held: vec![1.0],
            owed_usd: vec![79.0],
            due_usd: vec![98.75],
        }
    }

    #[test]
    fn what_must_be_sold_at_once_is_sold_at_once() {
        // From 100 to 90: (79 - 0.8 * 90) / (90 - 0.8 * 90) = 0.3889 tokens, in one step of five
        // minutes. 1 + 0.9 * (1 - e^(-0.1 * 5 * ln 2 / 30)) / 0.1 = 1.1034.
        let bound = bound_bps(&world(&[100.0, 90.0]), 0.8, 0.0);
        let by_hand = 1.0 - (-0.01f64 * 0.38889 / 2.0 / 1.10335).exp();
        assert!((bound / 1e4 - by_hand).abs() < 1e-7, "{bound}");
        // A pool of 79 dollars times 0.2215 holds 17.5 dollars, half of it.
        let half = bound_bps(&world(&[100.0, 90.0]), 0.8, 0.2215);
        assert!((half / bound - 0.5).abs() < 1e-2, "{half}");
    }

    #[test]
    fn nothing_is_forced_where_nothing_falls_far_enough() {
        assert_eq!(bound_bps(&world(&[100.0, 99.0]), 0.8, 0.0), 0.0);
        assert_eq!(bound_bps(&world(&[100.0, 90.0]), 0.93, 0.0), 0.0);
    }

    #[test]
    fn time_lowers_it_and_never_to_nothing() {
        let fast = bound_bps(&world(&[100.0, 95.0, 90.0]), 0.85, 0.0);
        let mut slow = world(&[&[100.0][..], &[95.0; 200], &[90.0]].concat());
        let slowly = bound_bps(&slow, 0.85, 0.0);
        assert!(slowly < fast / 4.0 && slowly > 0.0, "{slowly} {fast}");
        slow.permanent = 1.0;
        assert!(bound_bps(&slow, 0.85, 0.0) > fast);
    }
}
