//! From the chain's blocks to what we know.

use super::{Keeper, KeeperError};
use crate::{
    endpoints::Claim,
    follow::{forget_transactions, step, FollowError, Pace, Progress},
    metrics::Metrics,
    store::Changes,
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
            self.absorb(progress);
            answered?;
            outcome?;
        }
        Ok(())
    }

    /// Takes into memory what the store has taken in.
    fn absorb(&mut self, progress: Progress) {
        let Changes { positions, auctions } = progress.changes;
        for ((account, _), position) in positions {
            self.index.set(account, position);
            self.unranked.insert(account);
            if self.index.auctions.contains_key(&account) {
                self.unread.insert(account);
            }
        }
        for (account, started_ms) in auctions {
            self.unranked.insert(account);
            match started_ms {
                Some(started_ms) => {
                    self.index.auctions.insert(account, started_ms);
                    self.unread.insert(account);
                }
                None => {
                    self.index.auctions.remove(&account);
                    self.held.remove(&account);
                    self.unread.remove(&account);
                }
            }
        }
        let auctions = &self.index.auctions;
        self.unread
            .extend(progress.touched.iter().filter(|account| auctions.contains_key(*account)));
        if progress.settings_changed {
            self.settings = None;
        }
        if progress.undone != 0 {
            // Cells read from blocks that are gone.
            self.unread.extend(self.index.auctions.keys());
        }
        self.executor.settled(&progress.settled, &self.metrics);
        self.metrics.blocks.inc_by(progress.blocks);
        self.metrics.events.inc_by(progress.events);
        self.metrics.undone.inc_by(progress.undone);
        Metrics::set(&self.metrics.accounts, self.index.len() as u64);
        Metrics::set(&self.metrics.auctions, self.index.auctions.len() as u64);
    }
}
