//! Lowering a liquidation threshold without starting a cascade (§ 3.8).
//!
//! New debt is bound by the new LTV at once. For standing debt the old thresholds come down by a
//! few basis points a day until they meet the new ones.

use crate::{
    math::{bps_to_wad, mul_div_down},
    tiers::{Bracket, Schedule},
    Error,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Milliseconds in a day.
pub const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Old thresholds on their way down.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Ramp {
    /// The thresholds that held when it began.
    pub from: Vec<Bracket>,
    pub started_ms: u64,
    /// How fast they fall.
    pub bps_per_day: u16,
}

impl Ramp {
    /// A ramp from the thresholds that hold to those wanted; `None` if none of them falls.
    pub fn between(
        old: &Schedule,
        new: &Schedule,
        bps_per_day: u16,
        now_ms: u64,
    ) -> Result<Option<Self>, Error> {
        if old.higher(new)? == new.higher(new)? {
            return Ok(None);
        }
        let from = old.brackets().to_vec();
        Ok(Some(Self { from, started_ms: now_ms, bps_per_day }))
    }

    /// The thresholds that hold now, on the way to `target`.
    #[inline(never)]
    pub fn thresholds(&self, target: &Schedule, now_ms: u64) -> Result<Schedule, Error> {
        let elapsed_ms = now_ms.saturating_sub(self.started_ms);
        let fall_wad =
            mul_div_down(bps_to_wad(self.bps_per_day), u128::from(elapsed_ms), u128::from(DAY_MS))?;
        Schedule::from_brackets(self.from.clone()).lowered(fall_wad).higher(target)
    }
}
