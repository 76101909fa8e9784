//! Ways to liquidate, behind one trait.
//!
//! The engine owns the world: prices, the market on which collateral is sold, keepers, borrowers.
//! A [`Mechanism`] owns a protocol's balances and rules, and decides in that protocol's own integers.
//! The engine asks the same questions of all of them, in the same order, on the same path.
//!
//! **A step.** The engine
//!
//! 1. tells the time and what the oracle says ([`Mechanism::observe`]);
//! 2. lets borrowers [`repay`](Mechanism::repay) or [`top_up`](Mechanism::top_up);
//! 3. offers every account that may be unhealthy to a keeper who [starts](Mechanism::start) what
//!    needs starting, and lets them do the [upkeep](Mechanism::upkeep);
//! 4. lists [what is for sale](Mechanism::lots), lets keepers [`quote`](Mechanism::quote) sizes and
//!    [`take`](Mechanism::take) the most profitable one, best lot first;
//! 5. offers what is left to the protocol's own [backstop](Mechanism::backstop). One that is lent to a
//!    protocol for comparison buys before step 4 instead.
//!
//! What the own backstop buys by itself in starts and takes the engine asks for after each of them
//! ([`Mechanism::bought`]).
//!
//! **Units.** Collateral in units of 10⁻¹⁸ token ([`TOKEN`]), debt in units of 10⁻⁶ dollar
//! ([`USD`]), prices in wad dollars for a whole token, time in Unix milliseconds. A position has
//! one collateral; the debt is always dollars, worth a dollar. A protocol that counts in other units
//! (RAD, RAY, 8 decimals) converts at its border and rounds as its source does.
//!
//! **No interest.** A run lasts days; interest is left out for all alike.

pub mod aave_v3;
pub mod aave_v4;
pub mod blend;
pub mod breakwater;
pub mod comet;
pub mod euler;
pub mod maker;
pub mod morpho;
mod peer;

use breakwater_protocol::Price;

/// Units of one token of any collateral.
pub const TOKEN: u128 = 1_000_000_000_000_000_000;
/// Units of one dollar of debt.
pub const USD: u128 = 1_000_000;

/// Number of a position in the order in which they were opened.
pub type Account = usize;
/// Number of a collateral asset in [`Market::assets`].
pub type Asset = usize;
/// Number of a keeper.
pub type Keeper = usize;

/// A loan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub asset: Asset,
    /// In [`TOKEN`] units.
    pub collateral: u128,
    /// In [`USD`] units.
    pub debt: u128,
}

/// What all mechanisms are set up with alike.
#[derive(Clone, Debug)]
pub struct Market {
    pub assets: Vec<AssetSpec>,
    /// Money lent by lenders, in [`USD`] units: more than all positions borrow.
    pub supplied: u128,
    /// Part of it that lenders stake where there is a backstop, in [`USD`] units.
    pub staked: u128,
    /// Least debt of a loan, in [`USD`] units, where a protocol has such a rule (Aave's threshold
    /// of 2,000 and the like are the protocol's own).
    pub min_debt: u128,
    /// When positions are opened.
    pub now_ms: u64,
    /// How long it takes until somebody calls a protocol's backstop that may buy.
    pub reaction_ms: u64,
}

/// A collateral asset as all mechanisms list it.
#[derive(Clone, Debug)]
pub struct AssetSpec {
    pub name: String,
    /// At the opening, wad dollars for a whole token.
    pub price_wad: u128,
    /// Debt up to which a loan may be taken, as a part of its collateral's value.
    pub ltv_bps: u16,
    /// Debt above which it is liquidated: the same for all mechanisms (LLTV of Morpho and Euler,
    /// 1 / mat of Maker, liquidateCollateralFactor of Comet, collateral factor of Blend).
    pub threshold_bps: u16,
    /// Units whose sale moves the price by 1 %, at the opening.
    pub depth: u128,
}

/// What the oracle says of one asset.
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    /// The price as it was reported, wad dollars: what protocols that believe their oracle use.
    pub price_wad: u128,
    /// Time of that report.
    pub time_ms: u64,
    /// What Breakwater's adapter makes of the same reports: quarantine, band, volatility.
    pub judged: Price,
}

/// Something for sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lot {
    /// The mechanism's own number: an account, an auction, an asset in a storefront.
    pub id: u32,
    /// What is sold.
    pub asset: Asset,
    /// Whose collateral it is; `None` if the protocol's.
    pub account: Option<Account>,
}

