//! What a scenario's values must be beside each other; each value's own bounds are in [`crate::limits`].

use super::{Collateral, Scenario};
use anyhow::{ensure, Result};

/// Refuses values that make no sense, by the name of their key.
pub fn check(scenario: &Scenario) -> Result<()> {
    let Scenario { borrowers, market, keepers, backstop, prices, oracle, .. } = scenario;
    let synthetic = &prices.synthetic;
    ensure!(scenario.seeds >= 1, "seeds must be at least 1");
    ensure!((1..=3_600).contains(&scenario.step_s), "step_s must be within 1 to 3,600");
    ensure!((1..=20).contains(&scenario.assets.len()), "there must be 1 to 20 assets");
    for Collateral { name, ltv_bps, threshold_bps } in &scenario.assets {
        let fine = ltv_bps < threshold_bps && *threshold_bps <= 9_300 && *ltv_bps > 0;
        ensure!(fine, "{name}: 0 < ltv_bps < threshold_bps <= 9,300 is needed");
    }
    ensure!(
        (1..=100_000).contains(&borrowers.count),
        "borrowers.count must be within 1 to 100,000"
    );
    let positive = [
        ("borrowers.smallest_usd", borrowers.smallest_usd),
        ("market.load", market.load),
        ("market.half_life_min", market.half_life_min),
        ("keepers.unwind_min", keepers.unwind_min),
        ("synthetic.cluster_half_life_h", synthetic.cluster_half_life_h),
        ("synthetic.days", synthetic.days),
        ("market.depth_floor", market.depth_floor),
        ("oracle.deviation_bps", oracle.deviation_bps),
    ];
    for (key, value) in positive {
        ensure!(value.is_finite() && value > 0.0, "{key} must be a positive number");
    }
    let parts = [
        ("borrowers.watchful", borrowers.watchful),
        ("borrowers.acts_with", borrowers.acts_with),
        ("market.permanent", market.permanent),
        ("market.depth_floor", market.depth_floor),
        ("keepers.offline", keepers.offline),
        ("backstop.part_of_loans", backstop.part_of_loans),
        ("synthetic.correlation", synthetic.correlation),
    ];
    for (key, value) in parts {
        ensure!((0.0..=1.0).contains(&value), "{key} must be within 0 and 1");
    }
    let not_negative = [
        ("borrowers.acts_per_hour", borrowers.acts_per_hour),
        ("borrowers.means", borrowers.means),
        ("keepers.capital", keepers.capital),
        ("keepers.flash_margin_bps", keepers.flash_margin_bps),
        ("keepers.holder_margin_bps", keepers.holder_margin_bps),
        ("keepers.min_profit_usd", keepers.min_profit_usd),
        ("keepers.latency_s", keepers.latency_s),
        ("keepers.latency_step_s", keepers.latency_step_s),
        ("backstop.level_bps", backstop.level_bps),
        ("backstop.sells_depths_per_h", backstop.sells_depths_per_h),
        ("backstop.capital_cost", backstop.capital_cost),
        ("synthetic.annual_volatility", synthetic.annual_volatility),
        ("synthetic.clustering", synthetic.clustering),
        ("synthetic.jumps_per_day", synthetic.jumps_per_day),
    ];
    for (key, value) in not_negative {
        ensure!(value.is_finite() && value >= 0.0, "{key} must be a number, not negative");
    }
    let steps = synthetic.days * 86_400.0 / scenario.step_s as f64;
    ensure!(steps <= 1_051_200.0, "the synthetic path has {steps:.0} steps, 1,051,200 at most");
    ensure!(
        borrowers.largest_usd >= borrowers.smallest_usd,
        "borrowers.largest_usd is below smallest_usd"
    );
    ensure!(
        borrowers.most_health >= borrowers.least_health && borrowers.least_health > 1.0,
        "1 < borrowers.least_health <= most_health is needed"
    );
    ensure!(borrowers.acts_below > 1.0, "borrowers.acts_below must be above 1");
    ensure!(keepers.flash.max(keepers.holders) >= 1, "there must be a keeper");
    ensure!(
        keepers.block_s >= 1 && keepers.per_block >= 1,
        "keepers.block_s and per_block must be at least 1"
    );
    for print in &oracle.prints {
        ensure!(
            print.factor.is_finite() && print.factor > 0.0,
            "a print's factor must be positive"
        );
        ensure!(
            print.asset < scenario.assets.len(),
            "a print is of asset {}, which is not there",
            print.asset
        );
    }
    Ok(())
}
