//! An account on the table: its cell, and the reserves and prices it touches.
//!
//! The shell loads a snapshot, an action in [`crate::actions`] changes it, the shell stores what
//! changed. Keeper and simulator build the same snapshot from events or from nothing.

use crate::{
    account::health::{BorrowingPower, Health},
    breaker::{Level, ManualLevel, Transition},
    config::MarketParams,
    oracle::price::Use,
    reserve::{priced::PricedReserve, Reserve},
    Account, AssetId, Auction, Error, Position,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// An account with what an action needs to know.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct AccountSnapshot {
    /// Time of the block.
    pub now_ms: u64,
    pub params: MarketParams,
    /// What people ask of the breaker for the whole market.
    pub guard: ManualLevel,
    pub account: Account,
    /// At least the reserve that is acted on; for actions that need health, all whose price
    /// matters to the account.
    pub reserves: Vec<PricedReserve>,
    /// Changes of the breaker's levels that [`AccountSnapshot::watch`] has seen.
    pub transitions: Vec<Transition>,
}

impl AccountSnapshot {
    /// A snapshot without reserves.
    pub fn new(now_ms: u64, params: MarketParams, account: Account) -> Self {
        let (guard, reserves, transitions) = (ManualLevel::default(), Vec::new(), Vec::new());
        Self { now_ms, params, guard, account, reserves, transitions }
    }

    /// Looks at the breaker's measures: what every operation does first (§ 7.2). Never fails.
    #[inline(never)]
    pub fn watch(&mut self) {
        let Self { now_ms, params: MarketParams { breaker: config, .. }, guard, .. } = *self;
        for priced in &mut self.reserves {
            self.transitions.extend(priced.watch(&config, &guard, now_ms));
        }
    }

    /// Looks at the measures and brings all prices and meters up to now, to be stored: what `poke`
    /// does.
    pub fn poke(&mut self) {
        let assets: Vec<AssetId> = self.reserves.iter().map(|priced| priced.asset).collect();
        self.poke_some(&assets);
    }

    /// The same of some: those that stand beside for their pools have none of their own beside them.
    #[inline(never)]
    pub(crate) fn poke_some(&mut self, assets: &[AssetId]) {
        self.watch();
        for asset in assets {
            if let Ok(priced) = self.priced_mut(*asset) {
                priced.changed = true;
            }
            // What can't be touched stays as it is.
            let _ = self.touch(*asset);
        }
    }

    /// The breaker's level for an asset: its own, or people's for the whole market.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`] if it is not on the snapshot.
    pub fn level(&self, asset: AssetId) -> Result<Level, Error> {
        let breaker = &self.priced(asset)?.reserve.balances.breaker;
        Ok(breaker.level(self.now_ms).max(self.guard.level(self.now_ms)))
    }

    /// The highest level of the assets that bear the account's risk.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub fn risk_level(&self) -> Result<Level, Error> {
        self.risks()
            .try_fold(Level::Normal, |highest, risk| Ok(highest.max(self.level(risk?.0.asset)?)))
    }

    /// Puts a reserve on the snapshot and brings its interest up to date.
    pub fn add_reserve(&mut self, asset: AssetId, mut reserve: Reserve) -> Result<(), Error> {
        reserve.accrue(self.now_ms)?;
        let now_ms = self.now_ms;
        self.reserves.push(PricedReserve { asset, reserve, price: None, now_ms, changed: false });
        Ok(())
    }

    /// The line of an asset.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`] if it is not on the snapshot.
    pub fn priced(&self, asset: AssetId) -> Result<&PricedReserve, Error> {
        self.reserves.iter().find(|priced| priced.asset == asset).ok_or(Error::UnknownAsset)
    }

    /// The line of an asset, to change.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`] if it is not on the snapshot.
    pub fn priced_mut(&mut self, asset: AssetId) -> Result<&mut PricedReserve, Error> {
        self.reserves.iter_mut().find(|priced| priced.asset == asset).ok_or(Error::UnknownAsset)
    }

    /// The reserve of an asset, to change: it will be stored.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`] if it is not on the snapshot.
    pub fn reserve_mut(&mut self, asset: AssetId) -> Result<&mut Reserve, Error> {
        let priced = self.priced_mut(asset)?;
        priced.changed = true;
        Ok(&mut priced.reserve)
    }

    /// The lines that must be stored.
    pub fn changed(&self) -> impl Iterator<Item = &PricedReserve> {
        self.reserves.iter().filter(|priced| priced.changed)
    }

    /// The account's positions that a price matters to, each with its line.
    pub fn risks(&self) -> impl Iterator<Item = Result<(&Position, &PricedReserve), Error>> {
        self.account
            .positions
            .iter()
            .filter(|position| position.bears_risk())
            .map(|position| Ok((position, self.priced(position.asset)?)))
    }

    /// What the account is worth at the middle of the prices' bands: for liquidation (§ 3.1).
    ///
    /// # Errors
    /// [`Error::PriceMissing`], [`Error::PriceInvalid`], [`Error::Overflow`].
    #[inline(never)]
    pub fn health(&self) -> Result<Health, Error> {
        self.risks().try_fold(Health::default(), |health, risk| {
            let (position, priced) = risk?;
            health.with(position, priced)
        })
    }

    /// What the account may owe when risk is taken on, at the bad ends of the bands and after
    /// haircuts (§ 3.2).
    ///
    /// # Errors
    /// As [`AccountSnapshot::health`].
    #[inline(never)]
    pub fn borrowing_power(&self) -> Result<BorrowingPower, Error> {
        self.risks().try_fold(BorrowingPower::default(), |power, risk| {
            let (position, priced) = risk?;
            power.with(position, priced)
        })
    }

    /// Refuses prices that are not good for a purpose, of every position: for new risk.
    ///
    /// # Errors
    /// [`Error::PriceMissing`] or the purpose's own error.
    pub fn require_prices(&self, purpose: Use) -> Result<(), Error> {
        for risk in self.risks() {
            risk?.1.require_price(purpose)?;
        }
        Ok(())
    }

    /// Ends the auction if the account is healthy again, or owes nothing (a cure, § 4.7); the
    /// auction that has ended. Without usable prices the auction goes on: repaying must never fail for
    /// want of a price.
    #[inline(never)]
    pub fn cure(&mut self) -> Option<Auction> {
        self.account.auction.as_ref()?;
        let healthy = || {
            self.require_weighty_prices(Use::Settlement, &[])?;
            Ok::<_, Error>(self.health()?.is_healthy())
        };
        let cured = !self.account.has_debt() || healthy().unwrap_or(false);
        self.settle_waiting(cured);
        if cured {
            self.account.auction.take()
        } else {
            None
        }
    }
}
