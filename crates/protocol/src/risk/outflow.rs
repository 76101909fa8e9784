//! What has left a reserve of late, on balance, and what may still leave (§ 3.6, § 7.1).
//!
//! Flows count with their sign: what comes in earns credit that fades as what has left does. Money
//! that came in and left again moves nothing, whoever it is and in how many messages.

use crate::{
    cell::fixed_width,
    num::math::{add, exp_wad, ln_wad, mul_div_down, sub, WAD},
    risk::flow::FlowLimit,
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A balance of flows that fades towards nothing from both sides. Kept to 10^-18 of a unit, so that
/// touching it often neither stops nor speeds the fading, whatever a unit is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct NetFlow {
    /// Whether more came in than left.
    pub inward: bool,
    /// How much more, in whole units,
    pub units: u128,
    /// and parts of a unit, below 10^18.
    pub part_wad: u64,
}
fixed_width!(NetFlow { inward, units, part_wad });

/// What has left a reserve of late, less what came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Outflow {
    /// Against the reserve's own limit; not kept while there is none.
    pub own: NetFlow,
    /// Against what the breaker lets leave in its window.
    pub recent: NetFlow,
    /// By which `recent` fades: the breaker's limit as of the last action.
    pub recent_limit: FlowLimit,
    /// Up to which both have faded, in Unix milliseconds.
    pub at_ms: u64,
}
fixed_width!(Outflow { own, recent, recent_limit, at_ms });

/// One as the parts of a unit are kept.
const PARTS: u64 = 1_000_000_000_000_000_000;

impl NetFlow {
    /// Lets it fade for a while: what is within the capacity by the capacity in a window, what is
    /// beyond by e in a window. The same however often it is done on the way.
    #[inline(never)]
    fn fade(&mut self, limit: &FlowLimit, elapsed_ms: u64) -> Result<(), Error> {
        if elapsed_ms == 0 || (self.units == 0 && self.part_wad == 0) {
            return Ok(());
        }
        let window_ms = limit.window_ms;
        // e^-42 of anything is nothing.
        if elapsed_ms >= window_ms.saturating_mul(42) {
            *self = Self::default();
            return Ok(());
        }
        let elapsed_ms = if self.units > limit.capacity {
            match self.fade_beyond(limit, elapsed_ms)? {
                Some(left_ms) => left_ms,
                None => return Ok(()),
            }
        } else {
            elapsed_ms
        };
        if elapsed_ms >= window_ms {
            *self = Self::default();
            return Ok(());
        }
        let (elapsed, window) = (u128::from(elapsed_ms), u128::from(window_ms));
        let faded = mul_div_down(limit.capacity, elapsed, window)?;
        let rest = limit.capacity.wrapping_mul(elapsed).wrapping_sub(faded.wrapping_mul(window));
        self.reduce(faded, part(mul_div_down(rest, WAD, window)?)?)
    }

    /// Lets what is beyond the capacity fade; what is left of the time where it does not last for all of it.
    #[inline(never)]
    fn fade_beyond(&mut self, limit: &FlowLimit, elapsed_ms: u64) -> Result<Option<u64>, Error> {
        let window_ms = limit.window_ms;
        let passed_wad = mul_div_down(u128::from(elapsed_ms), WAD, u128::from(window_ms))?;
        let until_wad = match limit.capacity {
            0 => u128::MAX,
            capacity => ln_wad(mul_div_down(self.units, WAD, capacity).unwrap_or(u128::MAX))?,
        };
        if passed_wad < until_wad {
            let passed_wad = i128::try_from(passed_wad).map_err(|_| Error::Overflow)?;
            self.keep(exp_wad(passed_wad.saturating_neg())?.min(WAD))?;
            return Ok(None);
        }
        // Within the capacity from here on.
        let beyond_ms = mul_div_down(until_wad, u128::from(window_ms), WAD)?;
        let beyond_ms = u64::try_from(beyond_ms).map_err(|_| Error::Overflow)?;
        (self.units, self.part_wad) = (limit.capacity, 0);
        Ok(Some(elapsed_ms.saturating_sub(beyond_ms)))
    }

