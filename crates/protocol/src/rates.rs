//! Interest: a kinked rate, compounded per millisecond (§ 1.3).

use crate::{
    config::RateConfig,
    math::{add, bps_to_wad, mul_div_down, sub, WAD},
    Error,
};

/// A year of 365 days, as Aave counts it.
pub const MS_PER_YEAR: u128 = 365 * 24 * 60 * 60 * 1_000;

/// The highest yearly rate a model may ask: 1,000 %.
pub const MAX_RATE_WAD: u128 = 10 * WAD;

/// Longest time compounded at once: a century. A reserve nobody has touched for longer catches up
/// in several steps, and no clock error can overflow the books.
const MAX_STEP_MS: u128 = 100 * MS_PER_YEAR;

/// Part of the supplied assets that is lent out, in wad, rounded down.
pub fn utilisation_wad(cash: u128, borrowed: u128) -> Result<u128, Error> {
    if borrowed == 0 {
        return Ok(0);
    }
    mul_div_down(borrowed, WAD, add(cash, borrowed)?)
}

/// Yearly borrow rate at a utilisation, in wad, rounded down.
pub fn borrow_rate_wad(rate: &RateConfig, utilisation_wad: u128) -> Result<u128, Error> {
    let kink_wad = bps_to_wad(rate.kink_bps);
    if utilisation_wad <= kink_wad {
        let rise = sub(rate.kink_rate_wad, rate.base_wad)?;
        add(rate.base_wad, mul_div_down(rise, utilisation_wad, kink_wad)?)
    } else {
        let rise = sub(rate.full_rate_wad, rate.kink_rate_wad)?;
        let beyond = sub(utilisation_wad.min(WAD), kink_wad)?;
        add(rate.kink_rate_wad, mul_div_down(rise, beyond, sub(WAD, kink_wad)?)?)
    }
}

/// By what part a debt grows in `elapsed_ms` at a yearly rate, in wad, rounded down:
/// the first three terms of e^x - 1, as Aave v3 and Morpho Blue compound.
///
/// The error is below x^4/24 x e^x of the debt: at 10 % a year and one touch a month, less than
/// 2 x 10^-10 of it.
pub fn growth_wad(rate_wad: u128, elapsed_ms: u64) -> Result<u128, Error> {
    let elapsed_ms = u128::from(elapsed_ms).min(MAX_STEP_MS);
    let first = mul_div_down(rate_wad, elapsed_ms, MS_PER_YEAR)?;
    let second = mul_div_down(first, first, 2 * WAD)?;
    let third = mul_div_down(second, first, 3 * WAD)?;
    add(first, add(second, third)?)
}
