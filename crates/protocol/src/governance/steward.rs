//! What a steward may move without the queue: a few parameters, each by a bounded step, each once in
//! a day. So in no stretch of 24 hours does a parameter move by more than its bound.

use super::GovernanceError as Error;
use crate::{
    config::{
        rates::{AdaptiveRate, KinkedRate, RateModel},
        ReserveConfig,
    },
    num::{
        math::{bps_to_wad, mul_div_down, BPS},
        time::DAY_MS,
    },
    risk::tiers::Tier,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Time between two moves of one parameter.
pub const STEP_MS: u64 = DAY_MS;

/// How far a parameter may move in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Bounds {
    /// Supply, borrow and collateral caps: part of the present cap, 50 % at most. Default 20 %.
    pub caps_bps: u16,
    /// Market depth: part of the present one, 50 % at most. Default 20 %.
    pub depth_bps: u16,
    /// LTV of each tier: percentage points of value, 5 % at most. Default 1 %.
    pub ltv_bps: u16,
    /// Each yearly rate of the rate model: percentage points, 10 % at most. Default 2 %.
    pub rate_bps: u16,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { caps_bps: 2_000, depth_bps: 2_000, ltv_bps: 100, rate_bps: 200 }
    }
}

impl Bounds {
    /// # Errors
    /// [`Error::SettingsOutOfRange`].
    pub const fn validate(&self) -> Result<(), Error> {
        if self.caps_bps > 5_000
            || self.depth_bps > 5_000
            || self.ltv_bps > 500
            || self.rate_bps > 1_000
        {
            return Err(Error::SettingsOutOfRange);
        }
        Ok(())
    }
}

/// When a steward has last moved each of a reserve's parameters, in Unix milliseconds; 0 for never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Moved {
    pub supply_cap_ms: u64,
    pub borrow_cap_ms: u64,
    pub collateral_cap_ms: u64,
    pub depth_ms: u64,
    pub ltv_ms: u64,
    pub rate_ms: u64,
}

impl Moved {
    /// Checks a steward's change of a reserve and notes what it moves.
    ///
    /// # Errors
    /// [`Error::NotForSteward`] if it moves anything else, or nothing; [`Error::BeyondBound`];
    /// [`Error::MovedToday`]. Nothing is noted then.
    pub fn step(
        &mut self,
        old: &ReserveConfig,
        new: &ReserveConfig,
        bounds: &Bounds,
        now_ms: u64,
    ) -> Result<(), Error> {
        if old == new || with_stewards_fields_of(old, new) != *new {
            return Err(Error::NotForSteward);
        }
        let mut next = *self;
        for (last_ms, from, to, bps) in [
            (&mut next.supply_cap_ms, old.supply_cap, new.supply_cap, bounds.caps_bps),
            (&mut next.borrow_cap_ms, old.borrow_cap, new.borrow_cap, bounds.caps_bps),
            (&mut next.collateral_cap_ms, old.collateral_cap, new.collateral_cap, bounds.caps_bps),
            (&mut next.depth_ms, old.liquidity.depth, new.liquidity.depth, bounds.depth_bps),
        ] {
            // Rounded down: against the steward.
            let bound = mul_div_down(from, u128::from(bps), BPS).map_err(|_| Error::BeyondBound)?;
            note(last_ms, from != to, from.abs_diff(to) <= bound, now_ms)?;
        }
        let ltvs = old.tiers.iter().zip(&new.tiers).map(|(from, to)| (from.ltv_bps, to.ltv_bps));
        let within = ltvs.clone().all(|(from, to)| from.abs_diff(to) <= bounds.ltv_bps);
        let moves = ltvs.clone().any(|(from, to)| from != to);
        note(&mut next.ltv_ms, moves, within, now_ms)?;
        let (from, to) = (rates(&old.rate), rates(&new.rate));
        let most_wad = bps_to_wad(bounds.rate_bps);
        let within = from.iter().zip(&to).all(|(from, to)| from.abs_diff(*to) <= most_wad);
        note(&mut next.rate_ms, from != to, within, now_ms)?;
        *self = next;
        Ok(())
    }
}

/// Notes that a parameter moves, if it does.
fn note(last_ms: &mut u64, moves: bool, within: bool, now_ms: u64) -> Result<(), Error> {
    if !moves {
        return Ok(());
    }
    if !within {
        return Err(Error::BeyondBound);
    }
    if *last_ms != 0 && now_ms < last_ms.saturating_add(STEP_MS) {
        return Err(Error::MovedToday);
    }
    *last_ms = now_ms;
    Ok(())
}

/// The old configuration with what a steward may move as it is in the new one.
fn with_stewards_fields_of(old: &ReserveConfig, new: &ReserveConfig) -> ReserveConfig {
    let mut next = ReserveConfig {
        supply_cap: new.supply_cap,
        borrow_cap: new.borrow_cap,
        collateral_cap: new.collateral_cap,
        ..old.clone()
    };
    next.liquidity.depth = new.liquidity.depth;
    for (tier, Tier { ltv_bps, .. }) in next.tiers.iter_mut().zip(&new.tiers) {
        tier.ltv_bps = *ltv_bps;
    }
    match (&mut next.rate, &new.rate) {
        (RateModel::Kinked(rate), RateModel::Kinked(to)) => {
            *rate = KinkedRate { kink_bps: rate.kink_bps, ..*to };
        }
        (RateModel::Adaptive(rate), RateModel::Adaptive(to)) => {
            let AdaptiveRate { initial_wad, min_wad, max_wad, .. } = *to;
            *rate = AdaptiveRate { initial_wad, min_wad, max_wad, ..*rate };
        }
        // Another model is no step: left as it is, it differs.
        _ => {}
    }
    next
}

/// The yearly rates of a model that a steward may move, wad.
const fn rates(model: &RateModel) -> [u128; 3] {
    match model {
        RateModel::Kinked(k) => [k.base_wad, k.kink_rate_wad, k.full_rate_wad],
        RateModel::Adaptive(a) => [a.initial_wad, a.min_wad, a.max_wad],
    }
}
