//! Values in dollars of amounts of a token, and an account's totals of them.

use crate::{
    num::math::{mul_div_down, mul_div_up, pow10, WAD},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// An account's totals in wad dollars at the middle of the bands. Collateral is rounded down, debt
/// up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Health {
    /// Value of all collateral.
    pub collateral_wad: u128,
    /// Debt at which liquidation starts: what the collateral carries by its thresholds.
    pub threshold_wad: u128,
    /// Value of all debt.
    pub debt_wad: u128,
}

impl Health {
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
