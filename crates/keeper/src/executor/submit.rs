//! From a dry run to a transaction: is it worth it, which nonce, written down, submitted.

use super::{usd, Executor, ExecutorError, Outcome, Refusal, Site, Trial};
use crate::{action::Proposal, store::Intent};
use breakwater_chain::{ChainError, Rejection};
use std::time::Instant;

impl Executor {
    /// Prices, signs, writes down and submits what a dry run has accepted.
    pub(super) fn submit(
        &mut self,
        site: &mut Site<'_>,
        proposal: &Proposal,
        trial: &Trial,
    ) -> Result<Outcome, ExecutorError> {
        if let Some(why) = &trial.refused {
            return Ok(Outcome::Refused(why.clone()));
        }
        let under_way = site.store.intents().iter().filter(|held| !held.given_up).count();
        if under_way >= self.terms.config.max_in_flight {
            return Ok(Outcome::Full);
        }
        let nonce = self.next_nonce(site)?;
        let (signed, offer) = self.sign(site, proposal, trial, nonce)?;
        let (gain_wad, cost_wad) =
            self.balance(proposal, trial, offer.fee.saturating_add(offer.tip));
        if !self.is_worth_it(proposal, site.now_ms, gain_wad, cost_wad) {
            return Ok(Outcome::NotWorthIt { gain_wad, cost_wad });
        }
        let kind = proposal.action.kind();
        if self.terms.dry_run {
            let (gain_usd, cost_usd) = (usd(gain_wad), usd(cost_wad));
            tracing::info!(kind = kind.name(), gain_usd, cost_usd, "would do");
            return Ok(Outcome::OnlyTried);
        }
        let intent = Intent {
            hash: signed.hash,
            bytes: signed.bytes.clone(),
            nonce,
            at_block: site.head.number,
            kind,
            accounts: proposal.action.accounts(),
            spends: proposal.spends.clone(),
            gain_wad: gain_wad.saturating_sub(cost_wad),
            given_up: false,
            offer,
        };
        fail::fail_point!("keeper-before-intent");
        site.store.add_intent(intent)?;
        fail::fail_point!("keeper-after-intent");
        self.submitted.insert(signed.hash, Instant::now());
        match site.endpoints.submit(&signed) {
            Ok(()) => {}
            Err(ChainError::Rejected(why)) => {
                // It will never be in a block, and its nonce is free, or another's.
                self.answer.nonce = None;
                if why == Rejection::TooLarge {
                    self.limits.doubt();
                }
                site.store.drop_intents(&[signed.hash])?;
                return Ok(Outcome::Refused(Refusal::Rejected(why)));
            }
            // Whether it has arrived is not known: it is submitted again later.
            Err(why) => tracing::warn!(%why, "submitting failed; it will be tried again"),
        }
        fail::fail_point!("keeper-after-send");
        if proposal.is_upkeep {
            // What has paid for itself costs nothing.
            self.spend_on_upkeep(site.now_ms, cost_wad.saturating_sub(gain_wad));
        }
        Ok(Outcome::Sent(signed.hash))
    }
}
