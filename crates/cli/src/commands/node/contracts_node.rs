//! `breakwater node up --contracts-node`: a substrate-contracts-node as a child process.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use breakwater_chain::{
    node::{NodeChain, NodeOptions, NodeProcess},
    Chain, ChainError, Signer,
};

use super::up::Up;
use crate::output::{note, say};

/// How often a stopped node or a signal is looked for.
const POLL: Duration = Duration::from_millis(200);
/// Native balance of the account that makes empty blocks, in planck: 1,000 units.
const ENDOWMENT: u128 = 1_000_000_000_000_000;

pub fn run(args: &Up, stop: &Arc<AtomicBool>) -> Result<()> {
    let options = NodeOptions {
        binary: None,
        port: Some(args.port),
        directory: args.chain_dir.clone(),
        stop: Some(Arc::clone(stop)),
    };
    let began = Instant::now();
    note("starting a substrate-contracts-node: it compiles its runtime first, some 15 seconds ...");
    let mut node = match NodeProcess::start_with(options) {
        Ok(node) => node,
        Err(ChainError::Stopped) => return say("stopped"),
        Err(error) => return Err(error.into()),
    };
    note(&format!("it is up after {} s", began.elapsed().as_secs()));
    say(&format!("node at {} (log: {})", node.url(), node.log_path().display()))?;
    args.introduce()?;
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
