//! `breakwater lab`.

use crate::{
    compare::{
        beside_floor, columns, compare, count_runs, frontier, gradual, Column, Group, HEADLINE,
    },
    floor, insurance, markdown,
    mechanisms::breakwater::Settings,
    output, pacing, prices,
    report::{self, Facts},
    robust::{self, Axis},
    scenario::{Scenario, Source},
    speed::Stopwatch,
    sweep::{sweep, with},
};
use anyhow::{ensure, Context, Result};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater lab compare
  breakwater lab compare --load 12 --seeds 200 --report load12.html
  breakwater lab compare --prices my.csv        # columns: unix_s,open,high,low,close
  breakwater lab run crates/lab/scenarios/crash.toml
  breakwater lab sweep --key market.load --values 2,3,5,8,12,20 --report sweep.html")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run Breakwater alone in a scenario
    Run(World),
    /// Run all mechanisms in the same scenario and write a report
    Compare {
        #[command(flatten)]
        world: World,
        /// Without the ablation, other parameters, and the peers with a lent backstop
        #[arg(long)]
        brief: bool,
    },
    /// Run Breakwater with backstops of several sizes
    Frontier(World),
    /// Run Breakwater with pools of several sizes against Aave v3
    Gradual {
        #[command(flatten)]
        world: World,
        /// Only with a pool of 15 % and with none
        #[arg(long)]
        brief: bool,
    },
    /// Run Breakwater with and without a pool in worse worlds, and print a table in Markdown
    Robust(World),
    /// Run Breakwater against buyers who demand ever higher margins, and print a table in Markdown
    Participation(World),
    /// Print the trade-offs of faster and slower paces, as a table in Markdown
    Pacing(World),
    /// Print the returns of the pool's stakers, as a table in Markdown
    Insurance(World),
    /// Compare every overshoot with the theoretical floor: a table in Markdown, and a plot
    Floor {
        #[command(flatten)]
        world: World,
        /// The linear programme's points, as `scripts/floor` prints them
        #[arg(long, value_name = "FILE")]
        points: Option<PathBuf>,
        /// Where to write the plot
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
        /// Only the formula and the points: nothing is run
        #[arg(long)]
        bare: bool,
        /// Only write the world that `scripts/floor` reads
        #[arg(long, value_name = "FILE")]
        export: Option<PathBuf>,
    },
    /// Compare for several values of one of the scenario's keys
    Sweep {
        #[command(flatten)]
        world: World,
        /// The key, as in the scenario's file: section.key
        #[arg(long, default_value = "market.load")]
        key: String,
        /// Its values
        #[arg(long, value_delimiter = ',', default_value = "2,3,5,8,12,20")]
        values: Vec<f64>,
        /// All columns, the ablation and the peers with a lent backstop too
        #[arg(long)]
        all: bool,
    },
    /// Print a summary written by `--csv` as a table in Markdown
    Table {
        /// `runs-summary.csv`
        summary: PathBuf,
    },
    /// Print the default scenario with every key and its meaning
    Scenario,
}

