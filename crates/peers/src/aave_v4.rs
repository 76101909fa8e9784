//! Aave v4: as much debt as takes the position back to a target health, at a bonus that grows as
//! health falls.
//!
//! Source: aave/aave-v4: src/spoke/libraries/LiquidationLogic.sol (`calculateLiquidationBonus`,
//! `_calculateDebtToTargetHealthFactor`, `_calculateDebtToLiquidate`,
//! `_calculateLiquidationAmounts`). Prices are dollars with 8 decimals for a whole token, values
//! dollars with 26. The collateral's shares are worth a unit each: the hub's conversions are left
//! out.

pub use crate::aave_v3::Pair;
use crate::math::{
    add, div_up, mul, mul_div_down, mul_div_up, small, sub, wide_mul_div_down, wide_mul_div_up,
    BPS, RAY, WAD,
};
use crate::Error;
use primitive_types::U256;

/// `DUST_LIQUIDATION_THRESHOLD`: 1,000 dollars, 26 decimals.
pub const DUST_VALUE: U256 = small(100_000_000_000_000_000_000_000_000_000);

/// `ISpoke.LiquidationConfig`.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    pub target_health_wad: U256,
    /// At this health and below, the bonus is the largest.
    pub max_bonus_health_wad: U256,
    /// The bonus at a health of one, as a part of the largest.
    pub bonus_factor_bps: U256,
}

/// `ISpoke.DynamicReserveConfig` of a collateral asset.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    pub collateral_factor_bps: U256,
    /// 10,500 is 5 %.
    pub max_bonus_bps: U256,
    /// A part of the bonus.
    pub fee_bps: U256,
}

/// A position, and the two assets of it that a liquidation touches.
#[derive(Clone, Copy, Debug)]
pub struct Position {
    pub collateral: U256,
    /// Shares of the drawn debt, each worth `drawn_index_ray`.
    pub drawn_shares: U256,
    pub drawn_index_ray: U256,
    /// Debt from the risk premium, repaid first; units of the debt asset times a ray.
    pub premium_debt_ray: U256,
    /// Debt in all assets, times a ray.
    pub total_debt_value_ray: U256,
    pub health_wad: U256,
}

/// What a liquidation moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liquidation {
    pub collateral: U256,
    /// Of which the liquidator gets this; the rest is the protocol's fee.
    pub collateral_to_liquidator: U256,
    pub drawn_shares: U256,
    pub premium_debt_ray: U256,
    /// What the liquidator pays, in units of the debt asset, rounded up.
    pub debt: U256,
}

/// Health factor, wad: the collateral's values, each times its factor, over the debt; rounded down.
/// The largest number without debt.
///
/// Source: aave/aave-v4: src/spoke/Spoke.sol, `_processUserAccountData`.
///
/// # Errors
/// [`Error::Overflow`].
pub fn health_wad(
    collateral: impl IntoIterator<Item = (U256, U256)>,
    total_debt_value_ray: U256,
) -> Result<U256, Error> {
    if total_debt_value_ray.is_zero() {
        return Ok(U256::MAX);
    }
    let weigh = |sum, (value, factor_bps)| add(sum, mul(value, factor_bps)?);
    let weighted = collateral.into_iter().try_fold(U256::zero(), weigh)?;
    Ok(wide_mul_div_down(weighted, mul(WAD, RAY)?, total_debt_value_ray)? / BPS)
}

/// Value of an amount (or, times a ray, of an amount times a ray): dollars with 26 decimals, rounded
/// down.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn value(amount: U256, price: U256, unit: U256) -> Result<U256, Error> {
    wide_mul_div_down(amount, mul(price, WAD)?, unit)
}

/// `calculateLiquidationBonus`: basis points above 10,000, rounded down.
///
/// # Errors
/// [`Error::Overflow`] for a health factor above one or a largest bonus below 10,000.
pub fn bonus_bps(config: &Config, max_bonus_bps: U256, health_wad: U256) -> Result<U256, Error> {
    if health_wad <= config.max_bonus_health_wad {
        return Ok(max_bonus_bps);
    }
    let least = add(mul_div_down(sub(max_bonus_bps, BPS)?, config.bonus_factor_bps, BPS)?, BPS)?;
    let missing = sub(WAD, health_wad)?;
    let span = sub(WAD, config.max_bonus_health_wad)?;
    add(least, wide_mul_div_down(sub(max_bonus_bps, least)?, missing, span)?)
}

/// `_calculateDebtToTargetHealthFactor`: units of the debt asset times a ray, rounded up.
///
/// # Errors
/// [`Error::Overflow`] if bonus and collateral factor leave no room below the target.
pub fn debt_ray_to_target(
    position: &Position,
    pair: &Pair,
    collateral_factor_bps: U256,
    bonus_bps: U256,
    target_health_wad: U256,
) -> Result<U256, Error> {
    let bonus_wad = mul(bonus_bps, WAD / BPS)?;
    let penalty_wad = mul_div_up(bonus_wad, collateral_factor_bps, BPS)?;
    let missing = mul(pair.debt_unit, sub(target_health_wad, position.health_wad)?)?;
    let room = mul(sub(target_health_wad, penalty_wad)?, mul(pair.debt_price, WAD)?)?;
    wide_mul_div_up(position.total_debt_value_ray, missing, room)
}

