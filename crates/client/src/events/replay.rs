//! Every position from the events alone: what an indexer or a keeper's store does.

use super::MarketEvent;
use breakwater_chain::AccountId;
use breakwater_protocol::{AssetId, Position};
use std::collections::BTreeMap;

/// What an event does to one amount of one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delta {
    pub account: AccountId,
    pub asset: AssetId,
    pub part: Part,
    pub change: Change,
}

/// The amounts of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    SupplyShares,
    DebtShares,
    Collateral,
}

/// By how much, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    More(u128),
    Less(u128),
}

/// An event that can't have come after those before it: one is missing, or comes twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event {0:?} does not fit the position before it")]
pub struct OutOfStep(pub Delta);

impl Delta {
    /// The position after the event.
    ///
    /// # Errors
    /// [`OutOfStep`] if it would be less than nothing or more than 128 bits hold.
    pub fn apply(&self, before: &Position) -> Result<Position, OutOfStep> {
        let mut after = *before;
        let amount = match self.part {
            Part::SupplyShares => &mut after.supply_shares,
            Part::DebtShares => &mut after.debt_shares,
            Part::Collateral => &mut after.collateral,
        };
        let changed = match self.change {
            Change::More(by) => amount.checked_add(by),
            Change::Less(by) => amount.checked_sub(by),
        };
        *amount = changed.ok_or(OutOfStep(*self))?;
        Ok(after)
    }
}

/// What an event does to positions, in order; nothing for most.
pub fn deltas(event: &MarketEvent) -> Vec<Delta> {
    use Change::{Less, More};
    use Part::{Collateral, DebtShares, SupplyShares};
    let delta =
        |account: &[u8; 32], asset, part, change| Delta { account: *account, asset, part, change };
    match event {
        MarketEvent::Supplied(e) => {
            vec![delta(e.account.as_ref(), e.asset, SupplyShares, More(e.shares))]
        }
        MarketEvent::Withdrawn(e) => {
            vec![delta(e.account.as_ref(), e.asset, SupplyShares, Less(e.shares))]
        }
        MarketEvent::CollateralDeposited(e) => {
            vec![delta(e.account.as_ref(), e.asset, Collateral, More(e.amount))]
        }
        MarketEvent::CollateralWithdrawn(e) => {
            vec![delta(e.account.as_ref(), e.asset, Collateral, Less(e.amount))]
        }
        MarketEvent::Borrowed(e) => {
            vec![delta(e.account.as_ref(), e.asset, DebtShares, More(e.shares))]
        }
        MarketEvent::Repaid(e) => {
            vec![delta(e.account.as_ref(), e.asset, DebtShares, Less(e.shares))]
        }
        MarketEvent::Taken(e) => {
            let sold = e.received.saturating_add(e.fee);
            vec![
                delta(e.account.as_ref(), e.debt, DebtShares, Less(e.debt_shares)),
                delta(e.account.as_ref(), e.collateral, Collateral, Less(sold)),
            ]
        }
        MarketEvent::BadDebtRecognised(e) => {
            vec![delta(e.account.as_ref(), e.asset, DebtShares, Less(e.shares))]
        }
        MarketEvent::DustKept(e) => {
            vec![delta(e.account.as_ref(), e.asset, Collateral, Less(e.amount))]
        }
        MarketEvent::BackstopWithdrawn(e) => {
            vec![delta(e.account.as_ref(), e.asset, SupplyShares, More(e.supply_shares))]
        }
        MarketEvent::ReserveListed(_)
        | MarketEvent::ReserveConfigured(_)
        | MarketEvent::ReserveDelisted(_)
        | MarketEvent::IncomeCollected(_)
        | MarketEvent::LiquidationStarted(_)
        | MarketEvent::AuctionClosed(_)
        | MarketEvent::RewardClaimed(_)
        | MarketEvent::LossBorneByProtocol(_)
        | MarketEvent::LossBorneByBackstop(_)
        | MarketEvent::LossBorneByLenders(_)
        | MarketEvent::BackstopDeposited(_)
        | MarketEvent::BackstopNoticeGiven(_)
        | MarketEvent::StockSold(_)
        | MarketEvent::BreakerChanged(_)
        | MarketEvent::BreakerRaised(_)
        | MarketEvent::BreakerReset(_)
        | MarketEvent::GuardianSet(_)
        | MarketEvent::ParamsSet(_) => Vec::new(),
    }
}

/// What an event does to the auction of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuctionStep {
    /// It began, at a time in Unix milliseconds.
    Started(AccountId, u64),
    Ended(AccountId),
}

/// The start or the end of an auction, if the event is one.
pub fn auction_step(event: &MarketEvent) -> Option<AuctionStep> {
    match event {
        MarketEvent::LiquidationStarted(e) => {
            Some(AuctionStep::Started(*e.account.as_ref(), e.started_ms))
        }
        MarketEvent::AuctionClosed(e) => Some(AuctionStep::Ended(*e.account.as_ref())),
        MarketEvent::Taken(e) if e.closed => Some(AuctionStep::Ended(*e.account.as_ref())),
        _ => None,
    }
}

/// All accounts' positions.
#[derive(Clone, Debug, Default)]
pub struct Positions(BTreeMap<(AccountId, AssetId), Position>);

impl Positions {
    /// Takes in the next event. Events that move nothing of an account are ignored.
    ///
    /// # Errors
    /// [`OutOfStep`]; nothing of that event's later parts is taken in then.
    pub fn apply(&mut self, event: &MarketEvent) -> Result<(), OutOfStep> {
        for delta in deltas(event) {
            let key = (delta.account, delta.asset);
            let empty = Position { asset: delta.asset, ..Position::default() };
            let after = delta.apply(self.0.get(&key).unwrap_or(&empty))?;
            if after.is_empty() {
                self.0.remove(&key);
            } else {
                self.0.insert(key, after);
            }
        }
        Ok(())
    }

    /// An account's positions in order of their assets.
    pub fn of(&self, account: &AccountId) -> Vec<Position> {
        self.0.range((*account, 0)..=(*account, AssetId::MAX)).map(|(_, held)| *held).collect()
    }
}
