//! From the chain's state at the newest block to a snapshot of the market.

use super::{Keeper, KeeperError};
use crate::{
    endpoints::{Claim, Endpoints},
    executor::{Executor, ExecutorError, Site},
    reader::BlockReader,
    record::Sample,
    snapshot::{MarketSnapshot, Pending},
};
use breakwater_chain::ChainError;
use breakwater_client::{lens::Quote, ClientError};
use breakwater_protocol::{lens, Order};
use std::ops::Bound;

/// Asks contracts on the newest block.
pub(crate) fn ask<T>(
    endpoints: &mut Endpoints,
    claim: &Claim,
    question: impl FnOnce(&mut BlockReader<'_>) -> Result<T, ClientError>,
) -> Result<T, KeeperError> {
    let block = claim.best.hash;
    let mut answer = None;
    endpoints.with(claim.index, |ledger| {
        keep(question(&mut BlockReader { ledger, block }), &mut answer)
    })?;
    answered(answer)
}

/// Keeps an answer, but for the connection's errors: those are the endpoint's.
pub(super) fn keep<T>(
    asked: Result<T, ClientError>,
    answer: &mut Option<Result<T, ClientError>>,
) -> Result<(), ChainError> {
    match asked {
        Err(ClientError::Chain(error)) => Err(error),
        other => {
            *answer = Some(other);
            Ok(())
        }
    }
}

/// What was kept.
pub(super) fn answered<T>(answer: Option<Result<T, ClientError>>) -> Result<T, KeeperError> {
    let none = || KeeperError::Chain(ChainError::Rpc("no answer".into()));
    Ok(answer.ok_or_else(none)??)
}

impl Keeper {
    /// Acts with the executor.
    pub(super) fn act<T>(
        &mut self,
        claim: &Claim,
        act: impl FnOnce(&mut Executor, &mut Site<'_>) -> Result<T, ExecutorError>,
    ) -> Result<T, KeeperError> {
        let mut site = Site {
            endpoints: &mut self.endpoints,
            index: claim.index,
            head: claim.best,
            now_ms: self.store.cursor().time_ms,
            store: &mut self.store,
            metrics: &self.metrics,
        };
        Ok(act(&mut self.executor, &mut site)?)
    }

    /// The market at the newest block, compared with what we know.
    ///
    /// # Errors
    /// [`KeeperError::Healed`] if one of them was wrong.
    pub(super) fn look(&mut self, claim: &Claim) -> Result<MarketSnapshot, KeeperError> {
        let (pending, brain) = (self.pending(), &mut self.brain);
        let at = (claim.best, self.store.cursor().time_ms);
        let on = ask(&mut self.endpoints, claim, |reader| brain.look(reader, at, pending))?;
        if let Err(mismatch) = self.brain.index().check(&on.reserves) {
            self.heal(claim, &mismatch)?;
            return Err(KeeperError::Healed);
        }
        self.store.sample(Sample::of(&on))?;
        self.sources.clear();
        self.executor.set_oracle(on.settings.oracle);
        Ok(on)
    }

    /// What is under way.
    fn pending(&self) -> Pending {
        let doubted = self.executor.doubted(self.store.cursor().block.number);
        let mut pending = Pending { doubted, ..Pending::default() };
        for held in self.store.intents() {
            // What was given up may happen all the same.
            for (asset, units) in &held.spends {
                let sum: &mut u128 = pending.spends.entry(*asset).or_default();
                *sum = sum.saturating_add(*units);
            }
            if !held.given_up {
                pending.kinds.insert(held.kind);
                pending.accounts.extend(&held.accounts);
            }
        }
        pending
    }

    /// Compares our quote of one running auction with the lens's, another each time.
    pub(super) fn compare_quote(
        &mut self,
        claim: &Claim,
        on: &MarketSnapshot,
    ) -> Result<(), KeeperError> {
        let Some(theirs) = self.config.market.lens else { return Ok(()) };
        let after = self.quoted.map_or(Bound::Unbounded, Bound::Excluded);
        let held = self.brain.held();
        let after = held.range((after, Bound::Unbounded));
        let Some((account, cell)) = after.chain(held.iter()).next() else { return Ok(()) };
        let account = *account;
        let lot = cell.collaterals().next().map(|held| held.asset);
        let owed = cell.debts().next().map(|held| held.asset);
        let (Some(lot), Some(owed)) = (lot, owed) else { return Ok(()) };
        let order = Order { collateral: lot, debt: owed, max_repay: u128::MAX, min_receive: 0 };
        let ours = on
            .account_snapshot(cell.clone())
            .and_then(|account_snapshot| lens::quote(account_snapshot, &order))
            .ok();
        self.quoted = Some(account);
        let arguments = (account, lot, owed, u128::MAX);
        let theirs: Option<Quote> =
            match ask(&mut self.endpoints, claim, |at| at.ask_result(theirs, "quote", arguments)) {
                Ok(quote) => Some(quote),
                Err(KeeperError::Client(_)) => None,
                Err(error) => return Err(error),
            };
        if ours != theirs {
            self.metrics.mismatches.inc();
            tracing::error!(?ours, ?theirs, account = crate::hex(&account), "quotes differ");
            self.brain.doubt(account);
        }
        Ok(())
    }
}
