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
use breakwater_protocol::PricedReserve;
use std::time::{Duration, Instant};

/// How long an answer goes on before it looks whether prices have moved.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

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
        if sent == 0 {
            // What was sent may have made another block the newest, whose state alone may be kept.
            self.compare_balances(claim, &on)?;
        }
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
        let (mut sent, mut looked) = (0, Instant::now());
        for place in due {
            let (kind, proposals) = self.brain.propose(place, on);
            self.note_reports(kind, &proposals, on);
            for proposal in &proposals {
                if looked.elapsed() >= LOOK_AGAIN {
                    if self.is_overtaken(claim, on)? {
                        return Ok(sent);
                    }
                    looked = Instant::now();
                }
                sent += self.execute(claim, proposal)?;
            }
        }
        Ok(sent)
    }

    /// Whether a price has moved since the block that is answered: what was proposed is for the old one.
    fn is_overtaken(&mut self, claim: &Claim, on: &MarketSnapshot) -> Result<bool, KeeperError> {
        let best = self.endpoints.with(claim.index, |link| link.best())?;
        if best == claim.best {
            return Ok(false);
        }
        let (market, count) = (on.market, on.settings.count);
        let newest = Claim { best, ..*claim };
        let now =
            ask(&mut self.endpoints, &newest, |reader| reader.priced_reserves(market, count))?;
        let price = |priced: &PricedReserve| priced.price().ok().map(|price| price.mid_wad);
        let has_moved = now.iter().zip(&on.reserves).any(|(now, then)| price(now) != price(then));
        if has_moved {
            let (answered, newest) = (claim.best.number, best.number);
            tracing::info!(answered, newest, "a price has moved: answering that instead");
        }
        Ok(has_moved)
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
        if proposal.action.kind().is_purchase()
            && outcomes.iter().any(|one| matches!(one, Outcome::Refused(_)))
        {
            // Perhaps for want of an allowance, which the same key may have replaced elsewhere.
            self.brain.hurry(StrategyKind::Approve);
        }
        Ok(outcomes.iter().filter(|one| matches!(one, Outcome::Sent(_))).count())
    }
}