/// What is run, and where the results go.
#[derive(clap::Args)]
struct World {
    /// Scenario file; without one, ETH/USD of 12 March 2020
    scenario: Option<PathBuf>,
    /// Number of runs of each mechanism
    #[arg(long)]
    seeds: Option<u64>,
    /// Debt that the collateral may support, in multiples of the sale that moves the price by 1 %
    #[arg(long)]
    load: Option<f64>,
    /// Price path to replay: a CSV file
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// End at the lowest price and hold it for a day: a crash without a rebound
    #[arg(long)]
    no_rebound: bool,
    /// Override a key of the scenario; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Threads; all cores by default. The results do not depend on it
    #[arg(long)]
    threads: Option<usize>,
    /// Leave out the runs without impact: half the time, no amplification
    #[arg(long)]
    no_twins: bool,
    /// Where to write the report
    #[arg(long, value_name = "FILE", default_value = "breakwater-lab.html")]
    report: PathBuf,
    /// Where to write a row for each run; means and intervals go beside it, `-summary` added
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// The default scenario, written out.
pub const SCENARIO: &str = include_str!("../scenarios/crash.toml");

/// Runs the simulator.
///
/// # Errors
/// Malformed scenarios and prices, files that can't be written.
pub fn run(args: &Args) -> Result<()> {
    match &args.command {
        Command::Scenario => {
            print!("{SCENARIO}");
            Ok(())
        }
        Command::Table { summary } => {
            print!("{}", markdown::table(summary)?);
            Ok(())
        }
        Command::Run(world) => world.compare(only(|column| column.group == Group::Ours)),
        Command::Compare { world, brief } => {
            world.compare(only(|column| !brief || is_main(column)))
        }
        Command::Gradual { world, brief } => {
            let mut columns = gradual(&Settings::default());
            columns.truncate(if *brief { HEADLINE } else { columns.len() });
            world.compare(columns)
        }
        Command::Robust(world) => world.along(Axis::Worse),
        Command::Participation(world) => world.along(Axis::Dearer),
        Command::Insurance(world) => world.print(insurance::runs, insurance::table),
        Command::Pacing(world) => world.print(pacing::runs, pacing::table),
        Command::Floor { world, export: Some(path), .. } => {
            write(path, &floor::plan(&world.load()?)?)
        }
        Command::Floor { world, points, svg, bare, export: None } => {
            world.floor(points.as_deref(), svg.as_deref(), *bare)
        }
        Command::Frontier(world) => world.compare(frontier(&Settings::default())),
        Command::Sweep { world, key, values, all } => {
            ensure!(!values.is_empty(), "--values must name a value");
            world.sweep(key, values, &only(|column| *all || is_main(column)))
        }
    }
}

fn is_main(column: &Column) -> bool {
    matches!(column.group, Group::Ours | Group::Peer)
}

/// Some of the columns.
fn only(wanted: impl Fn(&Column) -> bool) -> Vec<Column> {
    let mut columns = columns(&Settings::default());
    columns.retain(wanted);
    columns
}

impl World {
    fn load(&self) -> Result<Scenario> {
        let mut scenario = match &self.scenario {
            Some(path) => Scenario::load(path)?,
            None => Scenario::default(),
        };
        scenario.seeds = self.seeds.unwrap_or(scenario.seeds);
        scenario.market.load = self.load.unwrap_or(scenario.market.load);
        if let Some(file) = &self.prices {
            scenario.prices.source = Source::File;
            scenario.prices.file.clone_from(file);
            let name = file.file_stem().unwrap_or_default();
            scenario.name = name.to_string_lossy().into_owned();
        }
        if self.no_rebound {
            (scenario.prices.cut_at_low, scenario.prices.hold_h) = (true, 24.0);
        }
        for pair in &self.set {
            let (key, value) = pair.split_once('=').context("--set needs KEY=VALUE")?;
            scenario = with(&scenario, key, value.parse().context("--set needs a number")?)?;
        }
        scenario.check()?;
        if scenario.prices.source == Source::File {
            let candles = prices::candles::load(Some(&scenario.prices.file))?;
            if let Some(gaps) = prices::candles::gaps(&candles) {
                eprintln!("{}: {gaps}", scenario.prices.file.display());
            }
        }
        // Before the long run, not after it.
        output::try_file(&self.report)
            .with_context(|| format!("cannot write the report to {}", self.report.display()))?;
        Ok(scenario)
    }

