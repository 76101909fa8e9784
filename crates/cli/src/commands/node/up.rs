//! `breakwater node up`.

use std::{
    path::PathBuf,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use breakwater_devnode::{DevNode, Error, Options, Profile, Seal, KEEP_STATES};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::contracts_node;
use crate::output::say;

#[derive(clap::Args)]
pub struct Up {
    /// Port for RPC
    #[arg(long, default_value_t = 9944)]
    pub port: u16,
    /// Folder of the chain, kept when the node stops; without one, each start is a new chain
    #[arg(long, visible_alias = "dir", value_name = "FOLDER")]
    pub chain_dir: Option<PathBuf>,
    /// Seconds between blocks while nobody sends anything, so that time passes as on a live chain;
    /// 0 for none
    #[arg(long, value_name = "SECONDS", default_value_t = 6)]
    pub block_time: u64,
    /// Make blocks only every so many seconds, not at each transaction
    #[arg(long, value_name = "SECONDS", conflicts_with = "block_time", value_parser = clap::value_parser!(u64).range(1..))]
    interval: Option<u64>,
    /// Make blocks only when `breakwater node new-block` says so
    #[arg(long, conflicts_with_all = ["block_time", "interval"])]
    manual: bool,
    /// A live chain's limits: 128 KiB of code, five frames below a call
    #[arg(long)]
    strict: bool,
    /// How many of the newest states stay readable
    #[arg(long, value_name = "BLOCKS", default_value_t = KEEP_STATES)]
    keep_states: u32,
    /// A substrate-contracts-node instead: $CONTRACTS_NODE, or one on the PATH
    #[arg(long, conflicts_with_all = ["interval", "manual", "strict", "keep_states"])]
    contracts_node: bool,
}

/// How often a signal is looked for.
const POLL: Duration = Duration::from_millis(50);

impl Up {
    pub fn run(&self) -> Result<()> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // A second one ends the process, whatever it waits for.
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&stop))
                .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&stop)))
                .context("cannot listen for signals")?;
        }
        if self.contracts_node {
            return contracts_node::run(self, &stop);
        }
        let began = Instant::now();
        let node = DevNode::start(&self.options()).map_err(|why| match why {
            why @ Error::Listen(_) => anyhow::Error::from(why)
                .context("is a node running already? --port gives this one another port"),
            why => why.into(),
        })?;
        say(&format!("node at {} after {} ms", node.url(), began.elapsed().as_millis()))?;
        self.introduce()?;
        while !stop.load(Ordering::Relaxed) {
            std::thread::sleep(POLL);
        }
        drop(node);
        say("stopped")
    }

    fn options(&self) -> Options {
        let idle = Some(Duration::from_secs(self.block_time)).filter(|idle| !idle.is_zero());
        Options {
            profile: if self.strict { Profile::Strict } else { Profile::Node },
            port: self.port,
            seal: match (self.manual, self.interval) {
                (true, _) => Seal::Manual,
                (false, Some(seconds)) => Seal::Every(Duration::from_secs(seconds)),
                (false, None) => Seal::Instant { idle },
            },
            folder: self.chain_dir.clone(),
            keep_states: self.keep_states,
            // The same first block each time, as of a node: who has a deployment of a chain that was started anew is
            // told so. The clock goes on from the first block that is made.
            genesis_ms: Some(breakwater_embedded::DEFAULT_GENESIS_MS),
        }
    }

    /// What a newcomer may do next.
    pub fn introduce(&self) -> Result<()> {
        say("accounts with money: //Alice //Bob")?;
        say("next: breakwater deploy examples/local.toml --from //Alice")?;
        say("Ctrl-C stops it")
    }
}
