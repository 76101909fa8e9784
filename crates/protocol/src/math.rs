//! Fixed-point arithmetic: products of two 128-bit numbers divided by a third, exact in between.
//!
//! The 256-bit intermediate is `sp-arithmetic`'s, the library that FRAME itself computes with.

use crate::Error;
use sp_arithmetic::{helpers_128bit::multiply_by_rational_with_rounding, Rounding};

/// One, in wad: 10^18.
pub const WAD: u128 = 1_000_000_000_000_000_000;
/// One, in basis points.
pub const BPS: u128 = 10_000;
/// How many wad one basis point is.
pub const WAD_PER_BPS: u128 = WAD / BPS;

/// `a x b / c`, rounded down.
///
/// # Errors
/// [`Error::DivisionByZero`] if `c` is 0, [`Error::Overflow`] if the result exceeds 128 bits.
pub fn mul_div_down(a: u128, b: u128, c: u128) -> Result<u128, Error> {
    mul_div(a, b, c, Rounding::Down)
}

/// `a x b / c`, rounded up.
///
/// # Errors
/// As [`mul_div_down`].
pub fn mul_div_up(a: u128, b: u128, c: u128) -> Result<u128, Error> {
    mul_div(a, b, c, Rounding::Up)
}

fn mul_div(a: u128, b: u128, c: u128, rounding: Rounding) -> Result<u128, Error> {
    if c == 0 {
        return Err(Error::DivisionByZero);
    }
    multiply_by_rational_with_rounding(a, b, c, rounding).ok_or(Error::Overflow)
}

/// `a + b`, or [`Error::Overflow`].
pub fn add(a: u128, b: u128) -> Result<u128, Error> {
    a.checked_add(b).ok_or(Error::Overflow)
}

/// `a - b`, or [`Error::Overflow`] below zero.
pub fn sub(a: u128, b: u128) -> Result<u128, Error> {
    a.checked_sub(b).ok_or(Error::Overflow)
}

/// A fraction in basis points as wad. Exact.
pub const fn bps_to_wad(bps: u16) -> u128 {
    // 65,535 x 10^14 fits easily.
    (bps as u128).saturating_mul(WAD_PER_BPS)
}

/// 10 to the power of a token's decimals (at most 24, which configuration checks).
///
/// # Errors
/// [`Error::Overflow`] above 38 decimals.
pub fn pow10(decimals: u8) -> Result<u128, Error> {
    10u128.checked_pow(u32::from(decimals)).ok_or(Error::Overflow)
}
