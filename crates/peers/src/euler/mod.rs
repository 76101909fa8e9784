//! Euler v2: a discount as large as the position is unhealthy, up to a limit; the whole debt at once
//! or any part of it.
//!
//! Source: euler-xyz/euler-vault-kit: src/EVault/modules/Liquidation.sol (`calculateLiquidation`,
//! `calculateMaxLiquidation`, `executeLiquidation`). Values are in the unit of account.

pub mod rates;

use crate::math::{mul_div_down, sub, BPS, WAD};
use crate::Error;
use primitive_types::U256;

/// `MIN_SOCIALIZATION_LIABILITY_VALUE`: smaller debts are not written off.
pub const MIN_SOCIALIZED_VALUE: U256 = crate::math::small(1_000_000);

/// A position as a liquidation finds it.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// Of the collateral to be seized, in its units.
    pub collateral: U256,
    /// Its value.
    pub collateral_value: U256,
    /// All collateral's value, each times its liquidation LTV.
    pub adjusted_value: U256,
    /// Debt, in units of the vault's asset.
    pub liability: U256,
    /// Its value.
    pub liability_value: U256,
}

/// What a liquidation moves: the liquidator takes the debt over and gets the collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liquidation {
    /// In units of the vault's asset.
    pub repay: U256,
    /// In units of the collateral.
    pub seized: U256,
}

/// Value of collateral times its liquidation LTV, rounded down (LTVUtils, LiquidityUtils).
///
/// # Errors
/// [`Error::Overflow`].
pub fn adjusted_value(value: U256, liquidation_ltv_bps: u16) -> Result<U256, Error> {
    mul_div_down(value, liquidation_ltv_bps.into(), BPS)
}

/// What a liquidator pays for a wad of value, wad: the position's health, but not below
/// 1 - `max_discount_bps`; rounded down.
///
/// # Errors
/// [`Error::DivisionByZero`] without debt, [`Error::Overflow`] for a discount above 100 %.
pub fn discount_factor_wad(position: &Position, max_discount_bps: u16) -> Result<U256, Error> {
    let health = mul_div_down(position.adjusted_value, WAD, position.liability_value)?;
    let least = sub(WAD, mul_div_down(WAD, max_discount_bps.into(), BPS)?)?;
    Ok(health.max(least))
}

/// `calculateMaxLiquidation`: the most that may be repaid and what that seizes, rounded down.
///
/// # Errors
/// [`Error::Healthy`] if the adjusted value is above the debt, or there is no debt (the source moves
/// nothing then).
pub fn max_liquidation(position: &Position, max_discount_bps: u16) -> Result<Liquidation, Error> {
    if position.liability.is_zero() || position.adjusted_value > position.liability_value {
        return Err(Error::Healthy);
    }
    if position.collateral_value.is_zero() {
        return Ok(Liquidation { repay: U256::zero(), seized: position.collateral });
    }
    let factor = discount_factor_wad(position, max_discount_bps)?;
    let mut repay_value = position.liability_value;
    let mut seized_value = mul_div_down(repay_value, WAD, factor)?;
    if position.collateral_value < seized_value {
        repay_value = mul_div_down(position.collateral_value, factor, WAD)?;
        seized_value = position.collateral_value;
    }
    Ok(Liquidation {
        repay: mul_div_down(repay_value, position.liability, position.liability_value)?,
        seized: mul_div_down(seized_value, position.collateral, position.collateral_value)?,
    })
}

/// `calculateLiquidation`: a repayment of exactly `repay`; the collateral is rounded down.
///
/// # Errors
/// [`Error::ExcessiveRepay`] above the most; as [`max_liquidation`].
pub fn liquidate(
    position: &Position,
    max_discount_bps: u16,
    repay: U256,
) -> Result<Liquidation, Error> {
    let most = max_liquidation(position, max_discount_bps)?;
    if repay > most.repay {
        return Err(Error::ExcessiveRepay);
    }
    if most.repay.is_zero() {
        return Ok(most);
    }
    Ok(Liquidation { repay, seized: mul_div_down(repay, most.seized, most.repay)? })
}

/// Debt that is written off after a liquidation of a position with one collateral: what is left
/// once all collateral is gone, unless the debt was tiny.
///
/// # Errors
/// [`Error::Overflow`] for a liquidation that is not of this position.
pub fn socialized(position: &Position, moved: &Liquidation) -> Result<U256, Error> {
    let gone = moved.seized == position.collateral;
    if !gone || position.liability_value < MIN_SOCIALIZED_VALUE {
        return Ok(U256::zero());
    }
    sub(position.liability, moved.repay)
}
