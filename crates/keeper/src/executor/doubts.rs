//! Pools on which sales fail: they are left alone for a while, so that one that promises more than it pays does
//! not hold up the others for ever.

use super::{Executor, Outcome, Refusal, Site};
use crate::action::Action;
use breakwater_chain::AccountId;
use breakwater_protocol::Error;
use std::collections::{BTreeMap, BTreeSet};

/// For how many blocks a pool is left alone at first, and at most: twice as long each time.
const FIRST_BLOCKS: u64 = 2;
const MOST_BLOCKS: u64 = 1_024;

/// What is known of pools on which sales have failed.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubts {
    of: BTreeMap<AccountId, Doubt>,
}

#[derive(Clone, Copy, Debug)]
struct Doubt {
    /// It is left alone before this block.
    until: u64,
    blocks: u64,
}

impl Doubts {
    /// A sale was tried on this block and has failed. For how many blocks the pool is left alone; none if it is
    /// already.
    fn failed(&mut self, pool: AccountId, block: u64) -> Option<u64> {
        let known = self.of.get(&pool);
        if known.is_some_and(|known| block < known.until) {
            return None;
        }
        let blocks = known.map_or(FIRST_BLOCKS, |known| (known.blocks * 2).min(MOST_BLOCKS));
        // The next block is the first that is passed over.
        let until = block.saturating_add(blocks).saturating_add(1);
        self.of.insert(pool, Doubt { until, blocks });
        Some(blocks)
    }

    /// A sale was tried and goes through.
    fn is_good(&mut self, pool: &AccountId) {
        self.of.remove(pool);
    }

    /// Pools to be left alone in answer to a block.
    fn at(&self, block: u64) -> BTreeSet<AccountId> {
        let doubted = self.of.iter().filter(|(_, doubt)| block < doubt.until);
        doubted.map(|(pool, _)| *pool).collect()
    }
}

impl Executor {
    /// Pools on which nothing is sold in answer to a block, for it has failed there.
    pub fn doubted(&self, block: u64) -> BTreeSet<AccountId> {
        self.doubts.at(block)
    }

    /// Learns from what became of a sale.
    pub(super) fn learn_of_pool(&mut self, site: &Site<'_>, action: &Action, outcome: &Outcome) {
        let Some(sale) = action.sale() else { return };
        let pool = crate::hex(&sale.pool);
        match outcome {
            Outcome::Refused(why @ (Refusal::Loss | Refusal::Protocol(Error::CallbackFailed))) => {
                if let Some(blocks) = self.doubts.failed(sale.pool, site.head.number) {
                    tracing::warn!(pool, %why, blocks, "a sale fails: the pool is left alone");
                }
            }
            Outcome::Refused(_) | Outcome::Full => {}
            Outcome::Sent(_) | Outcome::NotWorthIt { .. } | Outcome::OnlyTried => {
                self.doubts.is_good(&sale.pool);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_left_alone_for_longer_each_time_and_forgiven_once_it_pays() {
        let (mut doubts, pool) = (Doubts::default(), [8; 32]);
        assert_eq!(doubts.failed(pool, 100), Some(2));
        assert_eq!(doubts.failed(pool, 100), None, "another sale in answer to the same block");
        let left = |doubts: &Doubts, block| doubts.at(block).contains(&pool);
        assert_eq!([100, 101, 102, 103].map(|at| left(&doubts, at)), [true, true, true, false]);
        assert_eq!(doubts.failed(pool, 103), Some(4));
        let mut block = 103;
        for _ in 0..12 {
            block += 2_000;
            doubts.failed(pool, block);
        }
        assert!(left(&doubts, block + MOST_BLOCKS) && !left(&doubts, block + MOST_BLOCKS + 1));
        doubts.is_good(&pool);
        assert!(!left(&doubts, block));
        assert_eq!(doubts.failed(pool, block), Some(FIRST_BLOCKS));
    }
}
