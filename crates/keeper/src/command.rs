//! `breakwater keeper`.

use crate::{
    config::{several, Config},
    endpoints::Connect,
    fleet::{Fleet, Launch},
    http::{HealthRule, Http, Shown},
    inspect,
    log::log_to,
    metrics::Metrics,
    profit::PnlFile,
    replay::{self, Whose},
    service::{Keeper, Round},
};
use anyhow::{Context, Result};
use breakwater_chain::{node::NodeChain, Ledger};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    io::IsTerminal,
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::Duration,
};

/// How long `--once` waits for its transactions.
const ONCE_PATIENCE: Duration = Duration::from_secs(60);
/// Blocks to read from which on a progress bar is worth it.
const BAR_FROM: u64 = 200;

#[derive(clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  BREAKWATER_KEEPER_KEY=//Dave breakwater keeper --config keeper.toml
  BREAKWATER_KEEPER_KEY=//Dave breakwater keeper --config keeper.toml --dry-run --once
  breakwater keeper pnl --config keeper.toml
  BREAKWATER_KEEPER_KEY=//Dave breakwater keeper why //Bob --config keeper.toml
  BREAKWATER_KEEPER_KEY=//Dave breakwater keeper replay --from 1200 --to 1500 --config keeper.toml
  breakwater keeper --example > keeper.toml"
)]
pub struct Args {
    #[command(subcommand)]
    question: Option<Question>,
    /// Configuration file; see --example
    #[arg(long, value_name = "FILE", required_unless_present = "example")]
    config: Option<PathBuf>,
    /// Try everything and submit nothing
    #[arg(long)]
    dry_run: bool,
    /// Answer the newest block, wait for what was submitted, and stop
    #[arg(long)]
    once: bool,
    /// Print a configuration with every key explained
    #[arg(long, exclusive = true)]
    example: bool,
}

