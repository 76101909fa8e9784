//! Writing off debts that nothing stands behind any more.

use super::{Phase, Strategy, StrategyKind};
use crate::{
    action::{Action, Proposal},
    index::AccountIndex,
    snapshot::MarketSnapshot,
};
use breakwater_protocol::actions::recognise;

/// Has the market recognise bad debt.
#[derive(Clone, Copy, Debug)]
pub struct WriteOff;

impl Strategy for WriteOff {
    fn kind(&self) -> StrategyKind {
        StrategyKind::WriteOff
    }

    fn phase(&self) -> Phase {
        Phase::Auctions
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let lost = on.free_auctions().into_iter().filter_map(|(who, account)| {
            recognise(&mut on.account_snapshot(account).ok()?).ok()?;
            Some(Proposal::upkeep(Action::RecogniseBadDebt(who)))
        });
        lost.collect()
    }
}
