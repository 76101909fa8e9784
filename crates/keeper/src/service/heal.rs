//! From the market's state to what we know: the beginning, and what is done when events and state
//! contradict each other.

use super::{
    look::{answered, keep},
    Keeper, KeeperError,
};
use crate::{
    endpoints::Claim,
    index::{AccountIndex, Mismatch},
    reader::BlockReader,
    store::Cursor,
};
use breakwater_chain::{AccountId, BlockId, ChainError, Hash};
use breakwater_client::cells;
use breakwater_protocol::{Account, PricedReserve};
use std::time::{Duration, Instant};

/// Pauses between two restorations: the first, the longest, and after which time the first is due again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const FORGIVEN_AFTER: Duration = Duration::from_secs(600);

/// When state was last read because events did not fit, and how long to wait before it is read again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Healed {
    at: Instant,
    pause: Duration,
}

impl Keeper {
    /// What we know contradicts the market at the newest block. If another endpoint says of that block what
    /// we know, the one that is followed is wrong; else what we know is, and those that told us: state is
    /// read, of another endpoint where there is one.
    pub(super) fn heal(&mut self, claim: &Claim, mismatch: &Mismatch) -> Result<(), KeeperError> {
        if self.was_healed_lately() {
            return Err(KeeperError::OutOfStep);
        }
        self.metrics.mismatches.inc();
        tracing::error!(%mismatch, block = claim.best.number, "our accounts contradict the market");
        self.compared = None;
        let others = self.endpoints.others(claim.index);
        for other in &others {
            let reserves = self.reserves_at(*other, claim.best.hash);
            if reserves.is_ok_and(|reserves| self.brain.index().check(&reserves).is_ok()) {
                let why = "another endpoint and all events contradict the state it tells";
                self.endpoints.distrust(claim.index, why);
                return Ok(());
            }
        }
        let suspects = std::mem::take(&mut self.sources);
        let claims = std::iter::once(claim.index).chain(others.iter().copied());
        let mut claims: Vec<Claim> = claims.map(|index| Claim { index, ..*claim }).collect();
        // Those that did not tell us the events come first.
        claims.sort_by_key(|one| suspects.contains(&one.index));
        self.restore_from_any(&claims, None)?;
        if !others.is_empty() {
            for suspect in suspects {
                self.endpoints.distrust(suspect, "its events do not lead to the market's state");
            }
        }
        Ok(())
    }

    /// Whether state was read because events did not fit, and it is too early to read it again.
    pub(super) fn was_healed_lately(&self) -> bool {
        self.healed.is_some_and(|healed| healed.at.elapsed() < healed.pause)
    }

    /// Reads state of the first endpoint that tells one that proves itself. The claim of that one.
    pub(super) fn restore_from_any(
        &mut self,
        claims: &[Claim],
        but: Option<usize>,
    ) -> Result<Claim, KeeperError> {
        if self.was_healed_lately() {
            return Err(KeeperError::OutOfStep);
        }
        let now = Instant::now();
        let pause = match self.healed {
            Some(Healed { at, .. }) if now.duration_since(at) > FORGIVEN_AFTER => FIRST_PAUSE,
            Some(Healed { pause, .. }) => (pause * 2).min(LONGEST_PAUSE),
            None => FIRST_PAUSE,
        };
        self.healed = Some(Healed { at: now, pause });
        let trusted = claims.iter().filter(|claim| Some(claim.index) != but);
        // The one that is doubted is better than none: its state must prove itself too.
        let doubted = claims.iter().filter(|claim| Some(claim.index) == but);
        let mut last = KeeperError::OutOfStep;
        for claim in trusted.chain(doubted) {
            match self.restore(claim) {
                Ok(()) => return Ok(*claim),
                Err(error) => last = error,
            }
        }
        if matches!(last, KeeperError::Chain(ChainError::Invalid(_))) {
            tracing::error!(%last, "no endpoint tells the state: reading events from block 0");
            self.store.reset()?;
            self.load()?;
        }
        Err(last)
    }

    /// Takes over all accounts as an endpoint's state has them: of the newest final block, or of the newest
    /// if that is not kept. They must add up to the market's own sums.
    pub(super) fn restore(&mut self, claim: &Claim) -> Result<(), KeeperError> {
        let mut last = ChainError::Rpc("no block to read the state of".into()).into();
        // The final one can't be undone; but blocks that were read are not read again.
        let known = self.store.cursor().block.number.min(claim.best.number);
        let blocks = [claim.finalised, claim.best];
        for block in blocks.into_iter().filter(|block| block.number >= known.max(1)) {
            match self.state_at(claim.index, block) {
                Ok((cursor, accounts)) => {
                    self.store.restore(cursor, &accounts)?;
                    self.load()?;
                    let (block, accounts) = (block.number, accounts.len());
                    tracing::info!(block, accounts, "accounts read from the market's state");
                    return Ok(());
                }
                // Not kept, or there was no market yet.
                Err(error @ (KeeperError::Chain(_) | KeeperError::Client(_))) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    fn state_at(
        &mut self,
        index: usize,
        block: BlockId,
    ) -> Result<(Cursor, Vec<(AccountId, Account)>), KeeperError> {
        let market = self.config.market.market;
        let (blocks, items) = self.endpoints.probe(index, |link| {
            let blocks = link.blocks(&[block.hash])?;
            Ok((blocks, link.items_at(block.hash, market, &cells::ACCOUNTS)?))
        })?;
        let accounts = cells::accounts(items)?;
        let mut known = AccountIndex::default();
        for (account, cell) in &accounts {
            cell.positions.iter().for_each(|held| known.set(*account, *held));
        }
        let reserves = self.reserves_at(index, block.hash)?;
        if let Err(mismatch) = known.check(&reserves) {
            let why = format!("its state of block {} does not add up: {mismatch}", block.number);
            self.endpoints.distrust(index, &why);
            return Err(ChainError::Rpc(why).into());
        }
        let time_ms = blocks.first().map_or(0, |block| block.time_ms);
        Ok((Cursor { block, time_ms }, accounts))
    }

    /// The market's reserves at a block as one endpoint tells them, nobody else.
    fn reserves_at(
        &mut self,
        index: usize,
        block: Hash,
    ) -> Result<Vec<PricedReserve>, KeeperError> {
        let market = self.config.market.market;
        let mut answer = None;
        self.endpoints.with_only(index, |ledger| {
            let mut reader = BlockReader { ledger, block };
            let asked = reader
                .settings(market)
                .and_then(|settings| reader.priced_reserves(market, settings.count));
            keep(asked, &mut answer)
        })?;
        answered(answer)
    }
}
