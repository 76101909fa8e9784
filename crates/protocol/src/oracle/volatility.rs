//! Volatility as the oracle measures it (§ 2.5).

use crate::{
    math::{add, exp_wad, mul_div_down, part_down, sub, WAD},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// ln 2, wad.
const LN_2_WAD: u128 = 693_147_180_559_945_309;
/// The variance of a day's return that is believed, wad: 1,000 % a day, squared.
const MAX_VARIANCE_WAD: u128 = 100 * WAD;

/// An average of squared log returns that forgets by half in each half-life, per day.
///
/// It is weighted by time: a return over dt adds (1 - 2^(-dt / half-life)) x r^2 x day / dt. For dt
/// far below the half-life that is a part of r^2 that does not depend on dt, so to look often adds
/// nothing but the returns that there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Volatility {
    /// Variance of a day's log return, wad.
    #[codec(compact)]
    pub variance_wad: u128,
}

impl Volatility {
    /// Takes in a return over a stretch of time.
    pub fn update(
        &mut self,
        squared_return_wad: u128,
        passed_ms: u64,
        half_life_ms: u64,
    ) -> Result<(), Error> {
        if passed_ms == 0 {
            return Ok(());
        }
        // Beyond 60 half-lives nothing is left anyway.
        let halvings_ms = u128::from(passed_ms.min(half_life_ms.saturating_mul(60)));
        let exponent_wad = mul_div_down(LN_2_WAD, halvings_ms, u128::from(half_life_ms))?;
        let exponent_wad = i128::try_from(exponent_wad).map_err(|_| Error::Overflow)?;
        let kept_wad = exp_wad(exponent_wad.saturating_neg())?.min(WAD);
        let a_day_wad =
            mul_div_down(squared_return_wad, u128::from(DAY_MS), u128::from(passed_ms))?;
        let added_wad = mul_div_down(a_day_wad, sub(WAD, kept_wad)?, WAD)?;
        let variance_wad = add(part_down(self.variance_wad, kept_wad)?, added_wad)?;
        self.variance_wad = variance_wad.min(MAX_VARIANCE_WAD);
        Ok(())
    }

    /// Standard deviation of a day's return, wad, rounded down.
    pub fn daily_wad(&self) -> u128 {
        self.variance_wad.min(MAX_VARIANCE_WAD).saturating_mul(WAD).isqrt()
    }
}

/// The square of the log return between two prices, wad.
///
/// ln(p / q) = 2 (x + x^3 / 3 + ...) with x = (p - q) / (p + q): two terms, so the log is too small by
/// less than x^4 / 4 of itself: 10^-8 of it for a return of 2 %, 0.1 % for 50 %.
pub fn squared_log_return_wad(price_wad: u128, last_wad: u128) -> Result<u128, Error> {
    let x_wad = mul_div_down(price_wad.abs_diff(last_wad), WAD, add(price_wad, last_wad)?)?;
    let cube_wad = part_down(part_down(x_wad, x_wad)?, x_wad)?;
    let log_wad = add(x_wad, cube_wad / 3)?.saturating_mul(2);
    part_down(log_wad, log_wad)
}
