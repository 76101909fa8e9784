//! Allowances: the market pulls what we spend.

use super::{Cadence, Phase, Place, Strategy, StrategyKind};
use crate::{
    action::{Action, ActionKind, Proposal},
    config::InventoryConfig,
    index::AccountIndex,
    snapshot::{MarketSnapshot, Question},
};
use breakwater_chain::AccountId;
use breakwater_protocol::AssetId;
use std::collections::BTreeSet;

/// Blocks between two looks at allowances.
const EVERY_BLOCKS: u64 = 1_000;

/// Lets the market pull our inventory, and what the taker's sales bring.
#[derive(Clone, Debug)]
pub struct Approve {
    pub assets: BTreeSet<AssetId>,
}

impl Approve {
    /// The assets that are spent.
    pub fn assets(
        inventory: &[InventoryConfig],
        venues: &[Place],
        has_taker: bool,
    ) -> BTreeSet<AssetId> {
        let spent = inventory.iter().filter(|of| of.spend_max > 0.0).map(|of| of.asset);
        let atomic = venues.iter().filter(|place| has_taker && place.is_atomic());
        let sold_for = atomic.flat_map(Place::assets);
        spent.chain(sold_for).collect()
    }

    /// Tokens of assets that the market may pull.
    fn tokens<'s>(&'s self, on: &'s MarketSnapshot) -> impl Iterator<Item = AccountId> + 's {
        let configs = self.assets.iter().filter_map(|asset| on.priced(*asset).ok());
        let configs = configs.map(|priced| &priced.reserve.config);
        configs.filter(|config| config.borrowable).map(|config| config.token)
    }
}

impl Strategy for Approve {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Approve
    }

    fn phase(&self) -> Phase {
        Phase::Upkeep
    }

    fn cadence(&self) -> Cadence {
        Cadence::Blocks(EVERY_BLOCKS)
    }

    fn waits_for(&self) -> &'static [ActionKind] {
        &[ActionKind::Approve]
    }

    fn questions(&self, on: &MarketSnapshot) -> Vec<Question> {
        let spender = on.market;
        self.tokens(on).map(|token| Question::Allowance { token, spender }).collect()
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let (tokens, market): (Vec<_>, _) = (self.tokens(on).collect(), on.market);
        tokens.into_iter().filter_map(|token| approval(on, token, market)).collect()
    }
}

/// Lets somebody pull a token of ours, unless they may or it was proposed already.
fn approval(on: &mut MarketSnapshot, token: AccountId, spender: AccountId) -> Option<Proposal> {
    let allowance = on.seen.allowances.get_mut(&(token, spender))?;
    if *allowance >= u128::MAX / 2 {
        return None;
    }
    *allowance = u128::MAX;
    Some(Proposal::upkeep(Action::Approve { token, spender }))
}
