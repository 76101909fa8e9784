//! The cascade laboratory: the same crash, eight ways to liquidate.

pub mod command;
pub mod mechanisms;
