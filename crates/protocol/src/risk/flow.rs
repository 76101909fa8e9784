//! Limits on speed: how much may flow in a time (§ 3.6).

use crate::{
    cell::fixed_width,
    num::time::{DAY_MS, MINUTE_MS},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// How much may flow, and in which time that is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct FlowLimit {
    /// Most units. [`u128::MAX`] for no limit.
    pub capacity: u128,
    /// Time in which a full limit is free again.
    pub window_ms: u64,
}
fixed_width!(FlowLimit { capacity, window_ms });

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
