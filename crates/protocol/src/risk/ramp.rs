//! Lowering a liquidation threshold without starting a cascade (§ 3.8).
//!
//! New debt is bound by the new LTV at once. For standing debt the old thresholds come down by a
//! few basis points a day until they meet the new ones.

use crate::{
    cell::cell_codec,
    num::{
        math::{bps_to_wad, mul_div_down},
        time::DAY_MS,
    },
    risk::tiers::{Bracket, Schedule, MAX_BRACKETS},
    Error,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Old thresholds on their way down.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Ramp {
    /// The thresholds that held when it began.
    pub from: Vec<Bracket>,
    pub started_ms: u64,
    /// How fast they fall.
    pub bps_per_day: u16,
}
cell_codec!(Ramp { each(from), run(started_ms, bps_per_day) });

impl Ramp {
    /// A ramp from the thresholds that hold to those wanted; `None` if none of them falls.
    ///
    /// # Errors
    /// [`Error::TooManyTiers`] if at any time of it the thresholds would have more brackets than a schedule
    /// may have: who holds the asset could not be judged from then on.
    pub fn between(
        old: &Schedule,
        new: &Schedule,
        bps_per_day: u16,
        now_ms: u64,
    ) -> Result<Option<Self>, Error> {
        if old.higher(new)? == new.higher(new)? {
            return Ok(None);
        }
        if most_brackets(old, new) > MAX_BRACKETS {
            return Err(Error::TooManyTiers);
        }
        let from = old.brackets().to_vec();
        Ok(Some(Self { from, started_ms: now_ms, bps_per_day }))
    }

    /// The thresholds that hold now, on the way to `target`. They have never too many brackets:
    /// [`Ramp::between`] has seen to that.
    #[inline(never)]
    pub fn thresholds(&self, target: &Schedule, now_ms: u64) -> Result<Schedule, Error> {
        let elapsed_ms = now_ms.saturating_sub(self.started_ms);
        let fall_wad =
            mul_div_down(bps_to_wad(self.bps_per_day), u128::from(elapsed_ms), u128::from(DAY_MS))?;
        Schedule::from_brackets(self.from.clone()).lowered(fall_wad).higher(target)
    }
}

/// The most brackets that the thresholds have at any time on their way.
///
/// At each edge of either the old rate falls until it meets the new one. Two neighbours are one bracket while
/// both still fall from one rate, or both stand at one; where one falls past the other they are one for a
/// moment, which does not count. So the number changes only where an edge comes to its new rate: it is
/// enough to look after each of these falls, and before the first.
#[inline(never)]
fn most_brackets(old: &Schedule, new: &Schedule) -> usize {
    let mut edges: Vec<u128> =
        old.brackets().iter().chain(new.brackets()).map(|bracket| bracket.from_wad).collect();
    edges.sort_unstable();
    edges.dedup();
    let rates: Vec<(u128, u128)> = edges
        .into_iter()
        .map(|edge_wad| (old.rate_at_wad(edge_wad), new.rate_at_wad(edge_wad)))
        .collect();
    let falls = rates.iter().map(|(from_wad, to_wad)| from_wad.saturating_sub(*to_wad));
    core::iter::once(0)
        .chain(falls)
        .map(|fall_wad| brackets_after(&rates, fall_wad))
        .max()
        .unwrap_or(0)
}

/// How many brackets there are once rates have fallen by a little more than `fall_wad`.
fn brackets_after(rates: &[(u128, u128)], fall_wad: u128) -> usize {
    // Whether an edge still falls, and from or at which rate.
    let kinds = rates.iter().map(|(from_wad, to_wad)| {
        let falls = from_wad.saturating_sub(*to_wad) > fall_wad;
        (falls, if falls { *from_wad } else { *to_wad })
    });
    let next = kinds.clone().skip(1);
    kinds.zip(next).filter(|(one, other)| one != other).count().saturating_add(1)
}
