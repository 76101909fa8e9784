//! From a dry run to a transaction: is it worth it, which nonce, written down, submitted.

use super::{usd, Executor, ExecutorError, Outcome, Refusal, Site, Trial};
use crate::{action::Proposal, store::Intent};
use breakwater_chain::{padded, ChainError, Signed};
use breakwater_protocol::num::time::DAY_MS;
use std::{collections::BTreeSet, time::Instant};

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
        let (signed, fee) = self.sign(site, proposal, trial, nonce)?;
        let (gain_wad, cost_wad) = self.balance(proposal, trial, fee);
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
        };
        fail::fail_point!("keeper-before-intent");
        site.store.add_intent(intent)?;
        fail::fail_point!("keeper-after-intent");
        self.submitted.insert(signed.hash, Instant::now());
        match site.endpoints.submit(&signed) {
            Ok(()) => {}
            Err(ChainError::Rejected(why)) => {
                // It will never be in a block, and its nonce is free.
                site.store.drop_intents(&[signed.hash])?;
                return Ok(Outcome::Refused(Refusal::Rejected(why)));
            }
            // Whether it has arrived is not known: it is submitted again later.
            Err(why) => tracing::warn!(%why, "submitting failed; it will be tried again"),
        }
        fail::fail_point!("keeper-after-send");
        if proposal.is_upkeep {
            let day = site.now_ms / DAY_MS;
            let spent_wad = self.spent_on_upkeep_wad(day);
            // What has paid for itself costs nothing.
            let short_wad = cost_wad.saturating_sub(gain_wad);
            self.upkeep_spent = (day, spent_wad.saturating_add(short_wad));
        }
        Ok(Outcome::Sent(signed.hash))
    }

    /// The transaction, and the most that it can cost as a fee, in planck.
    fn sign(
        &self,
        site: &mut Site<'_>,
        proposal: &Proposal,
        trial: &Trial,
        nonce: u32,
    ) -> Result<(Signed, u128), ExecutorError> {
        let (market, oracle) = self.contracts();
        let call = proposal.action.call(market, oracle).with_gas(padded(trial.gas));
        let (at, signer) = (site.head.hash, &self.signer);
        let both = site.endpoints.with(site.index, |link| {
            let signed = link.sign(signer, nonce, &[call])?;
            let fee = link.fee_at(at, &signed)?;
            Ok((signed, fee))
        })?;
        Ok(both)
    }

    /// What it brings and what it costs, deposits among it, wad dollars.
    fn balance(&self, proposal: &Proposal, trial: &Trial, fee: u128) -> (u128, u128) {
        let deposit_wad = self.terms.fees.value_wad(trial.deposit.unsigned_abs());
        let fee_wad = self.terms.fees.value_wad(fee);
        if trial.deposit < 0 {
            (proposal.gain_wad.saturating_add(deposit_wad), fee_wad)
        } else {
            (proposal.gain_wad, fee_wad.saturating_add(deposit_wad))
        }
    }

    fn is_worth_it(
        &self,
        proposal: &Proposal,
        now_ms: u64,
        gain_wad: u128,
        cost_wad: u128,
    ) -> bool {
        let kind = proposal.action.kind();
        let least_wad = self.terms.least_profit_wad.get(&kind).copied().unwrap_or(0);
        if gain_wad >= cost_wad.saturating_add(least_wad) {
            return true;
        }
        let spent_wad = self.spent_on_upkeep_wad(now_ms / DAY_MS);
        let short_wad = cost_wad.saturating_sub(gain_wad);
        proposal.is_upkeep && spent_wad.saturating_add(short_wad) <= self.terms.upkeep_wad
    }

    fn spent_on_upkeep_wad(&self, day: u64) -> u128 {
        match self.upkeep_spent {
            (of, spent_wad) if of == day => spent_wad,
            _ => 0,
        }
    }

    /// The chain's next nonce for us, after what is under way.
    fn next_nonce(&self, site: &mut Site<'_>) -> Result<u32, ExecutorError> {
        let (us, at) = (self.account(), site.head.hash);
        let next = site.endpoints.with(site.index, |link| link.nonce_at(at, us))?;
        let under_way = site.store.intents().iter().filter(|held| !held.given_up);
        let taken: BTreeSet<u32> = under_way.map(|held| held.nonce).collect();
        // The lowest that is free: one that was given up leaves a gap, which must be filled.
        Ok((next..=u32::MAX).find(|nonce| !taken.contains(nonce)).unwrap_or(next))
    }
}
