//! The keeper: finds what can be liquidated, taken or filled, and does it.
//!
//! Collectors ([`endpoints`], [`follow`], [`views`]) bring blocks and the market's state; the
//! [`store`] keeps what must survive; [`strategy`] says what is worth doing, as pure functions, with
//! the [`ranking`] to find whom to look at; the [`executor`] tries, signs, hands in and finds again.
//! [`service`] is the loop around them.

pub mod book;
pub mod command;
pub mod config;
pub mod endpoints;
pub mod executor;
pub mod follow;
pub mod http;
pub mod metrics;
pub mod ranking;
pub mod service;
pub mod store;
pub mod strategy;
pub mod views;

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
