//! The circuit breaker: notices a cascade or a bad price by itself, slows what feeds it, and
//! recovers by itself (§ 7).
//!
//! Each asset has a level. It rises at once when a measure reaches a threshold, and falls one
//! level at a time when its trigger has not been seen for a while. Measures are flows and
//! volatility, never price levels: those attract the price. Every level but Normal ends by
//! itself; an asset whose measures stay high gets a rest between two long stays, so nobody can
//! hold liquidation hostage. The one exception is a bad price, at which nothing can be sold anyway.
//!
//! Whatever the level, repaying, topping up, curing and stakes in the backstop are never refused.

mod config;
mod decaying_sum;
mod episode;
mod level;
mod stay;

pub use config::{longest_halt_ms, BreakerConfig, TriggerThresholds};
pub use decaying_sum::DecayingSum;
pub use episode::Episode;
pub use level::{Level, Trigger};
pub use stay::Stay;

use crate::{
    cell::fixed_width,
    num::{math::BPS, time::DAY_MS},
    AssetId, Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// State of an asset's breaker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Breaker {
    /// As of the last touch.
    pub level: Level,
    pub trigger: Trigger,
    /// Since when without a rest, in Unix milliseconds.
    pub since_ms: u64,
    /// When it falls by one if nothing holds it.
    pub until_ms: u64,
    /// Time at Guarded, Stressed and Halted or above, but for a bad price.
    pub stays: [Stay; 3],
    /// Halts of the last day, in milliseconds.
    pub halts: DecayingSum,
    /// Debt written off, in units.
    pub lost: DecayingSum,
    /// The highest price of the last window or so, and when it was seen.
    pub high_wad: u128,
    pub high_ms: u64,
    /// What a guardian has asked for.
    pub guard: ManualLevel,
}
fixed_width!(Breaker {
    level,
    trigger,
    since_ms,
    until_ms,
    stays,
    halts,
    lost,
    high_wad,
    high_ms,
    guard
});

/// A level raised by people, for a while.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct ManualLevel {
    pub level: Level,
    pub from_ms: u64,
    pub until_ms: u64,
}
fixed_width!(ManualLevel { level, from_ms, until_ms });

/// What the triggers measure, each in basis points of its unit (§ 7.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Measures {
    pub volatility_bps: u128,
    pub outflow_bps: u128,
    pub bad_debt_bps: u128,
    /// The price, if it was asked for, can't settle sales.
    pub bad_price: bool,
}

/// A change of level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Transition {
    pub asset: AssetId,
    pub from: Level,
    pub to: Level,
    pub trigger: Trigger,
    /// The trigger's measure, in basis points of its unit; 0 where it has none.
    pub measure_bps: u128,
    /// When the new level ends if nothing holds it, in Unix milliseconds.
    pub until_ms: u64,
}

/// Those that end by themselves, as [`Breaker::stays`] has them.
const LEVELS: [Level; 3] = [Level::Guarded, Level::Stressed, Level::Halted];

impl ManualLevel {
    /// The level that people ask for now.
    pub fn level(&self, now_ms: u64) -> Level {
        if now_ms < self.until_ms {
            self.level
        } else {
            Level::Normal
        }
    }

    /// Raises the level for a while. Afterwards it must rest for as long as it was raised.
    ///
    /// # Errors
    /// [`Error::GuardTooLong`] for longer than is allowed, [`Error::GuardRests`] while it is raised
    /// or rests; [`Error::BreakerOutOfRange`] for Normal.
    pub fn raise(
        &mut self,
        level: Level,
        lasts_ms: u64,
        longest_ms: u64,
        now_ms: u64,
    ) -> Result<(), Error> {
        if level == Level::Normal || lasts_ms == 0 {
            return Err(Error::BreakerOutOfRange);
        }
        if lasts_ms > longest_ms {
            return Err(Error::GuardTooLong);
        }
        let raised_ms = self.until_ms.saturating_sub(self.from_ms);
        if now_ms < self.until_ms.saturating_add(raised_ms) {
            return Err(Error::GuardRests);
        }
        *self = Self { level, from_ms: now_ms, until_ms: now_ms.saturating_add(lasts_ms) };
        Ok(())
    }

