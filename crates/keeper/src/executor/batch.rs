//! Items that can be done apart, in batches: as many as a transaction has room for.

use super::{Executor, ExecutorError, Outcome, Refusal, Site, Trial};
use crate::action::{ActionKind, Proposal};
use breakwater_chain::{padded_within, Weight};
use breakwater_protocol::market::MAX_TAKES;
use std::collections::BTreeMap;

/// Items in the first batch of a kind, before their weight is known: starts, and others.
const FIRST_STARTS: usize = 32;
const FIRST_OTHERS: usize = 16;
/// Most accounts in a batch of starts. A contract's memory (1 MiB, and ink! frees none of it within a
/// message) is full after about 460, its input (16 KiB) after 511; a block has room for several batches.
const MOST_STARTS: usize = 256;
/// A dry run may use this part of what a transaction has room for, in percent: the rest is for what moves
/// until the block. So its length is bounded by the block, whatever the node's clock says.
const ROOM_PERCENT: u64 = 75;

/// How many items of a kind a batch may have, as learned.
#[derive(Clone, Debug, Default)]
pub(super) struct Sizes {
    of: BTreeMap<ActionKind, Size>,
}

#[derive(Clone, Copy, Debug)]
struct Size {
    /// What an item needed last.
    each: Option<Weight>,
    /// What was refused for its size is never tried twice in a row.
    most: usize,
}

impl Sizes {
    fn size(&self, kind: ActionKind) -> Size {
        let most = match kind {
            ActionKind::Start => MOST_STARTS,
            _ => MAX_TAKES,
        };
        self.of.get(&kind).copied().unwrap_or(Size { each: None, most })
    }

    /// How many items of a kind fit a transaction that has so much room, a tenth to spare.
    pub fn fit(&self, kind: ActionKind, room: Weight) -> usize {
        let Size { each, most } = self.size(kind);
        let times = |room: u64, each: u64| {
            usize::try_from(room / 10 * 9 / each.max(1)).unwrap_or(usize::MAX)
        };
        let fit = match (each, kind) {
            (Some(each), _) => {
                times(room.ref_time, each.ref_time).min(times(room.proof_size, each.proof_size))
            }
            (None, ActionKind::Start) => FIRST_STARTS,
            (None, _) => FIRST_OTHERS,
        };
        fit.clamp(1, most)
    }

    /// So many were too many.
    pub fn halve(&mut self, kind: ActionKind, count: usize) {
        let most = (count / 2).max(1);
        self.of.insert(kind, Size { most, ..self.size(kind) });
    }

    /// So many fit, and needed so much together. What was too much once is approached again slowly.
    pub fn fits(&mut self, kind: ActionKind, count: usize, gas: Weight) {
        let size = self.size(kind);
        let grown =
            if count >= size.most { count.saturating_add(count / 4 + 1) } else { size.most };
        let limit = if kind == ActionKind::Start { MOST_STARTS } else { MAX_TAKES };
        let count = count.max(1) as u64;
        let each =
            Some(Weight { ref_time: gas.ref_time / count, proof_size: gas.proof_size / count });
        self.of.insert(kind, Size { each, most: grown.min(limit) });
    }
}

/// The gas that a batch may need in a dry run, where one call can be given `most`.
fn room_of(most: Weight) -> Weight {
    let part = |value: u64| value / 100 * ROOM_PERCENT;
    Weight { ref_time: part(most.ref_time), proof_size: part(most.proof_size) }
}

impl Executor {
    /// Does items in batches. The first of a proposal is tried, and one that does not fit is halved, which is
    /// remembered; the others go with what an item of it needed, without a dry run of their own: each
    /// would take as long as the block that it is in.
    pub(super) fn in_batches(
        &mut self,
        site: &mut Site<'_>,
        proposal: &Proposal,
    ) -> Result<Vec<Outcome>, ExecutorError> {
        let (kind, most) = (proposal.action.kind(), self.limits.most);
        let room = room_of(most);
        let mut outcomes = Vec::new();
        let (mut done, mut tried): (usize, Option<Trial>) = (0, None);
        while done < proposal.items() {
            let count = self.sizes.fit(kind, room).min(proposal.items().saturating_sub(done));
            let end = done.saturating_add(count);
            let part = proposal.only(|place, _| (done..end).contains(&place));
            let trial = match &tried {
                Some(each) => each.times(count),
                None => {
                    let trial = self.attempt_within(site, &part.action, room, count > 1)?;
                    let Some(trial) = trial.filter(|trial| count == 1 || !trial.is_too_much(most))
                    else {
                        self.sizes.halve(kind, count);
                        continue;
                    };
                    if trial.refused.is_none() {
                        self.sizes.fits(kind, count, trial.gas);
                        tried = Some(trial.of_each(count));
                    }
                    trial
                }
            };
            let outcome = self.submit_worthy(site, &part, &trial)?;
            let is_full = outcome == Outcome::Full;
            outcomes.push(outcome);
            if is_full {
                break;
            }
            done = end;
        }
        Ok(outcomes)
    }

