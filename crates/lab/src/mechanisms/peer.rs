//! What adapters of other protocols share: plain loans, units, and a way to sell an account at once.
//!
//! Debts are [`USD`](super::USD) units, a dollar of 6 decimals; a token has 18 decimals. Protocols
//! that keep shares keep amounts here: without interest a share is worth what it was.

use super::{
    trigger_wad, Account, Asset, Design, Fill, Keeper, Lot, Market, Mechanism, Position, Quote,
    Refused, TOKEN, USD,
};
use breakwater_peers::{aave_v3::Pair, math::small, Error};

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Healthy => Self::Healthy,
            Error::Overflow | Error::DivisionByZero => Self::Overflow,
            Error::MustNotLeaveDust
            | Error::NoPartialPurchase
            | Error::NullAuction
            | Error::ExcessiveRepay
            | Error::TooExpensive
            | Error::InsufficientReserves
            | Error::BadRequest => Self::Amount,
            Error::NeedsReset
            | Error::CannotReset
            | Error::LiquidationLimitHit
            | Error::DustyAuction
            | Error::NotForSale
            | Error::InvalidLiquidation
            | Error::LiquidationTooLarge
            | Error::LiquidationTooSmall => Self::NotNow,
        }
    }
}

/// A protocol's number as the simulator's.
///
/// # Errors
/// [`Refused::Overflow`] past 128 bits.
pub(super) fn units<T: TryInto<u128>>(number: T) -> Result<u128, Refused> {
    number.try_into().map_err(|_| Refused::Overflow)
}

/// Wad dollars of a unit of a price with 8 decimals.
pub(super) const PRICE_8: u128 = 10_000_000_000;

/// A token and dollars as Aave and Comet price them: 8 decimals, rounded down.
pub(super) fn pair(price_wad: u128) -> Pair {
    Pair {
        collateral_price: small(price_wad / PRICE_8),
        collateral_unit: small(TOKEN),
        debt_price: small(100_000_000),
        debt_unit: small(USD),
    }
}

/// Loans with nothing but collateral and debt, and what the oracle said last.
pub(super) struct Loans {
    positions: Vec<Position>,
    prices_wad: Vec<u128>,
    thresholds_bps: Vec<u16>,
}

impl Loans {
    pub fn open(market: &Market, positions: &[Position]) -> Result<Self, Refused> {
        if positions.iter().any(|position| position.asset >= market.assets.len()) {
            return Err(Refused::Unsupported);
        }
        Ok(Self {
            positions: positions.to_vec(),
            prices_wad: market.assets.iter().map(|spec| spec.price_wad).collect(),
            thresholds_bps: market.assets.iter().map(|spec| spec.threshold_bps).collect(),
        })
    }

    pub fn observe(&mut self, quotes: &[Quote]) {
        self.prices_wad.clear();
        self.prices_wad.extend(quotes.iter().map(|quote| quote.price_wad));
    }

    pub fn set_prices(&mut self, prices_wad: Vec<u128>) {
        self.prices_wad = prices_wad;
    }

    pub fn position(&self, account: Account) -> Position {
        self.positions.get(account).copied().unwrap_or_default()
    }

    pub fn position_mut(&mut self, account: Account) -> Result<&mut Position, Refused> {
        self.positions.get_mut(account).ok_or(Refused::NoLot)
    }

    /// All debts, or those against one asset.
    pub fn lent(&self, asset: Option<Asset>) -> Result<u128, Refused> {
        let counts = |position: &&Position| asset.is_none_or(|asset| asset == position.asset);
        let add = |sum: u128, position: &Position| sum.checked_add(position.debt);
        self.positions.iter().filter(counts).try_fold(0, add).ok_or(Refused::Overflow)
    }

    pub fn assets(&self) -> usize {
        self.thresholds_bps.len()
    }

    /// Price in wad dollars, and liquidation threshold.
    pub fn terms(&self, asset: Asset) -> Result<(u128, u16), Refused> {
        let price_wad = self.prices_wad.get(asset).ok_or(Refused::NoLot)?;
        Ok((*price_wad, *self.thresholds_bps.get(asset).ok_or(Refused::NoLot)?))
    }

    pub fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused> {
        let position = self.position_mut(account)?;
        let repaid = amount.min(position.debt);
        position.debt -= repaid;
        Ok(repaid)
    }

    pub fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused> {
        let position = self.position_mut(account)?;
        position.collateral = position.collateral.checked_add(units).ok_or(Refused::Overflow)?;
        Ok(())
    }

