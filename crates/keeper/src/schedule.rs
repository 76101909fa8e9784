//! Which strategies are due.

use crate::strategy::{Cadence, StrategyKind};
use std::collections::BTreeMap;

/// When strategies have looked last, by the chain's clock and its blocks.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    looked: BTreeMap<StrategyKind, Looked>,
}

#[derive(Clone, Copy, Debug)]
struct Looked {
    at_ms: u64,
    block: u64,
}

impl Schedule {
    /// Whether a strategy is due.
    pub fn is_due(&self, kind: StrategyKind, cadence: Cadence, now_ms: u64, block: u64) -> bool {
        let Some(last) = self.looked.get(&kind) else { return true };
        match cadence {
            Cadence::EveryBlock => true,
            Cadence::Ms(every_ms) => now_ms.saturating_sub(last.at_ms) >= every_ms,
            // A chain may have been walked back below that.
            Cadence::Blocks(every) => {
                block.saturating_sub(last.block) >= every || block < last.block
            }
        }
    }

    /// Notes that it looks now.
    pub fn looks(&mut self, kind: StrategyKind, now_ms: u64, block: u64) {
        self.looked.insert(kind, Looked { at_ms: now_ms, block });
    }

    /// Has it look at the next occasion.
    pub fn hurry(&mut self, kind: StrategyKind) {
        self.looked.remove(&kind);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_is_due_at_first_and_then_at_its_pace() {
        let mut schedule = Schedule::default();
        let (by_clock, by_blocks) = (StrategyKind::ClaimReward, StrategyKind::Approve);
        let is_due = |schedule: &Schedule, now_ms, block| {
            (
                schedule.is_due(by_clock, Cadence::Ms(1_000), now_ms, block),
                schedule.is_due(by_blocks, Cadence::Blocks(10), now_ms, block),
            )
        };
        assert_eq!(is_due(&schedule, 5_000, 50), (true, true));
        schedule.looks(by_clock, 5_000, 50);
        schedule.looks(by_blocks, 5_000, 50);
        assert_eq!(is_due(&schedule, 5_999, 59), (false, false));
        assert_eq!(is_due(&schedule, 6_000, 60), (true, true));
        assert_eq!(is_due(&schedule, 4_000, 49), (false, true), "walked back");
        schedule.hurry(by_blocks);
        assert_eq!(is_due(&schedule, 5_001, 51), (false, true));
        assert!(schedule.is_due(by_clock, Cadence::EveryBlock, 5_000, 50));
    }
}
