//! The rules and numbers of Breakwater, as plain types and pure functions.
//!
//! This crate knows neither ink! nor a chain: the market contract, the keeper and the simulator
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
//! The map: [`math`] and [`shares`] are the arithmetic; [`config`] the parameters; [`rates`],
//! [`flow`] and [`reserve`] the balances of one asset; [`tiers`], [`ramp`], [`liquidity`] and
//! [`isolation`] the risk rules; [`account`] one user's cell; [`snapshot`] an account together with
//! the reserves and prices it touches; [`health`] and [`value`] what that is worth; [`gradual`] the gradual price, its meter and the pool, and [`auction`]
//! what they make of one sale; [`backstop`] and [`waterfall`] who buys last and who bears a loss; [`treasury`] the protocol's income and the end of an asset;
//! [`oracle`] what prices are made from; [`breaker`] the circuit breaker; [`actions`] what messages do to a snapshot, one file each; [`market`] the messages, from caller to effects, over a
//! [`market::Store`]; [`lens`] what people and keepers want to know; [`governance`] who may change what, and how fast.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod account;
pub mod actions;
pub mod auction;
pub mod backstop;
pub mod breaker;
pub mod config;
pub mod error;
pub mod flow;
pub mod gate;
pub mod governance;
pub mod gradual;
pub mod health;
pub mod lens;
pub mod priced;
pub mod liquidity;
pub mod market;
pub mod math;
pub mod measures;
pub mod oracle;
pub mod outflow;
mod pace;
pub mod price;
pub mod ramp;
pub mod rates;
pub mod reserve;
pub mod shares;
pub mod snapshot;
pub mod tiers;
pub mod time;
pub mod treasury;
pub mod value;
pub mod waterfall;

pub use account::{Account, Auction, Isolation, Position};
pub use actions::{Action, Order};
pub use breaker::{Breaker, BreakerConfig, Episode, ManualLevel, Level, Trigger};
pub use config::{BackstopConfig, MarketParams, ReserveConfig};
pub use error::Error;
pub use flow::FlowLimit;
pub use gradual::{AuctionConfig, FuseConfig, Gradual, Pace, PremiumCurve, Vault, VaultStake};
pub use health::{BorrowingPower, Health};
pub use priced::PricedReserve;
pub use liquidity::LiquidityConfig;
pub use outflow::{NetFlow, Outflow};
pub use price::Price;
pub use rates::{AdaptiveRate, KinkedRate, RateModel};
pub use reserve::{Balances, Reserve};
pub use snapshot::AccountSnapshot;
pub use tiers::Tier;
pub use treasury::Income;
pub use waterfall::Borne;

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
