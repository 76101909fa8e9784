//! Limits on speed, and a bucket that fills with what flows and leaks at a steady rate (§ 4.8).

use crate::{
    math::{add, mul_div_down},
    time::{DAY_MS, MINUTE_MS},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// How much may flow, and how fast the bucket leaks empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct FlowLimit {
    /// What the bucket holds, in units. [`u128::MAX`] for no limit.
    pub capacity: u128,
    /// Time in which a full bucket leaks empty.
    pub window_ms: u64,
}

/// What is in the bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Flow {
    /// Units in the bucket at `updated_ms`.
    pub used: u128,
    /// Time up to which leaking is in `used`, in Unix milliseconds.
    pub updated_ms: u64,
}

/// Longest window: 30 days.
const MAX_WINDOW_MS: u64 = 30 * DAY_MS;

impl Default for FlowLimit {
    fn default() -> Self {
        Self::NONE
    }
}

impl FlowLimit {
    /// No limit.
    pub const NONE: Self = Self { capacity: u128::MAX, window_ms: MINUTE_MS };

    /// Whether nothing is limited.
    pub const fn is_none(&self) -> bool {
        self.capacity == u128::MAX
    }

    /// # Errors
    /// [`Error::WindowOutOfRange`] unless the window is between a minute and 30 days.
    pub fn validate(&self) -> Result<(), Error> {
        if !(MINUTE_MS..=MAX_WINDOW_MS).contains(&self.window_ms) {
            return Err(Error::WindowOutOfRange);
        }
        Ok(())
    }
}

impl Flow {
    /// Brings leaking up to date. What leaks is rounded down; where it is less than a unit the
    /// clock is left, so that looking often does not stop the leak.
    pub fn leak(&mut self, limit: &FlowLimit, now_ms: u64) -> Result<(), Error> {
        let elapsed_ms = now_ms.saturating_sub(self.updated_ms);
        if self.used == 0 || limit.is_none() || elapsed_ms >= limit.window_ms {
            *self = Self { used: 0, updated_ms: now_ms };
            return Ok(());
        }
        let leaked =
            mul_div_down(limit.capacity, u128::from(elapsed_ms), u128::from(limit.window_ms))?;
        if leaked > 0 {
            self.used = self.used.saturating_sub(leaked);
            self.updated_ms = now_ms;
        }
        Ok(())
    }

    /// What still fits now, in units.
    pub fn room(mut self, limit: &FlowLimit, now_ms: u64) -> Result<u128, Error> {
        self.leak(limit, now_ms)?;
        Ok(limit.capacity.saturating_sub(self.used))
    }

    /// Lets `amount` flow. Whether it fitted; if not, nothing has changed.
    pub fn draw(&mut self, limit: &FlowLimit, now_ms: u64, amount: u128) -> Result<bool, Error> {
        if limit.is_none() {
            return Ok(true);
        }
        let mut next = *self;
        next.leak(limit, now_ms)?;
        next.used = add(next.used, amount)?;
        if next.used > limit.capacity {
            return Ok(false);
        }
        *self = next;
        Ok(true)
    }

    /// Lets `amount` flow whether it fits or not; the bucket is full at most.
    pub fn pour(&mut self, limit: &FlowLimit, now_ms: u64, amount: u128) -> Result<(), Error> {
        if !limit.is_none() {
            self.leak(limit, now_ms)?;
            self.used = self.used.saturating_add(amount).min(limit.capacity);
        }
        Ok(())
    }
}
