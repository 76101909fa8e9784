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

/// Means of the main figures, and ratios to the yardstick: as many tables, one below the other, as a
/// terminal of `width` characters needs.
pub fn tables(results: &[Results], width: usize) -> Vec<Table> {
    let base = yardstick(results);
    let mut columns: Vec<Vec<String>> = SHOWN
        .iter()
        .filter_map(|key| metric(key).ok())
        .map(|metric| {
            let means = results.iter().map(|result| result.summary(metric.of).mean);
            let cells = means.map(|mean| format!("{mean:.*}", metric.digits));
            std::iter::once(metric.title.to_owned()).chain(cells).collect()
        })
        .collect();
    if let Some(base) = base {
        columns.extend(RATIOS.iter().filter_map(|(key, title)| {
            let metric = metric(key).ok()?;
            let cells = results.iter().map(|result| format!("{:.2}", ratio(result, base, metric)));
            Some(std::iter::once(format!("{title} / {}", base.name)).chain(cells).collect())
        }));
    }
    let names: Vec<String> = std::iter::once("mechanism".to_owned())
        .chain(results.iter().map(|result| result.name.clone()))
        .collect();
    beside(&names, &columns, width)
}

/// Puts columns beside `names` until a table is as wide as it may be, then begins the next. A heading
/// breaks between its words.
fn beside(names: &[String], columns: &[Vec<String>], width: usize) -> Vec<Table> {
    let taken = |column: &[String]| column.iter().map(|cell| cell.chars().count()).max();
    let broken: Vec<Vec<String>> = columns.iter().map(|column| break_heading(column)).collect();
    // Each column has a space on both sides and a line before it.
    let first = taken(names).unwrap_or_default() + 4;
    let mut groups: Vec<(usize, Vec<&Vec<String>>)> = Vec::new();
    for column in &broken {
        let lines = column.iter().flat_map(|cell| cell.lines());
        let own = lines.map(|line| line.chars().count()).max().unwrap_or_default() + 3;
        match groups.last_mut() {
            Some((used, group)) if *used + own <= width => {
                *used += own;
                group.push(column);
            }
            _ => groups.push((first + own, vec![column])),
        }
    }
    groups.into_iter().map(|(_, group)| draw(names, &group)).collect()
}

/// The same with the heading in lines that are no longer than what stands below it, where its words allow.
fn break_heading(column: &[String]) -> Vec<String> {
    let Some((heading, cells)) = column.split_first() else { return Vec::new() };
    let most = cells.iter().map(|cell| cell.chars().count()).max().unwrap_or_default().max(9);
    let mut lines: Vec<String> = Vec::new();
    for word in heading.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    std::iter::once(lines.join("\n")).chain(cells.iter().cloned()).collect()
}

fn draw(names: &[String], columns: &[&Vec<String>]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    let row = |at: usize| {
        let cells = columns.iter().map(move |column| column.get(at).cloned().unwrap_or_default());
        names.get(at).cloned().into_iter().chain(cells)
    };
    table.set_header(row(0));
    for at in 1..names.len() {
        table.add_row(row(at));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before: `lab compare` was 280 characters wide.
    #[test]
    fn tables_are_no_wider_than_the_terminal() {
        let names: Vec<String> = ["mechanism", "Breakwater", "Aave v3"].map(str::to_owned).into();
        let titles = ["bad debt, bps of all debt", "overshoot, bps", "cost / Aave v3"];
        let columns: Vec<Vec<String>> = (0..12)
            .map(|at| vec![titles[at % 3].to_owned(), format!("{at}.25"), "1031.44".to_owned()])
            .collect();
        for width in [60, 80, 125] {
            let tables = beside(&names, &columns, width);
            let lines: Vec<String> =
                tables.iter().flat_map(|table| table.lines().collect::<Vec<_>>()).collect();
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{width}: {lines:#?}");
            // Nothing is left out, and no room is wasted.
            let cells = lines.concat().matches("1031.44").count();
            assert_eq!(cells, columns.len(), "{width}");
            assert!(tables.len() <= 12 * 12 / (width - 16) + 1, "{width}: {}", tables.len());
        }
        // Too narrow for anything: a column each.
        assert_eq!(beside(&names, &columns, 1).len(), columns.len());
    }

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
