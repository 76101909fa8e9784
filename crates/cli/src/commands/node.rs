//! `breakwater node`: a chain on this machine.

use crate::output::{note, say};
use anyhow::{Context as _, Result};
use breakwater_chain::{
    node::{NodeChain, NodeOptions, NodeProcess},
    Chain, ChainError, Signer,
};
use clap::Parser;
use signal_hook::consts::{SIGINT, SIGTERM};
use std::{
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Start a substrate-contracts-node and keep it running until Ctrl-C
    #[command(after_help = "Examples:
  breakwater node up
  breakwater node up --port 9955 --dir my-chain
  breakwater node up --embedded            # no node needed: plays the demo in this process")]
    Up(Up),
}

#[derive(clap::Args)]
pub struct Up {
    /// Port for RPC
    #[arg(long, default_value_t = 9944)]
    port: u16,
    /// Folder of the chain, kept when the node stops; without one, each start is a new chain
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Seconds between blocks when nobody sends anything, so that time goes on as on a live chain;
    /// 0 for none
    #[arg(long, value_name = "SECONDS", default_value_t = 6)]
    block_time: u64,
    /// Play the demo on the chain inside this process instead: it has no RPC
    #[arg(long, conflicts_with_all = ["port", "dir", "block_time"])]
    embedded: bool,
}

/// The demo as it is without arguments.
#[derive(Parser)]
struct Plain {
    #[command(flatten)]
    demo: crate::demo::Args,
}

/// How often a stopped node or a signal is looked for.
const POLL: Duration = Duration::from_millis(200);
/// Native balance of the account that makes empty blocks, in planck: 1,000 units.
const ENDOWMENT: u128 = 1_000_000_000_000_000;

pub fn run(command: &Command) -> Result<()> {
    let Command::Up(args) = command;
    if args.embedded {
        return crate::demo::run(&Plain::parse_from(["demo"]).demo);
    }
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, stop.clone()).context("cannot listen for signals")?;
    }
    let options = NodeOptions {
        port: Some(args.port),
        directory: args.dir.clone(),
        stop: Some(Arc::clone(&stop)),
    };
    let began = Instant::now();
    note("starting a substrate-contracts-node: it compiles its runtime first, some 15 seconds ...");
    let mut node = match NodeProcess::start_with(options) {
        Ok(node) => node,
        Err(ChainError::Stopped) => return say("stopped"),
        // There is a node, so another way to see the market is no help.
        Err(error @ ChainError::Connect(_)) => return Err(error.into()),
        Err(error) => {
            let other = "without a node, `breakwater node up --embedded` plays the demo";
            return Err(error).context(other);
        }
    };
    note(&format!("it is up after {} s", began.elapsed().as_secs()));
    say(&format!("node at {} (log: {})", node.url(), node.log_path().display()))?;
    say("accounts with money: //Alice //Bob")?;
    say("next: breakwater deploy examples/local.toml --from //Alice")?;
    say("Ctrl-C stops it")?;
    let mut beat = match args.block_time {
        0 => None,
        seconds => Some(Beat::new(node.url(), Duration::from_secs(seconds))?),
    };
    while !stop.load(Ordering::Relaxed) {
        node.check()?;
        if let Some(beat) = &mut beat {
            beat.tick()?;
        }
        std::thread::sleep(POLL);
    }
    say("stopped")
}

/// Makes a block now and then: the node seals one only when a transaction comes.
struct Beat {
    chain: NodeChain,
    signer: Signer,
    every: Duration,
    last: Instant,
    block: u64,
}

impl Beat {
    fn new(url: &str, every: Duration) -> Result<Self> {
        let mut chain = NodeChain::connect(url)?;
        let signer = Signer::from_uri("//Breakwater//Clock")?;
        if chain.balance(signer.account())? < ENDOWMENT / 2 {
            chain.fund(&Signer::from_uri("//Alice")?, &[signer.account()], ENDOWMENT)?;
        }
        let block = chain.block_number()?;
        Ok(Self { chain, signer, every, last: Instant::now(), block })
    }

    /// A transfer to itself, unless somebody else has made a block meanwhile.
    fn tick(&mut self) -> Result<()> {
        if self.last.elapsed() < self.every {
            return Ok(());
        }
        if self.chain.block_number()? == self.block {
            self.chain.fund(&self.signer, &[self.signer.account()], 1)?;
        }
        self.block = self.chain.block_number()?;
        self.last = Instant::now();
        Ok(())
    }
}
