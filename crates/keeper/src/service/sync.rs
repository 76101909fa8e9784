//! From the chain's blocks to what we know.

use super::{Keeper, KeeperError};
use crate::{
    endpoints::Claim,
    follow::{forget_transactions, step, FollowError, Pace, Progress},
    metrics::Metrics,
    store::StoreError,
    strategy::StrategyKind,
};
use breakwater_chain::ChainError;
use std::time::{Duration, Instant};

/// Blocks taken in before a round looks whether it should stop.
const BATCHES_PER_ROUND: usize = 8;

impl Keeper {
    /// Takes in blocks from the endpoint that is followed, or from the next best if it fails.
    pub(super) fn follow(&mut self) -> Result<Claim, KeeperError> {
        let compare = Duration::from_millis(self.config.chain.compare_ms);
        let is_due = self.compared.is_none_or(|at| at.elapsed() >= compare);
        let mut claims = match is_due {
            true => Vec::new(),
            false => self.endpoints.claim(self.current).into_iter().collect(),
        };
        if claims.is_empty() {
            claims = self.endpoints.claims();
            self.compared = Some(Instant::now());
        }
        let (mut last, mut others) = (None, Vec::new());
        for claim in &claims {
            let error = match self.follow_to(claim) {
                Ok(()) => {
                    self.current = claim.index;
                    return Ok(*claim);
                }
                Err(error) => error,
            };
            match &error {
                // What this endpoint tells does not fit what we know: it or an earlier one has lied, or
                // something was missed. State tells which.
                KeeperError::Follow(FollowError::Store(StoreError::OutOfStep(_))) => {
                    if !self.was_healed_lately() {
                        self.metrics.mismatches.inc();
                        tracing::error!(%error, "events do not fit what is known");
                    }
                    self.compared = None;
                    let restored = self.restore_from_any(&claims, Some(claim.index));
                    if claims.len() > 1 {
                        self.endpoints.distrust(claim.index, &error.to_string());
                    }
                    return restored;
                }
                // Ours, and what no other endpoint mends.
                KeeperError::Follow(FollowError::Store(_))
                | KeeperError::Store(_)
                | KeeperError::Client(_) => return Err(error),
                // Whether it is wrong the others tell.
                KeeperError::Follow(FollowError::OtherChain(_)) => {
                    others.push((claim.index, error.to_string()));
                }
                _ => self.endpoints.distrust(claim.index, &error.to_string()),
            }
            self.compared = None;
            last = Some(error);
        }
        if others.len() == self.endpoints.len() {
            // Every endpoint is on a chain that leaves ours where we can't go back to. Said at each try
            // only: until somebody deploys there again, there is no state to read.
            if !self.was_healed_lately() {
                tracing::error!(
                    "all endpoints have another chain with our genesis: a node was started anew, or its \
                     last blocks are lost; what is known is read again from its state"
                );
            }
            forget_transactions(&mut self.store)?;
            return self.restore_from_any(&claims, None);
        }
        for (index, why) in others {
            self.endpoints.distrust(index, &why);
        }
        let nobody = || KeeperError::Chain(ChainError::Connect("no endpoint answers".into()));
        Err(last.unwrap_or_else(nobody))
    }

    fn follow_to(&mut self, claim: &Claim) -> Result<(), KeeperError> {
        if self.store.cursor().block.number == 0 && claim.best.number != 0 {
            self.begin(claim)?;
        }
        let most = self.config.chain.sync_batch;
        for _ in 0..BATCHES_PER_ROUND {
            if self.store.cursor().block == claim.best {
                break;
            }
            let batch = self.endpoints.batch(claim.index, most);
            let pace = Pace { batch, undo_blocks: self.config.chain.undo_blocks };
            let began = Instant::now();
            let mut progress = Progress::default();
            let store = &mut self.store;
            let mut outcome = Ok(());
            let answered = self.endpoints.with_only(claim.index, |link| {
                outcome = step(link, store, [claim.best, claim.finalised], pace, &mut progress);
                Ok(())
            });
            if outcome.is_ok() && progress.blocks == batch {
                self.endpoints.batch_took(claim.index, began.elapsed(), most);
            }
            if progress.blocks != 0 {
                self.sources.insert(claim.index);
            }
            self.absorb(progress)?;
            answered?;
            outcome?;
        }
        Ok(())
    }

    /// A store that knows nothing begins with the state of a recent block, so that a node need not have
    /// kept the state of all; where that can't be had, with the events from block 0 on.
    fn begin(&mut self, claim: &Claim) -> Result<(), KeeperError> {
        match self.restore(claim) {
            Ok(()) => Ok(()),
            Err(KeeperError::Chain(why)) => {
                if self.told_of_beginning.replace(claim.index) != Some(claim.index) {
                    tracing::warn!(%why, "no state can be read: reading events from block 0");
                }
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Takes into memory what the store has taken in.
    fn absorb(&mut self, progress: Progress) -> Result<(), StoreError> {
        self.terms.is_due |= progress.settings_changed;
        self.brain.learn(progress.changes, &progress.touched, progress.settings_changed);
        if progress.undone != 0 {
            self.brain.doubt_auctions();
        }
        self.executor.settled(&progress.settled, &self.metrics);
        if progress.settled.iter().any(|one| one.intent.kind.is_purchase()) {
            // It has used a part of the allowance.
            self.brain.hurry(StrategyKind::Approve);
        }
        self.enter(&progress.settled, progress.undone)?;
        self.metrics.blocks.inc_by(progress.blocks);
        self.metrics.events.inc_by(progress.events);
        self.metrics.undone.inc_by(progress.undone);
        let index = self.brain.index();
        Metrics::set(&self.metrics.accounts, index.len() as u64);
        Metrics::set(&self.metrics.auctions, index.auctions.len() as u64);
        Ok(())
    }
}
