//! Claiming what we have earned by starting auctions that others took.

use super::{value_of, Cadence, Phase, Strategy, StrategyKind};
use crate::{
    action::{Action, ActionKind, Proposal},
    index::AccountIndex,
    snapshot::{MarketSnapshot, Question},
};

/// Claims rewards that are worth it.
#[derive(Clone, Copy, Debug)]
pub struct ClaimReward {
    pub every_ms: u64,
    /// Least worth of a claim, wad dollars.
    pub least_wad: u128,
}

impl Strategy for ClaimReward {
    fn kind(&self) -> StrategyKind {
        StrategyKind::ClaimReward
    }

    fn phase(&self) -> Phase {
        Phase::Upkeep
    }

    fn cadence(&self) -> Cadence {
        Cadence::Ms(self.every_ms)
    }

    fn waits_for(&self) -> &'static [ActionKind] {
        &[ActionKind::ClaimReward]
    }

    fn questions(&self, on: &MarketSnapshot) -> Vec<Question> {
        let earned = on.reserves.iter().filter(|priced| priced.reserve.balances.rewards != 0);
        earned.map(|priced| Question::Reward { asset: priced.asset }).collect()
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let claims = on.seen.rewards.iter().filter_map(|(asset, units)| {
            let worth_wad = value_of(on.priced(*asset).ok()?, *units).ok()?;
            let is_worth_it = *units != 0 && worth_wad >= self.least_wad;
            let claim = Proposal::upkeep(Action::ClaimReward(*asset));
            is_worth_it.then_some(Proposal { gain_wad: worth_wad, ..claim })
        });
        claims.collect()
    }
}