    fn compare(&self, columns: Vec<Column>) -> Result<()> {
        let scenario = self.load()?;
        let watch = Stopwatch::start();
        let twins = !self.no_twins;
        let runs = count_runs(&scenario, &columns, twins);
        let results = self.with_bar(runs, |done| compare(&scenario, &columns, twins, done))?;
        print_tables(&results);
        println!("{}", watch.speed(&scenario, runs, &results)?);
        if let Some(path) = &self.csv {
            output::write_runs(path, &results, scenario.first_seed)?;
            output::write_summary(&beside(path), &results)?;
        }
        let facts = Facts::new(&scenario, watch.seconds(), runs);
        std::fs::write(&self.report, report::compared(&results, &facts)?)
            .with_context(|| format!("cannot write the report to {}", self.report.display()))?;
        println!("Report with plots: {}", self.report.display());
        Ok(())
    }

    fn along(&self, axis: Axis) -> Result<()> {
        self.print(
            |scenario| axis.runs(scenario),
            |scenario, done| robust::table(scenario, axis, done),
        )
    }

    /// Makes a table of runs and prints it.
    fn print(
        &self,
        runs: impl FnOnce(&Scenario) -> u64,
        table: impl FnOnce(&Scenario, &(dyn Fn() + Sync)) -> Result<String> + Send,
    ) -> Result<()> {
        let scenario = self.load()?;
        print!("{}", self.with_bar(runs(&scenario), |done| table(&scenario, done))?);
        Ok(())
    }

    fn floor(&self, points: Option<&Path>, svg: Option<&Path>, bare: bool) -> Result<()> {
        let scenario = self.load()?;
        let points = points.map_or(Ok(Vec::new()), floor::read_points)?;
        let formula = floor::formula(&floor::Planned::new(&scenario)?);
        let lent = scenario.backstop.part_of_loans;
        let mut pools = beside_floor(&Settings::default(), &floor::POOLS, lent);
        pools.retain(|_| !bare);
        let (columns, pools): (Vec<Column>, Vec<f64>) = pools.into_iter().unzip();
        let runs = scenario.seeds * columns.len() as u64;
        let results = self.with_bar(runs, |done| compare(&scenario, &columns, false, done))?;
        let lines = floor::lines(&columns, &pools, &results);
        print!("{}", floor::table(&formula, &points, &lines));
        svg.map_or(Ok(()), |path| write(path, &floor::chart(&formula, &points, &lines)?))
    }

    fn sweep(&self, key: &str, values: &[f64], columns: &[Column]) -> Result<()> {
        let scenario = self.load()?;
        let watch = Stopwatch::start();
        let runs = 2 * scenario.seeds * (columns.len() * values.len()) as u64;
        let swept = self.with_bar(runs, |done| sweep(&scenario, columns, (key, values), done))?;
        for (value, results) in &swept {
            println!("{key} = {value}");
            print_tables(results);
        }
        if let Some(path) = &self.csv {
            for (value, results) in &swept {
                output::write_summary(&marked(path, &format!("-{value}")), results)?;
            }
        }
        let facts = Facts::new(&scenario, watch.seconds(), runs);
        std::fs::write(&self.report, report::swept(key, &swept, &facts)?)
            .with_context(|| format!("cannot write the report to {}", self.report.display()))?;
        println!("Report with plots: {}", self.report.display());
        Ok(())
    }

    /// Does it on the threads asked for, with a bar that tells how long it will take.
    fn with_bar<T: Send>(
        &self,
        runs: u64,
        work: impl FnOnce(&(dyn Fn() + Sync)) -> Result<T> + Send,
    ) -> Result<T> {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left");
        let bar = ProgressBar::new(runs)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.unwrap_or(0))
            .build()
            .context("cannot start threads")?;
        let done = pool.install(|| work(&|| bar.inc(1)));
        bar.finish_and_clear();
        done
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// `runs.csv` becomes `runs-summary.csv`.
fn beside(path: &Path) -> PathBuf {
    marked(path, "-summary")
}

fn marked(path: &Path, mark: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}{mark}.{extension}"))
}

/// Prints what was compared, no wider than the terminal.
fn print_tables(results: &[crate::compare::Results]) {
    for table in output::tables(results, breakwater_report::terminal_columns()) {
        println!("{table}");
    }
}
