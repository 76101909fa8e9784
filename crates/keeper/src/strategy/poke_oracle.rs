//! Moving feeds on that get nowhere by themselves.

use super::{Cadence, Phase, Strategy, StrategyKind};
use crate::{
    action::{Action, ActionKind, Proposal},
    index::AccountIndex,
    snapshot::{MarketSnapshot, Question},
};
use breakwater_chain::AccountId;
use breakwater_protocol::oracle::{Feed, SourceKind};

/// Pokes feeds that need it, all together.
#[derive(Clone, Copy, Debug)]
pub struct PokeOracle {
    pub every_ms: u64,
}

impl Strategy for PokeOracle {
    fn kind(&self) -> StrategyKind {
        StrategyKind::PokeOracle
    }

    fn phase(&self) -> Phase {
        Phase::Upkeep
    }

    fn cadence(&self) -> Cadence {
        Cadence::Ms(self.every_ms)
    }

    fn waits_for(&self) -> &'static [ActionKind] {
        &[ActionKind::PokeOracle]
    }

    fn questions(&self, on: &MarketSnapshot) -> Vec<Question> {
        on.reserves
            .iter()
            .map(|priced| Question::Feed { token: priced.reserve.config.token })
            .collect()
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let listed = on.reserves.iter().map(|priced| priced.reserve.config.token);
        let needs_it = |token: &AccountId| on.seen.feeds.get(token).is_some_and(needs_poke);
        let tokens: Vec<AccountId> = listed.filter(needs_it).collect();
        if tokens.is_empty() {
            return Vec::new();
        }
        vec![Proposal::upkeep(Action::PokeOracle(tokens))]
    }
}

/// Whether a feed gets anywhere only if somebody pokes it: it has an average to be taken, a price
/// or newcomers that wait to be confirmed, or was seen to break and has a source that nobody tells it
/// about: until somebody notes that it is back, it is back only now (§ 2.4).
pub(super) fn needs_poke(feed: &Feed) -> bool {
    let averages = |kind: &SourceKind| matches!(kind, SourceKind::Twap { .. });
    let is_asked = |kind: &SourceKind| kind.is_asked();
    feed.quarantine.is_some()
        || feed.claim.is_some()
        || feed.is_broken() && feed.config.sources.iter().any(|source| is_asked(&source.kind))
        || feed.config.sources.iter().any(|source| averages(&source.kind))
}
