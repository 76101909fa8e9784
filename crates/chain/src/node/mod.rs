//! A running node over RPC: any chain with pallet-contracts whose metadata we can work with, and
//! `substrate-contracts-node` as a child process for tests and local networks.
//!
//! That node seals a block whenever a transaction arrives, and its clock is the system clock unless
//! somebody travels. What is signed and read there is, byte for byte, what the embedded chain does with
//! the pallets themselves.

mod calls;
mod chain;
mod codec;
mod contracts_api;
mod dispatch;
mod events;
mod include;
mod ledger;
mod network;
mod nonces;
mod probe;
mod process;
mod rpc;
mod runtimes;
mod sign;

pub use chain::NodeChain;
pub use process::{NodeOptions, NodeProcess, NODE_VARIABLE};
