//! `breakwater demo`: a crash, on chain.
//!
//! Borrowers, keepers and a pool act as signed transactions on real Wasm contracts; keepers decide as
//! `breakwater keeper` does, with the same code. The pool's
//! price is the oracle's price, so what keepers sell pushes it down for everybody: the cascade that
//! the protocol is there to damp.

mod cascade;
mod keepers;
mod live;
mod outcome;
mod pool;
mod replay;
mod seen;
mod setup;
mod stored;

use crate::app::{Page, Serving};
use anyhow::{bail, ensure, Context, Result};
use breakwater_chain::{node::NodeChain, Chain, Ledger};
use breakwater_devnode::{DevNode, Options};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_lab::prices::candles;
use indicatif::{ProgressBar, ProgressStyle};
use std::{path::PathBuf, time::Instant};

#[derive(clap::Args, Clone)]
#[command(after_help = "Examples:
  breakwater demo
  breakwater demo --load 20 --seed 7 --report /tmp/crash.html
  breakwater demo --node ws://127.0.0.1:9944 --borrowers 50 --step-minutes 5
  breakwater demo --live --speed 600      # watch it on a page
  breakwater demo --prices my.csv      # columns: unix_s,open,high,low,close")]
pub struct Args {
    /// Run on a node (its URL) instead of the embedded chain; it must be a development chain
    #[arg(long, value_name = "URL")]
    node: Option<String>,
    /// Embedded chain with a live chain's limits: 5 frames, 128 KiB of code, 12-second blocks
    #[arg(long, conflicts_with = "node")]
    strict: bool,
    /// Number of borrowers
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    borrowers: u16,
    /// Number of competing keepers
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=50))]
    keepers: u16,
    /// Debt that the collateral may support, in depths: sales that move the AMM pool's price by 1 %
    #[arg(long, default_value_t = 8.0)]
    load: f64,
    /// Size of the backstop, in per cent of all loans
    #[arg(long, default_value_t = 15.0)]
    backstop: f64,
    /// Only the market with the backstop, without the comparison
    #[arg(long)]
    alone: bool,
    /// Half-life of the price impact of a sale, in minutes
    #[arg(long, default_value_t = 30.0)]
    half_life: f64,
    /// Minutes between two steps
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=60))]
    step_minutes: u64,
    /// Seed of the borrowers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Price path to replay instead of 12 March 2020: a CSV file
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Serve the page and replay slowly enough to watch; without --node, on a local chain started for it
    #[arg(long, conflicts_with = "strict")]
    live: bool,
    /// With --live, the speed relative to real time
    #[arg(long, default_value_t = 240.0, requires = "live")]
    speed: f64,
    /// Port of the page, with --live
    #[arg(long, default_value_t = 8_080, requires = "live")]
    port: u16,
    /// Where to write the report
    #[arg(long, value_name = "FILE", default_value = "breakwater-demo.html")]
    report: PathBuf,
}

/// A chain on which scripts act and keepers look.
pub trait LiveChain: Chain + Ledger {}
impl<C: Chain + Ledger> LiveChain for C {}

/// An error of the core's, where the demo did not expect one.
fn refused(error: breakwater_protocol::Error) -> anyhow::Error {
    anyhow::anyhow!("the core refused: {error:?}")
}

