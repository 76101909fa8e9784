//! A price reporter: reads prices where they are made, and signs them for the oracle adapter.
//!
//! Each feed has one or more [`inputs`] (an HTTP answer, a file, DIA's contract). Their median is reported
//! when it is due: when it has moved far enough from what the adapter has, or when that has become old
//! ([`decide`]). What is reported is signed ([`sign`]) and relayed, or written to a file that keepers relay.
//! An input that is older than told counts as silent: a reporter never makes an old price look new.
//!
//! Several reporters of one feed are several processes with keys of their own; the adapter asks for a quorum
//! of them.

pub mod config;
pub mod decide;
pub mod inputs;
mod publish;
pub mod sign;

mod run;
pub use run::{FeedOutcome, Reporter};

/// A configuration with every key explained.
pub const EXAMPLE: &str = include_str!("../feed.example.toml");
