//! From a snapshot to proposals, and from proposals to transactions.

use super::{look::ask, Keeper, KeeperError};
use crate::{
    action::{ActionKind, Proposal},
    endpoints::Claim,
    executor::Outcome,
    metrics::Metrics,
    snapshot::MarketSnapshot,
    strategy::{Phase, StrategyKind},
};
use std::time::Instant;

impl Keeper {
    /// Does what is worth doing at the newest block, up to the first phase of which something is
    /// submitted: the next round does the rest, on a block that may have it in it already. How many
    /// transactions were submitted.
    pub(super) fn answer(&mut self, claim: &Claim) -> Result<usize, KeeperError> {
        let mut on = self.look(claim)?;
        self.executor.begin();
        self.limit(&mut on);
        self.rank(&mut on);
        self.examine(claim, &mut on)?;
        let sent = self.pursue(claim, Phase::Starts, &mut on)?;
        if sent != 0 {
            return Ok(sent);
        }
        let brain = &mut self.brain;
        ask(&mut self.endpoints, claim, |reader| brain.read_auctions(reader, &mut on))?;
        self.compare_quote(claim, &on)?;
        let sent = self.pursue(claim, Phase::Auctions, &mut on)?;
        if sent != 0 {
            return Ok(sent);
        }
        if !on.pending.kinds.contains(&ActionKind::Relay) {
            on.reports = self.reports.poll();
        }
        let sent = self.pursue(claim, Phase::Upkeep, &mut on)?;
        self.compare_balances(claim, &on)?;
        self.brain.tidy(&on);
        Ok(sent)
    }

    /// Finds who is unhealthy.
    fn rank(&mut self, on: &mut MarketSnapshot) {
        let began = Instant::now();
        let effort = self.brain.rank(on);
        self.metrics.ranking.observe(began.elapsed().as_secs_f64());
        Metrics::set(&self.metrics.in_debt, self.brain.in_debt() as u64);
        Metrics::set(&self.metrics.unhealthy, on.unhealthy.len() as u64);
        Metrics::set(&self.metrics.computed, effort.computed as u64);
    }

    /// Has the strategies of a phase that are due propose, one after the other, and does what they
    /// propose. How many transactions were submitted.
    fn pursue(
        &mut self,
        claim: &Claim,
        phase: Phase,
        on: &mut MarketSnapshot,
    ) -> Result<usize, KeeperError> {
        let brain = &self.brain;
        let due = ask(&mut self.endpoints, claim, |reader| brain.due(phase, reader, on))?;
        self.job.unanswered.extend(std::mem::take(&mut on.seen.unanswered));
        let mut sent = 0;
        for place in due {
            let (kind, proposals) = self.brain.propose(place, on);
            self.note_reports(kind, &proposals, on);
            for proposal in &proposals {
                sent += self.execute(claim, proposal)?;
            }
        }
        Ok(sent)
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
        let pays = matches!(
            proposal.action.kind(),
            ActionKind::TakeAndSell
                | ActionKind::Take
                | ActionKind::BuyStockAndSell
                | ActionKind::BuyStock
        );
        if pays && outcomes.iter().any(|one| matches!(one, Outcome::Refused(_))) {
            // Perhaps for want of an allowance, which the same key may have replaced elsewhere.
            self.brain.hurry(StrategyKind::Approve);
        }
        Ok(outcomes.iter().filter(|one| matches!(one, Outcome::Sent(_))).count())
    }
}
