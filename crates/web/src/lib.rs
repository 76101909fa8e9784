#![doc = include_str!("../README.md")]

mod desk;
mod message;
mod request;
mod store;
mod views;
#[cfg(target_arch = "wasm32")]
mod wasm;

pub use desk::{Desk, Fault, Loaded};
pub use message::{Message, Transfer, WhatIf, Written};
pub use request::{interface, Operation, Request};
pub use store::Cells;
pub use views::{AtRisk, Entry, PricePoint, Standing};

/// Number of the storage layout whose cells this reads: the market's own, which a test compares.
pub const LAYOUT: u32 = 5;
