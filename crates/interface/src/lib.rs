#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod events;
#[cfg(feature = "oracle")]
pub mod report;
pub mod selectors;

pub use breakwater_protocol::{actions::TakeCallback, Action, Order};
pub use ink_primitives::{AccountId, Hash, LangError};
