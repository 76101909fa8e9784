//! One price of several values: the median, which of them agree with it, and what follows (§ 2.3).

use super::{
    config::{FeedConfig, SourceConfig},
    sources::{distance_bps, Value},
};
use crate::{
    num::math::{mul_div_up, BPS},
    oracle::price::{Use, GOOD_FOR_ALL},
};
use alloc::vec::Vec;

/// A value that may count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voice {
    pub value_wad: u128,
    pub time_ms: u64,
    /// Until when it is fresh. A source that is asked goes on to answer for all that is known.
    pub end_ms: u64,
}

impl Voice {
    pub fn new(config: &SourceConfig, value: &Value) -> Self {
        let end_ms = if config.kind.is_asked() {
            u64::MAX
        } else {
            value.time_ms.saturating_add(config.max_age_ms)
        };
        Self { value_wad: value.value_wad, time_ms: value.time_ms, end_ms }
    }
}

/// What the sources say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Median {
    /// Of *all* voices: no minority moves it out of what the others say, and whether one of them is
    /// left out does not move it.
    pub median_wad: u128,
    /// Lowest and highest of those that are not left out.
    pub low_wad: u128,
    pub high_wad: u128,
    /// How many those are.
    pub kept: usize,
    /// Time of the quorum-th newest of those near the median: a quorum is as new as that.
    pub time_ms: u64,
    /// Until when a quorum of those is fresh.
    pub good_until_ms: u64,
}

impl Median {
    /// `None` without a quorum.
    ///
    /// A value is left out where it is farther from the median than the limit on their spread, and
    /// then, while the rest is still farther apart than that, the one that is farthest; but only so
    /// that a quorum and a majority are left and, in the second step, that they agree. Where that can't be done,
    /// nobody knows who is wrong, and all are kept.
    #[inline(never)]
    pub fn of(mut voices: Vec<Voice>, config: &FeedConfig) -> Option<Self> {
        let quorum = usize::from(config.quorum);
        if voices.is_empty() || voices.len() < quorum {
            return None;
        }
        voices.sort_unstable_by_key(|voice| voice.value_wad);
        let last = voices.len().saturating_sub(1);
        let below_wad = voices.get(last / 2)?.value_wad;
        let above_wad = voices.get(last.div_ceil(2))?.value_wad;
        let median_wad = below_wad.midpoint(above_wad);
        // A majority of what is sorted holds its middle.
        let least = quorum.max((voices.len() / 2).saturating_add(1));
        let limit_bps = config.max_spread_bps.into();
        let near = near(&voices, median_wad, limit_bps, least);
        let kept = kept(near, median_wad, limit_bps, least);
        let (low_wad, high_wad) = (kept.first()?.value_wad, kept.last()?.value_wad);
        // Of all that are near: who has another left out by being nearer must not make the price old.
        let mut times_ms = Vec::from_iter(near.iter().map(|voice| voice.time_ms));
        let mut ends_ms = Vec::from_iter(near.iter().map(|voice| voice.end_ms));
        times_ms.sort_unstable();
        ends_ms.sort_unstable();
        // Of the times the quorum-th newest; of the ends, that after which too few are left.
        let place = near.len().checked_sub(quorum)?;
        Some(Self {
            median_wad,
            low_wad,
            high_wad,
            kept: kept.len(),
            time_ms: *times_ms.get(place)?,
            good_until_ms: *ends_ms.get(place)?,
        })
    }

    /// Whether a value is among those kept.
    pub fn keeps(&self, value_wad: u128) -> bool {
        (self.low_wad..=self.high_wad).contains(&value_wad)
    }

    /// Whether those that are kept are no farther apart than the limit.
    pub fn agrees(&self, config: &FeedConfig) -> bool {
        self.flags(config) == GOOD_FOR_ALL
    }

    /// What it is good for, by how far apart those are that are kept.
    pub fn flags(&self, config: &FeedConfig) -> u8 {
        let limit = u128::from(config.max_spread_bps);
        let apart_bps = spread_bps(self.low_wad, self.high_wad, self.median_wad);
        if apart_bps > limit.saturating_mul(3) {
            0
        } else if apart_bps > limit {
            GOOD_FOR_ALL & !Use::Risk.flag()
        } else {
            GOOD_FOR_ALL
        }
    }
}

fn spread_bps(low_wad: u128, high_wad: u128, median_wad: u128) -> u128 {
    mul_div_up(high_wad.saturating_sub(low_wad), BPS, median_wad).unwrap_or(u128::MAX)
}

/// The values that are not far from the median, of sorted ones; all where too few are near.
fn near(voices: &[Voice], median_wad: u128, limit_bps: u128, least: usize) -> &[Voice] {
    let is_near = |voice: &Voice| distance_bps(voice.value_wad, median_wad) <= limit_bps;
    let near = match (voices.iter().position(is_near), voices.iter().rposition(is_near)) {
        (Some(first), Some(last)) => voices.get(first..=last).unwrap_or(&[]),
        _ => &[],
    };
    if near.len() < least {
        voices
    } else {
        near
    }
}

/// Of those, the values that are no farther apart than the limit, if enough are.
fn kept(near: &[Voice], median_wad: u128, limit_bps: u128, least: usize) -> &[Voice] {
    let mut rest = near;
    while let [first, between @ .., last] = rest {
        let (low_wad, high_wad) = (first.value_wad, last.value_wad);
        if spread_bps(low_wad, high_wad, median_wad) <= limit_bps {
            return rest;
        }
        let below_wad = median_wad.saturating_sub(low_wad);
        let above_wad = high_wad.saturating_sub(median_wad);
        if below_wad == above_wad {
            // Both as far: nobody can say which of them is wrong, so both go, or who mirrors the
            // farthest would keep it in.
            if between.len() < least {
                break;
            }
            rest = between;
            continue;
        }
        if between.len() < least.saturating_sub(1) {
            break;
        }
        let place = usize::from(below_wad > above_wad);
        let end = rest.len().saturating_sub(1).saturating_add(place);
        rest = rest.get(place..end).unwrap_or(&[]);
    }
    near
}
