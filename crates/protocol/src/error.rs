//! Every way in which a message can fail: one meaning each, numbered in groups of ten.

use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Why a message was refused. Nothing has changed when one of these is returned.
///
/// The numbers are part of the ABI: they are never reused for another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum Error {
    // Input.
    /// The amount is zero.
    #[codec(index = 1)]
    ZeroAmount,
    /// No reserve has this number.
    #[codec(index = 2)]
    UnknownAsset,
    /// The account would hold more than [`crate::MAX_POSITIONS`] assets.
    #[codec(index = 3)]
    TooManyPositions,
    /// The market lists [`crate::MAX_RESERVES`] reserves already.
    #[codec(index = 4)]
    TooManyReserves,
    /// The token is listed already.
    #[codec(index = 5)]
    AlreadyListed,
    /// The block is later than the deadline given.
    #[codec(index = 6)]
    DeadlinePassed,

    // Authority.
    /// Only the market's owner may do this.
    #[codec(index = 10)]
    NotOwner,
    /// Only the price feeder may do this.
    #[codec(index = 11)]
    NotFeeder,
    /// A new position in somebody else's account would use up one of its few places.
    #[codec(index = 12)]
    NotYourAccount,

    // Balances and caps.
    /// The asset can't be supplied for lending or borrowed.
    #[codec(index = 20)]
    NotBorrowable,
    /// The asset is not accepted as collateral.
    #[codec(index = 21)]
    NotCollateral,
    /// The reserve has less cash than asked for: the rest is lent out.
    #[codec(index = 22)]
    InsufficientCash,
    /// The account has less than it asked to move.
    #[codec(index = 23)]
    InsufficientBalance,
    /// Supplied assets would exceed the reserve's cap.
    #[codec(index = 24)]
    SupplyCapExceeded,
    /// Borrowed assets would exceed the reserve's cap.
    #[codec(index = 25)]
    BorrowCapExceeded,
    /// Collateral would exceed the reserve's cap.
    #[codec(index = 26)]
    CollateralCapExceeded,
    /// The debt left would be smaller than the reserve's minimum.
    #[codec(index = 27)]
    DebtBelowMinimum,
    /// There is no debt in this asset.
    #[codec(index = 28)]
    NoDebt,
    /// The amount is too small to be worth one share.
    #[codec(index = 29)]
    AmountTooSmall,

    // Health and auctions.
    /// Debt would exceed what the collateral may carry (LTV).
    #[codec(index = 30)]
    InsufficientCollateral,
    /// The account's health factor is 1 or more.
    #[codec(index = 31)]
    Healthy,
    /// The account is being liquidated: repay or add collateral first.
    #[codec(index = 32)]
    AuctionRunning,
    /// The account is not being liquidated.
    #[codec(index = 33)]
    NoAuction,
    /// The take would leave less debt than the minimum: take it all or less.
    #[codec(index = 34)]
    TakeLeavesDust,

    // Prices.
    /// The oracle has no price for an asset that this needs.
    #[codec(index = 40)]
    PriceMissing,
    /// A price is too old or too uncertain to take on risk.
    #[codec(index = 41)]
    PriceNotGoodForRisk,
    /// A price is too old or too uncertain to start a liquidation.
    #[codec(index = 42)]
    PriceNotGoodForLiquidation,
    /// A price is too old or too uncertain to settle a sale.
    #[codec(index = 43)]
    PriceNotGoodForSettlement,
    /// A price is zero, beyond the feed's bounds, or its band does not hold it.
    #[codec(index = 44)]
    PriceInvalid,
    /// A price's time is later than the block, or not later than the last one.
    #[codec(index = 45)]
    PriceOutOfOrder,

    // The caller's limits.
    /// Less would be received than the caller's minimum.
    #[codec(index = 50)]
    ReceivedTooLittle,

    // Configuration.
    /// LTV must be below the liquidation threshold.
    #[codec(index = 60)]
    LtvNotBelowThreshold,
    /// (1 + highest bonus + fee) x liquidation threshold must be below 1.
    #[codec(index = 61)]
    BonusTooHigh,
    /// A number in basis points is above 10,000 or its documented bound.
    #[codec(index = 62)]
    BpsOutOfRange,
    /// Decimals must be at most 24.
    #[codec(index = 63)]
    DecimalsOutOfRange,
    /// The auction must last between a second and a week.
    #[codec(index = 64)]
    AuctionDurationOutOfRange,
    /// Interest rates must rise with utilisation and stay below the documented bound.
    #[codec(index = 65)]
    RateOutOfRange,
    /// Target health must lie above 1 and at most at 2.
    #[codec(index = 66)]
    TargetHealthOutOfRange,
    /// The reserve is neither borrowable nor collateral.
    #[codec(index = 67)]
    UselessReserve,

    // Other contracts.
    /// A token refused the transfer or could not be called.
    #[codec(index = 70)]
    TokenTransferFailed,
    /// The oracle could not be called or answered out of form.
    #[codec(index = 71)]
    OracleCallFailed,

    // Arithmetic.
    /// A result does not fit 128 bits.
    #[codec(index = 80)]
    Overflow,
    /// A division by zero.
    #[codec(index = 81)]
    DivisionByZero,
}
