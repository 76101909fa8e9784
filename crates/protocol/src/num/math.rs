//! Fixed-point arithmetic: products of two 128-bit numbers divided by a third, exact in between.
//!
//! The 256-bit intermediate is `sp-arithmetic`'s, the library that FRAME itself computes with.

use crate::Error;
use sp_arithmetic::{helpers_128bit::multiply_by_rational_with_rounding, Rounding};

/// One, in wad: 10^18.
pub const WAD: u128 = 1_000_000_000_000_000_000;
/// One, in ray: 10^27.
pub const RAY: u128 = 1_000_000_000_000_000_000_000_000_000;
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

/// An amount times a fraction in ray: whole units and the part of one that is left, in ray. Exact.
///
/// # Errors
/// [`Error::Overflow`].
pub fn mul_ray(amount: u128, fraction_ray: u128) -> Result<(u128, u128), Error> {
    let whole = mul_div_down(amount, fraction_ray, RAY)?;
    // The difference is below a ray: it is right though the products wrap.
    Ok((whole, amount.wrapping_mul(fraction_ray).wrapping_sub(whole.wrapping_mul(RAY))))
}

/// `a x b / c`, rounded up.
///
/// # Errors
/// As [`mul_div_down`].
pub fn mul_div_up(a: u128, b: u128, c: u128) -> Result<u128, Error> {
    mul_div(a, b, c, Rounding::Up)
}

fn mul_div(a: u128, b: u128, c: u128, rounding: Rounding) -> Result<u128, Error> {
    // Most products fit 128 bits: a tenth of the instructions.
    if a.leading_zeros().saturating_add(b.leading_zeros()) >= u128::BITS {
        let product = a.wrapping_mul(b);
        let quotient = product.checked_div(c).ok_or(Error::DivisionByZero)?;
        let is_exact = quotient.wrapping_mul(c) == product;
        // Not exact, it is at most half of the highest number.
        let up = matches!(rounding, Rounding::Up) && !is_exact;
        return Ok(quotient.saturating_add(up.into()));
    }
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

/// ln 2, in wad.
const LN_2_WAD: i128 = 693_147_180_559_945_309;

/// e^x for a signed wad, in wad. Below e^-42 it is 0.
///
/// Range reduction by powers of two, then the exponential series until its terms vanish. The
/// relative error is below 10^-15 (plus one unit of the last place), which a test checks against
/// known values.
///
/// # Errors
/// [`Error::Overflow`] above e^40.
pub fn exp_wad(x_wad: i128) -> Result<u128, Error> {
    if x_wad < -42 * 1_000_000_000_000_000_000 {
        return Ok(0);
    }
    if x_wad > 40 * 1_000_000_000_000_000_000 {
        return Err(Error::Overflow);
    }
    let power = x_wad.div_euclid(LN_2_WAD);
    // From 0 to ln 2: no product below comes near 128 bits.
    let rest = x_wad.rem_euclid(LN_2_WAD).unsigned_abs();
    let (mut sum, mut term) = (WAD, WAD);
    for n in 1..=24 {
        term = term.saturating_mul(rest).checked_div(WAD.saturating_mul(n)).unwrap_or(0);
        if term == 0 {
            break;
        }
        sum = sum.saturating_add(term);
    }
    let shift = u32::try_from(power.unsigned_abs()).map_err(|_| Error::Overflow)?;
    if power < 0 {
        Ok(sum.checked_shr(shift).unwrap_or(0))
    } else {
        sum.checked_mul(1u128.checked_shl(shift).ok_or(Error::Overflow)?).ok_or(Error::Overflow)
    }
}

/// ln x for x of one or more, in wad, rounded down.
///
/// Range reduction by powers of two, then 2 (z + z^3/3 + z^5/5 ...) with z = (x - 1)/(x + 1) until
/// its terms vanish. The error is below 10^-16.
#[inline(never)]
pub fn ln_wad(x_wad: u128) -> Result<u128, Error> {
    let (mut halved_wad, mut ln_wad) = (x_wad, 0u128);
    while halved_wad >= WAD.saturating_mul(2) {
        halved_wad /= 2;
        ln_wad = add(ln_wad, LN_2_WAD.unsigned_abs())?;
    }
    let z_wad = mul_div_down(halved_wad.saturating_sub(WAD), WAD, add(halved_wad, WAD)?)?;
    let square_wad = part_down(z_wad, z_wad)?;
    let mut power_wad = z_wad;
    for n in 0..20u128 {
        let odd = n.saturating_mul(2).saturating_add(1);
        ln_wad = add(ln_wad, power_wad.saturating_mul(2).checked_div(odd).unwrap_or(0))?;
        power_wad = part_down(power_wad, square_wad)?;
        if power_wad == 0 {
            break;
        }
    }
    Ok(ln_wad)
}

/// A part of a value, in wad, rounded down.
pub fn part_down(value: u128, part_wad: u128) -> Result<u128, Error> {
    mul_div_down(value, part_wad, WAD)
}

/// A part of a value, in wad, rounded up.
pub fn part_up(value: u128, part_wad: u128) -> Result<u128, Error> {
    mul_div_up(value, part_wad, WAD)
}
