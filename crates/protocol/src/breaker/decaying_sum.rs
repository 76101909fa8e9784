//! A sum that is forgotten with time.

use crate::{
    cell::fixed_width,
    num::math::{add, exp_wad, part_down, WAD},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// What has flowed of late: old amounts count less, by e for each window. In a steady flow it is
/// what flows in a window, however often it is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct DecayingSum {
    pub value: u128,
    /// When `value` was right, in Unix milliseconds.
    pub at_ms: u64,
}
fixed_width!(DecayingSum { value, at_ms });

impl DecayingSum {
    /// What is left of it now, rounded down.
    pub fn read(&self, window_ms: u64, now_ms: u64) -> Result<u128, Error> {
        let passed_ms = now_ms.saturating_sub(self.at_ms);
        if self.value == 0 || passed_ms == 0 {
            return Ok(self.value);
        }
        // At most 42 windows: exp is 0 from there on.
        let passed_ms = i128::from(passed_ms.min(window_ms.saturating_mul(43)));
        let passed_wad = passed_ms
            .checked_mul(1_000_000_000_000_000_000)
            .and_then(|passed| passed.checked_div(i128::from(window_ms)))
            .ok_or(Error::DivisionByZero)?;
        part_down(self.value, exp_wad(passed_wad.saturating_neg())?.min(WAD))
    }

    /// Adds what flows now.
    pub fn add(&mut self, amount: u128, window_ms: u64, now_ms: u64) -> Result<(), Error> {
        *self = Self { value: add(self.read(window_ms, now_ms)?, amount)?, at_ms: now_ms };
        Ok(())
    }
}
