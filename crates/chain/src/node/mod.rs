//! A running `substrate-contracts-node` over RPC.
