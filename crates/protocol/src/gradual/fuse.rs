//! The inflow fuse (§ G10): collateral that comes in much faster than its market could take it back
//! carries less, by itself and for a while.
//!
//! Against what no price shows: tokens minted out of nothing, a bridge that is broken, a deposit that
//! is meant to be left behind. Whoever has them wants to borrow before it is known.

use crate::{
    cell::fixed_width,
    gradual::decay::decayed_up,
    num::{
        math::{mul_div_down, mul_div_up, BPS, WAD},
        time::{DAY_MS, HOUR_MS, MINUTE_MS},
    },
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A depth, in the scale of the fuse: 10^12.
const DEPTH_PICO: u128 = 1_000_000_000_000;
/// Shortest and longest half-life: ten minutes and a week.
const HALF_LIFE_MS: core::ops::RangeInclusive<u64> = 10 * MINUTE_MS..=7 * DAY_MS;
/// Most inflow that may carry anything: 1,000 depths.
const MAX_BPS: u32 = 10_000_000;

/// When it begins to bite, and when nothing is carried any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct FuseConfig {
    /// Time in which half of an inflow is forgotten.
    pub half_life_ms: u64,
    /// Inflow of late, in basis points of the depth, up to which everything carries in full,
    pub full_bps: u32,
    /// and from which on nothing does.
    pub none_bps: u32,
}
fixed_width!(FuseConfig { half_life_ms, full_bps, none_bps });

/// Collateral of an asset that came in of late, less what has left again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Inflow {
    /// In 10^-12 depths, at `at_ms`; rounded up.
    pub depths_pico: u64,
    pub at_ms: u64,
}
fixed_width!(Inflow { depths_pico, at_ms });

impl Default for FuseConfig {
    /// Two depths in six hours carry in full, eight nothing.
    fn default() -> Self {
        Self { half_life_ms: Self::HALF_LIFE_MS, full_bps: 20_000, none_bps: 80_000 }
    }
}

impl FuseConfig {
    /// The usual half-life: six hours.
    pub const HALF_LIFE_MS: u64 = 6 * HOUR_MS;

    /// Everything carries in full, whatever comes in.
    pub const NEVER: Self =
        Self { half_life_ms: Self::HALF_LIFE_MS, full_bps: u32::MAX, none_bps: u32::MAX };

    /// Whether nothing that comes in is counted.
    pub const fn is_never(&self) -> bool {
        self.full_bps == u32::MAX
    }

    /// # Errors
    /// [`Error::WindowOutOfRange`], [`Error::BpsOutOfRange`] unless 0 < full < none.
    pub fn validate(&self) -> Result<(), Error> {
        if self.is_never() {
            return Ok(());
        }
        if !HALF_LIFE_MS.contains(&self.half_life_ms) {
            return Err(Error::WindowOutOfRange);
        }
        if self.full_bps == 0 || self.full_bps >= self.none_bps || self.none_bps > MAX_BPS {
            return Err(Error::BpsOutOfRange);
        }
        Ok(())
    }
}

impl Inflow {
    /// Forgets up to now.
    pub fn touch(&mut self, config: &FuseConfig, now_ms: u64) {
        let elapsed_ms = now_ms.saturating_sub(self.at_ms);
        self.depths_pico = decayed_up(self.depths_pico, elapsed_ms, config.half_life_ms);
        self.at_ms = self.at_ms.max(now_ms);
    }

    /// Notes what came in, or went out, on balance of a message; saturating. Touch first.
    ///
    /// # Errors
    /// [`Error::DivisionByZero`] without a depth.
    pub fn flows(&mut self, came_in: u128, went_out: u128, depth: u128) -> Result<(), Error> {
        if depth == 0 {
            return Err(Error::DivisionByZero);
        }
        // What went out is rounded down: coming and going leaves no less than nothing.
        let into = mul_div_up(came_in, DEPTH_PICO, depth).unwrap_or(u128::MAX);
        let out = mul_div_down(went_out, DEPTH_PICO, depth).unwrap_or(u128::MAX);
        let into = u64::try_from(into).unwrap_or(u64::MAX);
        let out = u64::try_from(out).unwrap_or(u64::MAX);
        self.depths_pico = self.depths_pico.saturating_add(into).saturating_sub(out);
        Ok(())
    }

    /// The part of its LTV that the asset carries for new risk, wad, rounded down: all of it up to
    /// `full_bps`, nothing from `none_bps` on, a straight line between. Standing loans are not
    /// touched.
    pub fn carries_down_wad(&self, config: &FuseConfig) -> u128 {
        if config.is_never() {
            return WAD;
        }
        let in_pico =
            |bps: u32| u128::from(bps).saturating_mul(DEPTH_PICO).checked_div(BPS).unwrap_or(0);
        let (full, none) = (in_pico(config.full_bps), in_pico(config.none_bps));
        let left = none.saturating_sub(self.depths_pico.into());
        let span = none.saturating_sub(full);
        left.saturating_mul(WAD).checked_div(span).unwrap_or(0).min(WAD)
    }
}