/// Runs the demo.
pub fn run(args: &Args) -> Result<()> {
    // The market's own bound of its load caps.
    ensure!(args.load > 0.0 && args.load <= 1_000.0, "--load must be above 0 and at most 1,000");
    ensure!(
        args.half_life.is_finite() && args.half_life > 0.0,
        "--half-life must be a positive number"
    );
    ensure!(
        (0.0..=100.0).contains(&args.backstop),
        "--backstop must be between 0 and 100 per cent"
    );
    ensure!(args.speed.is_finite() && args.speed > 0.0, "--speed must be a positive number");
    let started = Instant::now();
    let candles = candles::load(args.prices.as_deref())?;
    if let Some(gaps) = candles::gaps(&candles) {
        crate::output::note(&format!("the price file: {gaps}"));
    }
    let ticks = candles::ticks(&candles, 60 * args.step_minutes)?;
    let (first, last) = match (ticks.first(), ticks.last()) {
        (Some(first), Some(last)) if ticks.len() > 1 => (*first, *last),
        _ => anyhow::bail!("the price path is shorter than one step"),
    };
    // Before the long run, not after it.
    breakwater_lab::output::try_file(&args.report)
        .with_context(|| format!("cannot write the report to {}", args.report.display()))?;

    let (args, _local) = with_local_chain(args, first.time_ms)?;
    let args = &args;
    let (mut chain, chain_name) = connect(args, first.time_ms)?;
    println!(
        "Replaying {} to {} on {chain_name}: {} borrowers, {} keepers, load {}.",
        outcome::utc(first.time_ms),
        outcome::utc(last.time_ms),
        args.borrowers,
        args.keepers,
        args.load
    );
    let scale = setup::Scale {
        borrowers: args.borrowers.into(),
        keepers: args.keepers.into(),
        seed: args.seed,
        load: args.load,
        backstop: args.backstop / 100.0,
        eth_usd: first.usd,
    };
    let decay = replay::Decay::of(&ticks, args.half_life);
    // The others run beside it, each on a chain of its own; a node has one chain.
    let others = !args.alone && !args.live && args.node.is_none();
    let (main, day_one) = std::thread::scope(|scope| {
        let day_one = others.then(|| {
            let (scale, ticks) = (setup::Scale { backstop: 0.0, ..scale }, &ticks);
            scope.spawn(move || -> Result<seen::Run> {
                let (mut chain, _) = connect(args, first.time_ms)?;
                let cast = setup::stage(chain.as_mut(), &scale, &|_, _| {})?;
                replay::replay(chain.as_mut(), &cast, ticks, decay, &|_, _| {})
            })
        });
        let main = with_bars(args, chain.as_mut(), &scale, &ticks, decay);
        let day_one = day_one.map(|run| run.join().unwrap_or_else(|_| bail!("the run panicked")));
        (main, day_one.transpose())
    });
    let ((main, page), day_one) = (main?, day_one?);

    let facts = outcome::Facts {
        command: std::env::args().collect::<Vec<_>>().join(" "),
        chain: chain_name,
        seed: args.seed,
        load: args.load,
        backstop_percent: args.backstop,
        half_life_minutes: args.half_life,
        wall_seconds: started.elapsed().as_secs_f64(),
    };
    let mut report = outcome::report(&main, facts);
    if let Some(day_one) = &day_one {
        let borrowers = setup::cast(&scale)?;
        let cascade = cascade::replay(&scale, &borrowers, &ticks, decay)?;
        let with_pool = format!("Breakwater with a backstop of {} % of loans", args.backstop);
        let gradual = "one gradual price for all lots, sold no faster than the market absorbs";
        report.runs = vec![
            outcome::cascade(&cascade),
            outcome::compared(day_one, "Breakwater on day one", "the same without a backstop"),
            outcome::compared(&main, &with_pool, gradual),
        ];
    }
    println!("{}", breakwater_report::text_table(&report));
    std::fs::write(&args.report, breakwater_report::html(&report)?)
        .with_context(|| format!("cannot write the report to {}", args.report.display()))?;
    println!("Report with plots: {}", args.report.display());
    match page {
        Some(page) => page.until_stopped(),
        None => Ok(()),
    }
}

/// Starts a chain for `--live` where none is named; it ends when the second answer is dropped.
fn with_local_chain(args: &Args, first_ms: u64) -> Result<(Args, Option<DevNode>)> {
    let mut args = args.clone();
    if !args.live || args.node.is_some() {
        return Ok((args, None));
    }
    let node =
        DevNode::start(&Options { genesis_ms: Some(genesis_ms(first_ms)), ..Options::default() })?;
    args.node = Some(node.url());
    Ok((args, Some(node)))
}

/// Sets the stage and walks the path, and says how far it is.
fn with_bars(
    args: &Args,
    chain: &mut dyn LiveChain,
    scale: &setup::Scale,
    ticks: &[candles::Tick],
    decay: replay::Decay,
) -> Result<(seen::Run, Option<Page>)> {
    let bar = bar(u64::from(args.borrowers));
    let cast = setup::stage(chain, scale, &|done, what| {
        bar.set_position(done);
        bar.set_message(what.to_owned());
    })?;
    bar.finish_and_clear();
    let page = match (&args.node, args.live) {
        (Some(node), true) => {
            let serving = Serving { port: args.port, keeper: None };
            Some(live::show(chain, &cast, node, &serving)?)
        }
        _ => None,
    };
    let pacer = page.is_some().then(|| live::Pacer::new(60_000 * args.step_minutes, args.speed));
    let bar = self::bar(ticks.len() as u64);
    let run = replay::replay(chain, &cast, ticks, decay, &|step, what| {
        bar.set_position(step);
        bar.set_message(what);
        if let Some(pacer) = &pacer {
            pacer.wait(step);
        }
    })?;
    bar.finish_and_clear();
    Ok((run, page))
}

fn connect(args: &Args, first_ms: u64) -> Result<(Box<dyn LiveChain>, String)> {
    if let Some(url) = &args.node {
        return Ok((Box::new(NodeChain::connect(url)?), format!("the node at {url}")));
    }
    let profile = if args.strict { Profile::Strict } else { Profile::Node };
    let chain = EmbeddedChain::with_genesis_time(profile, genesis_ms(first_ms))?;
    let name = format!("the embedded chain ({profile:?} profile)").to_lowercase();
    Ok((Box::new(chain), name))
}

/// A day to set everything up before the crash begins.
fn genesis_ms(first_ms: u64) -> u64 {
    first_ms.saturating_sub(24 * 60 * 60 * 1_000).max(1_000)
}

fn bar(length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta} left  {msg}");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
