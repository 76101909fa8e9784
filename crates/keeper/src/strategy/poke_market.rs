//! Having the market look at its measures.

use super::{Phase, Strategy, StrategyKind};
use crate::{
    action::{Action, ActionKind, Proposal},
    index::AccountIndex,
    snapshot::MarketSnapshot,
};
use breakwater_protocol::AssetId;
use std::collections::BTreeSet;

/// Pokes the assets whose breaker must rise now. Meters and prices need nobody: whoever comes next brings
/// them up to then.
#[derive(Clone, Copy, Debug)]
pub struct PokeMarket;

impl Strategy for PokeMarket {
    fn kind(&self) -> StrategyKind {
        StrategyKind::PokeMarket
    }

    fn phase(&self) -> Phase {
        Phase::Upkeep
    }

    fn waits_for(&self) -> &'static [ActionKind] {
        &[ActionKind::PokeMarket]
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let mut account_snapshot = on.whole_sheet();
        account_snapshot.watch();
        let assets: BTreeSet<AssetId> = account_snapshot
            .transitions
            .iter()
            .filter(|change| change.to > change.from)
            .map(|change| change.asset)
            .collect();
        if assets.is_empty() {
            return Vec::new();
        }
        vec![Proposal::upkeep(Action::PokeMarket(assets.into_iter().collect()))]
    }
}