    /// Raises the level, of an asset or of the whole market, within what people may raise in all.
    ///
    /// # Errors
    /// Those of [`ManualLevel::raise`] and of [`Episode::raise`].
    #[inline(never)]
    pub fn raise_within(
        &mut self,
        episode: &mut Episode,
        level: Level,
        lasts_ms: u64,
        longest_ms: u64,
        now_ms: u64,
    ) -> Result<(), Error> {
        let mut next = *self;
        next.raise(level, lasts_ms, longest_ms, now_ms)?;
        episode.raise(lasts_ms, longest_ms, now_ms)?;
        *self = next;
        Ok(())
    }
}

impl Measures {
    /// Each trigger with its measure and its thresholds.
    pub fn all(&self, config: &BreakerConfig) -> [(Trigger, u128, TriggerThresholds); 3] {
        [
            (Trigger::Volatility, self.volatility_bps, config.volatility),
            (Trigger::Outflow, self.outflow_bps, config.outflow),
            (Trigger::BadDebt, self.bad_debt_bps, config.bad_debt),
        ]
    }

    /// The highest level that any measure asks for, which, and its measure.
    fn asked(&self, config: &BreakerConfig) -> (Level, Trigger, u128) {
        let mut highest = (Level::Normal, Trigger::Calm, 0);
        for (trigger, measure_bps, steps) in self.all(config) {
            let level = steps.level(measure_bps);
            if level > highest.0 {
                highest = (level, trigger, measure_bps);
            }
        }
        highest
    }

    /// Whether any measure is still near the threshold of a level.
    fn holds(&self, level: Level, config: &BreakerConfig) -> bool {
        self.all(config).into_iter().any(|(_, measure_bps, steps)| {
            let threshold = steps.at(level);
            let released = u128::from(threshold).saturating_mul(config.release_bps.into()) / BPS;
            measure_bps != 0 && threshold != u32::MAX && measure_bps >= released
        })
    }
}

impl Breaker {
    /// The level now: the measures' as of the last touch, or people's.
    pub fn level(&self, now_ms: u64) -> Level {
        self.level.max(self.guard.level(now_ms))
    }

    /// Brings the level up to date: lets it fall with time, then looks at the measures.
    ///
    /// `threshold_wad` is the asset's highest liquidation threshold. The change, if there is one.
    #[inline(never)]
    pub fn update(
        &mut self,
        measures: &Measures,
        config: &BreakerConfig,
        threshold_wad: u128,
        now_ms: u64,
    ) -> Option<(Level, Trigger, u128)> {
        let before = self.level;
        // A bad price that is seen again within a window of its halt's end has not been good between:
        // since when it is bad decides what is gone (§ 4.11).
        let latest_ms = self.until_ms.saturating_add(config.window_ms);
        if !(measures.bad_price && self.is_price_halt() && now_ms < latest_ms) {
            self.fall(config, threshold_wad, now_ms);
        }
        if measures.bad_price {
            self.halt_for_price(config, now_ms);
            return (before != self.level).then_some((before, Trigger::Price, 0));
        }
        let (asked, trigger, measure_bps) = measures.asked(config);
        if asked > self.level && self.rise(asked, trigger, config, threshold_wad, now_ms) {
            return Some((before, trigger, measure_bps));
        }
        if self.level != Level::Normal
            && !self.is_price_halt()
            && measures.holds(self.level, config)
        {
            let latest_ms = self.latest_ms(self.level, config, threshold_wad, now_ms);
            let held_ms = now_ms.saturating_add(config.dwell_ms).min(latest_ms);
            self.until_ms = self.until_ms.max(held_ms);
        }
        (before != self.level).then_some((before, Trigger::Calm, 0))
    }

    /// Halts as long as the price is bad, and for the time of grace after it. A function of its own, as
    /// [`Self::rise`]: calm markets don't pay for it.
    #[inline(never)]
    fn halt_for_price(&mut self, config: &BreakerConfig, now_ms: u64) {
        let until_ms = now_ms.saturating_add(config.grace_ms.max(1));
        if self.level != Level::Halted || self.trigger != Trigger::Price {
            self.enter(Level::Halted, Trigger::Price, until_ms, now_ms, config.dwell_ms);
        }
        self.until_ms = until_ms;
    }

