//! Interest: two rate models and their compounding (§ 1.3).

// The codec's derive numbers an enum's variants with a cast; there is no other in this file.
#![allow(clippy::cast_possible_truncation)]

use crate::{
    cell::{cell_codec, CellCodec, Sink, Source},
    num::{
        math::{add, bps_to_wad, exp_wad, mul_div_down, part_down, sub, BPS, RAY, WAD},
        time::YEAR_MS,
    },
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A year of 365 days, as Aave counts it.
pub const MS_PER_YEAR: u128 = YEAR_MS as u128;

/// The highest yearly rate a model may ask: 1,000 %.
pub const MAX_RATE_WAD: u128 = 10 * WAD;

/// Longest time compounded at once: a century. A reserve nobody has touched for longer catches up
/// in several steps, and no clock error can overflow the balances.
const MAX_STEP_MS: u128 = 100 * MS_PER_YEAR;

/// Highest speed at which an adaptive rate moves, per year.
const MAX_SPEED_WAD: u128 = 1_000 * WAD;

/// How a reserve's rate depends on its utilisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum RateModel {
    #[codec(index = 0)]
    Kinked(KinkedRate),
    #[codec(index = 1)]
    Adaptive(AdaptiveRate),
}

impl CellCodec for RateModel {
    #[inline(always)]
    fn blank() -> Self {
        Self::Kinked(KinkedRate::blank())
    }

    #[inline(always)]
    fn load_from<I: scale::Input>(&mut self, cell: &mut Source<'_, I>) {
        *self = match cell.byte() {
            1 => Self::Adaptive(cell.load_rare()),
            index => {
                if index != 0 {
                    cell.refuse();
                }
                Self::Kinked(cell.load_rare())
            }
        };
    }

    #[inline(always)]
    fn save_to<O: scale::Output + ?Sized>(&self, cell: &mut Sink<'_, O>) {
        match self {
            Self::Kinked(rate) => {
                cell.put(&[0]);
                cell.put_rare(rate);
            }
            Self::Adaptive(rate) => {
                cell.put(&[1]);
                cell.put_rare(rate);
            }
        }
    }
}

/// Three yearly rates and the utilisation between: straight lines, steep above the kink. As in
/// Aave and Compound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct KinkedRate {
    /// Yearly rate at no utilisation.
    #[codec(compact)]
    pub base_wad: u128,
    /// Yearly rate at the kink.
    #[codec(compact)]
    pub kink_rate_wad: u128,
    /// Yearly rate at full utilisation.
    #[codec(compact)]
    pub full_rate_wad: u128,
    /// Utilisation at which the rate turns steep.
    pub kink_bps: u16,
}
cell_codec!(KinkedRate { compact(base_wad, kink_rate_wad, full_rate_wad), run(kink_bps) });

/// A curve through a rate at the target utilisation that itself moves: up while utilisation is
/// above the target, down while it is below. Source: Morpho's AdaptiveCurveIRM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct AdaptiveRate {
    pub target_bps: u16,
    /// The rate at full use over that at the target, and that at the target over that at no use.
    #[codec(compact)]
    pub steepness_wad: u128,
    /// How fast the rate at the target moves at the largest error, per year (as an exponent).
    #[codec(compact)]
    pub speed_wad: u128,
    /// Yearly rate at the target in the beginning, and its bounds.
    #[codec(compact)]
    pub initial_wad: u128,
    #[codec(compact)]
    pub min_wad: u128,
    #[codec(compact)]
    pub max_wad: u128,
}
cell_codec!(AdaptiveRate {
    run(target_bps),
    compact(steepness_wad, speed_wad, initial_wad, min_wad, max_wad),
});

/// What a model asks over a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Average yearly rate, wad.
    pub rate_wad: u128,
    /// Yearly rate at the target at the end, wad; 0 for a kinked model.
    pub at_target_wad: u128,
}

/// Part of the supplied assets that is lent out, in wad, rounded down.
pub fn utilisation_wad(cash: u128, borrowed: u128) -> Result<u128, Error> {
    if borrowed == 0 {
        return Ok(0);
    }
    mul_div_down(borrowed, WAD, add(cash, borrowed)?)
}

impl RateModel {
    /// The rate over the last `elapsed_ms`, in which utilisation stood still.
    ///
    /// `at_target_wad` is where an adaptive rate stood before; it is kept within the bounds.
    pub fn ask(
        &self,
        utilisation_wad: u128,
        at_target_wad: u128,
        elapsed_ms: u64,
    ) -> Result<Asked, Error> {
        match self {
            Self::Kinked(kinked) => {
                Ok(Asked { rate_wad: kinked.rate_wad(utilisation_wad)?, at_target_wad: 0 })
            }
            Self::Adaptive(adaptive) => adaptive.ask(utilisation_wad, at_target_wad, elapsed_ms),
        }
    }

    /// Where an adaptive rate at the target begins; 0 for a kinked model.
    pub const fn initial_wad(&self) -> u128 {
        match self {
            Self::Kinked(_) => 0,
            Self::Adaptive(adaptive) => adaptive.initial_wad,
        }
    }

