//! A constant-product pool without a fee.

use crate::{
    config::PoolConfig,
    snapshot::{MarketSnapshot, Observations, Question},
    strategy::venue::Venue,
};
use breakwater_chain::AccountId;
use breakwater_protocol::{num::math::mul_div_down, AssetId, Error};

/// Where a pool is and what it trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    pub address: AccountId,
    /// The pool's first and second token, as assets of the market.
    pub assets: [AssetId; 2],
}

impl From<&PoolConfig> for Pool {
    fn from(config: &PoolConfig) -> Self {
        Self { address: config.address, assets: [config.base, config.quote] }
    }
}

impl Pool {
    /// What has to be asked to know how it stands.
    pub fn question(&self) -> Question {
        Question::Pool { pool: self.address }
    }

    /// The pool as it was seen.
    pub fn venue(&self, on: &MarketSnapshot) -> Option<ConstantProduct> {
        let reserves = *on.seen.pools.get(&self.address)?;
        Some(ConstantProduct { address: self.address, assets: self.assets, reserves })
    }
}

/// A pool as it stands, and as it will after the sales planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConstantProduct {
    pub address: AccountId,
    /// The pool's first and second token, as assets of the market.
    pub assets: [AssetId; 2],
    /// Units it holds of each.
    pub reserves: [u128; 2],
}

impl ConstantProduct {
    /// Units of an asset that it holds.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub fn reserve(&self, asset: AssetId) -> Result<u128, Error> {
        self.sides(asset).map(|[held, _]| held)
    }

    /// Units that a sale of `units` of an asset brings, rounded down as the pool does.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`], [`Error::Overflow`]; [`Error::DivisionByZero`] for an empty pool.
    pub fn sale_down(&self, sold: AssetId, units: u128) -> Result<u128, Error> {
        let [held_in, held_out] = self.sides(sold)?;
        mul_div_down(held_out, units, held_in.checked_add(units).ok_or(Error::Overflow)?)
    }

    /// The pool after a sale.
    ///
    /// # Errors
    /// As [`ConstantProduct::sale_down`].
    pub fn after_sale(mut self, sold: AssetId, units: u128) -> Result<Self, Error> {
        let out = self.sale_down(sold, units)?;
        let [held_in, held_out] = self.sides(sold)?;
        let after = [
            held_in.checked_add(units).ok_or(Error::Overflow)?,
            held_out.checked_sub(out).ok_or(Error::Overflow)?,
        ];
        self.reserves = if self.assets[0] == sold { after } else { [after[1], after[0]] };
        Ok(self)
    }

    fn sides(&self, sold: AssetId) -> Result<[u128; 2], Error> {
        let [first, second] = self.reserves;
        match self.assets {
            [base, _] if base == sold => Ok([first, second]),
            [_, quote] if quote == sold => Ok([second, first]),
            _ => Err(Error::UnknownAsset),
        }
    }
}

impl Venue for ConstantProduct {
    fn address(&self) -> AccountId {
        self.address
    }

    fn buys(&self, sold: AssetId) -> Option<AssetId> {
        match self.assets {
            [base, quote] if base == sold => Some(quote),
            [base, quote] if quote == sold => Some(base),
            _ => None,
        }
    }

    fn is_atomic(&self) -> bool {
        true
    }

    fn sale_down(&self, sold: AssetId, units: u128) -> Result<u128, Error> {
        self.sale_down(sold, units)
    }

    fn sell(&mut self, sold: AssetId, units: u128) -> Result<(), Error> {
        *self = self.after_sale(sold, units)?;
        Ok(())
    }

    fn show(&self, seen: &mut Observations) {
        seen.pools.insert(self.address, self.reserves);
    }
}
