//! Keeping the market's clocks going.

use super::{Phase, Strategy, StrategyKind};
use crate::{
    action::{Action, ActionKind, Proposal},
    index::AccountIndex,
    snapshot::MarketSnapshot,
};
use breakwater_protocol::{price::Use, AssetId};
use std::collections::BTreeSet;

/// Pokes the assets whose breaker must rise now, or whose clock would count a stop although prices
/// come: between two touches of a reserve only the prices of those two are known (§ 4.1), so while an
/// asset is in auction somebody must touch it well within the price gap.
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
        let mut sheet = on.whole_sheet();
        sheet.watch();
        let mut assets: BTreeSet<AssetId> = sheet
            .transitions
            .iter()
            .filter(|change| change.to > change.from)
            .map(|change| change.asset)
            .collect();
        let in_auction: BTreeSet<AssetId> = on
            .auctions
            .iter()
            .flat_map(|(_, cell)| &cell.positions)
            .filter(|held| held.bears_risk())
            .map(|held| held.asset)
            .collect();
        for line in on.lines.iter().filter(|line| in_auction.contains(&line.asset)) {
            let is_fresh = line.price().is_ok_and(|price| price.is_good_for(Use::Settlement));
            let untouched_ms = on.now_ms.saturating_sub(line.reserve.books.clock.at_ms);
            if is_fresh && untouched_ms > line.reserve.config.auction.price_gap_ms / 2 {
                assets.insert(line.asset);
            }
        }
        if assets.is_empty() {
            return Vec::new();
        }
        vec![Proposal::upkeep(Action::PokeMarket(assets.into_iter().collect()))]
    }
}
