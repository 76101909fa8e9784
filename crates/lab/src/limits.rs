//! Bounds of a scenario's numbers: inside them nothing overflows that is made of them.

use crate::scenario::Scenario;
use anyhow::{ensure, Context, Result};
use toml::Value;

/// Most of a number that has no bound of its own.
const LARGEST: f64 = 1e12;
/// The bounds of others, by the last part of their key: least and most.
const BOUNDS: [(&str, f64, f64); 25] = [
    ("seeds", 1.0, 1e6),
    ("smallest_usd", 1e-3, 1e9),
    ("largest_usd", 1e-3, 1e9),
    ("least_health", 1.0, 1e3),
    ("most_health", 1.0, 1e3),
    ("acts_below", 1.0, 1e3),
    ("acts_per_hour", 0.0, 1e6),
    ("means", 0.0, 1e3),
    ("load", 1e-6, 1e6),
    ("half_life_min", 1e-6, 1e9),
    ("annual_volatility", 0.0, 100.0),
    ("clustering", 0.0, 100.0),
    ("jumps_per_day", 0.0, 1e4),
    ("jump_mean", -10.0, 10.0),
    ("jump_deviation", 0.0, 10.0),
    ("drift_per_day", -10.0, 10.0),
    ("correlation", 0.0, 1.0),
    ("flash", 0.0, 1e4),
    ("holders", 0.0, 1e4),
    ("per_block", 1.0, 1e6),
    ("capital", 0.0, 1e3),
    ("factor", 1e-6, 1e6),
    ("heartbeat_s", 0.0, 1e9),
    ("delay_s", 0.0, 1e9),
    ("hold_h", 0.0, 8_760.0),
];

/// Prices in dollars that the protocols' integers hold, with room for what is made of them.
pub const PRICES: std::ops::RangeInclusive<f64> = 1e-6..=1e9;

/// Refuses a number that is out of bounds, by the name of its key.
///
/// # Errors
/// The first that is found.
pub fn check(scenario: &Scenario) -> Result<()> {
    let table = toml::Table::try_from(scenario).context("a number is too large")?;
    walk("", &Value::Table(table))
}

fn walk(path: &str, value: &Value) -> Result<()> {
    let below = |part: &str| match path {
        "" => part.to_owned(),
        path => format!("{path}.{part}"),
    };
    match value {
        Value::Table(table) => table.iter().try_for_each(|(key, value)| walk(&below(key), value)),
        Value::Array(list) => list.iter().try_for_each(|value| walk(path, value)),
        Value::Integer(number) => number_within(path, *number as f64),
        Value::Float(number) => number_within(path, *number),
        _ => Ok(()),
    }
}

fn number_within(path: &str, number: f64) -> Result<()> {
    let key = path.rsplit('.').next().unwrap_or(path);
    let bounds = BOUNDS.iter().find(|(name, _, _)| *name == key);
    let (least, most) = bounds.map_or((-LARGEST, LARGEST), |(_, least, most)| (*least, *most));
    // Not a number is within nothing.
    ensure!((least..=most).contains(&number), "{path} must be a number within {least} and {most}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> String {
        format!("{:#}", Scenario::parse(text).unwrap_err())
    }

    /// Before: each of these was a panic, some of them after a long run.
    #[test]
    fn numbers_that_overflow_are_refused_by_name() {
        check(&Scenario::default()).unwrap();
        for (text, key) in [
            ("seeds = 9223372036854775807", "seeds"),
            ("first_seed = 9223372036854775807", "first_seed"),
            ("[borrowers]\nlargest_usd = 1e300", "borrowers.largest_usd"),
            ("[borrowers]\nmeans = inf", "borrowers.means"),
            ("[market]\nload = 1e30", "market.load"),
            ("[oracle]\nheartbeat_s = 9223372036854775807", "oracle.heartbeat_s"),
            ("[oracle]\ndelay_s = 9223372036854775807", "oracle.delay_s"),
            ("[keepers]\nflash = 9223372036854775807", "keepers.flash"),
            ("[keepers]\nlatency_s = 1e300", "keepers.latency_s"),
            ("[keepers]\noffline_at_h = nan", "keepers.offline_at_h"),
            ("[prices.synthetic]\ndrift_per_day = 1e9", "drift_per_day"),
            ("[prices.synthetic]\njump_mean = nan", "jump_mean"),
            ("[[oracle.prints]]\nat_h = inf\nminutes = 1.0\nfactor = 2.0", "oracle.prints.at_h"),
        ] {
            assert!(why(text).contains(key), "{text}: {}", why(text));
        }
        assert!(Scenario::parse("seeds = 99999999999999999999").is_err());
    }
}
