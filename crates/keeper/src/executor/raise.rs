//! Offering more for a transaction that waits: the same call with its nonce and a higher tip, of which a pool
//! keeps the dearer.

use super::{Executor, ExecutorError, Site};
use crate::{
    executor::tip::Waiting,
    store::{Again, Intent, Offer},
};
use breakwater_chain::{ChainError, ContractCall, Rejection, Weight};
use std::time::{Duration, Instant};

impl Again {
    fn call(&self) -> ContractCall {
        let [ref_time, proof_size] = self.gas;
        let call = ContractCall::new(self.dest, self.data.clone());
        call.with_gas(Weight { ref_time, proof_size })
    }
}

impl Executor {
    /// Replaces a transaction that is stuck by one that offers more, if that still pays. Whether it did.
    pub(super) fn raise(
        &mut self,
        site: &mut Site<'_>,
        intent: &Intent,
    ) -> Result<bool, ExecutorError> {
        let Offer { tip, fee, again, .. } = &intent.offer;
        let Some(again) = again else { return Ok(false) };
        let pause = Duration::from_millis(self.terms.config.resend_ms);
        if self.raised.get(&intent.nonce).is_some_and(|at| at.elapsed() < pause) {
            return Ok(false);
        }
        let waiting = Waiting { tip: *tip, fee: *fee, at_block: intent.at_block };
        let spare = self.spare(intent.kind, intent.gain_wad);
        let Some(higher) = self.terms.tips.replacement(waiting, site.head.number, spare) else {
            return Ok(false);
        };
        self.raised.insert(intent.nonce, Instant::now());
        let (signed, until) = self.sign_for(site, intent.nonce, &again.call(), higher)?;
        let more_wad = self.terms.fees.value_wad(higher.saturating_sub(*tip));
        let raised = Intent {
            hash: signed.hash,
            bytes: signed.bytes.clone(),
            at_block: site.head.number,
            gain_wad: intent.gain_wad.saturating_sub(more_wad),
            offer: Offer { tip: higher, until, ..intent.offer.clone() },
            ..intent.clone()
        };
        site.store.add_intent(raised)?;
        self.submitted.insert(signed.hash, Instant::now());
        let (kind, nonce) = (intent.kind.name(), intent.nonce);
        match site.endpoints.submit(&signed) {
            Ok(()) => {}
            Err(ChainError::Rejected(why)) => {
                // The old one is in a block that we shall see, or the pool wants more still.
                site.store.drop_intents(&[signed.hash])?;
                if why != Rejection::NonceUsed {
                    tracing::info!(kind, nonce, tip = higher, %why, "a higher tip was refused");
                }
                return Ok(false);
            }
            Err(why) => tracing::warn!(%why, "submitting failed; it will be tried again"),
        }
        // Either may happen, and only one: what they spend is reserved once.
        let old = Intent { given_up: true, spends: Vec::new(), ..intent.clone() };
        site.store.add_intent(old)?;
        site.metrics.outcome(intent.kind, "raised");
        tracing::info!(kind, nonce, from = *tip, to = higher, "it waits: a higher tip");
        Ok(true)
    }
}