/// What can be asked beside it.
#[derive(clap::Subcommand)]
enum Question {
    /// Show its earnings and losses, from its transactions' events and its balances
    Pnl {
        /// Its configuration
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Which of its markets
        #[arg(long, value_name = "NAME")]
        market: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Replay past blocks: what it would have done and gained; the node must still have their states
    Replay {
        /// First block
        #[arg(long, value_name = "BLOCK")]
        from: u64,
        /// Last block; by default the newest
        #[arg(long, value_name = "BLOCK")]
        to: Option<u64>,
        /// With what this account had in each block; unless told, as if what may be spent at once was there
        #[arg(long, value_name = "ADDRESS")]
        account: Option<String>,
        /// Its configuration
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Which of its markets
        #[arg(long, value_name = "NAME")]
        market: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Explain its decisions about an account at the newest block
    Why {
        account: String,
        /// Its configuration
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Which of its markets
        #[arg(long, value_name = "NAME")]
        market: Option<String>,
    },
}

fn answer(question: &Question) -> Result<()> {
    match question {
        Question::Pnl { config, market, json } => {
            let config = several::load_one(config, market.as_deref())?;
            let path = PnlFile::path(&config.store.path);
            let missing = || {
                let path = path.display();
                format!("{path}: a keeper of this configuration writes it as it runs")
            };
            let file = PnlFile::read(&path).with_context(missing)?;
            match json {
                true => println!("{}", serde_json::to_string_pretty(&file)?),
                false => println!("block {}\n{}", file.block, file.pnl),
            }
        }
        Question::Replay { from, to, account, config, market, json } => {
            let config = several::load_one(config, market.as_deref())?;
            let connect = connect(Duration::from_millis(config.chain.timeout_ms));
            let range = (*from, to.unwrap_or(u64::MAX));
            let found = match account {
                Some(account) => {
                    let account = breakwater_chain::address::parse(account)?;
                    replay::replay(&config, Whose::Account(account), connect, range, |_| {})?
                }
                None => {
                    let signer = config.signer.load()?;
                    replay::replay(&config, Whose::Funded(&signer), connect, range, |_| {})?
                }
            };
            match json {
                true => println!("{}", serde_json::to_string_pretty(&found)?),
                false => println!("{found}"),
            }
        }
        Question::Why { account, config, market } => {
            let config = several::load_one(config, market.as_deref())?;
            let signer = config.signer.load()?;
            let account = breakwater_chain::address::parse(account)?;
            let connect = connect(Duration::from_millis(config.chain.timeout_ms));
            for sentence in inspect::why(&config, &signer, connect, account)? {
                println!("{sentence}");
            }
        }
    }
    Ok(())
}

/// Runs the keeper until it is told to stop, or answers a question beside it.
pub fn run(args: &Args) -> Result<()> {
    if let Some(question) = &args.question {
        return answer(question);
    }
    let Some(path) = args.config.as_ref().filter(|_| !args.example) else {
        print!("{}", include_str!("../keeper.example.toml"));
        return Ok(());
    };
    let members = several::load(path)?;
    // What is the process's is the same in all of them.
    let Some(first) = members.first().map(|member| member.config.clone()) else { return Ok(()) };
    log_to(&first.log)?;
    let stop = Arc::new(AtomicBool::new(false));
    let starting = Arc::new(AtomicBool::new(true));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        // While it looks for an endpoint nothing is under way: the first signal ends it.
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&starting))?;
        // The second signal ends a keeper that hangs.
        signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let again = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGHUP, Arc::clone(&again))?;
    let shown = Arc::new(Shown::default());
    let _http = serve(&first, &shown)?;
    let connect = |config: &Config| connect(Duration::from_millis(config.chain.timeout_ms));
    let bar = ProgressBar::hidden();
    bar.set_style(style());
    let has_bar = members.len() == 1;
    let each = move |round: &Round| {
        if has_bar {
            show(&bar, round);
        }
    };
    if args.once {
        for member in members {
            let config = member.config;
            let (signer, metrics) = (config.signer.load()?, Arc::new(Metrics::of(&member.name)));
            shown.set(vec![(member.name.clone(), Arc::clone(&metrics))]);
            let connect = connect(&config);
            let mut keeper = Keeper::start(config, signer, connect, args.dry_run, metrics)?;
            starting.store(false, Ordering::SeqCst);
            let round = keeper.run_once(&stop, ONCE_PATIENCE, &each)?;
            let (market, block) = (member.name, round.head);
            tracing::info!(market, block, under_way = round.under_way, "done once");
        }
        return Ok(());
    }
    let launch = Launch { connect: Box::new(connect), dry_run: args.dry_run, each: Arc::new(each) };
    let mut fleet = Fleet::start(launch, members, shown)?;
    starting.store(false, Ordering::SeqCst);
    fleet.run(path, &stop, &again)?;
    drop(fleet);
    tracing::info!("stopped");
    Ok(())
}

/// Connections to nodes, with a limit on the wait for an answer.
pub fn connect(patience: Duration) -> Connect {
    Box::new(move |url| {
        let node = NodeChain::connect(url)?.with_patience(patience).listening();
        Ok(Box::new(node) as Box<dyn Ledger>)
    })
}

fn serve(config: &Config, shown: &Arc<Shown>) -> Result<Option<Http>> {
    let Some(listen) = &config.http.listen else { return Ok(None) };
    let slowest = config.chain.timeout_ms.saturating_add(config.chain.poll_ms);
    let silent = Duration::from_millis(slowest.saturating_mul(2).max(10_000));
    Http::start(listen, Arc::clone(shown), HealthRule { silent })
        .map(Some)
        .with_context(|| format!("cannot listen on {listen}"))
}

/// Shows progress while far behind, on a terminal.
fn show(bar: &ProgressBar, round: &Round) {
    let behind = round.head.saturating_sub(round.cursor);
    if bar.is_hidden() && behind > BAR_FROM && std::io::stderr().is_terminal() {
        bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
    }
    bar.set_length(round.head);
    bar.set_position(round.cursor);
    if round.caught_up && !bar.is_finished() {
        bar.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("reading blocks {bar:40} {pos}/{len} {per_sec} {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}
