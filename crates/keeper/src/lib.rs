//! The keeper: finds what can be liquidated, taken or filled, and does it.
//!
//! Three parts, as in other keepers: collectors, strategies, an executor.
//!
//! - Collectors: [`endpoints`] and [`follow`] bring blocks, the [`reader`] the market's state at one of
//!   them. The [`store`] keeps what must survive, the [`index`] all accounts in memory and the
//!   [`ranking`] the order in which they become unhealthy.
//! - Strategies, one a file, are pure functions of a [`snapshot`] of the market and of their
//!   configuration; they return proposals of [`action`]s. See [`strategy`]; the [`brain`] holds them
//!   together with what they look at, for the service and for simulations.
//! - The [`executor`] tries each in a dry run, prices, signs, submits and finds it again; what it has
//!   brought is in the books of [`profit`].
//!
//! [`service`] is the loop around them, [`fleet`] several of it in one process. [`health`] says when the job is not done and why, [`http`] shows
//! it, [`alerts`] tells people.

pub mod action;
pub mod alerts;
pub mod brain;
pub mod command;
pub mod config;
pub mod endpoints;
pub mod executor;
pub mod fleet;
pub mod follow;
pub mod health;
pub mod http;
pub mod index;
pub mod inspect;
pub mod log;
pub mod metrics;
pub mod profit;
pub mod ranking;
pub mod reader;
pub mod record;
pub mod replay;
mod schedule;
pub mod service;
pub mod snapshot;
pub mod store;
pub mod strategy;

/// Bytes as hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::from("0x"), |text, byte| format!("{text}{byte:02x}"))
}

/// Where a keeper can be killed, for tests.
#[cfg(feature = "failpoints")]
pub mod faults {
    /// Places in the order in which a transaction passes them.
    pub const POINTS: [&str; 5] = [
        "keeper-before-intent",
        "keeper-after-intent",
        "keeper-after-send",
        "keeper-before-commit",
        "keeper-after-commit",
    ];

    /// Ends this process at a place, without cleaning up, as a kill would.
    ///
    /// # Errors
    /// What is wrong with the name.
    pub fn abort_at(point: &str) -> Result<(), String> {
        fail::cfg_callback(point, || std::process::abort())
    }
}