/// What a purchase moves. `paid - repaid` goes to the protocol in dollars, `seized - received` in
/// collateral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fill {
    /// What the buyer pays, in [`USD`] units.
    pub paid: u128,
    /// What they get, in [`TOKEN`] units.
    pub received: u128,
    /// What the borrower owes less, in [`USD`] units, without bad debt. 0 for the protocol's own
    /// lots: the borrower was settled when they were absorbed.
    pub repaid: u128,
    /// What leaves the borrower's collateral, in [`TOKEN`] units. Collateral in an auction is still
    /// theirs until it is sold.
    pub seized: u128,
    /// Debt that nobody will repay and that this purchase brought to light, in [`USD`] units.
    pub bad_debt: u128,
}

/// What bounds the purchases of a lot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// A token costs no less, dollars; infinite where nothing is sold.
    pub least_usd: f64,
    /// Nobody gets more tokens.
    pub most_tokens: f64,
}

impl Bound {
    /// Nothing is known.
    pub const NONE: Self = Self { least_usd: 0.0, most_tokens: f64::INFINITY };
    /// Nothing is sold.
    pub const UNSOLD: Self = Self { least_usd: f64::INFINITY, most_tokens: 0.0 };

    /// At most what a purchase gains where a token brings `usd`, dollars.
    pub fn most_gain_usd(&self, usd: f64) -> f64 {
        // Of endless sums nothing is known.
        let gain_usd = self.most_tokens * (usd - self.least_usd);
        if gain_usd.is_nan() {
            f64::INFINITY
        } else {
            gain_usd
        }
    }
}

/// What an act without capital did: an auction started or restarted, an account absorbed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// What the keeper gets at once, in [`USD`] units (Maker's tip and chip). The protocol pays.
    pub reward: u128,
    /// What the borrower owes less, in [`USD`] units, without bad debt (Comet's absorb).
    pub repaid: u128,
    /// What leaves their collateral, in [`TOKEN`] units (Comet's absorb).
    pub seized: u128,
    /// What they get beyond that, in [`USD`] units (Comet credits the rest of the value).
    pub credited: u128,
    /// Debt that nobody will repay, in [`USD`] units.
    pub bad_debt: u128,
}

/// What a protocol has bought and holds, not counting fees: a storefront, a backstop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// In [`TOKEN`] units.
    pub held: u128,
    /// What all that was bought has cost less what sales brought in, in [`USD`] units. Comet:
    /// repaid and credited at absorptions, less what buyers paid.
    pub net_cost: i128,
}

/// How far a protocol's circuit breaker is up. Those without one are always Normal.
pub use breakwater_protocol::Level;

/// Why a protocol does not do what it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the account is healthy")]
    Healthy,
    #[error("nothing is for sale under that number")]
    NoLot,
    #[error("the amount rounds to nothing, or would leave a rest that the rules forbid")]
    Amount,
    #[error("a limit or a pause holds it back for now")]
    NotNow,
    #[error("the protocol has no such act")]
    Unsupported,
    #[error("a number is out of the protocol's range")]
    Overflow,
}

/// A protocol's balances and rules.
///
/// All methods are deterministic. One that returns an error has changed nothing.
pub trait Mechanism {
    /// Tells the time and what the oracle says, an entry for each asset. Called once a step, before
    /// all else, with times that rise. Blocks of a protocol's own chain follow from the time.
    fn observe(&mut self, now_ms: u64, quotes: &[Quote]);

    /// A position as it stands: what a borrower would get back and owes. Collateral that waits in an
    /// auction counts as theirs, debt to be raised by that auction (without penalties) too.
    fn position(&self, account: Account) -> Position;

    /// The borrower repays up to `amount` [`USD`] units; what was taken.
    ///
    /// # Errors
    /// Where the rules leave them no way (their vault has been seized, the account is frozen).
    fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused>;

    /// The borrower adds `units` of collateral.
    ///
    /// # Errors
    /// As [`Mechanism::repay`].
    fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused>;

    /// A keeper does the first step of a liquidation that is no purchase: bark, absorb, a new
    /// auction. Called at most once a step and account, for accounts at or below their trigger.
    ///
    /// # Errors
    /// [`Refused::Unsupported`] where a purchase is the first step; [`Refused::Healthy`];
    /// [`Refused::NotNow`] also where it has been done.
    fn start(&mut self, _account: Account, _keeper: Keeper) -> Result<Start, Refused> {
        Err(Refused::Unsupported)
    }

