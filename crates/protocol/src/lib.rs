//! The rules and numbers of Breakwater, as plain types and pure functions.
//!
//! This crate knows neither ink! nor a chain: the market contract, the keeper and the simulator
//! all call the same functions, so a rule exists once. Section numbers (`§ 3.2`) refer to
//! `docs/mechanism.md`, those with a G (`§ G4`) to `docs/gradual.md`.
//!
//! Conventions:
//!
//! - amounts are `u128` in a token's smallest unit; values are `u128` in *wad* US dollars
//!   (1 USD = 10^18); prices are wad dollars for one whole token;
//! - units that are neither are in the name: `_ms`, `_bps` (1/10,000), `_wad` (1/10^18);
//! - the rounding direction is in the name of every function that rounds, and it is against the
//!   user and for the pool.
//!
//! The map, those that use none of the others first; each uses only those before it, which a test checks
//! (`tests/rules/layers.rs`):
//!
//! | module | what it is |
//! |---|---|
//! | [`cell`], [`error`], [`num`] | how cells are encoded; errors; arithmetic that says which way it rounds, shares, values |
//! | [`risk`] | thresholds by size and on their way, flows and their limits |
//! | [`gradual`], [`breaker`] | how collateral is sold and the backstop's vault; levels of the circuit breaker |
//! | [`config`], [`oracle`] | parameters with what they may be; what prices are made from |
//! | [`reserve`] | one asset's cell, its price and measures, who bears a loss |
//! | [`account`] | one user's cell, the snapshot that messages work on, health |
//! | [`auction`], [`backstop`], [`treasury`] | terms of a sale and what waits; stakes; the protocol's income |
//! | [`actions`] | what messages do to a snapshot, one file each |
//! | [`market`] | the messages, from caller to effects, over a [`market::Store`] |
//! | [`lens`], [`governance`], [`presets`] | views; who may change what and how fast; the table of parameters |
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod account;
pub mod actions;
pub mod auction;
pub mod backstop;
pub mod breaker;
pub mod cell;
pub mod config;
pub mod error;
pub mod governance;
pub mod gradual;
pub mod lens;
pub mod market;
pub mod num;
pub mod oracle;
pub mod presets;
pub mod reserve;
pub mod risk;
pub mod treasury;

pub use account::{
    health::{BorrowingPower, Health},
    snapshot::AccountSnapshot,
    Account, Auction, Isolation, Position,
};
pub use actions::{Action, Order};
pub use breaker::{Breaker, BreakerConfig, Episode, Level, ManualLevel, Trigger};
pub use config::{
    liquidity::LiquidityConfig,
    rates::{AdaptiveRate, KinkedRate, RateModel},
    BackstopConfig, MarketParams, ReserveConfig,
};
pub use error::Error;
pub use gradual::{AuctionConfig, FuseConfig, Gradual, Pace, PremiumCurve, Vault, VaultStake};
pub use oracle::price::Price;
pub use reserve::{priced::PricedReserve, waterfall::Borne, Balances, Reserve};
pub use risk::{
    flow::FlowLimit,
    outflow::{NetFlow, Outflow},
    tiers::Tier,
};
pub use treasury::Income;

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
