//! Every position from the events alone: what an indexer or a keeper's store does.

use super::MarketEvent;
use breakwater_chain::AccountId;
use breakwater_protocol::{AssetId, Position};
use std::collections::BTreeMap;

/// All accounts' positions.
#[derive(Clone, Debug, Default)]
pub struct Positions(BTreeMap<(AccountId, AssetId), Position>);

impl Positions {
    /// Takes in the next event. Events that move nothing of an account are ignored.
    pub fn apply(&mut self, event: &MarketEvent) {
        match event {
            MarketEvent::Supplied(e) => {
                self.change(e.account, e.asset, |held| held.supply_shares += e.shares);
            }
            MarketEvent::Withdrawn(e) => {
                self.change(e.account, e.asset, |held| held.supply_shares -= e.shares);
            }
            MarketEvent::CollateralDeposited(e) => {
                self.change(e.account, e.asset, |held| held.collateral += e.amount);
            }
            MarketEvent::CollateralWithdrawn(e) => {
                self.change(e.account, e.asset, |held| held.collateral -= e.amount);
            }
            MarketEvent::Borrowed(e) => {
                self.change(e.account, e.asset, |held| held.debt_shares += e.shares);
            }
            MarketEvent::Repaid(e) => {
                self.change(e.account, e.asset, |held| held.debt_shares -= e.shares);
            }
            MarketEvent::Taken(e) => {
                self.change(e.account, e.debt, |held| held.debt_shares -= e.debt_shares);
                self.change(e.account, e.collateral, |held| held.collateral -= e.received + e.fee);
            }
            MarketEvent::BadDebtRecognised(e) => {
                self.change(e.account, e.asset, |held| held.debt_shares -= e.shares);
            }
            MarketEvent::DustKept(e) => {
                self.change(e.account, e.asset, |held| held.collateral -= e.amount);
            }
            MarketEvent::BackstopWithdrawn(e) => {
                self.change(e.account, e.asset, |held| held.supply_shares += e.supply_shares);
            }
            MarketEvent::ReserveListed(_)
            | MarketEvent::ReserveConfigured(_)
            | MarketEvent::LiquidationStarted(_)
            | MarketEvent::AuctionClosed(_)
            | MarketEvent::RewardClaimed(_)
            | MarketEvent::LossBorneByProtocol(_)
            | MarketEvent::LossBorneByBackstop(_)
            | MarketEvent::LossBorneByLenders(_)
            | MarketEvent::BackstopDeposited(_)
            | MarketEvent::BackstopNoticeGiven(_)
            | MarketEvent::BackstopClaimed(_)
            | MarketEvent::BreakerChanged(_)
            | MarketEvent::BreakerRaised(_)
            | MarketEvent::BreakerReset(_)
            | MarketEvent::GuardianSet(_)
            | MarketEvent::ParamsSet(_) => {}
        }
    }

    /// An account's positions in order of their assets.
    pub fn of(&self, account: &AccountId) -> Vec<Position> {
        self.0.range((*account, 0)..=(*account, AssetId::MAX)).map(|(_, held)| *held).collect()
    }

    fn change(
        &mut self,
        account: impl AsRef<[u8; 32]>,
        asset: AssetId,
        change: impl FnOnce(&mut Position),
    ) {
        let key = (*account.as_ref(), asset);
        let held = self.0.entry(key).or_insert(Position { asset, ..Position::default() });
        change(held);
        if held.is_empty() {
            self.0.remove(&key);
        }
    }
}
