//! Volatility as the oracle measures it (§ 2.5).

use super::{
    feed::Feed,
    median::Median,
    sources::{verdict, Verdict},
};
use crate::{
    num::{
        math::{add, exp_wad, mul_div_down, part_down, sub, WAD},
        time::{DAY_MS, HOUR_MS},
    },
    Error,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// ln 2, wad.
const LN_2_WAD: u128 = 693_147_180_559_945_309;
/// The variance of a day's return that is believed, wad: 1,000 % a day, squared.
const MAX_VARIANCE_WAD: u128 = 100 * WAD;

/// Returns are measured over at least this long.
pub const SAMPLE_MS: u64 = 60_000;
/// In this time a source's part of the index follows its value.
const BASIS_MS: u64 = HOUR_MS;

/// Where the return that is being measured began, with what was measured up to then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Sample {
    /// The index, wad dollars.
    #[codec(compact)]
    pub index_wad: u128,
    /// The confirmed price.
    #[codec(compact)]
    pub price_wad: u128,
    #[codec(compact)]
    pub at_ms: u64,
    pub fast: Volatility,
    pub slow: Volatility,
}

/// An average of squared log returns that forgets by half in each half-life, per day.
///
/// It is weighted by time: a return over dt adds (1 - 2^(-dt / half-life)) x r^2 x day / dt. For dt
/// far below the half-life that is a part of r^2 that does not depend on dt, so to look often adds
/// nothing but the returns that there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
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

impl Feed {
    /// Measures what the price has done since the last sample, and takes another where that is old
    /// enough. The return counts at once, as if it had taken no less than the least time: what is
    /// gone again by then has never been.
    #[inline(never)]
    pub(super) fn measure(
        &mut self,
        median: &Median,
        has_jumped: bool,
        now_ms: u64,
    ) -> Result<(), Error> {
        if self.price_wad == 0 {
            let (index_wad, at_ms) = (median.median_wad, now_ms);
            self.sample = Sample { index_wad, price_wad: index_wad, at_ms, ..Sample::default() };
            return self.follow(index_wad, median, 0, now_ms);
        }
        let index_wad = self.index(median.median_wad, now_ms)?;
        let sample = self.sample;
        let passed_ms = now_ms.saturating_sub(sample.at_ms);
        let squared_wad = squared_log_return_wad(index_wad, sample.index_wad)?;
        (self.fast, self.slow) = (sample.fast, sample.slow);
        let counted_ms = passed_ms.max(SAMPLE_MS);
        self.fast.update(squared_wad, counted_ms, self.config.fast_half_life_ms)?;
        self.slow.update(squared_wad, counted_ms, self.config.slow_half_life_ms)?;
        let is_old = has_jumped || passed_ms >= SAMPLE_MS;
        if is_old {
            let (fast, slow) = (self.fast, self.slow);
            let price_wad = median.median_wad;
            self.sample = Sample { index_wad, price_wad, at_ms: now_ms, fast, slow };
        }
        self.follow(index_wad, median, if is_old { passed_ms } else { 0 }, now_ms)
    }

    /// The price's index, in which sources that have always been a little apart are not: the median of
    /// each one's value over its own part of it. One that goes to and fro moves its own only. Of
    /// an even number the middle that is nearer to the last: what a half says alone is no move.
    fn index(&self, median_wad: u128, now_ms: u64) -> Result<u128, Error> {
        let last_wad = self.sample.index_wad;
        let mut counting = 0usize;
        let mut parts_wad = Vec::new();
        for (config, state) in self.config.sources.iter().zip(&self.sources) {
            if verdict(config, state, &state.last, now_ms) == Verdict::Counts {
                counting = counting.saturating_add(1);
                if let Ok(part_wad) = mul_div_down(state.last.value_wad, WAD, state.basis_wad) {
                    parts_wad.push(part_wad);
                }
            }
        }
        if parts_wad.len().saturating_mul(2) <= counting {
            // Most of them are new: the price itself.
            return mul_div_down(last_wad, median_wad, self.price_wad);
        }
        parts_wad.sort_unstable();
        let last = parts_wad.len().saturating_sub(1);
        let at = |place: usize| parts_wad.get(place).copied().ok_or(Error::PriceMissing);
        Ok(last_wad.max(at(last / 2)?).min(at(last.div_ceil(2))?))
    }

    /// Gives each source its part of the index: a new one at once, another little by little.
    fn follow(
        &mut self,
        index_wad: u128,
        median: &Median,
        passed_ms: u64,
        now_ms: u64,
    ) -> Result<(), Error> {
        let weight = u128::from(passed_ms.min(BASIS_MS));
        for (config, state) in self.config.sources.iter().zip(&mut self.sources) {
            let counts = verdict(config, state, &state.last, now_ms) == Verdict::Counts;
            if !counts || !median.keeps(state.last.value_wad) {
                continue;
            }
            let (basis_wad, aim_wad) =
                (state.basis_wad, mul_div_down(state.last.value_wad, WAD, index_wad)?);
            let step_wad = mul_div_down(aim_wad.abs_diff(basis_wad), weight, BASIS_MS.into())?;
            state.basis_wad = if basis_wad == 0 {
                aim_wad
            } else if aim_wad > basis_wad {
                add(basis_wad, step_wad)?
            } else {
                sub(basis_wad, step_wad)?
            };
        }
        Ok(())
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
