//! Ending the auctions of accounts that are healthy again.

use super::{Phase, Strategy, StrategyKind};
use crate::{
    action::{Action, Proposal},
    index::AccountIndex,
    snapshot::MarketSnapshot,
};

/// Cures whoever is healthy again, at prices that are good enough to say so.
#[derive(Clone, Copy, Debug)]
pub struct Cure;

impl Strategy for Cure {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Cure
    }

    fn phase(&self) -> Phase {
        Phase::Auctions
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let healthy = on.free_auctions().into_iter().filter_map(|(who, account)| {
            on.account_snapshot(account).ok()?.cure()?;
            Some(Proposal::new(Action::Cure(who), 0))
        });
        healthy.collect()
    }
}
