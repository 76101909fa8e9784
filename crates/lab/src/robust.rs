//! The same crash in worse worlds, and with dearer buyers: where the figures of one world don't hold.

use crate::{
    compare::{compare, gradual, Results, HEADLINE},
    mechanisms::breakwater::Settings,
    metrics::Figures,
    scenario::Scenario,
    sweep::with,
};
use anyhow::Result;
use std::fmt::Write as _;

/// A world: what it is called, and what is different in it.
type World = (&'static str, &'static [(&'static str, f64)]);

/// What oracles, markets and keepers may do. Keepers are gone in the hour from the tenth on, in which March 2020 falls most.
const WORLDS: [World; 12] = [
    ("as it is", &[]),
    ("oracle 300 s late", &[("oracle.delay_s", 300.0)]),
    ("market forgets in 7 minutes", &[("market.half_life_min", 7.0)]),
    ("market forgets in 120 minutes", &[("market.half_life_min", 120.0)]),
    ("turmoil leaves 5 % of the depth", &[("market.depth_floor", 0.05)]),
    ("keepers take 300 s", &[("keepers.latency_s", 300.0)]),
    ("keepers want 30 bps", &[("keepers.flash_margin_bps", 30.0)]),
    ("keepers want 100 bps", &[("keepers.flash_margin_bps", 100.0)]),
    (
        "nine of ten keepers gone for an hour",
        &[("keepers.offline_at_h", 10.0), ("keepers.offline_h", 1.0), ("keepers.offline", 0.9)],
    ),
    ("a part of 0.3 of each sale's impact stays", &[("market.permanent", 0.3)]),
    ("load 12", &[("market.load", 12.0)]),
    ("load 20", &[("market.load", 20.0)]),
];

/// What buyers want for taking part: of what they pay, those who sell at once, and those who hold.
const MARGINS: [World; 8] = [
    ("5 bps", &[("keepers.flash_margin_bps", 5.0), ("keepers.holder_margin_bps", 100.0)]),
    ("30 bps", &[("keepers.flash_margin_bps", 30.0), ("keepers.holder_margin_bps", 100.0)]),
    ("100 bps", &[("keepers.flash_margin_bps", 100.0), ("keepers.holder_margin_bps", 100.0)]),
    ("150 bps", &[("keepers.flash_margin_bps", 150.0), ("keepers.holder_margin_bps", 150.0)]),
    ("200 bps", &[("keepers.flash_margin_bps", 200.0), ("keepers.holder_margin_bps", 200.0)]),
    ("250 bps", &[("keepers.flash_margin_bps", 250.0), ("keepers.holder_margin_bps", 250.0)]),
    ("300 bps", &[("keepers.flash_margin_bps", 300.0), ("keepers.holder_margin_bps", 300.0)]),
    ("500 bps", &[("keepers.flash_margin_bps", 500.0), ("keepers.holder_margin_bps", 500.0)]),
];

/// Which worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Worse oracles, markets and keepers.
    Worse,
    /// Dearer buyers; with amplification.
    Dearer,
}

impl Axis {
    fn worlds(self) -> &'static [World] {
        match self {
            Self::Worse => &WORLDS,
            Self::Dearer => &MARGINS,
        }
    }

    fn has_twins(self) -> bool {
        self == Self::Dearer
    }

    /// How many runs that is.
    pub fn runs(self, scenario: &Scenario) -> u64 {
        let each = if self.has_twins() { 6 } else { 3 };
        scenario.seeds * (each * self.worlds().len()) as u64
    }
}

/// A table in Markdown: of Breakwater with a pool of 15 % and with none, overshoot over Aave v3's and bad debt.
///
/// # Errors
/// A scenario that lacks a key, a world or a mechanism that can't be set up.
pub fn table(scenario: &Scenario, axis: Axis, done: &(dyn Fn() + Sync)) -> Result<String> {
    let mut columns = gradual(&Settings::default());
    columns.truncate(HEADLINE);
    let twins = axis.has_twins();
    let mut text = "| | Aave v3: overshoot | 15 %: × | no pool: × | bad debt: Aave v3 | 15 % | no pool | cost: 15 % | no pool |".to_owned();
    if twins {
        text += " amplification: Aave v3 | 15 % | no pool |";
    }
    writeln!(text, "\n|---|{}", "---:|".repeat(if twins { 11 } else { 8 }))?;
    for (name, changes) in axis.worlds() {
        let mut world = scenario.clone();
        for (key, value) in *changes {
            world = with(&world, key, *value)?;
        }
        let results = compare(&world, &columns, twins, done)?;
        let [ours, peer, none] = &results[..] else { continue };
        let mean = |of: &Results, figure: fn(&Figures) -> f64| of.summary(figure).mean;
        let overshoot = mean(peer, |figures| figures.overshoot_bps);
        write!(text, "| {name} | {overshoot:.0} |")?;
        for of in [ours, none] {
            write!(text, " {:.3} |", mean(of, |figures| figures.overshoot_bps) / overshoot)?;
        }
        for of in [peer, ours, none] {
            write!(text, " {:.2} |", mean(of, |figures| figures.bad_debt_bps))?;
        }
        for of in [ours, none] {
            write!(text, " {:.0} |", mean(of, |figures| figures.cost_bps_of_repaid))?;
        }
        for of in [peer, ours, none].into_iter().filter(|_| twins) {
            write!(text, " {:.3} |", mean(of, |figures| figures.amplification))?;
        }
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_one_of_a_scenarios() {
        for (name, changes) in WORLDS.iter().chain(&MARGINS) {
            for (key, value) in *changes {
                with(&Scenario::default(), key, *value).unwrap_or_else(|e| panic!("{name}: {e:#}"));
            }
        }
    }
}
