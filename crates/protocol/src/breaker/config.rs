//! Thresholds and times of the breaker (§ 7.2, § 7.3).

use super::Level;
use crate::{
    cell::fixed_width,
    num::{
        math::{bps_to_wad, mul_div_down, BPS, WAD},
        time::{DAY_MS, HOUR_MS, MINUTE_MS},
    },
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// From which measure on a trigger asks for a level, in basis points of its unit;
/// [`u32::MAX`] for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct TriggerThresholds {
    pub guarded: u32,
    pub stressed: u32,
    pub halted: u32,
}
fixed_width!(TriggerThresholds { guarded, stressed, halted });

/// The breaker's parameters: one set for the whole market, measures are relative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct BreakerConfig {
    /// Fast volatility / slow volatility.
    pub volatility: TriggerThresholds,
    /// Contents of the outflow bucket / its capacity.
    pub outflow: TriggerThresholds,
    /// Written off in a window / supplied.
    pub bad_debt: TriggerThresholds,
    /// A slow volatility below this counts as this, a day's standard deviation, wad.
    pub min_volatility_wad: u128,
    /// A level is held while its measure is above this part of its threshold.
    pub release_bps: u16,
    /// In which what was lost is forgotten to a third (1/e).
    pub window_ms: u64,
    /// The least time a level lasts after its trigger was seen last.
    pub dwell_ms: u64,
    /// The longest time in Guarded and in Stressed without a rest.
    pub guarded_max_ms: u64,
    pub stressed_max_ms: u64,
    /// The longest halt that is not for a bad price; less where the threshold is high (§ 7.3).
    pub halt_max_ms: u64,
    /// Halts in a day that are not for a bad price.
    pub halt_budget_ms: u64,
    /// Time for borrowers to act between a price's return and new auctions.
    pub grace_ms: u64,
    /// Part of the borrowing power that is not there in Guarded.
    pub guarded_cut_bps: u16,
    /// The least health factor after a withdrawal of collateral in Guarded, basis points.
    pub guarded_health_bps: u16,
    /// Part of what is supplied that may leave in a window in Stressed and Halted.
    pub stressed_outflow_bps: u16,
    /// The longest a guardian may raise a level.
    pub guardian_max_ms: u64,
}
fixed_width!(BreakerConfig {
    volatility,
    outflow,
    bad_debt,
    min_volatility_wad,
    release_bps,
    window_ms,
    dwell_ms,
    guarded_max_ms,
    stressed_max_ms,
    halt_max_ms,
    halt_budget_ms,
    grace_ms,
    guarded_cut_bps,
    guarded_health_bps,
    stressed_outflow_bps,
    guardian_max_ms
});

impl Default for BreakerConfig {
    /// The reasons are in `docs/breaker.md`.
    fn default() -> Self {
        let never = u32::MAX;
        Self {
            volatility: TriggerThresholds { guarded: 30_000, stressed: 60_000, halted: never },
            outflow: TriggerThresholds { guarded: 9_000, stressed: never, halted: never },
            bad_debt: TriggerThresholds { guarded: 1, stressed: 100, halted: never },
            min_volatility_wad: WAD / 20,
            release_bps: 7_000,
            window_ms: HOUR_MS,
            dwell_ms: 10 * MINUTE_MS,
            guarded_max_ms: DAY_MS,
            stressed_max_ms: HOUR_MS,
            halt_max_ms: 5 * MINUTE_MS,
            halt_budget_ms: 30 * MINUTE_MS,
            grace_ms: 5 * MINUTE_MS,
            guarded_cut_bps: 1_000,
            guarded_health_bps: 12_500,
            stressed_outflow_bps: 500,
            guardian_max_ms: HOUR_MS,
        }
    }
}

impl TriggerThresholds {
    /// No measure is too high.
    pub const NEVER: Self = Self { guarded: u32::MAX, stressed: u32::MAX, halted: u32::MAX };

    /// The threshold of a level; 0 for Normal.
    pub const fn at(&self, level: Level) -> u32 {
        match level {
            Level::Normal => 0,
            Level::Guarded => self.guarded,
            Level::Stressed => self.stressed,
            Level::Halted => self.halted,
        }
    }

