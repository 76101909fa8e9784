//! Fixed-point arithmetic of the EVM protocols, in 256 bits.

use crate::Error;
use primitive_types::{U256, U512};

/// 10⁴: a whole in basis points.
pub const BPS: U256 = small(10_000);
/// 10¹⁸: one, with 18 decimals.
pub const WAD: U256 = small(1_000_000_000_000_000_000);
/// 10²⁷: one, with 27 decimals.
pub const RAY: U256 = small(1_000_000_000_000_000_000_000_000_000);

/// A number that fits 128 bits, also in constants.
pub const fn small(value: u128) -> U256 {
    U256([value as u64, (value >> 64) as u64, 0, 0])
}

/// a + b.
///
/// # Errors
/// [`Error::Overflow`] past 256 bits.
pub fn add(a: U256, b: U256) -> Result<U256, Error> {
    a.checked_add(b).ok_or(Error::Overflow)
}

/// a - b.
///
/// # Errors
/// [`Error::Overflow`] below zero.
pub fn sub(a: U256, b: U256) -> Result<U256, Error> {
    a.checked_sub(b).ok_or(Error::Overflow)
}

/// a * b in 256 bits.
///
/// # Errors
/// [`Error::Overflow`] past 256 bits.
pub fn mul(a: U256, b: U256) -> Result<U256, Error> {
    a.checked_mul(b).ok_or(Error::Overflow)
}

/// a / b, rounded down.
///
/// # Errors
/// [`Error::DivisionByZero`].
pub fn div_down(a: U256, b: U256) -> Result<U256, Error> {
    a.checked_div(b).ok_or(Error::DivisionByZero)
}

/// a / b, rounded up.
///
/// # Errors
/// [`Error::DivisionByZero`].
pub fn div_up(a: U256, b: U256) -> Result<U256, Error> {
    let whole = div_down(a, b)?;
    // `whole * b <= a`, and `whole + 1` only where b > 1.
    Ok(if whole * b == a { whole } else { whole + 1 })
}

/// a * b / c, rounded down; the product must fit 256 bits.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn mul_div_down(a: U256, b: U256, c: U256) -> Result<U256, Error> {
    div_down(mul(a, b)?, c)
}

/// a * b / c, rounded up; the product must fit 256 bits.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn mul_div_up(a: U256, b: U256, c: U256) -> Result<U256, Error> {
    div_up(mul(a, b)?, c)
}

/// a * b / c, rounded to the nearest, halves up: (a * b + c / 2) / c in 256 bits.
///
/// # Errors
/// [`Error::Overflow`], [`Error::DivisionByZero`].
pub fn mul_div_half_up(a: U256, b: U256, c: U256) -> Result<U256, Error> {
    div_down(add(mul(a, b)?, c / 2)?, c)
}

/// a * b / c, rounded down; the product has 512 bits (OpenZeppelin: Math.mulDiv).
///
/// # Errors
/// [`Error::Overflow`] if the result passes 256 bits, [`Error::DivisionByZero`].
pub fn wide_mul_div_down(a: U256, b: U256, c: U256) -> Result<U256, Error> {
    let whole = a.full_mul(b).checked_div(U512::from(c)).ok_or(Error::DivisionByZero)?;
    U256::try_from(whole).map_err(|_| Error::Overflow)
}

/// a * b / c, rounded up; the product has 512 bits (OpenZeppelin: Math.mulDiv, Ceil).
///
/// # Errors
/// As [`wide_mul_div_down`].
pub fn wide_mul_div_up(a: U256, b: U256, c: U256) -> Result<U256, Error> {
    let whole = wide_mul_div_down(a, b, c)?;
    if whole.full_mul(c) == a.full_mul(b) {
        return Ok(whole);
    }
    add(whole, U256::one())
}

/// 10 to the power of a number of decimals.
///
/// # Errors
/// [`Error::Overflow`] past 77 decimals.
pub fn pow10(decimals: u8) -> Result<U256, Error> {
    U256::from(10).checked_pow(decimals.into()).ok_or(Error::Overflow)
}

/// x to the n-th, both in parts of `base`: by squaring, each product rounded to the nearest, halves
/// up. 1 for n = 0, also of zero.
///
/// Source: makerdao/dss: src/abaci.sol, `rpow`; euler-xyz/euler-vault-kit: RPow.sol is the same.
///
/// # Errors
/// [`Error::Overflow`] where the source reverts: a product past 256 bits.
pub fn rpow(x: U256, n: u64, base: U256) -> Result<U256, Error> {
    let mut square = x;
    let mut rest = n;
    let mut power = if n % 2 == 1 { x } else { base };
    if n > 0 && x.is_zero() {
        return Ok(x);
    }
    while rest > 1 {
        rest /= 2;
        square = mul_div_half_up(square, square, base)?;
        if rest % 2 == 1 {
            power = mul_div_half_up(power, square, base)?;
        }
    }
    Ok(power)
}
