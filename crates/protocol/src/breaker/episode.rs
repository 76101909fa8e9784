//! One budget of time over all that people raise (§ 7.3).

use crate::cell::fixed_width;
use crate::Error;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A stretch of time in which people hold levels up, of one asset or several or of the whole market.
///
/// It begins with the first raise. Whatever is raised until it is over ends within the longest time
/// from its beginning, and after it nothing is raised for as long as it lasted: no asset is held
/// by people for more than half of the time, by whatever turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Episode {
    pub from_ms: u64,
    /// When the last raise ends, in Unix milliseconds. Taking a level back does not shorten it.
    pub until_ms: u64,
}
fixed_width!(Episode { from_ms, until_ms });

impl Episode {
    /// Notes that something is raised for a while.
    ///
    /// # Errors
    /// [`Error::GuardTooLong`] if it would end later than `longest_ms` after the episode's
    /// beginning, [`Error::GuardRests`] in the rest after one.
    pub fn raise(&mut self, lasts_ms: u64, longest_ms: u64, now_ms: u64) -> Result<(), Error> {
        let lasted_ms = self.until_ms.saturating_sub(self.from_ms);
        let begins = now_ms >= self.until_ms;
        if begins && now_ms < self.until_ms.saturating_add(lasted_ms) {
            return Err(Error::GuardRests);
        }
        let from_ms = if begins { now_ms } else { self.from_ms };
        let until_ms = now_ms.saturating_add(lasts_ms);
        if until_ms > from_ms.saturating_add(longest_ms) {
            return Err(Error::GuardTooLong);
        }
        *self = Self { from_ms, until_ms: self.until_ms.max(until_ms) };
        Ok(())
    }
}