fn round_ray_up(debt_ray: U256) -> Result<U256, Error> {
    mul(div_up(debt_ray, RAY)?, RAY)
}

/// `_calculateDebtToLiquidate`: shares and premium debt.
fn debt_to_liquidate(
    position: &Position,
    pair: &Pair,
    to_target_ray: U256,
    debt_to_cover: U256,
) -> Result<(U256, U256), Error> {
    let Position { drawn_shares, drawn_index_ray, premium_debt_ray, .. } = *position;
    let mut premium = round_ray_up(to_target_ray)?.min(premium_debt_ray);
    if debt_to_cover < div_up(premium, RAY)? {
        premium = mul(debt_to_cover, RAY)?;
    }
    let mut shares = U256::zero();
    if premium == premium_debt_ray && premium < to_target_ray {
        let to_target = div_up(to_target_ray - premium, drawn_index_ray)?;
        let rest = sub(debt_to_cover, div_up(premium, RAY)?)?;
        let to_cover = wide_mul_div_down(rest, RAY, drawn_index_ray)?;
        shares = to_target.min(to_cover).min(drawn_shares);
    }
    let debt_left_ray =
        add(mul(sub(drawn_shares, shares)?, drawn_index_ray)?, sub(premium_debt_ray, premium)?)?;
    let left_value_ray = value(debt_left_ray, pair.debt_price, pair.debt_unit)?;
    if shares < drawn_shares && left_value_ray < mul(DUST_VALUE, RAY)? {
        return Ok((drawn_shares, premium_debt_ray));
    }
    Ok((shares, premium))
}

/// `_calculateCollateralToLiquidate`, rounded down.
fn collateral_for(
    position: &Position,
    pair: &Pair,
    bonus_bps: U256,
    shares: U256,
    premium_ray: U256,
) -> Result<U256, Error> {
    wide_mul_div_down(
        add(mul(shares, position.drawn_index_ray)?, premium_ray)?,
        mul(mul(pair.debt_price, pair.collateral_unit)?, bonus_bps)?,
        mul(mul(mul(pair.debt_unit, pair.collateral_price)?, BPS)?, RAY)?,
    )
}

/// `_calculateLiquidationAmounts`: what repaying at most `debt_to_cover` moves.
///
/// # Errors
/// [`Error::Healthy`] from a health factor of one; [`Error::MustNotLeaveDust`] if the rules against
/// dust ask for more than `debt_to_cover`.
pub fn liquidate(
    position: &Position,
    pair: &Pair,
    config: &Config,
    terms: &Terms,
    debt_to_cover: U256,
) -> Result<Liquidation, Error> {
    if position.health_wad >= WAD {
        return Err(Error::Healthy);
    }
    let bonus = bonus_bps(config, terms.max_bonus_bps, position.health_wad)?;
    let to_target_ray = debt_ray_to_target(
        position,
        pair,
        terms.collateral_factor_bps,
        bonus,
        config.target_health_wad,
    )?;
    let (mut shares, mut premium) =
        debt_to_liquidate(position, pair, to_target_ray, debt_to_cover)?;
    let mut collateral = collateral_for(position, pair, bonus, shares, premium)?;
    let leaves_dust = match position.collateral.checked_sub(collateral) {
        Some(left) if !left.is_zero() => {
            value(left, pair.collateral_price, pair.collateral_unit)? < DUST_VALUE
        }
        _ => false,
    };
    if collateral > position.collateral || (leaves_dust && shares < position.drawn_shares) {
        collateral = position.collateral;
        let debt_ray = wide_mul_div_up(
            collateral,
            mul(mul(mul(pair.collateral_price, pair.debt_unit)?, BPS)?, RAY)?,
            mul(mul(pair.debt_price, pair.collateral_unit)?, bonus)?,
        )?;
        if debt_ray <= position.premium_debt_ray {
            premium = round_ray_up(debt_ray)?.min(position.premium_debt_ray);
            shares = U256::zero();
        } else {
            premium = position.premium_debt_ray;
            shares = div_up(debt_ray - premium, position.drawn_index_ray)?;
            if shares > position.drawn_shares {
                shares = position.drawn_shares;
                collateral = collateral_for(position, pair, bonus, shares, premium)?
                    .min(position.collateral);
            }
        }
    }
    let debt = add(mul_div_up(shares, position.drawn_index_ray, RAY)?, div_up(premium, RAY)?)?;
    if debt_to_cover < debt {
        return Err(Error::MustNotLeaveDust);
    }
    let fee = wide_mul_div_up(collateral, mul(terms.fee_bps, sub(bonus, BPS)?)?, mul(bonus, BPS)?)?;
    Ok(Liquidation {
        collateral,
        collateral_to_liquidator: sub(collateral, fee)?,
        drawn_shares: shares,
        premium_debt_ray: premium,
        debt,
    })
}