    /// Whatever else anybody may do without capital, each step: redo of stale auctions, write-off
    /// of lots that nobody will buy. One entry for each account or auction it was done for.
    fn upkeep(&mut self, _keeper: Keeper) -> Vec<(Account, Start)> {
        Vec::new()
    }

    /// Adds everything that can be bought now. `below` are the accounts at or below their
    /// [trigger](Mechanism::trigger_wad), in ascending order; some may be healthy. Lots of auctions and storefronts are listed
    /// whatever is in `below`. Order: ascending [`Lot`].
    fn lots(&self, below: &[Account], out: &mut Vec<Lot>);

    /// What a purchase for at most `max_pay` [`USD`] units would move: exactly what
    /// [`Mechanism::take`] would do now.
    ///
    /// # Errors
    /// Whatever the protocol finds.
    fn quote(&self, lot: Lot, max_pay: u128) -> Result<Fill, Refused>;

    /// What bounds every purchase of the lot now, found without a [quote](Mechanism::quote): the simulator asks for
    /// none where nobody would buy within that.
    fn bound(&self, _lot: Lot) -> Bound {
        Bound::NONE
    }

    /// A purchase for at most `max_pay` [`USD`] units: as much as the rules allow within it.
    ///
    /// # Errors
    /// Whatever the protocol finds.
    fn take(&mut self, lot: Lot, max_pay: u128, keeper: Keeper) -> Result<Fill, Refused>;

    /// The protocol's own backstop buys as much of a lot as it may and can, and holds it.
    ///
    /// # Errors
    /// [`Refused::Unsupported`] where there is none.
    fn backstop(&mut self, _lot: Lot) -> Result<Fill, Refused> {
        Err(Refused::Unsupported)
    }

    /// What the protocol's own backstop has bought by itself in starts and takes since this was asked
    /// last.
    fn bought(&mut self) -> Vec<(Lot, Fill)> {
        Vec::new()
    }

    /// The highest price at which the account could be liquidated, wad dollars: rounded up, never
    /// too low. `None` for one without debt. The engine leaves accounts above it alone, so a step
    /// costs nothing for them; it asks again after every change of the position.
    fn trigger_wad(&self, account: Account, threshold_bps: u16) -> Option<u128> {
        let Position { collateral, debt, .. } = self.position(account);
        trigger_wad(collateral, debt, threshold_bps)
    }

    /// Collateral in an asset that the protocol has bought and holds, besides fees.
    fn inventory(&self, _asset: Asset) -> Inventory {
        Inventory::default()
    }

    /// Collateral that somebody has sold to themselves to use up room, dollars.
    fn washed_usd(&self) -> f64 {
        0.0
    }

    /// The breaker's level for an asset.
    fn level(&self, _asset: Asset) -> Level {
        Level::Normal
    }

    /// What may be borrowed against an asset now, in basis points of value: `ltv_bps` unless haircuts
    /// or a breaker lower it.
    fn borrowable_bps(&self, _asset: Asset, ltv_bps: u16) -> u16 {
        ltv_bps
    }
}

/// A mechanism with its parameters, ready to be set up for a run.
pub trait Design: Send + Sync {
    /// Short and unique, as in a table: "Aave v3".
    fn name(&self) -> &str;

    /// One sentence for readers of the report: how it liquidates.
    fn about(&self) -> &str;

    /// Opens all positions.
    ///
    /// # Errors
    /// Positions or a market that the protocol can't have.
    fn open(&self, market: &Market, positions: &[Position]) -> Result<Box<dyn Mechanism>, Refused>;
}

/// The price at which a debt is `threshold_bps` of its collateral's value, wad dollars, rounded up
/// and a part in 10⁹ more, for protocols whose own rounding is coarser. `None` without debt.
pub fn trigger_wad(collateral: u128, debt: u128, threshold_bps: u16) -> Option<u128> {
    if debt == 0 {
        return None;
    }
    let carries = collateral as f64 / TOKEN as f64 * f64::from(threshold_bps) / 1e4;
    let usd = debt as f64 / USD as f64 / carries * (1.0 + 1e-9);
    // Without collateral any price is too low; casts saturate.
    Some((usd * 1e18).ceil() as u128)
}

/// The other protocols. The first is the yardstick: what others are compared with.
pub fn peers() -> Vec<Box<dyn Design>> {
    vec![
        Box::new(aave_v3::AaveV3::default()),
        Box::new(aave_v4::AaveV4::default()),
        Box::new(maker::Maker::default()),
        Box::new(euler::Euler::default()),
        Box::new(comet::Comet::default()),
        Box::new(morpho::Morpho),
        Box::new(blend::Blend::default()),
    ]
}
