//! Starts in batches: as many as a transaction has room for.

use super::{Executor, ExecutorError, Outcome, Refusal, Site};
use crate::action::{Action, Proposal};
use breakwater_chain::{padded, AccountId, MAX_CALL_GAS};

/// Accounts in the first batch of starts, before their weight is known.
const FIRST_BATCH: usize = 32;
/// Most accounts in a batch. A contract's memory (1 MiB, and ink! frees none of it within a message) is
/// full after about 460 starts, its input (16 KiB) after 511; a block has room for several batches.
const MOST_IN_A_BATCH: usize = 256;

impl Executor {
    /// Starts in batches. A batch that does not fit is halved.
    pub(super) fn start(
        &mut self,
        site: &mut Site<'_>,
        proposal: &Proposal,
        accounts: &[AccountId],
    ) -> Result<Vec<Outcome>, ExecutorError> {
        let mut outcomes = Vec::new();
        let mut rest = accounts;
        let mut most = self.batch();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(most.min(rest.len()));
            let action = Action::Start(batch.to_vec());
            let trial = self.attempt(site, &action)?;
            let is_too_much = trial.refused.as_ref().is_some_and(Refusal::is_too_much);
            let fits = padded(trial.gas).ref_time < MAX_CALL_GAS.ref_time && !is_too_much;
            if !fits && batch.len() > 1 {
                most = batch.len() / 2;
                continue;
            }
            if trial.refused.is_none() {
                self.start_weight = Some(trial.gas.ref_time / batch.len() as u64);
                most = self.batch();
            }
            let each_wad = proposal.gain_wad / accounts.len().max(1) as u128;
            let gain_wad = each_wad.saturating_mul(batch.len() as u128);
            let part = Proposal { action, gain_wad, ..proposal.clone() };
            let outcome = self.submit(site, &part, &trial)?;
            let is_full = outcome == Outcome::Full;
            outcomes.push(outcome);
            if is_full {
                break;
            }
            rest = later;
        }
        Ok(outcomes)
    }

    /// How many starts fit a transaction by weight, with a quarter to spare and a tenth on top, and
    /// by length.
    fn batch(&self) -> usize {
        match self.start_weight {
            Some(weight) => {
                let room = MAX_CALL_GAS.ref_time / 4 * 3 / 10 * 9;
                let fit = usize::try_from(room / weight.max(1)).unwrap_or(usize::MAX);
                fit.clamp(1, MOST_IN_A_BATCH)
            }
            None => FIRST_BATCH,
        }
    }
}