    /// Submits a batch, or those of its items that are worth it, or as many as the day's budget has left.
    fn submit_worthy(
        &mut self,
        site: &mut Site<'_>,
        part: &Proposal,
        trial: &Trial,
    ) -> Result<Outcome, ExecutorError> {
        let outcome = self.submit(site, part, trial)?;
        let (count, Outcome::NotWorthIt { cost_wad, .. }) = (part.items(), &outcome) else {
            return Ok(outcome);
        };
        if count < 2 {
            return Ok(outcome);
        }
        let paid_wad = if part.is_upkeep { self.upkeep_left_wad(site.now_ms) } else { 0 };
        let worthy = worthy(part, *cost_wad, paid_wad);
        if worthy.items() == 0 || worthy.items() == count {
            return Ok(outcome);
        }
        // Fewer cost less: what is known of the fee is of all of them.
        site.head = site.endpoints.with(site.index, |link| link.best())?;
        let trial = Trial { is_like_another: false, ..trial.of_each(count).times(worthy.items()) };
        self.submit(site, &worthy, &trial)
    }
}

/// Those items of a batch that bring what they cost, where all together cost so much; and from the first on
/// as many as `paid_wad` pays for.
fn worthy(part: &Proposal, cost_wad: u128, paid_wad: u128) -> Proposal {
    let each_wad = cost_wad.div_ceil(part.items().max(1) as u128).max(1);
    let paid = usize::try_from(paid_wad / each_wad).unwrap_or(usize::MAX);
    part.only(|place, worth| worth.gain_wad >= each_wad || place < paid)
}

impl Trial {
    /// Whether a smaller batch of the same may be done, where one call can be given `most`.
    fn is_too_much(&self, most: Weight) -> bool {
        let padded = padded_within(self.gas, most);
        let fits = padded.ref_time < most.ref_time && padded.proof_size < most.proof_size;
        !fits || self.refused.as_ref().is_some_and(Refusal::is_too_much)
    }

    /// What one of so many items needed, rounded up.
    fn of_each(&self, count: usize) -> Self {
        let count = count.max(1) as u64;
        let Weight { ref_time, proof_size } = self.gas;
        Self {
            gas: Weight {
                ref_time: ref_time.div_ceil(count),
                proof_size: proof_size.div_ceil(count),
            },
            deposit: self.deposit / i128::from(count),
            refused: None,
            is_like_another: true,
        }
    }

