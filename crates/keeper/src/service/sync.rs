//! From the chain's blocks to what we know.

use super::{Keeper, KeeperError};
use crate::{
    endpoints::Claim,
    follow::{forget_transactions, step, FollowError, Pace, Progress},
    metrics::Metrics,
    store::StoreError,
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
        let mut claims = if is_due { Vec::new() } else { self.current_claim() };
        if claims.is_empty() {
            claims = self.endpoints.claims();
            self.compared = Some(Instant::now());
        }
        let (mut last, mut others) = (None, 0);
        for claim in &claims {
            match self.follow_to(claim) {
                Ok(()) => {
                    self.current = claim.index;
                    return Ok(*claim);
                }
                Err(error) if matches!(&error, KeeperError::Follow(FollowError::Store(_))) => {
                    return Err(error);
                }
                Err(error) => {
                    others += usize::from(matches!(
                        &error,
                        KeeperError::Follow(FollowError::OtherChain(_))
                    ));
                    self.endpoints.distrust(claim.index, &error.to_string());
                    self.compared = None;
                    last = Some(error);
                }
            }
        }
        if others == self.endpoints.len() {
            // Every endpoint is on a chain that leaves ours where we can't go back to.
            tracing::error!("no endpoint knows our chain any more: reading it from its beginning");
            self.store.reset()?;
            forget_transactions(&mut self.store)?;
            self.load()?;
        }
        let nobody = || KeeperError::Chain(ChainError::Connect("no endpoint answers".into()));
        Err(last.unwrap_or_else(nobody))
    }

    fn current_claim(&mut self) -> Vec<Claim> {
        self.endpoints.claim(self.current).into_iter().collect()
    }

    fn follow_to(&mut self, claim: &Claim) -> Result<(), KeeperError> {
        let pace = Pace {
            batch: self.config.chain.sync_batch,
            undo_blocks: self.config.chain.undo_blocks,
        };
        for _ in 0..BATCHES_PER_ROUND {
            if self.store.cursor().block == claim.best {
                break;
            }
            let mut progress = Progress::default();
            let store = &mut self.store;
            let mut outcome = Ok(());
            let answered = self.endpoints.with(claim.index, |link| {
                outcome = step(link, store, [claim.best, claim.finalised], pace, &mut progress);
                Ok(())
            });
            self.absorb(progress)?;
            answered?;
            outcome?;
        }
        Ok(())
    }

    /// Takes into memory what the store has taken in.
    fn absorb(&mut self, progress: Progress) -> Result<(), StoreError> {
        self.brain.learn(progress.changes, &progress.touched, progress.settings_changed);
        if progress.undone != 0 {
            self.brain.doubt_auctions();
        }
        self.executor.settled(&progress.settled, &self.metrics);
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
