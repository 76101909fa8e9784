//! Results as CSV and as a table for a terminal.

use crate::{
    compare::{Group, Results},
    metrics::{Metric, METRICS},
    stats::Summary,
};
use anyhow::{Context, Result};
use comfy_table::{presets::UTF8_FULL_CONDENSED, CellAlignment, Table};
use std::path::Path;

/// What is compared with the yardstick as a ratio of means.
pub const RATIOS: [(&str, &str); 4] = [
    ("overshoot_bps", "overshoot"),
    ("cost_bps_of_repaid", "cost"),
    ("repaid_percent", "volume"),
    ("borrowing_power_usd_h", "borrowing power"),
];

/// Whether a file can be written: what is in it stays, and where there is none, none is left behind.
///
/// # Errors
/// The system's.
pub fn try_file(path: &Path) -> std::io::Result<()> {
    let is_new = !path.exists();
    std::fs::OpenOptions::new().append(true).create(true).open(path)?;
    if is_new {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

/// The metric of a key.
///
/// # Errors
/// None of that name.
pub fn metric(key: &str) -> Result<&'static Metric> {
    METRICS.iter().find(|metric| metric.key == key).with_context(|| {
        let keys: Vec<&str> = METRICS.iter().map(|metric| metric.key).collect();
        format!("there is no figure '{key}'; there are {}", keys.join(", "))
    })
}

/// The column that others are compared with: the first of the peers.
pub fn yardstick(results: &[Results]) -> Option<&Results> {
    results.iter().find(|result| result.group == Group::Peer)
}

/// A mean over another column's.
pub fn ratio(result: &Results, other: &Results, metric: &Metric) -> f64 {
    let base = other.summary(metric.of).mean;
    if base == 0.0 {
        0.0
    } else {
        result.summary(metric.of).mean / base
    }
}

/// One row for each run: mechanism, seed, every figure.
///
/// # Errors
/// A file that can't be written.
pub fn write_runs(path: &Path, results: &[Results], first_seed: u64) -> Result<()> {
    let mut file =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    let head = ["mechanism", "seed"].into_iter();
    file.write_record(head.chain(METRICS.iter().map(|metric| metric.key)))?;
    for result in results {
        for (seed, figures) in (first_seed..).zip(&result.figures) {
            let mut row = vec![result.name.clone(), seed.to_string()];
            row.extend(METRICS.iter().map(|metric| format!("{:.6}", (metric.of)(figures))));
            file.write_record(row)?;
        }
    }
    Ok(file.flush()?)
}

/// One row for each mechanism and figure: mean, its interval, quantiles.
///
/// # Errors
/// A file that can't be written.
pub fn write_summary(path: &Path, results: &[Results]) -> Result<()> {
    let mut file =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    file.write_record(["mechanism", "figure", "mean", "mean_low", "mean_high", "p5", "p95"])?;
    for result in results {
        for metric in &METRICS {
            let Summary { mean, p5, p95, low, high } = result.summary(metric.of);
            let numbers = [mean, low, high, p5, p95].map(|number| format!("{number:.6}"));
            let names = [result.name.clone(), metric.key.to_owned()];
            file.write_record(names.into_iter().chain(numbers))?;
        }
    }
    Ok(file.flush()?)
}

/// Figures in a terminal's table.
const SHOWN: [&str; 13] = [
    "bad_debt_bps",
    "system_loss_bps",
    "overshoot_bps",
    "cost_bps_of_repaid",
    "median_cost_bps",
    "repaid_percent",
    "amplification",
    "fill_to_fair_percent",
    "minutes_to_fill",
    "raised_percent",
    "holding_bps",
    "together_bps",
    "stock_left_percent",
];

/// Means of the main figures, and ratios to the yardstick.
pub fn table(results: &[Results]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    let shown: Vec<&Metric> = SHOWN.iter().filter_map(|key| metric(key).ok()).collect();
    let base = yardstick(results);
    let mut head = vec!["mechanism".to_owned()];
    head.extend(shown.iter().map(|metric| metric.title.to_owned()));
    head.extend(
        base.iter().flat_map(|base| {
            RATIOS.iter().map(move |(_, title)| format!("{title} / {}", base.name))
        }),
    );
    table.set_header(head);
    for result in results {
        let mut row = vec![result.name.clone()];
        row.extend(
            shown
                .iter()
                .map(|metric| format!("{:.*}", metric.digits, result.summary(metric.of).mean)),
        );
        if let Some(base) = base {
            let metrics = RATIOS.iter().filter_map(|(key, _)| metric(key).ok());
            row.extend(metrics.map(|metric| format!("{:.2}", ratio(result, base, metric))));
        }
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before: a run that failed left an empty report.
    #[test]
    fn trying_a_file_leaves_nothing_behind() {
        let folder = std::env::temp_dir().join(format!("breakwater-try-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("report.html");
        try_file(&path).unwrap();
        assert!(!path.exists());
        std::fs::write(&path, "earlier").unwrap();
        try_file(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "earlier");
        assert!(try_file(&folder.join("no/such/folder.html")).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
