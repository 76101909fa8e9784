//! The keeper: finds what can be liquidated, taken or filled, and does it.
//!
//! Collectors ([`endpoints`], [`follow`], [`views`]) bring blocks and the market's state; the
//! [`store`] keeps what must survive; [`strategy`] says what is worth doing, as pure functions, with
//! the [`ranking`] to find whom to look at; the [`executor`] tries, signs, hands in and finds again.
//! [`service`] is the loop around them.

pub mod bench;
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