    /// What so many items like this will need.
    fn times(&self, count: usize) -> Self {
        let count = count as u64;
        let Weight { ref_time, proof_size } = self.gas;
        Self {
            gas: Weight {
                ref_time: ref_time.saturating_mul(count),
                proof_size: proof_size.saturating_mul(count),
            },
            deposit: self.deposit.saturating_mul(count.into()),
            refused: None,
            is_like_another: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::{Action, Worth};
    use breakwater_chain::MAX_CALL_GAS;

    fn fit(sizes: &Sizes, kind: ActionKind) -> usize {
        sizes.fit(kind, room_of(MAX_CALL_GAS))
    }

    fn weight(ref_time: u64) -> Weight {
        Weight { ref_time, proof_size: 1 }
    }

    #[test]
    fn a_batch_is_as_large_as_the_block_has_room_for() {
        let mut sizes = Sizes::default();
        let (start, take) = (ActionKind::Start, ActionKind::Take);
        assert_eq!((fit(&sizes, start), fit(&sizes, take)), (FIRST_STARTS, FIRST_OTHERS));
        // 16 takes of 13.5 ms each: three quarters of 1.29 s less a tenth are 64 of them.
        sizes.fits(take, 16, weight(16 * 13_500_000_000));
        assert_eq!(fit(&sizes, take), 64);
        sizes.fits(start, 32, weight(32 * 1_000_000_000));
        assert_eq!(fit(&sizes, start), MOST_STARTS);
        sizes.fits(take, 16, weight(16));
        assert_eq!(fit(&sizes, take), MAX_TAKES, "what the market takes in one message");
    }

    /// A parachain's block has less time, and a limit of proof that its relay chain sets.
    #[test]
    fn a_batch_is_smaller_where_the_chain_has_less_room() {
        let mut sizes = Sizes::default();
        let (take, gas) =
            (ActionKind::Take, Weight { ref_time: 13_500_000_000, proof_size: 100_000 });
        sizes.fits(take, 1, gas);
        assert_eq!(sizes.fit(take, room_of(MAX_CALL_GAS)), 64);
        let most = Weight { ref_time: MAX_CALL_GAS.ref_time / 4, proof_size: u64::MAX / 2 };
        assert_eq!(sizes.fit(take, room_of(most)), 16);
        // 5 MB less a quarter, less a tenth, at 100 kB each.
        let most = Weight { ref_time: MAX_CALL_GAS.ref_time, proof_size: 5_000_000 };
        assert_eq!(sizes.fit(take, room_of(most)), 33);
        let most = Weight { ref_time: MAX_CALL_GAS.ref_time, proof_size: 1_000 };
        assert_eq!(sizes.fit(take, room_of(most)), 1, "never none");
        let trial = Trial { gas, deposit: 0, refused: None, is_like_another: false };
        assert!(trial.is_too_much(most) && !trial.is_too_much(MAX_CALL_GAS));
    }

    /// What was too much is remembered, and approached again slowly.
    #[test]
    fn what_was_too_much_is_halved_and_remembered() {
        let (mut sizes, take) = (Sizes::default(), ActionKind::Take);
        sizes.fits(take, 16, weight(16));
        sizes.halve(take, MAX_TAKES);
        assert_eq!(fit(&sizes, take), MAX_TAKES / 2);
        for _ in 0..20 {
            sizes.halve(take, fit(&sizes, take));
        }
        assert_eq!(fit(&sizes, take), 1, "one by one in the end, and never none");
        let mut seen = vec![];
        for _ in 0..8 {
            sizes.fits(take, fit(&sizes, take), weight(1));
            seen.push(fit(&sizes, take));
        }
        assert_eq!(seen, [2, 3, 4, 6, 8, 11, 14, 18]);
        // A batch that was smaller for want of items says nothing about larger ones.
        sizes.fits(take, 3, weight(3));
        assert_eq!(fit(&sizes, take), 18);
    }

    /// 60 starts that bring nothing, and one that does: it does not wait for them for ever. For the market's
    /// sake as many are done as the day has money for.
    #[test]
    fn what_does_not_pay_does_not_hold_up_what_does() {
        let mut each = vec![Worth::default(); 60];
        each.push(Worth { gain_wad: 300, spends: None });
        let accounts = (0..61).map(|number| [number; 32]).collect();
        let batch = Proposal::of_items(Action::Start(accounts), each);
        let started = |cost_wad, paid_wad| match worthy(&batch, cost_wad, paid_wad).action {
            Action::Start(accounts) => accounts.iter().map(|who| who[0]).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        // 200 each.
        assert_eq!(started(12_200, 0), [60]);
        assert_eq!(started(12_200, 650), [0, 1, 2, 60]);
        assert_eq!(started(12_200, 199), [60], "not even one");
        // 400 each: that one does not pay either.
        assert!(started(24_400, 0).is_empty());
        assert_eq!(started(24_400, 800), [0, 1]);
        assert_eq!(started(12_200, u128::MAX).len(), 61);
    }

    #[test]
    fn what_an_item_needs_is_rounded_up() {
        let trial = Trial { gas: weight(100), deposit: -70, refused: None, is_like_another: false };
        let each = trial.of_each(3);
        assert_eq!((each.gas, each.deposit), (weight(34), -23));
        let many = each.times(5);
        let gas = Weight { ref_time: 170, proof_size: 5 };
        assert_eq!((many.gas, many.deposit, many.is_like_another), (gas, -115, true));
    }
}
