//! What an account is worth and what it owes (§ 3).

use crate::{
    math::{add, bps_to_wad, mul_div_down, mul_div_up, pow10, WAD},
    shares::to_assets_up,
    sheet::Line,
    Error, Position,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Which end of a price's band counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Collateral at the low end, debt at the high end: when risk is taken on.
    Cautious,
    /// The middle: for liquidation.
    Middle,
}

/// An account's totals in wad dollars. Collateral is rounded down, debt up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Health {
    /// Value of all collateral.
    pub collateral_wad: u128,
    /// Debt that the collateral may carry when risk is taken on: sum of value x LTV.
    pub borrowable_wad: u128,
    /// Debt at which liquidation starts: sum of value x liquidation threshold.
    pub threshold_wad: u128,
    /// Value of all debt.
    pub debt_wad: u128,
}

impl Health {
    /// These totals and one more position.
    pub fn with(self, position: &Position, line: &Line, basis: Basis) -> Result<Self, Error> {
        let price = line.price()?;
        let (low_wad, high_wad) = match basis {
            Basis::Cautious => (price.low_wad, price.high_wad),
            Basis::Middle => (price.mid_wad, price.mid_wad),
        };
        let config = &line.reserve.config;
        let mut sum = self;
        if position.collateral != 0 {
            let value_wad = value_down(position.collateral, low_wad, config.decimals)?;
            let part = |bps| mul_div_down(value_wad, bps_to_wad(bps), WAD);
            sum.collateral_wad = add(sum.collateral_wad, value_wad)?;
            sum.borrowable_wad = add(sum.borrowable_wad, part(config.ltv_bps)?)?;
            sum.threshold_wad = add(sum.threshold_wad, part(config.liquidation_threshold_bps)?)?;
        }
        if position.debt_shares != 0 {
            let owed = to_assets_up(position.debt_shares, line.reserve.books.owed())?;
            sum.debt_wad = add(sum.debt_wad, value_up(owed, high_wad, config.decimals)?)?;
        }
        Ok(sum)
    }

    /// Threshold value / debt, in wad, rounded down. [`u128::MAX`] without debt.
    pub fn health_factor_wad(&self) -> u128 {
        if self.debt_wad == 0 {
            return u128::MAX;
        }
        mul_div_down(self.threshold_wad, WAD, self.debt_wad).unwrap_or(u128::MAX)
    }

    /// Health factor of 1 or more: not to be liquidated.
    pub fn is_healthy(&self) -> bool {
        self.threshold_wad >= self.debt_wad
    }

    /// Whether the debt is within what may be borrowed against the collateral.
    pub fn is_within_ltv(&self) -> bool {
        self.borrowable_wad >= self.debt_wad
    }
}

/// Value of an amount in wad dollars, rounded down.
pub fn value_down(amount: u128, price_wad: u128, decimals: u8) -> Result<u128, Error> {
    mul_div_down(amount, price_wad, pow10(decimals)?)
}

/// Value of an amount in wad dollars, rounded up.
pub fn value_up(amount: u128, price_wad: u128, decimals: u8) -> Result<u128, Error> {
    mul_div_up(amount, price_wad, pow10(decimals)?)
}

/// Amount worth at most a value, in units.
pub fn amount_down(value_wad: u128, price_wad: u128, decimals: u8) -> Result<u128, Error> {
    mul_div_down(value_wad, pow10(decimals)?, price_wad)
}

/// Amount worth at least a value, in units.
pub fn amount_up(value_wad: u128, price_wad: u128, decimals: u8) -> Result<u128, Error> {
    mul_div_up(value_wad, pow10(decimals)?, price_wad)
}
