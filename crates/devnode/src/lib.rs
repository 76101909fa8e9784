//! A node in this process: JSON-RPC in front of the embedded chain's runtimes.
//!
//! Clients of Substrate's nodes use it as one: subxt, polkadot.js, dedot's legacy client. Transactions are
//! signed extrinsics that the runtime's own executive checks and executes, so fees, nonces, eras and gas are
//! a node's. Left out: peers, consensus, Wasm of the runtime. What is in a block is final; states of the
//! newest [`Options::keep_states`] blocks can be read. `dev_*` methods move the clock, set balances, return
//! to snapshots and play accounts without their keys.
//!
//! It listens on this machine only, and anybody on it may do all of that.

mod block;
mod book;
pub mod client;
mod disk;
mod error;
mod node;
mod nodes;
mod pool;
mod quiet;
mod rpc;
mod server;
mod state;

use std::{path::PathBuf, time::Duration};

pub use breakwater_embedded::Profile;
pub use error::{Error, Result};
pub use node::Node;
pub use server::DevNode;

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// As soon as a transaction comes, and after this time without one, if any.
    Instant {
        idle: Option<Duration>,
    },
    Every(Duration),
    /// When `dev_newBlock` says so.
    Manual,
}

/// How a node is.
#[derive(Clone, Debug)]
pub struct Options {
    pub profile: Profile,
    /// Port on 127.0.0.1; 0 for a free one.
    pub port: u16,
    pub seal: Seal,
    /// Folder of the chain, which is gone on with; without one it is in memory only.
    pub folder: Option<PathBuf>,
    /// How many of the newest states can be read.
    pub keep_states: u32,
    /// Timestamp of block 0, in Unix milliseconds; now, if not told.
    pub genesis_ms: Option<u64>,
}

/// States that are kept unless told: four hours of blocks of 6 seconds, and as far back as an extrinsic's
/// era can reach.
pub const KEEP_STATES: u32 = 2_400;

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: Profile::Node,
            port: 0,
            seal: Seal::Instant { idle: None },
            folder: None,
            keep_states: KEEP_STATES,
            genesis_ms: None,
        }
    }
}
