//! Blend v2: a part of the position is auctioned; what is sold grows for 200 blocks, then what is
//! asked falls for 200 more.
//!
//! Source: blend-capital/blend-contracts-v2: pool/src. Ratios have 7 decimals, token rates 12;
//! values are in the oracle's decimals.

pub mod auction;
pub mod liquidation;
pub mod reserve;

use crate::Error;
use primitive_types::U256;

/// One, with 7 decimals.
pub const SCALAR_7: i128 = 10_000_000;
/// One, with 12 decimals.
pub const SCALAR_12: i128 = 1_000_000_000_000;

/// a * b / c, with the product in 256 bits, rounded towards minus or plus infinity.
fn mul_div(a: i128, b: i128, c: i128, up: bool) -> Result<i128, Error> {
    if c == 0 {
        return Err(Error::DivisionByZero);
    }
    let negative = (a < 0) ^ (b < 0) ^ (c < 0);
    let product = U256::from(a.unsigned_abs()) * U256::from(b.unsigned_abs());
    let divisor = U256::from(c.unsigned_abs());
    let mut whole = product / divisor;
    if up != negative && product % divisor != U256::zero() {
        whole += U256::one();
    }
    let whole = u128::try_from(whole).map_err(|_| Error::Overflow)?;
    let whole = i128::try_from(whole).map_err(|_| Error::Overflow)?;
    Ok(if negative { -whole } else { whole })
}

/// a * b / c, rounded down (soroban-fixed-point-math: `fixed_mul_floor`, `fixed_div_floor`).
pub(crate) fn mul_div_down(a: i128, b: i128, c: i128) -> Result<i128, Error> {
    mul_div(a, b, c, false)
}

/// a * b / c, rounded up (soroban-fixed-point-math: `fixed_mul_ceil`, `fixed_div_ceil`).
pub(crate) fn mul_div_up(a: i128, b: i128, c: i128) -> Result<i128, Error> {
    mul_div(a, b, c, true)
}

pub(crate) fn add(a: i128, b: i128) -> Result<i128, Error> {
    a.checked_add(b).ok_or(Error::Overflow)
}

pub(crate) fn sub(a: i128, b: i128) -> Result<i128, Error> {
    a.checked_sub(b).ok_or(Error::Overflow)
}
