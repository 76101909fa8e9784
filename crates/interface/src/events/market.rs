//! Events of the market: one for each change of state. From them alone every position can be rebuilt.
//!
//! Beside its signature an event has one topic, the account it concerns: a topic costs three quarters of an item
//! written. What a message reports beside its main event has none: that one, of the same extrinsic, names the account.
//! What an owner or a guardian does is rare, and has the asset.

use super::signed;
use alloc::vec::Vec;
use breakwater_protocol::{AssetId, Income, Level, MarketParams, ReserveConfig, Trigger};
use ink_primitives::{AccountId, Hash};

/// An asset was listed.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct ReserveListed {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub asset: AssetId,
    #[cfg_attr(feature = "ink", ink(topic))]
    pub token: AccountId,
    pub config: ReserveConfig,
}

/// An asset's parameters were replaced.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct ReserveConfigured {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub asset: AssetId,
    pub config: ReserveConfig,
}

/// Money was lent.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct Supplied {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub asset: AssetId,
    pub payer: AccountId,
    pub assets: u128,
    pub shares: u128,
}

/// Lent money was taken back.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct Withdrawn {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub asset: AssetId,
    pub receiver: AccountId,
    pub assets: u128,
    pub shares: u128,
}

/// Collateral was added.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct CollateralDeposited {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub asset: AssetId,
    pub payer: AccountId,
    pub amount: u128,
}

/// Collateral was taken back.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct CollateralWithdrawn {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub asset: AssetId,
    pub receiver: AccountId,
    pub amount: u128,
}

/// Money was borrowed.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct Borrowed {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub asset: AssetId,
    pub receiver: AccountId,
    pub assets: u128,
    pub shares: u128,
}

/// Debt was repaid by whoever wished to.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct Repaid {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub asset: AssetId,
    pub payer: AccountId,
    pub assets: u128,
    pub shares: u128,
}

/// An account's auction began.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct LiquidationStarted {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub starter: AccountId,
    pub started_ms: u64,
}

/// An auction ended by a cure: the account is healthy again. One that ends with a take says so in
/// [`Taken`].
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct AuctionClosed {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
}

/// A taker, or the backstop, bought collateral. `fair_wad` and `paid_wad` are values at the oracle's prices: their
/// ratio is how well the lot was sold.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct Taken {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub collateral: AssetId,
    pub debt: AssetId,
    pub taker: AccountId,
    /// Units of the debt asset repaid.
    pub repaid: u128,
    /// Debt shares burned.
    pub debt_shares: u128,
    /// Units of the collateral asset bought.
    pub received: u128,
    /// Units of the collateral asset that are the fee: the reward and the protocol's part.
    pub fee: u128,
    /// The part of the fee for who started the auction: paid out if they are the taker, else theirs to
    /// claim.
    pub reward: u128,
    pub bonus_wad: i128,
    /// Time since the auction's start in which the pair could be sold.
    pub own_ms: u64,
    /// Value of `received`, wad dollars.
    pub fair_wad: u128,
    /// Value of `repaid`, wad dollars.
    pub paid_wad: u128,
    /// The backstop has bought, and holds it; `taker` has only called it.
    pub backstop: bool,
    /// The auction ended with this.
    pub closed: bool,
}

/// A starter of auctions claimed their rewards in an asset.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct RewardClaimed {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub asset: AssetId,
    pub amount: u128,
}

/// Debt that nobody will repay was taken off the balances. Who bears it is in the events after this.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct BadDebtRecognised {
    pub account: AccountId,
    pub asset: AssetId,
    pub assets: u128,
    pub shares: u128,
}

/// An account's debt was written off and the rest of its collateral, next to nothing, kept by the
/// protocol.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct DustKept {
    pub account: AccountId,
    pub asset: AssetId,
    pub amount: u128,
}

/// The protocol's reserve has borne so much of the bad debt recognised before.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct LossBorneByProtocol {
    pub asset: AssetId,
    pub assets: u128,
}

/// The backstop has borne so much of the bad debt recognised before.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct LossBorneByBackstop {
    pub asset: AssetId,
    pub assets: u128,
}

/// Lenders have borne so much of the bad debt recognised before, by share price.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct LossBorneByLenders {
    pub asset: AssetId,
    pub assets: u128,
}

/// Money was put into the backstop of an asset.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct BackstopDeposited {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub asset: AssetId,
    pub assets: u128,
    /// Supply shares that it became.
    pub supply_shares: u128,
    /// The stake's shares, and the generation that they are of.
    pub shares: u128,
    pub generation: u32,
}

