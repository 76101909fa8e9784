//! What a transaction costs, and whether it is worth it.

use super::{Executor, ExecutorError, Site, Trial};
use crate::{
    action::{ActionKind, Proposal},
    store::{Again, Offer},
};
use breakwater_chain::{padded_within, ContractCall, Signed, Terms};
use breakwater_protocol::num::{math::mul_div_up, time::DAY_MS};

impl Executor {
    /// The transaction and what it offers: the most that it can cost as a fee, and a tip out of what that
    /// leaves of its gain.
    pub(super) fn sign(
        &mut self,
        site: &mut Site<'_>,
        proposal: &Proposal,
        trial: &Trial,
        nonce: u32,
    ) -> Result<(Signed, Offer), ExecutorError> {
        let (market, oracle) = self.contracts();
        let (gas, kind) = (padded_within(trial.gas, self.limits.most), proposal.action.kind());
        let call = proposal.action.call(market, oracle).with_gas(gas);
        let again =
            Again { dest: call.dest, data: call.data.clone(), gas: [gas.ref_time, gas.proof_size] };
        let known = self.answer.fees.get(&kind).copied().filter(|_| trial.is_like_another);
        // One like it tells the fee well enough to choose the tip before signing.
        let guessed = known.and_then(|(fee, _, ref_time)| {
            mul_div_up(fee, gas.ref_time.into(), ref_time.max(1).into()).ok()
        });
        let tip = guessed.map_or(0, |fee| {
            self.first_tip(proposal, trial, fee.max(known.map_or(0, |known| known.0)))
        });
        let (signed, until) = self.sign_for(site, nonce, &call, tip)?;
        let offer = |tip, fee, until| Offer { tip, fee, until, again: Some(again) };
        if let Some(fee) = known.and_then(|known| scaled_fee_up(known, &signed, gas.ref_time)) {
            return Ok((signed, offer(tip, fee, until)));
        }
        let at = site.head.hash;
        let fee = site.endpoints.with(site.index, |link| link.fee_at(at, &signed))?;
        self.answer.fees.insert(kind, (fee, signed.bytes.len(), gas.ref_time));
        let tip = self.first_tip(proposal, trial, fee);
        if tip == 0 {
            return Ok((signed, offer(0, fee, until)));
        }
        let length = signed.bytes.len();
        let (signed, until) = self.sign_for(site, nonce, &call, tip)?;
        // The tip's own bytes are paid for too.
        let longer = mul_div_up(fee, signed.bytes.len() as u128, length.max(1) as u128);
        Ok((signed, offer(tip, longer.unwrap_or(fee), until)))
    }

    /// Signs a call on our terms, with a tip.
    pub(super) fn sign_for(
        &self,
        site: &mut Site<'_>,
        nonce: u32,
        call: &ContractCall,
        tip: u128,
    ) -> Result<(Signed, Option<u64>), ExecutorError> {
        let (signer, calls) = (&self.signer, std::slice::from_ref(call));
        let terms = Terms { tip, lifetime_blocks: self.terms.config.lifetime() };
        Ok(site.endpoints.with(site.index, |link| link.sign_with(signer, nonce, calls, terms))?)
    }

    /// The tip with which an action is first submitted, in planck: of what its gain leaves after costs and the
    /// least profit. None where nobody has said what the chain's token is worth.
    fn first_tip(&self, proposal: &Proposal, trial: &Trial, fee: u128) -> u128 {
        let (gain_wad, cost_wad) = self.balance(proposal, trial, fee);
        let spare_wad = gain_wad.saturating_sub(cost_wad);
        let spare = self.spare(proposal.action.kind(), spare_wad);
        self.terms.tips.first(spare).min(spare)
    }

    /// What a gain after costs leaves above the least profit of its kind, in planck.
    pub(super) fn spare(&self, kind: ActionKind, net_wad: u128) -> u128 {
        let least_wad = self.terms.least_profit_wad.get(&kind).copied().unwrap_or(0);
        self.terms.fees.planck_down(net_wad.saturating_sub(least_wad))
    }

    /// What it brings and what it costs, deposits among it, wad dollars.
    pub(super) fn balance(&self, proposal: &Proposal, trial: &Trial, fee: u128) -> (u128, u128) {
        let deposit_wad = self.terms.fees.value_wad(trial.deposit.unsigned_abs());
        let fee_wad = self.terms.fees.value_wad(fee);
        if trial.deposit < 0 {
            (proposal.gain_wad.saturating_add(deposit_wad), fee_wad)
        } else {
            (proposal.gain_wad, fee_wad.saturating_add(deposit_wad))
        }
    }

    pub(super) fn is_worth_it(
        &self,
        proposal: &Proposal,
        now_ms: u64,
        gain_wad: u128,
        cost_wad: u128,
    ) -> bool {
        let kind = proposal.action.kind();
        if kind == ActionKind::Approve {
            // Without it nothing is bought; it is renewed only when purchases have used a part of it.
            return true;
        }
        let least_wad = self.terms.least_profit_wad.get(&kind).copied().unwrap_or(0);
        if gain_wad >= cost_wad.saturating_add(least_wad) {
            return true;
        }
        let short_wad = cost_wad.saturating_sub(gain_wad);
        proposal.is_upkeep && short_wad <= self.upkeep_left_wad(now_ms)
    }

    /// What upkeep may cost yet on this day of the chain, wad dollars.
    pub(super) fn upkeep_left_wad(&self, now_ms: u64) -> u128 {
        let spent_wad = match self.upkeep_spent {
            (day, spent_wad) if day == now_ms / DAY_MS => spent_wad,
            _ => 0,
        };
        self.terms.upkeep_wad.saturating_sub(spent_wad)
    }

    pub(super) fn spend_on_upkeep(&mut self, now_ms: u64, wad: u128) {
        let spent_wad = self.terms.upkeep_wad.saturating_sub(self.upkeep_left_wad(now_ms));
        self.upkeep_spent = (now_ms / DAY_MS, spent_wad.saturating_add(wad));
    }
}

/// A fee for another transaction by that for one of a length and a weight: both have their price, and a part
/// of it is for neither. At least as much as it is.
fn scaled_fee_up(
    (fee, length, ref_time): (u128, usize, u64),
    signed: &Signed,
    gas: u64,
) -> Option<u128> {
    let longer = mul_div_up(fee, signed.bytes.len() as u128, length.max(1) as u128).ok()?;
    let heavier = mul_div_up(fee, gas.into(), ref_time.max(1).into()).ok()?;
    Some(fee.max(longer).max(heavier))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Planck for its length, its weight, and for being one.
    fn fee(length: usize, ref_time: u64) -> u128 {
        1_000 + 10 * length as u128 + u128::from(ref_time / 100)
    }

    #[test]
    fn a_scaled_fee_is_never_too_low() {
        let known = (fee(400, 50_000), 400, 50_000);
        for (length, ref_time) in [(400, 50_000), (100, 9), (4_000, 50_000), (4_000, 900_000)] {
            let signed = Signed::from(vec![0; length]);
            let scaled = scaled_fee_up(known, &signed, ref_time).unwrap();
            assert!(scaled >= fee(length, ref_time), "{length} {ref_time}");
        }
    }
}
