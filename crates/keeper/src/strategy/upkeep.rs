//! Keeping clocks and prices going.

use super::{Deed, Plan};
use crate::views::Picture;
use breakwater_protocol::{
    oracle::{Feed, SourceKind},
    price::Use,
    AssetId,
};
use std::collections::BTreeSet;

/// A poke of the assets whose breaker must rise now, or whose clock would count a stop although
/// prices come: between two touches of a reserve only the prices of those two are known (§ 4.1), so
/// while an asset is in auction somebody must touch it well within the price gap.
pub fn pokes(picture: &Picture, in_auction: &BTreeSet<AssetId>) -> Option<Plan> {
    let mut sheet = picture.whole_sheet();
    sheet.watch();
    let mut assets: BTreeSet<AssetId> = sheet
        .transitions
        .iter()
        .filter(|change| change.to > change.from)
        .map(|change| change.asset)
        .collect();
    for line in picture.lines.iter().filter(|line| in_auction.contains(&line.asset)) {
        let is_fresh = line.price().is_ok_and(|price| price.is_good_for(Use::Settlement));
        let untouched_ms = picture.now_ms.saturating_sub(line.reserve.books.clock.at_ms);
        if is_fresh && untouched_ms > line.reserve.config.auction.price_gap_ms / 2 {
            assets.insert(line.asset);
        }
    }
    (!assets.is_empty()).then(|| Plan::upkeep(Deed::PokeMarket(assets.into_iter().collect())))
}

/// Whether a feed gets anywhere only if somebody pokes it: it has an average to be taken, a price
/// or newcomers that wait to be confirmed, or was seen to break and has a source that nobody tells it
/// about: until somebody notes that it is back, it is back only now (§ 2.4).
pub fn oracle_needs_poke(feed: &Feed) -> bool {
    let averages = |kind: &SourceKind| matches!(kind, SourceKind::Twap { .. });
    let is_asked = |kind: &SourceKind| kind.is_asked();
    feed.quarantine.is_some()
        || feed.claim.is_some()
        || feed.is_broken() && feed.config.sources.iter().any(|source| is_asked(&source.kind))
        || feed.config.sources.iter().any(|source| averages(&source.kind))
}