    /// Takes a purchase off the balances.
    pub fn apply(&mut self, account: Account, fill: &Fill) -> Result<(), Refused> {
        let position = self.position_mut(account)?;
        let gone = fill.repaid.checked_add(fill.bad_debt).ok_or(Refused::Overflow)?;
        let debt = position.debt.checked_sub(gone).ok_or(Refused::Overflow)?;
        position.collateral =
            position.collateral.checked_sub(fill.seized).ok_or(Refused::Overflow)?;
        position.debt = debt;
        Ok(())
    }
}

/// An account to be sold, at the oracle's price.
pub struct Loan {
    pub position: Position,
    pub price_wad: u128,
    pub threshold_bps: u16,
}

/// How a protocol sells an unhealthy account's collateral to whoever comes.
pub trait Rule: Copy + Send + Sync + 'static {
    /// As [`Design::name`].
    const NAME: &'static str;
    /// As [`Design::about`].
    const ABOUT: &'static str;
    /// Wad dollars of a unit of the protocol's prices; 0 if those are the simulator's.
    const PRICE_STEP_WAD: u128;

    /// What a purchase for at most `max_pay` moves: as much as the rules allow within it.
    ///
    /// # Errors
    /// Whatever the protocol finds.
    fn sell(&self, loan: &Loan, max_pay: u128) -> Result<Fill, Refused>;
}

impl<R: Rule> Design for R {
    fn name(&self) -> &str {
        R::NAME
    }

    fn about(&self) -> &str {
        R::ABOUT
    }

    fn open(&self, market: &Market, positions: &[Position]) -> Result<Box<dyn Mechanism>, Refused> {
        Ok(Box::new(AtOnce { loans: Loans::open(market, positions)?, rule: *self }))
    }
}

/// The balances of a protocol whose liquidation is one purchase.
struct AtOnce<R> {
    loans: Loans,
    rule: R,
}

impl<R: Rule> Mechanism for AtOnce<R> {
    fn observe(&mut self, _now_ms: u64, quotes: &[Quote]) {
        self.loans.observe(quotes);
    }

    fn position(&self, account: Account) -> Position {
        self.loans.position(account)
    }

    fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused> {
        self.loans.repay(account, amount)
    }

    fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused> {
        self.loans.top_up(account, units)
    }

    fn lots(&self, below: &[Account], out: &mut Vec<Lot>) {
        out.extend(below.iter().filter_map(|&account| {
            let id = u32::try_from(account).ok()?;
            Some(Lot { id, asset: self.loans.position(account).asset, account: Some(account) })
        }));
    }

    fn quote(&self, lot: Lot, max_pay: u128) -> Result<Fill, Refused> {
        let position = self.loans.position(lot.account.ok_or(Refused::NoLot)?);
        if position.debt == 0 {
            return Err(Refused::Healthy);
        }
        let (price_wad, threshold_bps) = self.loans.terms(position.asset)?;
        let fill = self.rule.sell(&Loan { position, price_wad, threshold_bps }, max_pay)?;
        if fill.paid == 0 || fill.received == 0 {
            return Err(Refused::Amount);
        }
        Ok(fill)
    }

    fn take(&mut self, lot: Lot, max_pay: u128, _keeper: Keeper) -> Result<Fill, Refused> {
        let fill = self.quote(lot, max_pay)?;
        self.loans.apply(lot.account.ok_or(Refused::NoLot)?, &fill)?;
        Ok(fill)
    }

    fn trigger_wad(&self, account: Account, threshold_bps: u16) -> Option<u128> {
        let Position { collateral, debt, .. } = self.position(account);
        // Rounded to the protocol's own prices, the price may be one of their units lower.
        Some(trigger_wad(collateral, debt, threshold_bps)?.saturating_add(R::PRICE_STEP_WAD))
    }
}

/// The most that may be repaid, up to `max_pay`, if `min_left` dollars of debt and of collateral
/// have to stay; the collateral loses `bonus_bps` of what is repaid (10,500 is 5 %).
pub(super) fn leaving(loan: &Loan, bonus_bps: u128, min_left: u128, max_pay: u128) -> u128 {
    let Loan { position, price_wad, .. } = loan;
    let worth = position.collateral / (TOKEN / USD) * (price_wad / PRICE_8) / 100_000_000;
    // A unit less: that value is rounded down where the protocol's is not.
    let from_collateral = worth.saturating_sub(min_left + 1) * 10_000 / bonus_bps;
    max_pay.min(position.debt.saturating_sub(min_left)).min(from_collateral)
}
