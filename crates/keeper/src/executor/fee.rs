//! What a transaction costs, and whether it is worth it.

use super::{Executor, ExecutorError, Site, Trial};
use crate::action::Proposal;
use breakwater_chain::{padded, Signed};
use breakwater_protocol::num::{math::mul_div_up, time::DAY_MS};

impl Executor {
    /// The transaction, and the most that it can cost as a fee, in planck.
    pub(super) fn sign(
        &mut self,
        site: &mut Site<'_>,
        proposal: &Proposal,
        trial: &Trial,
        nonce: u32,
    ) -> Result<(Signed, u128), ExecutorError> {
        let (market, oracle) = self.contracts();
        let (gas, kind) = (padded(trial.gas), proposal.action.kind());
        let call = proposal.action.call(market, oracle).with_gas(gas);
        let (at, signer) = (site.head.hash, &self.signer);
        let signed = site.endpoints.with(site.index, |link| link.sign(signer, nonce, &[call]))?;
        let known = self.answer.fees.get(&kind).filter(|_| trial.is_like_another);
        if let Some(fee) = known.and_then(|known| scaled_fee_up(*known, &signed, gas.ref_time)) {
            return Ok((signed, fee));
        }
        let fee = site.endpoints.with(site.index, |link| link.fee_at(at, &signed))?;
        self.answer.fees.insert(kind, (fee, signed.bytes.len(), gas.ref_time));
        Ok((signed, fee))
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
