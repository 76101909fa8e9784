//! What an account is worth and what it owes (§ 3).

use crate::{
    num::{
        math::{add, part_down},
        shares::to_assets_up,
    },
    reserve::priced::PricedReserve,
    risk::tiers::Schedule,
    Error, Position,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

pub use crate::num::value::{amount_down, amount_up, value_down, value_up, Health};

/// What an account may owe, and owes, when risk is taken on: collateral at the low end of its
/// band and rounded down, debt at the high end and up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct BorrowingPower {
    /// Debt that the collateral may carry: its LTVs after haircuts.
    pub limit_wad: u128,
    /// Value of all debt.
    pub debt_wad: u128,
}

impl Health {
    /// These totals and one more position. Collateral without any price counts as nothing; whether
    /// a liquidation may go on without it is another question (§ 4.11).
    ///
    /// # Errors
    /// [`Error::PriceMissing`], [`Error::PriceInvalid`] for a debt; [`Error::Overflow`].
    pub fn with(self, position: &Position, priced: &PricedReserve) -> Result<Self, Error> {
        let owed_wad = match position.debt_shares {
            0 => 0,
            _ => debt_value_up(position, priced, priced.price()?.mid_wad)?,
        };
        self.with_values(priced, collateral_value_down(position, priced)?, owed_wad)
    }

    /// These totals and a position in a line's asset whose collateral and debt have these values.
    pub(crate) fn with_values(
        mut self,
        priced: &PricedReserve,
        collateral_wad: u128,
        debt_wad: u128,
    ) -> Result<Self, Error> {
        if collateral_wad != 0 {
            let threshold_wad = priced.thresholds()?.carries_down(collateral_wad)?;
            self.collateral_wad = add(self.collateral_wad, collateral_wad)?;
            self.threshold_wad = add(self.threshold_wad, threshold_wad)?;
        }
        self.debt_wad = add(self.debt_wad, debt_wad)?;
        Ok(self)
    }
}

impl BorrowingPower {
    /// These totals and one more position.
    pub fn with(mut self, position: &Position, priced: &PricedReserve) -> Result<Self, Error> {
        let price = priced.price()?;
        if position.collateral != 0 {
            let decimals = priced.reserve.config.decimals;
            let value_wad = value_down(position.collateral, price.low_wad, decimals)?;
            let ltv = Schedule::ltv(&priced.reserve.config.tiers, priced.haircut_up()?)?;
            let carried_wad = part_down(ltv.carries_down(value_wad)?, priced.fuse_down_wad())?;
            self.limit_wad = add(self.limit_wad, carried_wad)?;
        }
        self.debt_wad = add(self.debt_wad, debt_value_up(position, priced, price.high_wad)?)?;
        Ok(self)
    }

    /// Whether the debt is within the limit.
    pub fn covers_debt(&self) -> bool {
        self.limit_wad >= self.debt_wad
    }
}

/// Value of a position's collateral at the middle of the band, wad dollars, rounded down; 0 where
/// there is no price at all.
pub fn collateral_value_down(position: &Position, priced: &PricedReserve) -> Result<u128, Error> {
    match priced.price() {
        Ok(price) => value_down(position.collateral, price.mid_wad, priced.reserve.config.decimals),
        Err(_) => Ok(0),
    }
}

/// Value of a position's debt at a price, wad dollars, rounded up.
pub fn debt_value_up(
    position: &Position,
    priced: &PricedReserve,
    price_wad: u128,
) -> Result<u128, Error> {
    if position.debt_shares == 0 {
        return Ok(0);
    }
    let owed = to_assets_up(position.debt_shares, priced.reserve.balances.owed())?;
    value_up(owed, price_wad, priced.reserve.config.decimals)
}
