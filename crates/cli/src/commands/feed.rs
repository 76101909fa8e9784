//! `breakwater oracle feed`: a price reporter.

use anyhow::{ensure, Context as _, Result};
use breakwater_chain::node::NodeChain;
use breakwater_keeper::{config::LogConfig, log::log_to};
use breakwater_reporter::{config::Config, FeedOutcome, Reporter};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::{
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::Duration,
};

/// Pauses between tries while the node does not answer: the first and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A pause is slept in parts, so that a signal ends it.
const PART: Duration = Duration::from_millis(200);

#[derive(clap::Args)]
pub struct Args {
    /// Configuration file; see --example
    #[arg(long, value_name = "FILE", required_unless_present = "example")]
    config: Option<PathBuf>,
    /// Read once, report what is due, and stop; fails if a feed gives no price
    #[arg(long)]
    once: bool,
    /// Print a configuration with every key explained
    #[arg(long, exclusive = true)]
    example: bool,
}

/// Reports until it is told to stop.
pub fn run(args: &Args) -> Result<()> {
    let Some(path) = args.config.as_ref().filter(|_| !args.example) else {
        print!("{}", breakwater_reporter::EXAMPLE);
        return Ok(());
    };
    let config = Config::load(path).with_context(|| format!("{}", path.display()))?;
    log_to(&LogConfig::default())?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, stop.clone()).context("cannot listen for signals")?;
    }
    let every = Duration::from_millis(config.every_ms);
    // A mistake in the configuration ends it at the start, a node that goes away does not.
    let mut chain = NodeChain::connect(&config.node)?;
    let mut reporter = Reporter::start(config.clone(), &mut chain)?;
    if args.once {
        let outcomes = reporter.round(&mut chain)?;
        let failed = outcomes.iter().filter(|one| matches!(one, FeedOutcome::Failed(_))).count();
        ensure!(failed == 0, "{failed} of {} feeds give no price", outcomes.len());
        return Ok(());
    }
    let mut pause = FIRST_PAUSE;
    while !stop.load(Ordering::Relaxed) {
        let wait = match reporter.round(&mut chain) {
            Ok(_) => {
                pause = FIRST_PAUSE;
                every
            }
            Err(why) => {
                let why = format!("{why:#}");
                tracing::error!(why, pause_s = pause.as_secs(), "nothing was reported");
                // What is left of the connection may be of no use.
                if let Ok(anew) = NodeChain::connect(&config.node) {
                    chain = anew;
                }
                let now = pause;
                pause = (pause * 2).min(LONGEST_PAUSE);
                now
            }
        };
        sleep(wait, &stop);
    }
    tracing::info!("stopped");
    Ok(())
}

fn sleep(wait: Duration, stop: &AtomicBool) {
    let mut left = wait;
    while !left.is_zero() && !stop.load(Ordering::Relaxed) {
        let part = left.min(PART);
        std::thread::sleep(part);
        left -= part;
    }
}