    /// Keeps a part of it, rounded down.
    fn keep(&mut self, part_wad: u128) -> Result<(), Error> {
        let units = mul_div_down(self.units, part_wad, WAD)?;
        let rest = self.units.wrapping_mul(part_wad).wrapping_sub(units.wrapping_mul(WAD));
        let parts = add(rest, mul_div_down(self.part_wad.into(), part_wad, WAD)?)?;
        let carry = parts.checked_div(WAD).unwrap_or(0);
        self.units = add(units, carry)?;
        self.part_wad = part(parts.checked_rem(WAD).unwrap_or(0))?;
        Ok(())
    }

    /// Makes it smaller, down to nothing.
    fn reduce(&mut self, units: u128, part_wad: u64) -> Result<(), Error> {
        let enough = (self.units, self.part_wad) > (units, part_wad);
        if !enough {
            *self = Self::default();
            return Ok(());
        }
        let borrow = u128::from(self.part_wad < part_wad);
        self.units = sub(sub(self.units, units)?, borrow)?;
        self.part_wad = match self.part_wad.checked_sub(part_wad) {
            Some(left) => left,
            None => self.part_wad.saturating_add(PARTS).saturating_sub(part_wad),
        };
        Ok(())
    }

    /// Counts what flows now. Never fails: no flow may be refused for its meter's sake.
    pub(crate) fn note(&mut self, inward: bool, amount: u128) {
        if self.inward == inward || (self.units == 0 && self.part_wad == 0) {
            self.inward = inward;
            self.units = self.units.saturating_add(amount);
        } else if let Some(left) = self.units.checked_sub(amount) {
            self.units = left;
        } else {
            // It turns: the part of a unit that was left makes the rest so much less.
            let part_left = u128::from(self.part_wad != 0);
            self.units = amount.saturating_sub(self.units).saturating_sub(part_left);
            self.part_wad = PARTS.saturating_sub(self.part_wad).checked_rem(PARTS).unwrap_or(0);
            self.inward = inward;
        }
    }

    /// What has left on balance, in units, rounded up.
    pub fn left_up(&self) -> u128 {
        if self.inward {
            return 0;
        }
        self.units.saturating_add(u128::from(self.part_wad != 0))
    }

    /// What came in on balance, in units, rounded down.
    pub fn credit_down(&self) -> u128 {
        if self.inward {
            self.units
        } else {
            0
        }
    }

    /// What may still leave within a capacity, in units.
    fn room(&self, capacity: u128) -> u128 {
        capacity.saturating_add(self.credit_down()).saturating_sub(self.left_up())
    }
}

fn part(wad: u128) -> Result<u64, Error> {
    u64::try_from(wad).map_err(|_| Error::Overflow)
}

impl Outflow {
    /// Brings fading up to date.
    pub fn settle(&mut self, limit: &FlowLimit, now_ms: u64) -> Result<(), Error> {
        let elapsed_ms = now_ms.saturating_sub(self.at_ms);
        if limit.is_none() {
            self.own = NetFlow::default();
        } else {
            self.own.fade(limit, elapsed_ms)?;
        }
        self.recent.fade(&self.recent_limit, elapsed_ms)?;
        self.at_ms = self.at_ms.max(now_ms);
        Ok(())
    }

    /// Counts what flows now.
    pub(crate) fn note(
        &mut self,
        limit: &FlowLimit,
        now_ms: u64,
        inward: bool,
        amount: u128,
    ) -> Result<(), Error> {
        self.settle(limit, now_ms)?;
        if !limit.is_none() {
            self.own.note(inward, amount);
        }
        self.recent.note(inward, amount);
        Ok(())
    }

    /// What may still leave now under the reserve's own limit, in units.
    pub fn room(mut self, limit: &FlowLimit, now_ms: u64) -> Result<u128, Error> {
        self.settle(limit, now_ms)?;
        Ok(self.own.room(limit.capacity))
    }
}

impl NetFlow {
    pub(crate) fn require_within(&self, limit: &FlowLimit) -> Result<(), Error> {
        if limit.is_none() || self.left_up() <= limit.capacity {
            return Ok(());
        }
        Err(Error::OutflowLimitReached)
    }
}