/// Notice of a withdrawal from a backstop was given.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct BackstopNoticeGiven {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub asset: AssetId,
    /// The withdrawal is open from then on, in Unix milliseconds,
    pub opens_ms: u64,
    /// until then.
    pub closes_ms: u64,
}

/// A stake was taken out of a backstop: its part of the money the account has lent now, its part of the
/// stock was paid out.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct BackstopWithdrawn {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub account: AccountId,
    pub asset: AssetId,
    pub receiver: AccountId,
    pub shares: u128,
    pub supply_shares: u128,
    /// Units of each collateral.
    pub stocks: Vec<(AssetId, u128)>,
}

/// A backstop sold collateral that it had in stock. What was paid is lent for it again.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct StockSold {
    /// The pool's asset.
    pub asset: AssetId,
    pub collateral: AssetId,
    pub buyer: AccountId,
    /// Units of the pool's asset.
    pub paid: u128,
    /// Supply shares that they became.
    pub supply_shares: u128,
    /// Units of the collateral.
    pub received: u128,
    pub bonus_wad: i128,
}

/// Income of the protocol's was paid out.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct IncomeCollected {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub asset: AssetId,
    pub income: Income,
    pub receiver: AccountId,
    pub amount: u128,
    /// Supply shares given up for it; none for collateral.
    pub shares: u128,
}

/// An asset was taken off the market: its number and its token are free.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct ReserveDelisted {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub asset: AssetId,
    #[cfg_attr(feature = "ink", ink(topic))]
    pub token: AccountId,
}

/// The breaker's level for an asset has changed.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct BreakerChanged {
    pub asset: AssetId,
    pub from: Level,
    pub to: Level,
    /// What has set it; calm if time has passed.
    pub trigger: Trigger,
    /// The trigger's measure, in basis points of its unit.
    pub measure_bps: u128,
    /// When it ends if nothing holds it.
    pub until_ms: u64,
}

/// A guardian, or the owner, has raised a level for a while; for the whole market without an asset.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct BreakerRaised {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub asset: Option<AssetId>,
    pub by: AccountId,
    pub level: Level,
    pub until_ms: u64,
}

/// The owner has taken a breaker back to Normal.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct BreakerReset {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub asset: Option<AssetId>,
}

/// The market's parameters were replaced.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct ParamsSet {
    pub params: MarketParams,
}

/// A guardian was appointed, until a time.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct GuardianSet {
    pub guardian: AccountId,
    pub until_ms: u64,
}

/// Codes of the market were replaced.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct Upgraded {
    pub front: Option<Hash>,
    pub auctions: Option<Hash>,
    pub admin: Option<Hash>,
}

signed! {
    ReserveListed("AssetId,AccountId,ReserveConfig"),
    ReserveConfigured("AssetId,ReserveConfig"),
    Supplied("AccountId,AssetId,AccountId,u128,u128"),
    Withdrawn("AccountId,AssetId,AccountId,u128,u128"),
    CollateralDeposited("AccountId,AssetId,AccountId,u128"),
    CollateralWithdrawn("AccountId,AssetId,AccountId,u128"),
    Borrowed("AccountId,AssetId,AccountId,u128,u128"),
    Repaid("AccountId,AssetId,AccountId,u128,u128"),
    LiquidationStarted("AccountId,AccountId,u64"),
    AuctionClosed("AccountId"),
    Taken("AccountId,AssetId,AssetId,AccountId,u128,u128,u128,u128,u128,i128,u64,u128,u128,bool,bool"),
    RewardClaimed("AccountId,AssetId,u128"),
    BadDebtRecognised("AccountId,AssetId,u128,u128"),
    DustKept("AccountId,AssetId,u128"),
    LossBorneByProtocol("AssetId,u128"),
    LossBorneByBackstop("AssetId,u128"),
    LossBorneByLenders("AssetId,u128"),
    BackstopDeposited("AccountId,AssetId,u128,u128,u128,u32"),
    BackstopNoticeGiven("AccountId,AssetId,u64,u64"),
    BackstopWithdrawn("AccountId,AssetId,AccountId,u128,u128,Vec<(AssetId,u128)>"),
    StockSold("AssetId,AssetId,AccountId,u128,u128,u128,i128"),
    IncomeCollected("AssetId,Income,AccountId,u128,u128"),
    ReserveDelisted("AssetId,AccountId"),
    BreakerChanged("AssetId,Level,Level,Trigger,u128,u64"),
    BreakerRaised("Option<AssetId>,AccountId,Level,u64"),
    BreakerReset("Option<AssetId>"),
    ParamsSet("MarketParams"),
    GuardianSet("AccountId,u64"),
    Upgraded("Option<Hash>,Option<Hash>,Option<Hash>"),
}
