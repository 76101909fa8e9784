//! What is measured off chain, on the machine at hand: the keeper and the simulator, against their bars.

use super::page::{save_part, table};
use anyhow::{Context, Result};
use breakwater_bench::keeper::{self, RankingFigures};
use breakwater_lab::{
    scenario::Scenario,
    speed::{measure, Speed},
};
use breakwater_report::thousands;
use std::path::PathBuf;

/// The marks between which the tables stand.
const KEEPER: &str = "breakwater bench keeper";
const LAB: &str = "breakwater bench lab";

/// The fall of all prices that the keeper is to answer, per cent.
const FALL_PERCENT: f64 = -10.0;
const ANSWER_MOST_MS: f64 = 50.0;
const MEMORY_MOST_MB: f64 = 300.0;
const COMPARE_MOST_S: f64 = 40.0;
const VISITED_LEAST_PER_S: f64 = 1e7;

#[derive(clap::Args)]
pub struct KeeperArgs {
    #[command(flatten)]
    what: keeper::Args,
    /// Write the table into this page, between its marks
    #[arg(long, value_name = "PAGE")]
    write: Option<PathBuf>,
}

#[derive(clap::Args)]
pub struct LabArgs {
    /// Threads that `lab compare` runs on
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Number of runs of each mechanism, instead of the scenario's
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// Write the table into this page, between its marks
    #[arg(long, value_name = "PAGE")]
    write: Option<PathBuf>,
}

/// Times the keeper, prints all that was measured, and writes what has a bar.
pub fn keeper(args: &KeeperArgs) -> Result<()> {
    let figures = keeper::run(&args.what)?;
    args.write.as_ref().map_or(Ok(()), |page| save_part(page, KEEPER, &of_keeper(&figures)?))
}

/// Times the simulator.
pub fn lab(args: &LabArgs) -> Result<()> {
    let mut scenario = Scenario::default();
    scenario.seeds = args.seeds.unwrap_or(scenario.seeds);
    let speed = measure(&scenario, args.threads.into())?;
    println!("{speed}");
    let table = of_lab(&speed, args.threads);
    args.write.as_ref().map_or(Ok(()), |page| save_part(page, LAB, &table))
}

/// What is measured against its bar.
struct Row {
    what: String,
    measured: String,
    bar: String,
    is_kept: bool,
}

/// Rows below a heading, which says that other machines have other figures.
fn rows(what: &str, rows: impl IntoIterator<Item = Row>) -> String {
    let heading = format!("{what}, of this machine");
    let mut table = table(&[heading.as_str(), "measured", "bar", "kept"]);
    for Row { what, measured, bar, is_kept } in rows {
        let kept = if is_kept { "yes" } else { "**no**" };
        table.add_row([what, measured, bar, kept.to_owned()]);
    }
    table.to_string()
}

fn of_keeper(figures: &RankingFigures) -> Result<String> {
    let tick = figures.tick(FALL_PERCENT).context("no such fall was measured")?;
    let answer_ms = tick.of_a_core().as_secs_f64() * 1_000.0;
    let answer = Row {
        what: format!("who is unhealthy after {FALL_PERCENT} %, of a core"),
        measured: format!("{answer_ms:.0} ms"),
        bar: format!("{ANSWER_MOST_MS:.0} ms"),
        is_kept: answer_ms <= ANSWER_MOST_MS && tick.is_exact,
    };
    let memory = figures.memory.map(|bytes| {
        let memory_mb = bytes as f64 / 1e6;
        Row {
            what: "memory".to_owned(),
            measured: format!("{memory_mb:.0} MB"),
            bar: format!("{MEMORY_MOST_MB:.0} MB"),
            is_kept: memory_mb <= MEMORY_MOST_MB,
        }
    });
    let accounts = thousands(figures.accounts.into());
    let what = format!("`breakwater bench keeper`: {accounts} accounts in debt");
    Ok(rows(&what, [answer].into_iter().chain(memory)))
}

