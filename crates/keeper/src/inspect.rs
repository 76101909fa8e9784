//! Questions that need no running keeper: why an account is acted on or not.

use crate::{
    action::Proposal,
    brain::{Brain, Identity},
    config::Config,
    endpoints::{Claim, Connect, Endpoints},
    executor::Refusal,
    service::{ask, KeeperError},
    snapshot::{MarketSnapshot, Pending},
    strategy::{self, explain, Phase},
};
use breakwater_chain::{padded_within, AccountId, ChainError, Signer, MAX_CALL_GAS};
use breakwater_client::{Market, Oracle};

/// Who asks what of which block.
struct Inspector<'c> {
    config: &'c Config,
    signer: &'c Signer,
    endpoints: Endpoints,
    claim: Claim,
}

/// Why a keeper of this configuration acts on an account at the newest block, or not: what its strategies
/// see and propose, and what a dry run says to that. It knows nothing of what one under way has sent.
///
/// # Errors
/// [`KeeperError`].
pub fn why(
    config: &Config,
    signer: &Signer,
    connect: Connect,
    account: AccountId,
) -> Result<Vec<String>, KeeperError> {
    let mut endpoints = Endpoints::new(&config.chain.endpoints, config.chain.genesis, connect);
    endpoints.genesis()?;
    let nobody = || ChainError::Connect("no endpoint answers".into());
    let claim = endpoints.claims().first().copied().ok_or_else(nobody)?;
    Inspector { config, signer, endpoints, claim }.why(account)
}

impl Inspector<'_> {
    fn why(&mut self, account: AccountId) -> Result<Vec<String>, KeeperError> {
        let (market, claim) = (self.config.market.market, self.claim);
        let identity =
            Identity { market, us: self.signer.account(), oracle: self.config.market.oracle };
        let mut brain = Brain::new(identity, strategy::of(self.config));
        let blocks = self.endpoints.with(claim.index, |link| link.blocks(&[claim.best.hash]))?;
        let now_ms = blocks.first().map_or(0, |block| block.time_ms);
        let cell = ask(&mut self.endpoints, &claim, |reader| reader.account(market, account))?;
        let started = cell.auction.as_ref().map(|auction| (account, auction.started_ms));
        let positions = cell.positions.iter().map(|held| (account, *held));
        brain.load(positions, started);
        let mut on = ask(&mut self.endpoints, &claim, |reader| {
            brain.look(reader, (claim.best, now_ms), Pending::default())
        })?;
        brain.rank(&mut on);
        ask(&mut self.endpoints, &claim, |reader| brain.read_auctions(reader, &mut on))?;
        ask(&mut self.endpoints, &claim, |reader| brain.due(Phase::Auctions, reader, &mut on))?;
        let block = claim.best.number;
        let mut said = vec![format!("at block {block}, {now_ms} ms by the chain's clock")];
        said.extend(explain(&on, &cell, &strategy::rules(self.config)));
        for phase in [Phase::Starts, Phase::Auctions] {
            let due = ask(&mut self.endpoints, &claim, |reader| brain.due(phase, reader, &mut on))?;
            for place in due {
                for proposal in brain.propose(place, &mut on).1 {
                    if proposal.action.accounts().contains(&account) {
                        said.push(self.trial(&on, &proposal)?);
                    }
                }
            }
        }
        Ok(said)
    }

    /// What a dry run says to a proposal, and what it would cost.
    fn trial(&mut self, on: &MarketSnapshot, proposal: &Proposal) -> Result<String, KeeperError> {
        let (at, us, signer) = (self.claim.best.hash, self.signer.account(), self.signer);
        let action = &proposal.action;
        let call =
            action.call(Market { address: on.market }, Oracle { address: on.settings.oracle });
        let run = self.endpoints.with(self.claim.index, |link| link.call_at(at, us, &call))?;
        let kind = action.kind().name();
        if let Some(why) = Refusal::of(action, &run, (us, on.market)) {
            return Ok(format!("{kind} is proposed, and the chain would not do it now: {why}"));
        }
        let fee = self.endpoints.with(self.claim.index, |link| {
            let nonce = link.nonce_at(at, us)?;
            let most = match link.network() {
                Err(ChainError::Invalid(_)) => MAX_CALL_GAS,
                network => network?.max_call_gas,
            };
            let call = call.with_gas(padded_within(run.gas_required, most));
            let signed = link.sign(signer, nonce, &[call])?;
            link.fee_at(at, &signed)
        })?;
        let usd = |wad: u128| wad as f64 / 1e18;
        let fees = &self.config.fees;
        let (gain, fee) = (usd(proposal.gain_wad), usd(fees.value_wad(fee)));
        let deposit = usd(fees.value_wad(run.storage_deposit.unsigned_abs()));
        let deposit = if run.storage_deposit < 0 { -deposit } else { deposit };
        let verdict = match (gain >= fee + deposit, proposal.is_upkeep) {
            (true, _) => "it pays",
            (false, true) => "it does not pay, and is done within the day's budget",
            (false, false) => "it does not pay",
        };
        Ok(format!(
            "{kind} is proposed for a gain of {gain:.4} dollars, at a fee of at most {fee:.4} and a \
             deposit of {deposit:.4}: {verdict}"
        ))
    }
}
