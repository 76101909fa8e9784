//! Aave's percentages, wads and rays.
//!
//! Source: aave-dao/aave-v3-origin: src/contracts/protocol/libraries/math, PercentageMath.sol,
//! WadRayMath.sol, MathUtils.sol.

use crate::math::{add, div_down, mul, mul_div_down, mul_div_half_up, mul_div_up, BPS, RAY, WAD};
use crate::Error;
use primitive_types::U256;

/// Seconds of the year that rates are quoted for.
pub const SECONDS_PER_YEAR: u64 = 31_536_000;

/// `percentMul`: a part of a value, halves up.
///
/// # Errors
/// [`Error::Overflow`].
pub fn percent_mul_half_up(value: U256, bps: U256) -> Result<U256, Error> {
    mul_div_half_up(value, bps, BPS)
}

/// `percentMulFloor`.
///
/// # Errors
/// [`Error::Overflow`].
pub fn percent_mul_down(value: U256, bps: U256) -> Result<U256, Error> {
    mul_div_down(value, bps, BPS)
}

/// `percentMulCeil`.
///
/// # Errors
/// [`Error::Overflow`].
pub fn percent_mul_up(value: U256, bps: U256) -> Result<U256, Error> {
    mul_div_up(value, bps, BPS)
}

/// `percentDiv`: what a value is a part of, halves up.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn percent_div_half_up(value: U256, bps: U256) -> Result<U256, Error> {
    mul_div_half_up(value, BPS, bps)
}

/// `percentDivFloor`.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn percent_div_down(value: U256, bps: U256) -> Result<U256, Error> {
    mul_div_down(value, BPS, bps)
}

/// `percentDivCeil`.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn percent_div_up(value: U256, bps: U256) -> Result<U256, Error> {
    mul_div_up(value, BPS, bps)
}

/// `wadMul`, halves up.
///
/// # Errors
/// [`Error::Overflow`].
pub fn wad_mul_half_up(a: U256, b: U256) -> Result<U256, Error> {
    mul_div_half_up(a, b, WAD)
}

/// `wadDiv`, halves up.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn wad_div_half_up(a: U256, b: U256) -> Result<U256, Error> {
    mul_div_half_up(a, WAD, b)
}

/// `rayMul`, halves up.
///
/// # Errors
/// [`Error::Overflow`].
pub fn ray_mul_half_up(a: U256, b: U256) -> Result<U256, Error> {
    mul_div_half_up(a, b, RAY)
}

/// `rayDiv`, halves up.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn ray_div_half_up(a: U256, b: U256) -> Result<U256, Error> {
    mul_div_half_up(a, RAY, b)
}

/// `MathUtils.calculateLinearInterest`: 1 + rate * t, ray, rounded down.
///
/// # Errors
/// [`Error::Overflow`].
pub fn linear_interest_ray(rate_ray: U256, seconds: u64) -> Result<U256, Error> {
    add(RAY, mul(rate_ray, seconds.into())? / SECONDS_PER_YEAR)
}

/// `MathUtils.calculateCompoundedInterest`: 1 + x + x² / 2 + x³ / 6 of x = rate * t, ray, nested
/// and rounded as the source: halvings and sixths down, products halves up.
///
/// # Errors
/// [`Error::Overflow`].
pub fn compounded_interest_ray(rate_ray: U256, seconds: u64) -> Result<U256, Error> {
    let x = div_down(mul(rate_ray, seconds.into())?, SECONDS_PER_YEAR.into())?;
    let third = ray_mul_half_up(x, x / 6)?;
    let second = ray_mul_half_up(x, add(x / 2, third)?)?;
    add(add(RAY, x)?, second)
}
