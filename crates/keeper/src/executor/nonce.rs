//! Nonces: the chain does transactions of an account in their order, so a nonce that nothing uses stops all
//! after it.

use super::{Executor, ExecutorError, Site};
use crate::{
    action::ActionKind,
    store::{Intent, Offer, Store},
};
use breakwater_chain::{ChainError, Terms};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Nonces of transactions that we still wait for.
fn live(store: &Store) -> BTreeSet<u32> {
    store.intents().iter().filter(|held| !held.given_up).map(|held| held.nonce).collect()
}

/// Nonces below those that we have used, from the chain's next one on, that nothing we wait for uses.
fn gaps(next: u32, intents: &[Intent]) -> Vec<u32> {
    let live: BTreeSet<u32> =
        intents.iter().filter(|held| !held.given_up).map(|held| held.nonce).collect();
    let Some(last) = intents.iter().map(|held| held.nonce).max() else { return Vec::new() };
    (next..=last).filter(|nonce| !live.contains(nonce)).collect()
}

/// The highest tip of those that were given up with a nonce.
fn dearest(nonce: u32, intents: &[Intent]) -> u128 {
    let lost = intents.iter().filter(|held| held.nonce == nonce && held.given_up);
    lost.map(|held| held.offer.tip).max().unwrap_or(0)
}

impl Executor {
    /// The chain's next nonce for us, after what is under way.
    pub(super) fn next_nonce(&mut self, site: &mut Site<'_>) -> Result<u32, ExecutorError> {
        let next = match self.answer.nonce {
            Some(next) => next,
            None => {
                let (us, at) = (self.account(), site.head.hash);
                let next = site.endpoints.with(site.index, |link| link.nonce_at(at, us))?;
                *self.answer.nonce.insert(next)
            }
        };
        let taken = live(site.store);
        // The lowest that is free: one that was given up leaves a gap, which must be filled.
        Ok((next..=u32::MAX).find(|nonce| !taken.contains(nonce)).unwrap_or(next))
    }

    /// Uses nonces that were lost for nothing, so that what was given up can't happen any more, the money
    /// that it would have spent is free again, and those after it can happen. `next` is the chain's next one.
    pub(super) fn fill_gaps(
        &mut self,
        site: &mut Site<'_>,
        next: u32,
    ) -> Result<(), ExecutorError> {
        self.filled.retain(|nonce, _| *nonce >= next);
        let pause = Duration::from_millis(self.terms.config.resend_ms);
        for nonce in gaps(next, site.store.intents()) {
            if self.filled.get(&nonce).is_some_and(|at| at.elapsed() < pause) {
                continue;
            }
            self.filled.insert(nonce, Instant::now());
            // A pool that has the lost one after all keeps it unless more is offered.
            let tip = self.terms.tips.above(dearest(nonce, site.store.intents()));
            let terms = Terms { tip, lifetime_blocks: self.terms.config.lifetime() };
            let signer = &self.signer;
            let (signed, until) = site
                .endpoints
                .with(site.index, |link| link.sign_with(signer, nonce, &[], terms))?;
            let intent = Intent {
                hash: signed.hash,
                bytes: signed.bytes.clone(),
                nonce,
                at_block: site.head.number,
                kind: ActionKind::FillNonce,
                accounts: Vec::new(),
                spends: Vec::new(),
                gain_wad: 0,
                given_up: false,
                offer: Offer { tip, until, ..Offer::default() },
            };
            site.store.add_intent(intent)?;
            self.submitted.insert(signed.hash, Instant::now());
            match site.endpoints.submit(&signed) {
                Ok(()) => tracing::warn!(nonce, "a lost transaction's nonce is used for nothing"),
                Err(ChainError::Rejected(why)) => {
                    // The lost one was found again by a pool, or is in a block that we shall see.
                    tracing::info!(nonce, %why, "the nonce can't be used for nothing");
                    site.store.drop_intents(&[signed.hash])?;
                }
                Err(why) => tracing::warn!(%why, "submitting failed; it will be tried again"),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_what_nobody_waits_for_below_what_was_used() {
        let intent = |nonce, given_up| Intent {
            hash: [nonce as u8; 32],
            bytes: Vec::new(),
            nonce,
            at_block: 0,
            kind: ActionKind::Take,
            accounts: Vec::new(),
            spends: Vec::new(),
            gain_wad: 0,
            given_up,
            offer: Offer::default(),
        };
        assert!(gaps(5, &[]).is_empty());
        assert!(gaps(5, &[intent(5, false), intent(6, false)]).is_empty());
        assert_eq!(gaps(5, &[intent(5, true)]), [5]);
        // 6 was refused and is not written down; 4 is in a block.
        assert_eq!(gaps(5, &[intent(4, true), intent(5, false), intent(7, false)]), [6]);
        // Given up, and used for something else.
        assert!(gaps(5, &[intent(5, true), intent(5, false)]).is_empty());
    }
}