    /// # Errors
    /// [`Error::BpsOutOfRange`], [`Error::RateOutOfRange`].
    pub fn validate(&self) -> Result<(), Error> {
        let (turn_bps, rates_rise, highest_wad) = match self {
            Self::Kinked(k) => (
                k.kink_bps,
                k.base_wad <= k.kink_rate_wad && k.kink_rate_wad <= k.full_rate_wad,
                Some(k.full_rate_wad),
            ),
            Self::Adaptive(a) => (
                a.target_bps,
                a.min_wad <= a.initial_wad
                    && a.initial_wad <= a.max_wad
                    && a.min_wad > 0
                    && a.steepness_wad >= WAD
                    && a.steepness_wad <= 100 * WAD
                    && a.speed_wad <= MAX_SPEED_WAD,
                mul_div_down(a.max_wad, a.steepness_wad, WAD).ok(),
            ),
        };
        if turn_bps == 0 || u128::from(turn_bps) >= BPS {
            return Err(Error::BpsOutOfRange);
        }
        if !rates_rise || highest_wad.is_none_or(|rate_wad| rate_wad > MAX_RATE_WAD) {
            return Err(Error::RateOutOfRange);
        }
        Ok(())
    }
}

impl KinkedRate {
    /// Yearly borrow rate at a utilisation, in wad, rounded down.
    #[inline(never)]
    pub fn rate_wad(&self, utilisation_wad: u128) -> Result<u128, Error> {
        let kink_wad = bps_to_wad(self.kink_bps);
        if utilisation_wad <= kink_wad {
            let rise = sub(self.kink_rate_wad, self.base_wad)?;
            add(self.base_wad, mul_div_down(rise, utilisation_wad, kink_wad)?)
        } else {
            let rise = sub(self.full_rate_wad, self.kink_rate_wad)?;
            let beyond = sub(utilisation_wad.min(WAD), kink_wad)?;
            add(self.kink_rate_wad, mul_div_down(rise, beyond, sub(WAD, kink_wad)?)?)
        }
    }
}

impl AdaptiveRate {
    #[inline(never)]
    fn ask(
        &self,
        utilisation_wad: u128,
        at_target_wad: u128,
        elapsed_ms: u64,
    ) -> Result<Asked, Error> {
        let target_wad = bps_to_wad(self.target_bps);
        let utilisation_wad = utilisation_wad.min(WAD);
        // The error in wad: -1 at no use, 0 at the target, 1 at full use.
        let (above, error_wad) = if utilisation_wad > target_wad {
            let over = sub(utilisation_wad, target_wad)?;
            (true, mul_div_down(over, WAD, sub(WAD, target_wad)?)?)
        } else {
            (false, mul_div_down(sub(target_wad, utilisation_wad)?, WAD, target_wad)?)
        };

        let start_wad = at_target_wad.clamp(self.min_wad, self.max_wad);
        let elapsed_ms = u128::from(elapsed_ms).min(MAX_STEP_MS);
        let moved_wad =
            part_down(mul_div_down(self.speed_wad, elapsed_ms, MS_PER_YEAR)?, error_wad)?;
        let (average_wad, end_wad) = if moved_wad == 0 {
            (start_wad, start_wad)
        } else {
            // Morpho's trapezoid over start, middle and end.
            let end_wad = self.moved(start_wad, above, moved_wad)?;
            let middle_wad = self.moved(start_wad, above, moved_wad / 2)?;
            let sum_wad = add(add(start_wad, end_wad)?, add(middle_wad, middle_wad)?)?;
            (sum_wad / 4, end_wad)
        };

        let rate_wad = if above {
            let rise_wad = part_down(sub(self.steepness_wad, WAD)?, error_wad)?;
            part_down(average_wad, add(WAD, rise_wad)?)?
        } else {
            let lowest_wad = mul_div_down(WAD, WAD, self.steepness_wad)?;
            let fall_wad = part_down(sub(WAD, lowest_wad)?, error_wad)?;
            part_down(average_wad, sub(WAD, fall_wad)?)?
        };
        Ok(Asked { rate_wad, at_target_wad: end_wad })
    }

    /// A rate at the target after it has moved by an exponent, within its bounds.
    fn moved(&self, start_wad: u128, up: bool, exponent_wad: u128) -> Result<u128, Error> {
        // e^40 is beyond every bound.
        let exponent_wad =
            i128::try_from(exponent_wad.min(40 * WAD)).map_err(|_| Error::Overflow)?;
        let factor_wad = exp_wad(if up { exponent_wad } else { exponent_wad.saturating_neg() })?;
        let moved_wad = part_down(start_wad, factor_wad).unwrap_or(self.max_wad);
        Ok(moved_wad.clamp(self.min_wad, self.max_wad))
    }
}

/// By what part a debt grows in `elapsed_ms` at a yearly rate, in ray (10^-27), rounded down:
/// the first three terms of e^x - 1, as Aave v3 and Morpho Blue compound.
///
/// The error is below x^4/24 x e^x of the debt: at 10 % a year and one touch a month, less than
/// 2 x 10^-10 of it. In ray, because a millisecond at 1 % is 3 x 10^-13.
pub fn growth_ray(rate_wad: u128, elapsed_ms: u64) -> Result<u128, Error> {
    let elapsed_ms = u128::from(elapsed_ms).min(MAX_STEP_MS);
    let rate_ray = rate_wad.checked_mul(RAY / WAD).ok_or(Error::Overflow)?;
    let first = mul_div_down(rate_ray, elapsed_ms, MS_PER_YEAR)?;
    let second = mul_div_down(first, first, 2 * RAY)?;
    let third = mul_div_down(second, first, 3 * RAY)?;
    add(first, add(second, third)?)
}

/// [`growth_ray`] in wad, rounded down.
pub fn growth_wad(rate_wad: u128, elapsed_ms: u64) -> Result<u128, Error> {
    mul_div_down(growth_ray(rate_wad, elapsed_ms)?, WAD, RAY)
}
