//! Typed handles on Breakwater's contracts, for everything that runs off chain.
//!
//! A handle is an address. Its methods either build a [`ContractCall`](breakwater_chain::ContractCall)
//! to be submitted (alone or in a batch), or ask a view through any
//! [`Chain`](breakwater_chain::Chain). Types and errors are those of [`breakwater_protocol`].

pub mod abi;
pub mod amm;
pub mod bundle;
pub mod cells;
pub mod deploy;
mod error;
pub mod events;
pub mod governor;
pub mod lens;
pub mod market;
pub mod mirror;
pub mod oracle;
pub mod queued;
pub mod taker;
pub mod token;

pub use amm::Amm;
pub use bundle::Bundle;
pub use deploy::{Deployment, LocalPlan};
pub use error::ClientError;
pub use events::{GovernanceEvent, MarketEvent};
pub use governor::Governor;
pub use lens::Lens;
pub use market::Market;
pub use oracle::Oracle;
pub use taker::Taker;
pub use token::Token;
