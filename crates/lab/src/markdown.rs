//! A summary of runs as a table for a page.

use crate::output::metric;
use anyhow::{ensure, Context, Result};
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

/// A column: a figure, its title, and whether its interval is shown.
struct Shown(&'static str, &'static str, bool);

const SHOWN: [Shown; 16] = [
    Shown("bad_debt_bps", "bad debt", true),
    Shown("overshoot_bps", "overshoot", true),
    Shown("deeper_low_bps", "deeper low", false),
    Shown("cost_bps_of_repaid", "cost", false),
    Shown("median_cost_bps", "median", false),
    Shown("repaid_percent", "liquidated, %", false),
    Shown("amplification", "amplification", false),
    Shown("fill_to_fair_percent", "paid, %", false),
    Shown("fair_loss_bps", "loss to fair", false),
    Shown("dutch_loss_bps", "by the law", false),
    Shown("holding_bps", "pool", false),
    Shown("together_bps", "together", false),
    Shown("given_away_bps", "given away", false),
    Shown("stock_left_percent", "stock left, %", false),
    Shown("minutes_to_fill", "minutes", false),
    Shown("fills", "sales", false),
];

/// Against whom ratios are.
const YARDSTICK: &str = "Aave v3";

/// Which figures have a ratio.
const RATIOS: [(&str, &str); 3] = [
    ("overshoot_bps", "overshoot ×"),
    ("together_bps", "together ×"),
    ("given_away_bps", "given away ×"),
];

/// Of a mechanism and a figure its mean, and where the interval of that begins and ends.
type Means = BTreeMap<(String, String), [f64; 3]>;

/// A table in Markdown of a summary that `--csv` has written.
///
/// # Errors
/// A file that can't be read or is no summary.
pub fn table(path: &Path) -> Result<String> {
    let (names, means) = read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut text = String::from("| mechanism |");
    let shown: Vec<_> = SHOWN.iter().filter(|Shown(key, ..)| is_known(&means, key)).collect();
    let titles = shown.iter().map(|Shown(_, title, _)| *title);
    let titles: Vec<_> = titles.chain(RATIOS.iter().map(|(_, title)| *title)).collect();
    for title in &titles {
        write!(text, " {title} |")?;
    }
    write!(text, "\n|---|{}", "---:|".repeat(titles.len()))?;
    for name in &names {
        write!(text, "\n| {name} |")?;
        let of = |key: &str| means.get(&(name.clone(), key.to_owned()));
        for Shown(key, _, interval) in &shown {
            let digits = metric(key)?.digits;
            match of(key) {
                Some([mean, low, high]) if *interval => {
                    write!(text, " {mean:.digits$} [{low:.digits$}, {high:.digits$}] |")?;
                }
                // Without a twin there is none.
                Some([mean, ..]) if *key != "amplification" || *mean != 0.0 => {
                    write!(text, " {mean:.digits$} |")?;
                }
                _ => write!(text, " |")?,
            }
        }
        for (key, _) in RATIOS {
            let base = means.get(&(YARDSTICK.to_owned(), key.to_owned()));
            match (of(key), base) {
                (Some([mean, ..]), Some([base, ..])) if *base != 0.0 => {
                    write!(text, " {:.3} |", mean / base)?;
                }
                _ => write!(text, " |")?,
            }
        }
    }
    text.push('\n');
    Ok(text)
}

/// Whether a figure was measured of any mechanism: without twins nobody has an amplification.
fn is_known(means: &Means, key: &str) -> bool {
    means
        .iter()
        .any(|((_, found), [mean, ..])| found == key && (*mean != 0.0 || key != "amplification"))
}

/// Mechanisms in their order, and all means.
fn read(path: &Path) -> Result<(Vec<String>, Means)> {
    let mut file = csv::Reader::from_path(path)?;
    let head: Vec<_> = file.headers()?.iter().take(5).map(str::to_owned).collect();
    ensure!(
        head == ["mechanism", "figure", "mean", "mean_low", "mean_high"],
        "it is no summary: `--csv runs.csv` writes runs-summary.csv beside the runs"
    );
    let (mut names, mut means) = (Vec::new(), BTreeMap::new());
    for row in file.deserialize::<(String, String, f64, f64, f64, f64, f64)>() {
        let (name, figure, mean, low, high, ..) = row?;
        if !names.contains(&name) {
            names.push(name.clone());
        }
        means.insert((name, figure), [mean, low, high]);
    }
    Ok((names, means))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_becomes_a_table() {
        let path =
            std::env::temp_dir().join(format!("breakwater-table-{}.csv", std::process::id()));
        let head = "mechanism,figure,mean,mean_low,mean_high,p5,p95\n";
        let rows = "Ours,overshoot_bps,128.04,120,136.25,0,0\nOurs,bad_debt_bps,0,0,0,0,0\n\
                    Aave v3,overshoot_bps,1000,900,1100,0,0\n";
        std::fs::write(&path, format!("{head}{rows}")).unwrap();
        let expected =
            "| mechanism | bad debt | overshoot | overshoot × | together × | given away × |\n\
                        |---|---:|---:|---:|---:|---:|\n\
                        | Ours | 0.00 [0.00, 0.00] | 128.0 [120.0, 136.2] | 0.128 | | |\n\
                        | Aave v3 | | 1000.0 [900.0, 1100.0] | 1.000 | | |\n";
        assert_eq!(table(&path).unwrap(), expected);
        std::fs::write(&path, "a,b\n1,2\n").unwrap();
        assert!(format!("{:#}", table(&path).unwrap_err()).contains("it is no summary"));
        std::fs::remove_file(&path).unwrap();
    }
}
