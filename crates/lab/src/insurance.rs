//! What those get who stake in the pool: they sell insurance against falls that do not come back.

use crate::{
    compare::{compare, gradual},
    mechanisms::breakwater::Settings,
    prices,
    scenario::{Scenario, Source},
    stats::quantile,
};
use anyhow::Result;
use std::fmt::Write as _;

/// What a staker is paid in a year at the pool's target, as a part of the stake (§ G8).
const PREMIUM: f64 = 0.04;
const YEAR_DAYS: f64 = 365.0;

/// Scenarios with their names: as it is, and ended at its low and held there for a day.
fn variants(scenario: &Scenario) -> [(&'static str, Scenario); 2] {
    let mut cut = scenario.clone();
    (cut.prices.cut_at_low, cut.prices.hold_h) = (true, 24.0);
    [("as it is", scenario.clone()), ("without a rebound", cut)]
}

/// How many runs that is.
pub fn runs(scenario: &Scenario) -> u64 {
    scenario.seeds * variants(scenario).len() as u64
}

/// A table in Markdown: the distribution of a stake's result, per cent of the stake, and beside it the premium
/// for the same time.
///
/// # Errors
/// A world or a mechanism that can't be set up.
pub fn table(scenario: &Scenario, done: &(dyn Fn() + Sync)) -> Result<String> {
    let mut text =
        "| path | days | runs | used in | mean | 5 % | worst | best | premium for the time |"
            .to_owned();
    let is_random = scenario.prices.source == Source::Synthetic;
    if is_random {
        text += " a year of such, with the premium |";
    }
    write!(text, "\n|---|{}", "---:|".repeat(if is_random { 9 } else { 8 }))?;
    for (name, variant) in variants(scenario) {
        let mut columns = gradual(&Settings::default());
        columns.truncate(1);
        let results = compare(&variant, &columns, false, done)?;
        let Some(ours) = results.first() else { continue };
        let pool = scenario.backstop.part_of_loans;
        let results: Vec<f64> =
            ours.figures.iter().map(|figures| figures.holding_bps / 100.0 / pool).collect();
        let used = ours.figures.iter().filter(|figures| figures.backstop_part > 0.0).count();
        let path = prices::path(&variant, variant.first_seed)?;
        let days = (path.len() as u64 * path.step_ms) as f64 / 86_400_000.0;
        let mean = results.iter().sum::<f64>() / results.len() as f64;
        let premium = PREMIUM * 100.0 * days / YEAR_DAYS;
        let least = results.iter().copied().fold(f64::MAX, f64::min);
        let most = results.iter().copied().fold(f64::MIN, f64::max);
        write!(
            text,
            "\n| {name} | {days:.1} | {} | {used} | {mean:+.2} | {:+.2} | {least:+.2} | {most:+.2} | {premium:+.2} |",
            results.len(),
            quantile(&results, 0.05),
        )?;
        if is_random {
            write!(text, " {:+.1} |", (mean + premium) * YEAR_DAYS / days)?;
        }
    }
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_with_its_rebound_and_without() {
        let scenario = Scenario { seeds: 2, ..Scenario::default() };
        let text = table(&scenario, &|| ()).unwrap();
        let rows: Vec<Vec<&str>> =
            text.lines().skip(2).map(|row| row.split('|').map(str::trim).collect()).collect();
        assert_eq!([rows[0][1], rows[1][1]], ["as it is", "without a rebound"]);
        let mean = |row: &[&str]| row[5].parse::<f64>().unwrap();
        assert!(mean(&rows[0]) > mean(&rows[1]), "{text}");
        assert!(mean(&rows[1]) < 0.0, "who does not see the rebound has lost: {text}");
    }
}