fn of_lab(speed: &Speed, threads: u16) -> String {
    let Speed { runs, steps, accounts, visited, took_s, worked_s } = *speed;
    // Others' work makes it longer, not more: all threads have theirs to the end.
    let idle_s = worked_s.map_or(took_s, |worked_s| worked_s / f64::from(threads));
    let worked = worked_s.map_or(String::new(), |worked_s| format!(", {worked_s:.0} s of a core"));
    let (millions, per_s) = (visited as f64 / 1e6, visited as f64 / idle_s);
    let whole = Row {
        what: format!("all runs, {threads} threads, each on a core of its own"),
        measured: format!("{idle_s:.0} s{worked}"),
        bar: format!("{COMPARE_MOST_S:.0} s"),
        is_kept: idle_s <= COMPARE_MOST_S,
    };
    let visits = Row {
        what: "accounts looked at: for sale, at their trigger, or watched".to_owned(),
        measured: format!("{millions:.1} million, {:.1} million a second", per_s / 1e6),
        bar: format!("{:.0} million a second", VISITED_LEAST_PER_S / 1e6),
        is_kept: per_s >= VISITED_LEAST_PER_S,
    };
    let (runs, steps) = (thousands(runs.into()), thousands(steps.into()));
    let what =
        format!("`breakwater lab compare`: {runs} runs of {steps} steps and {accounts} accounts");
    rows(&what, [whole, visits])
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_bench::keeper::TickFigures;
    use breakwater_pages::Page;
    use std::time::Duration;

    fn ranked(worked_ms: u64, memory_mb: u64, is_exact: bool) -> RankingFigures {
        let tick = |price_percent, worked_ms| TickFigures {
            price_percent,
            took: Duration::from_millis(900),
            worked: Some(Duration::from_millis(worked_ms)),
            computed: 1,
            unhealthy: 1,
            is_exact,
        };
        RankingFigures {
            accounts: 1_000_000,
            memory: Some(memory_mb * 1_000_000),
            build: Duration::ZERO,
            everybody: Duration::ZERO,
            ticks: vec![tick(-5.0, 400), tick(FALL_PERCENT, worked_ms)],
        }
    }

    fn kept(table: &str) -> Vec<&str> {
        let rows = table.lines().skip(2);
        rows.map(|row| row.trim_matches('|').rsplit('|').next().unwrap().trim()).collect()
    }

    #[test]
    fn the_keeper_is_held_against_time_of_a_core_memory_and_a_full_scan() {
        let table = of_keeper(&ranked(29, 257, true)).unwrap();
        assert!(table.contains("1,000,000 accounts in debt, of this machine"), "{table}");
        assert!(table.contains("29 ms") && table.contains("257 MB"), "{table}");
        assert_eq!(kept(&table), ["yes", "yes"]);
        assert_eq!(kept(&of_keeper(&ranked(51, 301, true)).unwrap()), ["**no**", "**no**"]);
        // What is fast and wrong is not kept.
        assert_eq!(kept(&of_keeper(&ranked(29, 257, false)).unwrap()), ["**no**", "yes"]);
        let mut without = ranked(29, 257, true);
        without.ticks.pop();
        assert!(of_keeper(&without).is_err());
    }

    #[test]
    fn the_simulator_is_held_against_its_time_and_what_it_looks_at() {
        let speed = Speed {
            runs: 1_280,
            steps: 4_321,
            accounts: 400,
            visited: 100_000_000,
            took_s: 12.0,
            worked_s: Some(16.0),
        };
        let table = of_lab(&speed, 2);
        assert!(table.contains("1,280 runs of 4,321 steps and 400 accounts, of this"), "{table}");
        assert!(table.contains("8 s, 16 s of a core"), "{table}");
        assert!(table.contains("100.0 million, 12.5 million a second"), "{table}");
        assert_eq!(kept(&table), ["yes", "yes"]);
        // Where the system does not tell what was worked, all time counts.
        let untold = Speed { took_s: 41.0, worked_s: None, ..speed };
        assert_eq!(kept(&of_lab(&untold, 2)), ["**no**", "**no**"]);
        let slower = Speed { worked_s: Some(81.0), ..speed };
        assert_eq!(kept(&of_lab(&slower, 2)), ["**no**", "**no**"]);
    }

    /// The page's tables are those that the commands write: same rows, other figures.
    #[test]
    fn the_page_has_both_tables() {
        let page = Page::of_docs("performance.md").unwrap();
        let names = |table: &str| -> Vec<String> {
            let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
            rows.map(|row| row.split('|').nth(1).unwrap().trim().to_owned()).collect()
        };
        let keeper = of_keeper(&ranked(1, 1, true)).unwrap();
        assert_eq!(names(page.part(KEEPER).unwrap()), names(&keeper));
        let mut speed =
            Speed { runs: 1, steps: 1, accounts: 1, visited: 1, took_s: 1.0, worked_s: None };
        assert_eq!(names(page.part(LAB).unwrap()), names(&of_lab(&speed, 2)));
        speed.worked_s = Some(1.0);
        assert_eq!(names(page.part(LAB).unwrap()), names(&of_lab(&speed, 2)));
    }
}
