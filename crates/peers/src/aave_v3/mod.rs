//! Aave v3.7: half of the debt at a fixed bonus; all of it where the position is small or far gone.
//!
//! Source: aave-dao/aave-v3-origin, version 3.7: src/contracts/protocol/libraries/logic,
//! LiquidationLogic.sol (`executeLiquidationCall`, `_calculateAvailableCollateralToLiquidate`) and
//! GenericLogic.sol (`calculateUserAccountData`). Values are in the base currency, dollars with 8
//! decimals; prices too, for a whole token; `unit` is 10 to the token's decimals.

pub mod math;
pub mod rates;

use crate::math::{add, mul, mul_div_down, mul_div_up, small, sub, BPS, WAD};
use crate::Error;
use math::{
    percent_div_down, percent_div_up, percent_mul_down, percent_mul_half_up, percent_mul_up,
    wad_div_half_up,
};
use primitive_types::U256;

/// `DEFAULT_LIQUIDATION_CLOSE_FACTOR`: 50 %.
pub const CLOSE_FACTOR_BPS: U256 = small(5_000);
/// `CLOSE_FACTOR_HF_THRESHOLD`: at 0.95 and below, everything may be liquidated.
pub const FULL_CLOSE_HEALTH_WAD: U256 = small(950_000_000_000_000_000);
/// `MIN_BASE_MAX_CLOSE_FACTOR_THRESHOLD`: below 2,000 dollars of debt or collateral, everything.
pub const FULL_CLOSE_BASE: U256 = small(200_000_000_000);
/// `MIN_LEFTOVER_BASE`: at least 1,000 dollars of both stay, or all of one goes.
pub const MIN_LEFTOVER_BASE: U256 = small(100_000_000_000);

/// Prices and units of the two assets of a liquidation.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    pub collateral_price: U256,
    pub collateral_unit: U256,
    pub debt_price: U256,
    pub debt_unit: U256,
}

/// Value of collateral in the base currency, rounded down.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn collateral_base(amount: U256, price: U256, unit: U256) -> Result<U256, Error> {
    mul_div_down(amount, price, unit)
}

/// Value of debt in the base currency, rounded up.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn debt_base(amount: U256, price: U256, unit: U256) -> Result<U256, Error> {
    mul_div_up(amount, price, unit)
}

/// Health factor, wad: the collateral's values, each times its threshold, over the debt. Halves up,
/// then down to whole wads. The largest number without debt.
///
/// # Errors
/// [`Error::Overflow`].
pub fn health_wad(
    collateral: impl IntoIterator<Item = (U256, u16)>,
    total_debt_base: U256,
) -> Result<U256, Error> {
    if total_debt_base.is_zero() {
        return Ok(U256::MAX);
    }
    let weigh =
        |sum, (value, threshold_bps): (U256, u16)| add(sum, mul(value, U256::from(threshold_bps))?);
    let weighted = collateral.into_iter().try_fold(U256::zero(), weigh)?;
    Ok(wad_div_half_up(weighted, total_debt_base)? / BPS)
}

/// A position, and the two assets of it that a liquidation touches.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    /// Of the collateral asset, in its units.
    pub collateral: U256,
    /// Of the debt asset, in its units.
    pub debt: U256,
    /// Of all assets.
    pub total_collateral_base: U256,
    /// Of all assets.
    pub total_debt_base: U256,
    pub health_wad: U256,
}

/// Terms of a collateral asset.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// `liquidationBonus`: 10,500 is 5 %.
    pub bonus_bps: U256,
    /// `liquidationProtocolFee`: a part of the bonus.
    pub protocol_fee_bps: U256,
}

/// What a liquidation moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liquidation {
    /// Repaid by the liquidator, in the debt asset's units.
    pub debt: U256,
    /// What they get, in the collateral's units.
    pub collateral: U256,
    /// What the treasury gets, in the collateral's units.
    pub protocol_fee: U256,
    /// Debt that is written off as the reserve's deficit, in the debt asset's units.
    pub deficit: U256,
}

/// The most that one call may repay, in the debt asset's units, rounded down.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn max_debt(position: &Position, pair: &Pair) -> Result<U256, Error> {
    let debt = debt_base(position.debt, pair.debt_price, pair.debt_unit)?;
    let collateral =
        collateral_base(position.collateral, pair.collateral_price, pair.collateral_unit)?;
    let close_factor = collateral >= FULL_CLOSE_BASE
        && debt >= FULL_CLOSE_BASE
        && position.health_wad > FULL_CLOSE_HEALTH_WAD;
    let part = percent_mul_half_up(position.total_debt_base, CLOSE_FACTOR_BPS)?;
    if close_factor && debt > part {
        return mul_div_down(part, pair.debt_unit, pair.debt_price);
    }
    Ok(position.debt)
}

/// Collateral, debt and fee of a repayment: the bonus rounded down, the debt that the collateral
/// suffices for up, the fee up.
fn available(
    position: &Position,
    pair: &Pair,
    terms: &Terms,
    debt: U256,
) -> Result<Liquidation, Error> {
    let base = mul_div_down(
        mul(pair.debt_price, debt)?,
        pair.collateral_unit,
        mul(pair.collateral_price, pair.debt_unit)?,
    )?;
    let wanted = percent_mul_down(base, terms.bonus_bps)?;
    let (gross, debt) = if wanted > position.collateral {
        let worth = mul_div_down(
            mul(pair.collateral_price, position.collateral)?,
            pair.debt_unit,
            mul(pair.debt_price, pair.collateral_unit)?,
        )?;
        (position.collateral, percent_div_up(worth, terms.bonus_bps)?)
    } else {
        (wanted, debt)
    };
    let bonus = sub(gross, percent_div_down(gross, terms.bonus_bps)?)?;
    let protocol_fee = percent_mul_up(bonus, terms.protocol_fee_bps)?;
    let collateral = sub(gross, protocol_fee)?;
    Ok(Liquidation { debt, collateral, protocol_fee, deficit: U256::zero() })
}

/// `executeLiquidationCall`: what repaying at most `debt_to_cover` moves. Interest indices are one:
/// balances are amounts.
///
/// # Errors
/// [`Error::Healthy`] from a health factor of one; [`Error::MustNotLeaveDust`] if both debt and
/// collateral stay and one of them is worth less than [`MIN_LEFTOVER_BASE`].
pub fn liquidate(
    position: &Position,
    pair: &Pair,
    terms: &Terms,
    debt_to_cover: U256,
) -> Result<Liquidation, Error> {
    if position.health_wad >= WAD {
        return Err(Error::Healthy);
    }
    let debt = debt_to_cover.min(max_debt(position, pair)?);
    let moved = available(position, pair, terms, debt)?;
    let debt_left = sub(position.debt, moved.debt)?;
    let collateral_left = sub(position.collateral, add(moved.collateral, moved.protocol_fee)?)?;
    let left_base = collateral_base(collateral_left, pair.collateral_price, pair.collateral_unit)?;
    let leaves_dust = debt_base(debt_left, pair.debt_price, pair.debt_unit)? < MIN_LEFTOVER_BASE
        || left_base < MIN_LEFTOVER_BASE;
    if !debt_left.is_zero() && !collateral_left.is_zero() && leaves_dust {
        return Err(Error::MustNotLeaveDust);
    }
    let consumed = sub(position.collateral, collateral_left)?;
    let consumed_base = collateral_base(consumed, pair.collateral_price, pair.collateral_unit)?;
    let nothing_left = consumed_base == position.total_collateral_base;
    Ok(Liquidation { deficit: if nothing_left { debt_left } else { U256::zero() }, ..moved })
}
