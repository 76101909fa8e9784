//! From a snapshot to proposals, and from proposals to transactions.

use super::{Keeper, KeeperError};
use crate::{
    action::{ActionKind, Proposal},
    endpoints::Claim,
    executor::Outcome,
    metrics::Metrics,
    snapshot::MarketSnapshot,
    strategy::{Phase, Strategy, StrategyKind},
};
use std::{collections::BTreeSet, sync::Arc, time::Instant};

impl Keeper {
    /// Does what is worth doing at the newest block, up to the first phase of which something is
    /// submitted: the next round does the rest, on a block that may have it in it already. How many
    /// transactions were submitted.
    pub(super) fn answer(&mut self, claim: &Claim) -> Result<usize, KeeperError> {
        let Some(mut on) = self.look(claim)? else { return Ok(0) };
        self.rank(&mut on);
        let sent = self.pursue(claim, Phase::Starts, &mut on)?;
        if sent != 0 {
            return Ok(sent);
        }
        self.read_auctions(claim, &mut on)?;
        self.compare_quote(claim, &on)?;
        let sent = self.pursue(claim, Phase::Auctions, &mut on)?;
        if sent != 0 {
            return Ok(sent);
        }
        if !on.pending.kinds.contains(&ActionKind::Relay) {
            on.reports = self.reports.poll();
        }
        let sent = self.pursue(claim, Phase::Upkeep, &mut on)?;
        self.ranking.tidy(&self.index, &on.lines);
        Ok(sent)
    }

    /// Finds who is unhealthy.
    fn rank(&mut self, on: &mut MarketSnapshot) {
        let began = Instant::now();
        for account in std::mem::take(&mut self.unranked) {
            let in_auction = self.index.auctions.contains_key(&account);
            let positions = self.index.positions(&account);
            self.ranking.update(account, positions, in_auction, &on.lines);
        }
        let (unhealthy, effort) = self.ranking.unhealthy(&self.index, &on.lines);
        self.metrics.ranking.observe(began.elapsed().as_secs_f64());
        Metrics::set(&self.metrics.in_debt, self.ranking.len() as u64);
        Metrics::set(&self.metrics.unhealthy, unhealthy.len() as u64);
        Metrics::set(&self.metrics.computed, effort.computed as u64);
        on.unhealthy = unhealthy;
    }

    /// Has the strategies of a phase that are due propose, one after the other, and does what they
    /// propose. How many transactions were submitted.
    fn pursue(
        &mut self,
        claim: &Claim,
        phase: Phase,
        on: &mut MarketSnapshot,
    ) -> Result<usize, KeeperError> {
        let strategies = Arc::clone(&self.strategies);
        let due = strategies.iter().filter(|strategy| strategy.phase() == phase);
        let due: Vec<_> = due.filter(|strategy| self.is_due(strategy.as_ref(), on)).collect();
        let questions: BTreeSet<_> =
            due.iter().flat_map(|strategy| strategy.questions(on)).collect();
        on.seen = self.ask(claim, |at| at.observe(on, &questions))?;
        let mut sent = 0;
        for strategy in due {
            self.schedule.looks(strategy.kind(), on.now_ms, on.block.number);
            let proposals = strategy.propose(on, &self.index);
            self.note_reports(strategy.kind(), &proposals, on);
            let accounts = proposals.iter().flat_map(|proposal| proposal.action.accounts());
            on.pending.accounts.extend(accounts);
            for proposal in &proposals {
                sent += self.execute(claim, proposal)?;
            }
        }
        Ok(sent)
    }

    fn is_due(&self, strategy: &dyn Strategy, on: &MarketSnapshot) -> bool {
        let (kind, cadence) = (strategy.kind(), strategy.cadence());
        strategy.waits_for().iter().all(|waits_for| !on.pending.kinds.contains(waits_for))
            && self.schedule.is_due(kind, cadence, on.now_ms, on.block.number)
    }

    /// Reports are done with when there is none to relay, now or when its time has come.
    fn note_reports(&mut self, kind: StrategyKind, proposals: &[Proposal], on: &MarketSnapshot) {
        let waits = on.reports.iter().any(|report| report.time_ms > on.now_ms);
        if kind == StrategyKind::Relay && proposals.is_empty() && !waits {
            self.reports.are_done();
        }
    }

    fn execute(&mut self, claim: &Claim, proposal: &Proposal) -> Result<usize, KeeperError> {
        let outcomes = self.act(claim, |executor, site| executor.execute(site, proposal))?;
        let is_take = matches!(proposal.action.kind(), ActionKind::TakeAndSell | ActionKind::Take);
        if is_take && outcomes.iter().any(|one| matches!(one, Outcome::Refused(_))) {
            // Perhaps for want of an allowance, which the same key may have replaced elsewhere.
            self.schedule.hurry(StrategyKind::Approve);
        }
        Ok(outcomes.iter().filter(|one| matches!(one, Outcome::Sent(_))).count())
    }
}
