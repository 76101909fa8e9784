//! The PSP22 token standard for the ink! contracts of this repository.
//!
//! [`PSP22`] and [`PSP22Metadata`] are its messages, whose selectors ink! derives from the traits' names;
//! [`PSP22Data`] is balances and allowances whose changes return the events that a contract emits. A
//! contract writes the messages out, as ink! wants them, and gives each to its data.
#![cfg_attr(not(feature = "std"), no_std)]

mod data;
mod standard;

pub use data::{Approval, Change, PSP22Data, Transfer};
pub use standard::{PSP22Error, PSP22Metadata, PSP22};