    /// The level that a measure asks for.
    pub fn level(&self, measure_bps: u128) -> Level {
        let reaches =
            |threshold: u32| threshold != u32::MAX && measure_bps >= u128::from(threshold);
        if reaches(self.halted) {
            Level::Halted
        } else if reaches(self.stressed) {
            Level::Stressed
        } else if reaches(self.guarded) {
            Level::Guarded
        } else {
            Level::Normal
        }
    }

    const fn rises(&self) -> bool {
        self.guarded != 0 && self.guarded <= self.stressed && self.stressed <= self.halted
    }
}

impl BreakerConfig {
    /// A breaker that only people and bad prices move.
    pub fn by_hand() -> Self {
        Self {
            volatility: TriggerThresholds::NEVER,
            outflow: TriggerThresholds::NEVER,
            bad_debt: TriggerThresholds::NEVER,
            ..Self::default()
        }
    }

    /// # Errors
    /// [`Error::BreakerOutOfRange`]: thresholds that do not rise, a window, dwell, grace, halt,
    /// budget or a guardian's time outside sane bounds; [`Error::BpsOutOfRange`].
    pub fn validate(&self) -> Result<(), Error> {
        let steps = [self.volatility, self.outflow, self.bad_debt];
        let times = [
            (self.window_ms, MINUTE_MS, DAY_MS),
            (self.dwell_ms, MINUTE_MS, DAY_MS),
            (self.guarded_max_ms, self.dwell_ms, 7 * DAY_MS),
            (self.stressed_max_ms, self.dwell_ms, DAY_MS),
            (self.halt_max_ms, 0, HOUR_MS / 2),
            (self.halt_budget_ms, 0, 2 * HOUR_MS),
            (self.grace_ms, 0, HOUR_MS),
            (self.guardian_max_ms, 0, DAY_MS),
        ];
        if !steps.iter().all(TriggerThresholds::rises)
            || times.iter().any(|(time_ms, least, most)| time_ms < least || time_ms > most)
            || self.guarded_health_bps < 10_000
        {
            return Err(Error::BreakerOutOfRange);
        }
        let parts = [self.release_bps, self.guarded_cut_bps, self.stressed_outflow_bps];
        if parts.iter().any(|bps| u128::from(*bps) > BPS) {
            return Err(Error::BpsOutOfRange);
        }
        Ok(())
    }

    /// The longest halt for an asset with this highest liquidation threshold, milliseconds.
    pub fn halt_ms(&self, threshold_wad: u128) -> u64 {
        self.halt_max_ms.min(longest_halt_ms(threshold_wad))
    }

    /// The longest stay in a level without a rest.
    pub fn longest_ms(&self, level: Level, threshold_wad: u128) -> u64 {
        match level {
            Level::Normal => 0,
            Level::Guarded => self.guarded_max_ms,
            Level::Stressed => self.stressed_max_ms,
            Level::Halted => self.halt_ms(threshold_wad),
        }
    }
}

/// T_max(LT): for how long an asset may stand still without its loans going bad (§ 7.3): 30 minutes
/// up to 70 %, from there in a straight line to 5 minutes at 83 % and to nothing at 88 %.
pub fn longest_halt_ms(threshold_wad: u128) -> u64 {
    const CORNERS: [(u16, u64); 3] = [(7_000, 30 * MINUTE_MS), (8_300, 5 * MINUTE_MS), (8_800, 0)];
    let mut last = CORNERS[0];
    for (bps, longest_ms) in CORNERS {
        let corner_wad = bps_to_wad(bps);
        if threshold_wad <= corner_wad {
            let from_wad = bps_to_wad(last.0);
            let span_wad = corner_wad.saturating_sub(from_wad).max(1);
            let along_wad = threshold_wad.saturating_sub(from_wad);
            let drop_ms = u128::from(last.1.saturating_sub(longest_ms));
            let less_ms = mul_div_down(drop_ms, along_wad, span_wad).unwrap_or(drop_ms);
            return last.1.saturating_sub(u64::try_from(less_ms).unwrap_or(u64::MAX));
        }
        last = (bps, longest_ms);
    }
    0
}
