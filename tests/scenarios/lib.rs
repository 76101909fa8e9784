//! End-to-end scenarios, written once against [`Chain`] and run on both back ends.

pub mod auctions;
pub mod baskets;
pub mod breaker;
pub mod governance;
pub mod hostile;
pub mod keeper;
pub mod scenarios;
pub mod stage;

pub use stage::{Stage, Step};

use breakwater_chain::{
    node::{NodeChain, NodeProcess},
    ChainError,
};
use std::io::Write;

/// Starts a node and connects to it. `None`, said loudly, where there is no node; with `CI=true`
/// that is a failure.
pub fn node(test: &str) -> Option<(NodeProcess, NodeChain)> {
    match NodeProcess::start() {
        Ok(process) => {
            let chain = NodeChain::connect(process.url()).expect("the node answers");
            Some((process, chain))
        }
        Err(ChainError::NoNode(why)) => {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no node in CI: {why}");
            // Past the test harness, which shows nothing of a test that passes.
            let _ = writeln!(std::io::stderr(), "SKIPPED {test}: NO NODE ({why})");
            None
        }
        Err(error) => panic!("{error}"),
    }
}
