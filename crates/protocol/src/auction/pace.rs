//! How fast the assets on a snapshot may be sold now: pace, time and what waits (§ G1, § G3, § G8).

use crate::{
    account::health::{value_down, value_up},
    breaker::Level,
    gradual::{Gradual, Pace, Seller},
    oracle::price::Use,
    AccountSnapshot, AssetId, Error,
};
use alloc::vec::Vec;

impl AccountSnapshot {
    /// The pace of a collateral: by how the pool stands that backs it. Where that is not on the snapshot,
    /// nothing does.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`], [`Error::Overflow`].
    pub fn pace(&self, collateral: AssetId) -> Result<Pace, Error> {
        let config = &self.priced(collateral)?.reserve.config.auction;
        let backing = config.backed_by.and_then(|asset| self.priced(asset).ok());
        match backing.map(|priced| &priced.reserve) {
            Some(reserve) if reserve.config.borrowable => Ok(config.pace(&reserve.standing()?)),
            _ => Ok(config.alone),
        }
    }

    /// Since when sales in an asset could be settled without a break or a halt, in Unix milliseconds;
    /// `None` where they can't be now.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub fn settles_since(&self, asset: AssetId) -> Result<Option<u64>, Error> {
        let priced = self.priced(asset)?;
        if self.level(asset)? == Level::Halted || priced.require_price(Use::Settlement).is_err() {
            return Ok(None);
        }
        let good_since_ms = priced.price()?.good_since_ms;
        let halted_until_ms = priced.reserve.balances.gradual.halted_until_ms.min(self.now_ms);
        Ok(Some(good_since_ms.max(halted_until_ms)))
    }

    /// Whether backstops hold so much of a collateral that it is worth selling: the minimum debt of the
    /// asset that backs it, or a slice where none does.
    fn stock_waits(&self, collateral: AssetId) -> Result<bool, Error> {
        let priced = self.priced(collateral)?;
        let stock = priced.reserve.balances.backstop_collateral;
        if stock == 0 {
            return Ok(false);
        }
        let (Ok(price), decimals) = (priced.price(), priced.reserve.config.decimals) else {
            return Ok(false);
        };
        let config = &priced.reserve.config;
        match config.auction.backed_by.and_then(|asset| self.least_lot_up_wad(asset).ok()) {
            Some(least_wad) => Ok(value_down(stock, price.mid_wad, decimals)? >= least_wad),
            None => Ok(stock >= config.auction.slice_down(config.liquidity.depth)),
        }
    }

    /// Value of the minimum debt of an asset, wad dollars, rounded up.
    fn least_lot_up_wad(&self, debt: AssetId) -> Result<u128, Error> {
        let priced = self.priced(debt)?;
        value_up(
            priced.reserve.config.min_debt,
            priced.price()?.mid_wad,
            priced.reserve.config.decimals,
        )
    }

    /// Meter and price of a collateral, brought up to now.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`], [`Error::Overflow`].
    #[inline(never)]
    pub fn touched(&self, collateral: AssetId) -> Result<Gradual, Error> {
        let priced = self.priced(collateral)?;
        let since_ms = self.settles_since(collateral)?;
        let mut gradual = priced.reserve.balances.gradual;
        let waits = self.stock_waits(collateral)?;
        let config = &priced.reserve.config.auction;
        gradual.touch(config, &self.pace(collateral)?, waits, since_ms, self.now_ms);
        if since_ms.is_some() {
            gradual.price_ms = priced.price()?.time_ms.max(gradual.price_ms);
        }
        Ok(gradual)
    }

    /// Most units of a collateral that may be sold to the market for accounts now, rounded down (§ G5).
    ///
    /// # Errors
    /// As [`AccountSnapshot::touched`].
    pub(crate) fn room_down(&self, collateral: AssetId) -> Result<u128, Error> {
        let config = &self.priced(collateral)?.reserve.config;
        let (pace, now) = (self.pace(collateral)?, self.touched(collateral)?);
        now.room_down(&config.auction, &pace, Seller::Account, config.liquidity.depth)
    }

    /// Brings meter and price of a collateral up to now, to be stored.
    ///
    /// # Errors
    /// As [`AccountSnapshot::touched`].
    pub fn touch(&mut self, collateral: AssetId) -> Result<(), Error> {
        self.reserve_mut(collateral)?.balances.gradual = self.touched(collateral)?;
        Ok(())
    }

    /// How long an auction has run in which a pair could be sold: the shorter of the time since its start
    /// and since the pair could be settled (§ G4).
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub(crate) fn own_ms(&self, started_ms: u64, pair: [AssetId; 2]) -> Result<u64, Error> {
        let mut from_ms = started_ms;
        for asset in pair {
            from_ms = from_ms.max(self.settles_since(asset)?.unwrap_or(self.now_ms));
        }
        Ok(self.now_ms.saturating_sub(from_ms))
    }

    /// Has the price of each collateral of the account in auction rise for it, if the lot is worth at
    /// least the minimum debt (§ G3). Touches all of them.
    ///
    /// # Errors
    /// As [`AccountSnapshot::touched`].
    #[inline(never)]
    pub(crate) fn begin_waiting(&mut self) -> Result<(), Error> {
        let least_wad = self.least_counted_wad();
        let held: Vec<_> = self.account.collaterals().copied().collect();
        let mut counted = Vec::with_capacity(held.len());
        for position in &held {
            self.touch(position.asset)?;
            if self.priced(position.asset)?.lot_wad(position)? >= least_wad {
                self.reserve_mut(position.asset)?.balances.gradual.start();
                counted.push(position.asset);
            }
        }
        if let Some(auction) = self.account.auction.as_mut() {
            auction.counted = counted;
        }
        Ok(())
    }

    /// Lets go of the collaterals that the account in auction waits with no more: all of them when it
    /// `ends`, else those of which less is left than counts. Never fails.
    #[inline(never)]
    pub(crate) fn settle_waiting(&mut self, ends: bool) {
        let Some(auction) = self.account.auction.as_mut() else { return };
        let counted = core::mem::take(&mut auction.counted);
        let least_wad = self.least_counted_wad();
        let mut kept = Vec::with_capacity(counted.len());
        for asset in counted {
            let held = self.account.position(asset);
            let lot_wad = |snapshot: &Self| snapshot.priced(asset)?.lot_wad(&held);
            // Nothing at all never counts.
            let counts = held.collateral != 0 && lot_wad(self).is_ok_and(|wad| wad >= least_wad);
            if counts && !ends {
                kept.push(asset);
                continue;
            }
            let _ = self.touch(asset);
            if let Ok(reserve) = self.reserve_mut(asset) {
                reserve.balances.gradual.end();
            }
        }
        if let Some(auction) = self.account.auction.as_mut() {
            auction.counted = kept;
        }
    }

    /// The least value of a lot that a price rises for, wad dollars: the highest minimum debt of what the
    /// account owes. A debt without a price asks for nothing.
    fn least_counted_wad(&self) -> u128 {
        let debts = self.account.debts();
        debts.filter_map(|owed| self.least_lot_up_wad(owed.asset).ok()).max().unwrap_or(0)
    }
}
