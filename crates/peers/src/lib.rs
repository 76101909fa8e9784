//! Published liquidation rules of other protocols, exact to the unit.
//!
//! One module a protocol. All are pure functions on the protocol's own integers, which round where
//! its source rounds and refuse what its source refuses. Each item names its source as
//! `repository: path`, and the function there. Nothing here keeps state: whoever calls owns the
//! books.
//!
//! Products that a Solidity source forms in 256 bits overflow here where they overflow there; those
//! it forms in 512 bits (`mulDiv`) have 512 bits here too.

pub mod aave_v3;
pub mod aave_v4;
pub mod blend;
pub mod comet;
pub mod euler;
pub mod maker;
pub mod math;
pub mod morpho;

/// The integers of the EVM protocols.
pub use primitive_types::U256;

/// Why a protocol refuses. Each stands for one condition of one or more sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A number is out of the range that the source computes in.
    #[error("a number is out of range")]
    Overflow,
    /// A price, a unit or a divisor is zero.
    #[error("division by zero")]
    DivisionByZero,
    /// The position is not liquidatable.
    #[error("the position is healthy")]
    Healthy,
    /// Aave: the sale would leave less than the least amount of debt or collateral.
    #[error("the sale would leave dust")]
    MustNotLeaveDust,
    /// Maker: `Clipper/too-expensive`.
    #[error("the price is above the buyer's limit")]
    TooExpensive,
    /// Maker: `Clipper/needs-reset`.
    #[error("the auction is stale and has to be restarted")]
    NeedsReset,
    /// Maker: `Clipper/cannot-reset`.
    #[error("the auction is not stale")]
    CannotReset,
    /// Maker: `Clipper/no-partial-purchase`.
    #[error("what is left is too small to be sold in parts")]
    NoPartialPurchase,
    /// Maker: `Dog/liquidation-limit-hit`.
    #[error("as much is being liquidated as may be")]
    LiquidationLimitHit,
    /// Maker: `Dog/dusty-auction-from-partial-liquidation`.
    #[error("the auction would be too small")]
    DustyAuction,
    /// Maker: `Dog/null-auction`, `Clipper/zero-tab`, `Clipper/zero-lot`, `Clipper/zero-top-price`.
    #[error("there is nothing to auction")]
    NullAuction,
    /// Euler: `E_ExcessiveRepayAmount`. Morpho Blue: an underflow of debt or collateral.
    #[error("more than the position allows")]
    ExcessiveRepay,
    /// Comet: `NotForSale`.
    #[error("the protocol has reserves enough and sells nothing")]
    NotForSale,
    /// Comet: `InsufficientReserves`.
    #[error("the protocol holds less than that")]
    InsufficientReserves,
    /// Blend: `BadRequest` (1200).
    #[error("a bad request")]
    BadRequest,
    /// Blend: `InvalidLiquidation` (1211).
    #[error("the liquidation is invalid")]
    InvalidLiquidation,
    /// Blend: `InvalidLiqTooLarge` (1213).
    #[error("the liquidation would leave the position too healthy")]
    LiquidationTooLarge,
    /// Blend: `InvalidLiqTooSmall` (1214).
    #[error("the liquidation would leave the position not healthy enough")]
    LiquidationTooSmall,
}
