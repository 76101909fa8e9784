//! A running `substrate-contracts-node` over RPC.
//!
//! The node seals a block whenever a transaction arrives, and its clock is the system clock unless
//! somebody travels. Extrinsics are byte for byte those of the embedded chain; events and error
//! names are read with the node's metadata.

mod chain;
mod contracts_api;
mod events;
mod ledger;
mod nonces;
mod process;
mod rpc;

pub use chain::NodeChain;
pub use process::{NodeOptions, NodeProcess, NODE_VARIABLE};
