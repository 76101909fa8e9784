//! One event for each change of state: from them alone every position can be rebuilt.

use breakwater_protocol::{actions::Outcome, AssetId, ReserveConfig};
use ink::{env::DefaultEnvironment, primitives::AccountId};

/// Reports what an action did.
pub fn emit(account: AccountId, payer: AccountId, receiver: AccountId, outcome: Outcome) {
    match outcome {
        Outcome::Supplied { asset, assets, shares } => {
            send(Supplied { account, asset, payer, assets, shares });
        }
        Outcome::Withdrawn { asset, assets, shares } => {
            send(Withdrawn { account, asset, receiver, assets, shares });
        }
        Outcome::CollateralDeposited { asset, amount } => {
            send(CollateralDeposited { account, asset, payer, amount });
        }
        Outcome::CollateralWithdrawn { asset, amount } => {
            send(CollateralWithdrawn { account, asset, receiver, amount });
        }
        Outcome::Borrowed { asset, assets, shares } => {
            send(Borrowed { account, asset, receiver, assets, shares });
        }
        Outcome::Repaid { asset, assets, shares } => {
            send(Repaid { account, asset, payer, assets, shares });
        }
    }
}

#[inline(never)]
fn send(event: impl ink::env::Event) {
    ink::env::emit_event::<DefaultEnvironment, _>(event);
}

/// An asset was listed.
#[ink::event]
pub struct ReserveListed {
    #[ink(topic)]
    pub asset: AssetId,
    #[ink(topic)]
    pub token: AccountId,
    pub config: ReserveConfig,
}

/// An asset's parameters were replaced.
#[ink::event]
pub struct ReserveConfigured {
    #[ink(topic)]
    pub asset: AssetId,
    pub config: ReserveConfig,
}

/// Money was lent.
#[ink::event]
pub struct Supplied {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub payer: AccountId,
    pub assets: u128,
    pub shares: u128,
}

/// Lent money was taken back.
#[ink::event]
pub struct Withdrawn {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub receiver: AccountId,
    pub assets: u128,
    pub shares: u128,
}

/// Collateral was added.
#[ink::event]
pub struct CollateralDeposited {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub payer: AccountId,
    pub amount: u128,
}

/// Collateral was taken back.
#[ink::event]
pub struct CollateralWithdrawn {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub receiver: AccountId,
    pub amount: u128,
}

/// Money was borrowed.
#[ink::event]
pub struct Borrowed {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub receiver: AccountId,
    pub assets: u128,
    pub shares: u128,
}

/// Debt was repaid by whoever wished to.
#[ink::event]
pub struct Repaid {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub payer: AccountId,
    pub assets: u128,
    pub shares: u128,
}

/// An account's auction began.
#[ink::event]
pub struct LiquidationStarted {
    #[ink(topic)]
    pub account: AccountId,
    pub starter: AccountId,
    pub started_ms: u64,
}

/// An auction ended by a cure: the account is healthy again. One that ends with a take says so in
/// [`Taken`].
#[ink::event]
pub struct AuctionClosed {
    #[ink(topic)]
    pub account: AccountId,
}

/// A taker bought collateral. `fair_wad` and `paid_wad` are values at the oracle's prices: their
/// ratio is how well the lot was sold.
#[ink::event]
pub struct Taken {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
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
    /// The part of the fee for who started the auction: paid out if he is the taker, else his to
    /// claim.
    pub reward: u128,
    pub bonus_wad: i128,
    /// Time on the auction's clock.
    pub elapsed_ms: u64,
    /// Value of `received`, wad dollars.
    pub fair_wad: u128,
    /// Value of `repaid`, wad dollars.
    pub paid_wad: u128,
    /// Past the velocity limit, because the account was close to insolvency.
    pub urgent: bool,
    /// The auction ended with this.
    pub closed: bool,
}

/// A starter of auctions claimed his rewards in an asset.
#[ink::event]
pub struct RewardClaimed {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub amount: u128,
}

/// Debt that nobody will repay was taken off the books; lenders bear it by share price.
#[ink::event]
pub struct BadDebtRecognised {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub assets: u128,
    pub shares: u128,
}