    /// Rises to a level that is asked for, or to the highest below it that is not resting; whether it has.
    #[inline(never)]
    fn rise(
        &mut self,
        mut asked: Level,
        trigger: Trigger,
        config: &BreakerConfig,
        threshold_wad: u128,
        now_ms: u64,
    ) -> bool {
        while asked > self.level && self.latest_ms(asked, config, threshold_wad, now_ms) <= now_ms {
            // It has had its time, and rests.
            asked = asked.lower();
        }
        if asked == Level::Halted && asked > self.level {
            asked = self.halt_or_stress(config, threshold_wad, now_ms);
        }
        if asked <= self.level {
            return false;
        }
        let mut until_ms = self.latest_ms(asked, config, threshold_wad, now_ms);
        if asked != Level::Halted {
            until_ms = until_ms.min(now_ms.saturating_add(config.dwell_ms));
        }
        self.enter(asked, trigger, until_ms, now_ms, config.dwell_ms);
        true
    }

    /// Back to Normal at once, by governance. What was measured stays, and may raise it again.
    pub fn reset(&mut self, now_ms: u64) {
        self.enter(Level::Normal, Trigger::Owner, now_ms, now_ms, 0);
        self.guard = ManualLevel::default();
    }

    /// One level for each stay that is over.
    fn fall(&mut self, config: &BreakerConfig, threshold_wad: u128, now_ms: u64) {
        while self.level != Level::Normal && now_ms >= self.until_ms {
            let (at_ms, mut lower) = (self.until_ms, self.level.lower());
            // Past those that have had their time: a stay of no length would make their rest longer.
            while self.latest_ms(lower, config, threshold_wad, at_ms) <= at_ms {
                lower = lower.lower();
            }
            let latest_ms = self.latest_ms(lower, config, threshold_wad, at_ms);
            let until_ms = at_ms.saturating_add(config.dwell_ms).min(latest_ms);
            self.enter(lower, Trigger::Calm, until_ms, at_ms, config.dwell_ms);
        }
    }

    /// When a level must end if the asset stands at it from now on, or does already: the longest
    /// time of it and of those below, which it counts for too.
    fn latest_ms(
        &self,
        level: Level,
        config: &BreakerConfig,
        threshold_wad: u128,
        now_ms: u64,
    ) -> u64 {
        LEVELS
            .iter()
            .zip(&self.stays)
            .filter(|(of, _)| **of <= level)
            .map(|(of, stay)| {
                stay.latest_ms(now_ms, config.longest_ms(*of, threshold_wad), config.dwell_ms)
            })
            .min()
            .unwrap_or(u64::MAX)
    }

    /// Whether it stands for a price that nothing can be settled at.
    pub(crate) fn is_price_halt(&self) -> bool {
        self.trigger == Trigger::Price && self.level == Level::Halted
    }

    fn enter(&mut self, level: Level, trigger: Trigger, until_ms: u64, now_ms: u64, rest_ms: u64) {
        (self.level, self.trigger) = (level, trigger);
        (self.since_ms, self.until_ms) = (now_ms, until_ms);
        // At a bad price nothing can be sold anyway: that takes no time from the other levels.
        let counts = !self.is_price_halt();
        for (of, stay) in LEVELS.iter().zip(&mut self.stays) {
            if counts && *of <= level {
                stay.enter(now_ms, rest_ms);
            } else {
                stay.leave(now_ms);
            }
        }
    }

    /// A halt, if the day's budget has room for a whole one. It counts as a whole one even where
    /// it is cut short by the end of the time in Stressed.
    fn halt_or_stress(
        &mut self,
        config: &BreakerConfig,
        threshold_wad: u128,
        now_ms: u64,
    ) -> Level {
        let lasts_ms = u128::from(config.halt_ms(threshold_wad));
        let used_ms = self.halts.read(DAY_MS, now_ms).unwrap_or(u128::MAX);
        let fits = used_ms.saturating_add(lasts_ms) <= u128::from(config.halt_budget_ms);
        if fits && self.halts.add(lasts_ms, DAY_MS, now_ms).is_ok() {
            Level::Halted
        } else {
            Level::Stressed
        }
    }

    /// Remembers the highest price of about a window, against which a fall is measured.
    pub fn note_price(&mut self, price_wad: u128, window_ms: u64, now_ms: u64) {
        if price_wad >= self.high_wad || now_ms.saturating_sub(self.high_ms) > window_ms {
            (self.high_wad, self.high_ms) = (price_wad, now_ms);
        }
    }
}
