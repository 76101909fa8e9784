//! What a transaction offers the block's author on top of its fee, so that it is not left behind.
//!
//! A purchase that is worth something to us is worth it to others: a part of what it is expected to bring
//! goes into the tip. One that has waited is replaced by the same with a higher tip, for its nonce lets one of
//! them happen. No tip is more than the cap, nor more than leaves the least profit.

/// How tips are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TipPolicy {
    /// Which part of the expected gain, costs taken off, is offered at first, in basis points.
    pub part_bps: u16,
    /// The most, in planck.
    pub cap: u128,
    /// By how much a replacement offers more, in basis points of what was offered, fee included: pools ask for
    /// a tenth.
    pub bump_bps: u16,
    /// After how many blocks without it a transaction is replaced.
    pub stuck_blocks: u64,
}

/// A transaction that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub tip: u128,
    /// The most that it pays as a fee, in planck.
    pub fee: u128,
    pub at_block: u64,
}

impl TipPolicy {
    /// The first tip of a transaction, in planck: of a gain that is `net` planck after costs.
    pub fn first(&self, net: u128) -> u128 {
        part_down(net, self.part_bps).min(self.cap)
    }

    /// The tip with which a transaction is replaced at a block, if it is stuck and may offer more; `spare` is what
    /// its gain leaves after fee, tip and least profit, in planck.
    pub fn replacement(&self, waiting: Waiting, block: u64, spare: u128) -> Option<u128> {
        if block.saturating_sub(waiting.at_block) < self.stuck_blocks {
            return None;
        }
        let offered = waiting.tip.saturating_add(waiting.fee);
        let more = part_down(offered, self.bump_bps).saturating_add(1);
        let tip = waiting.tip.saturating_add(more);
        (more <= spare && tip <= self.cap).then_some(tip)
    }
}

impl TipPolicy {
    /// A tip that takes the place of one with the same nonce, as far as the cap allows.
    pub fn above(&self, tip: u128) -> u128 {
        match tip {
            0 => 0,
            tip => {
                tip.saturating_add(part_down(tip, self.bump_bps)).saturating_add(1).min(self.cap)
            }
        }
    }
}

fn part_down(of: u128, bps: u16) -> u128 {
    // A part of at most the whole: the division first where the product would not fit.
    match of.checked_mul(bps.into()) {
        Some(product) => product / 10_000,
        None => (of / 10_000).saturating_mul(bps.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: TipPolicy =
        TipPolicy { part_bps: 1_000, cap: 1_000, bump_bps: 1_000, stuck_blocks: 2 };

    #[test]
    fn a_tip_is_a_part_of_the_gain_up_to_the_cap() {
        assert_eq!(
            [0, 9, 500, 10_000, 20_000, u128::MAX].map(|net| POLICY.first(net)),
            [0, 0, 50, 1_000, 1_000, 1_000]
        );
        assert_eq!(TipPolicy { part_bps: 0, ..POLICY }.first(u128::MAX), 0);
    }

    #[test]
    fn what_was_lost_is_outbid_up_to_the_cap() {
        assert_eq!([0, 50, 950, 2_000].map(|tip| POLICY.above(tip)), [0, 56, 1_000, 1_000]);
    }

    #[test]
    fn what_is_stuck_is_replaced_by_what_a_pool_takes() {
        let waiting = Waiting { tip: 50, fee: 450, at_block: 10 };
        assert_eq!(POLICY.replacement(waiting, 11, 1_000), None, "not stuck yet");
        // A tenth of 500, and one.
        assert_eq!(POLICY.replacement(waiting, 12, 1_000), Some(101));
        assert_eq!(POLICY.replacement(waiting, 12, 50), None, "no longer worth it");
        let dear = Waiting { tip: 980, ..waiting };
        assert_eq!(POLICY.replacement(dear, 12, 1_000), None, "the cap");
        // It ends: each replacement offers a tenth more, up to the cap.
        let (mut tip, mut count) = (0, 0);
        while let Some(next) = POLICY.replacement(Waiting { tip, ..waiting }, 20, u128::MAX) {
            assert!(next > tip && next <= POLICY.cap);
            (tip, count) = (next, count + 1);
        }
        assert_eq!(count, 12);
    }
}
