//! One event for each change of state: from them alone every position can be rebuilt.

pub use breakwater_cells::{OwnershipOffered, OwnershipTransferred};
use breakwater_protocol::{
    actions::{BadDebt, Outcome, WrittenOff},
    auction::Fill,
    breaker::Transition,
    market::{Acted, Filled},
    AccountId as Account, AssetId, Income, Level, MarketParams, ReserveConfig, Trigger,
};
use ink::{
    env::DefaultEnvironment,
    primitives::{AccountId, Hash},
};

/// Reports what actions did.
pub fn acted(done: &Acted, payer: &Account) {
    let (account, receiver) = (AccountId::from(done.account), AccountId::from(done.receiver));
    let payer = AccountId::from(*payer);
    for outcome in &done.outcomes {
        match *outcome {
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
}

/// Reports a cure.
pub fn closed(account: AccountId) {
    send(AuctionClosed { account });
}

/// Reports a take, or a fill by the backstop.
#[inline(never)]
pub fn taken(done: &Filled, taker: &Account) {
    let Filled { account, collateral, debt, fair_wad, paid_wad, taken, .. } = done;
    let Fill { repaid, received, fee, reward, bonus_wad, .. } = taken.fill;
    send(Taken {
        account: (*account).into(),
        collateral: *collateral,
        debt: *debt,
        taker: (*taker).into(),
        repaid,
        debt_shares: taken.shares,
        received,
        fee,
        reward,
        bonus_wad,
        elapsed_ms: taken.terms.elapsed_ms,
        fair_wad: *fair_wad,
        paid_wad: *paid_wad,
        urgent: taken.terms.urgent,
        backstop: done.receiver.is_none(),
        closed: taken.ended.is_some(),
    });
    written_off((*account).into(), &taken.written_off);
}

/// Reports what was written off.
#[inline(never)]
pub fn written_off(account: AccountId, lost: &WrittenOff) {
    for (asset, amount) in &lost.dust {
        send(DustKept { account, asset: *asset, amount: *amount });
    }
    for BadDebt { asset, assets, shares, borne } in &lost.bad_debt {
        let (asset, assets, shares) = (*asset, *assets, *shares);
        send(BadDebtRecognised { account, asset, assets, shares });
        if borne.by_protocol != 0 {
            send(LossBorneByProtocol { asset, assets: borne.by_protocol });
        }
        if borne.by_backstop != 0 {
            send(LossBorneByBackstop { asset, assets: borne.by_backstop });
        }
        if borne.by_lenders != 0 {
            send(LossBorneByLenders { asset, assets: borne.by_lenders });
        }
    }
}

/// Reports a change of the breaker's level.
#[inline(never)]
pub fn breaker(change: &Transition) {
    let Transition { asset, from, to, trigger, measure_bps, until_ms } = *change;
    send(BreakerChanged { asset, from, to, trigger, measure_bps, until_ms });
}

#[inline(never)]
pub fn send(event: impl ink::env::Event) {
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

/// A taker, or the backstop, bought collateral. `fair_wad` and `paid_wad` are values at the oracle's prices: their
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
    /// The backstop has bought, and holds it; `taker` has only called it.
    pub backstop: bool,
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

/// Debt that nobody will repay was taken off the books. Who bears it is in the events after this.
#[ink::event]
pub struct BadDebtRecognised {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub assets: u128,
    pub shares: u128,
}

/// An account's debt was written off and the rest of its collateral, next to nothing, kept by the
/// protocol.
#[ink::event]
pub struct DustKept {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub amount: u128,
}

/// The protocol's reserve has borne so much of the bad debt recognised before.
#[ink::event]
pub struct LossBorneByProtocol {
    #[ink(topic)]
    pub asset: AssetId,
    pub assets: u128,
}

/// The backstop has borne so much of the bad debt recognised before.
#[ink::event]
pub struct LossBorneByBackstop {
    #[ink(topic)]
    pub asset: AssetId,
    pub assets: u128,
}

/// Lenders have borne so much of the bad debt recognised before, by share price.
#[ink::event]
pub struct LossBorneByLenders {
    #[ink(topic)]
    pub asset: AssetId,
    pub assets: u128,
}

/// Money was put into the backstop of an asset.
#[ink::event]
pub struct BackstopDeposited {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub assets: u128,
    /// Supply shares that it became.
    pub supply_shares: u128,
    /// Pool shares, and the epoch that they are of.
    pub shares: u128,
    pub epoch: u32,
}

/// Notice of a withdrawal from a backstop was given.
#[ink::event]
pub struct BackstopNoticeGiven {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub notice_ms: u64,
}

/// Money was taken out of a backstop: the account has lent it now.
#[ink::event]
pub struct BackstopWithdrawn {
    #[ink(topic)]
    pub account: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub shares: u128,
    pub supply_shares: u128,
}

/// Collateral that a backstop has bought was paid out to a stake.
#[ink::event]
pub struct BackstopClaimed {
    #[ink(topic)]
    pub account: AccountId,
    /// The pool's asset.
    #[ink(topic)]
    pub asset: AssetId,
    pub collateral: AssetId,
    pub amount: u128,
}

/// Income of the protocol's was paid out.
#[ink::event]
pub struct IncomeCollected {
    #[ink(topic)]
    pub asset: AssetId,
    pub income: Income,
    pub receiver: AccountId,
    pub amount: u128,
    /// Supply shares given up for it; none for collateral.
    pub shares: u128,
}

/// An asset was taken off the market: its number and its token are free.
#[ink::event]
pub struct ReserveDelisted {
    #[ink(topic)]
    pub asset: AssetId,
    #[ink(topic)]
    pub token: AccountId,
}

/// The breaker's level for an asset has changed.
#[ink::event]
pub struct BreakerChanged {
    #[ink(topic)]
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
#[ink::event]
pub struct BreakerRaised {
    #[ink(topic)]
    pub asset: Option<AssetId>,
    pub by: AccountId,
    pub level: Level,
    pub until_ms: u64,
}

/// The owner has taken a breaker back to Normal.
#[ink::event]
pub struct BreakerReset {
    #[ink(topic)]
    pub asset: Option<AssetId>,
}

/// The market's parameters were replaced.
#[ink::event]
pub struct ParamsSet {
    pub params: MarketParams,
}

/// A guardian was appointed, until a time.
#[ink::event]
pub struct GuardianSet {
    pub guardian: AccountId,
    pub until_ms: u64,
}

/// Codes of the market were replaced.
#[ink::event]
pub struct Upgraded {
    pub front: Option<Hash>,
    pub auctions: Option<Hash>,
    pub office: Option<Hash>,
}
