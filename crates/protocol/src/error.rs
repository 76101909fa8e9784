//! Every way in which a message can fail: one meaning each, numbered in groups of ten.

use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Why a message was refused. Nothing has changed when one of these is returned.
///
/// The numbers are part of the ABI: they are never reused for another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
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
    /// A batch has no action or more than [`crate::actions::MAX_ACTIONS`]; more accounts or orders than
    /// [`crate::market::MAX_STARTS`] and [`crate::market::MAX_TAKES`].
    #[codec(index = 7)]
    BatchOutOfRange,
    /// The market itself can't be paid or act for itself.
    #[codec(index = 8)]
    BadReceiver,
    /// The reserve takes no new supply, collateral or debt.
    #[codec(index = 9)]
    Frozen,

    // Authority.
    /// Only the market's owner may do this.
    #[codec(index = 10)]
    NotOwner,
    /// Only the price feeder may do this.
    #[codec(index = 11)]
    NotFeeder,
    /// With somebody else's account one may only repay, add to what it holds, or lend for it while
    /// it has places to spare.
    #[codec(index = 12)]
    NotYourAccount,
    /// Only the guardian may do this, while their time runs, or the owner.
    #[codec(index = 13)]
    NotGuardian,

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
    /// The account is being liquidated, and would be after the message: repay or add collateral.
    #[codec(index = 32)]
    AuctionRunning,
    /// The account is not being liquidated.
    #[codec(index = 33)]
    NoAuction,
    /// The debt is so small that it can only be taken whole.
    #[codec(index = 34)]
    TakeLeavesDust,
    /// A siloed asset may only be owed alone.
    #[codec(index = 35)]
    SiloedDebt,
    /// Isolated collateral may not be mixed, and carries one debt only.
    #[codec(index = 36)]
    IsolatedCollateral,
    /// Debt against an isolated collateral would exceed its ceiling.
    #[codec(index = 37)]
    IsolationCeilingExceeded,
    /// All collateral in the asset would be too much for the depth of its market.
    #[codec(index = 38)]
    LoadCapExceeded,
    /// Lent shares of this reserve have lost all but a millionth of their worth: nothing new is lent
    /// beside them until they are given up.
    #[codec(index = 51)]
    SharesWornOut,
    /// Too much has left the reserve of late: wait, or take less.
    #[codec(index = 39)]
    OutflowLimitReached,

    // Prices and sales.
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
    /// So much of the collateral has been sold of late that there is no room for more: wait.
    #[codec(index = 46)]
    VelocityLimitReached,
    /// Lower-quality collateral of the account must be sold first.
    #[codec(index = 47)]
    WorseCollateralFirst,
    /// The feed has no such source.
    #[codec(index = 130)]
    UnknownSource,
    /// A report's signature is not its reporter's.
    #[codec(index = 131)]
    BadSignature,
    /// A RedStone payload is not of the form it says, or has too many packages.
    #[codec(index = 134)]
    PackageMalformed,
    /// A report's number is not higher than the last.
    #[codec(index = 132)]
    NonceUsed,
    /// There is no feed for this token.
    #[codec(index = 133)]
    NoFeed,
    /// There is no reward to claim.
    #[codec(index = 48)]
    NoReward,
    /// The account's collateral is still worth something to a taker: it can't be written off.
    #[codec(index = 49)]
    StillCovered,

    // The caller's limits.
    /// Less would be received than the caller's minimum.
    #[codec(index = 50)]
    ReceivedTooLittle,
    /// The account in auction is still unhealthy, or a price that matters can't be used: nothing is cured.
    #[codec(index = 59)]
    StillUnhealthy,

    // Backstop.
    /// The pool has nothing, or less than this needs.
    #[codec(index = 100)]
    BackstopEmpty,
    /// The account is not as near to insolvency as the pool buys from.
    #[codec(index = 101)]
    BackstopLevelNotReached,
    /// Withdrawing needs a notice, its cool-down to be over and its window not yet.
    #[codec(index = 102)]
    NoticeNeeded,
    /// There is no stake in the pool.
    #[codec(index = 103)]
    NoStake,
    /// The pool holds nothing of this collateral.
    #[codec(index = 105)]
    NoStock,
    /// A notice was given of late: the next one must wait.
    #[codec(index = 104)]
    NoticeRests,

    // Breaker.
    /// The breaker stands too high for new risk.
    #[codec(index = 120)]
    BreakerRefusesRisk,
    /// The breaker has halted the asset: nothing is sold.
    #[codec(index = 121)]
    BreakerHalted,
    /// A price is back for so short a time that borrowers must have a chance to act first.
    #[codec(index = 123)]
    GracePeriod,
    /// The guardian may not raise a level for so long.
    #[codec(index = 124)]
    GuardTooLong,
    /// The guardian must let the level rest for as long as it was raised.
    #[codec(index = 125)]
    GuardRests,

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
    /// Interest rates must rise with utilisation and stay below the documented bound.
    #[codec(index = 65)]
    RateOutOfRange,
    /// Target health must lie above 1 and at most at 2.
    #[codec(index = 66)]
    TargetHealthOutOfRange,
    /// The reserve is neither borrowable nor collateral.
    #[codec(index = 67)]
    UselessReserve,
    /// Tiers must begin at 0, rise, and never carry more with size; collateral needs one.
    #[codec(index = 68)]
    TiersNotMonotone,
    /// More tiers than [`crate::risk::tiers::MAX_TIERS`], or too many while a ramp runs.
    #[codec(index = 69)]
    TooManyTiers,
    /// The market depth must be above 0.
    #[codec(index = 90)]
    DepthZero,
    /// The load cap must be above 0 and at most 1,000 times the depth.
    #[codec(index = 91)]
    LoadCapOutOfRange,
    /// A haircut must be below 1 and its factors at most 100.
    #[codec(index = 92)]
    HaircutOutOfRange,
    /// A flow's window must last between a minute and 30 days.
    #[codec(index = 93)]
    WindowOutOfRange,
    /// Thresholds may fall by 1 to 500 bps a day.
    #[codec(index = 94)]
    RampOutOfRange,
    /// A reserve's token and decimals can't be changed.
    #[codec(index = 95)]
    TokenFixed,
    /// The LTVs at which the pool buys, urgency is full and none is left must rise from the threshold to 1.
    #[codec(index = 97)]
    UrgencyOutOfRange,
    /// The floor of a starter's reward may be 100 dollars at most.
    #[codec(index = 98)]
    StarterFloorTooHigh,
    /// The value that counts as dust may be 100 dollars at most.
    #[codec(index = 99)]
    DustTooHigh,
    /// A backstop's cool-down must last an hour to 30 days and its window an hour to a week.
    #[codec(index = 110)]
    CooldownOutOfRange,
    /// A feed's sources, quorum, times or bounds are out of their range.
    #[codec(index = 112)]
    FeedOutOfRange,
    /// A pace, a time or a slice of the gradual price is out of its range.
    #[codec(index = 113)]
    PaceOutOfRange,
    /// A threshold or a time of the breaker is out of its range.
    #[codec(index = 111)]
    BreakerOutOfRange,

    // Other contracts.
    /// A token refused the transfer or could not be called.
    #[codec(index = 70)]
    TokenTransferFailed,
    /// The oracle could not be called or answered out of form.
    #[codec(index = 71)]
    OracleCallFailed,
    /// The market could not be called or answered out of form.
    #[codec(index = 72)]
    MarketCallFailed,
    /// The taker's contract refused its callback or could not be called.
    #[codec(index = 73)]
    CallbackFailed,

    // Arithmetic.
    /// A result does not fit 128 bits.
    #[codec(index = 80)]
    Overflow,
    /// A division by zero.
    #[codec(index = 81)]
    DivisionByZero,

    // Governance.
    /// Ownership was not offered to the caller.
    #[codec(index = 140)]
    NotPendingOwner,
    /// There is no code with this hash, or it does not say what it is.
    #[codec(index = 141)]
    CodeMissing,
    /// The code is another part of the market, or its storage has another layout.
    #[codec(index = 142)]
    WrongCode,

    // Treasury.
    /// The protocol has no income here that may be collected now.
    #[codec(index = 150)]
    NothingToCollect,
    /// A part of what is borrowed stays as the protocol's reserve.
    #[codec(index = 151)]
    ReserveFloor,
    /// Nothing is collected in Stressed and above, nor within a window of a loss.
    #[codec(index = 152)]
    CollectionRests,
    /// Somebody has, owes or may claim some of the asset, income is not collected, or another asset is
    /// backed by it.
    #[codec(index = 153)]
    ReserveNotEmpty,
}
