//! The rules and numbers of Breakwater, as plain types and pure functions.
//!
//! This crate knows neither ink! nor a chain: the market contract, the keeper and the laboratory
//! all call the same functions, so a rule exists once. Section numbers (`§ 3.2`) refer to
//! `docs/mechanism.md`.
//!
//! Conventions:
//!
//! - amounts are `u128` in a token's smallest unit; values are `u128` in *wad* US dollars
//!   (1 USD = 10^18); prices are wad dollars for one whole token;
//! - units that are neither are in the name: `_ms`, `_bps` (1/10,000), `_wad` (1/10^18);
//! - the rounding direction is in the name of every function that rounds, and it is against the
//!   user and for the pool.
//!
//! The map: [`math`] and [`shares`] are the arithmetic; [`rates`] and [`reserve`] the books of one
//! asset; [`account`] one user's cell; [`sheet`] an account together with the reserves and prices
//! it touches; [`health`] what that is worth; [`auction`] the Dutch auction's price and size;
//! [`actions`] the messages, one file each.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod account;
pub mod actions;
pub mod auction;
pub mod config;
pub mod error;
pub mod health;
pub mod math;
pub mod price;
pub mod rates;
pub mod reserve;
pub mod shares;
pub mod sheet;

pub use account::{Account, Auction, Position};
pub use config::{AuctionConfig, MarketParams, RateConfig, ReserveConfig};
pub use error::Error;
pub use health::Health;
pub use price::Price;
pub use reserve::{Books, Reserve};
pub use sheet::{Line, Sheet};

/// Raw address of an account or contract.
pub type AccountId = [u8; 32];

/// Number of a reserve in its market, in order of listing, below [`MAX_RESERVES`].
pub type AssetId = u8;

/// Most reserves a market lists.
pub const MAX_RESERVES: u8 = 32;

/// Most assets one account may hold positions in (§ 1.4). Bounds the cost of a health check and
/// the size of the account's storage cell.
pub const MAX_POSITIONS: usize = 8;

/// As an amount: "all of it" in withdraw and repay.
pub const ALL: u128 = u128::MAX;
