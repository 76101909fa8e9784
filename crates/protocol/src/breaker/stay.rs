//! How long an asset has stood at a level or above, and when it must rest (§ 7.3).

use crate::cell::{fixed_width, sum, FixedWidth, RunReader, RunWriter};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Time at a level or above, in one stay or in several with less than a rest between them.
///
/// The rule: such a run of stays ends at the latest when a level's longest time has passed since it
/// began, and the next begins no sooner than a rest after its end. So of any stretch of time as
/// long as both, no more than the longest time is spent at the level or above, whatever is measured
/// and however it comes and goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Stay {
    /// When the run began, in Unix milliseconds.
    pub from_ms: u64,
    /// When its last stay ended; nothing while one lasts.
    pub ended_ms: u64,
}

impl FixedWidth for [Stay; 3] {
    const BYTES: usize = sum(&[Stay::BYTES; 3]);
    #[inline(always)]
    fn blank() -> Self {
        [Stay::blank(); 3]
    }

    #[inline(always)]
    fn load(&mut self, run: &mut RunReader<'_>) {
        let [guarded, stressed, halted] = self;
        guarded.load(run);
        stressed.load(run);
        halted.load(run);
    }

    #[inline(always)]
    fn save(&self, run: &mut RunWriter<'_>) {
        let [guarded, stressed, halted] = self;
        guarded.save(run);
        stressed.save(run);
        halted.save(run);
    }
}
fixed_width!(Stay { from_ms, ended_ms });

impl Stay {
    /// When a stay that begins or goes on now must end.
    pub(super) fn latest_ms(&self, now_ms: u64, longest_ms: u64, rest_ms: u64) -> u64 {
        let mut next = *self;
        next.enter(now_ms, rest_ms);
        next.from_ms.saturating_add(longest_ms)
    }

    /// The asset comes to the level or above, or is there.
    pub(super) fn enter(&mut self, now_ms: u64, rest_ms: u64) {
        if self.ended_ms != 0 && now_ms >= self.ended_ms.saturating_add(rest_ms)
            || *self == Self::default()
        {
            self.from_ms = now_ms;
        }
        self.ended_ms = 0;
    }

    /// The asset has left the level, or is below.
    pub(super) fn leave(&mut self, now_ms: u64) {
        if self.ended_ms == 0 && *self != Self::default() {
            self.ended_ms = now_ms;
        }
    }
}
