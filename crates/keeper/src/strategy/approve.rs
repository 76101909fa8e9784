//! Allowances: the market pulls what we spend, and no more than that at a time: it can be upgraded.

use super::{Cadence, Phase, Place, Strategy, StrategyKind};
use crate::{
    action::{Action, ActionKind, Proposal},
    config::{to_units, usd_to_wad, InventoryConfig},
    index::AccountIndex,
    snapshot::{MarketSnapshot, Question},
};
use breakwater_chain::AccountId;
use breakwater_protocol::{account::health::amount_down, AssetId};
use std::collections::BTreeMap;

/// Blocks between two looks at allowances; purchases make it look at once.
const EVERY_BLOCKS: u64 = 1_000;
/// Of what may be spent at once the market may pull so many times as much: what one round spends is left
/// for the next until the allowance is renewed.
const ROUNDS: f64 = 2.0;

/// What the market may pull of an asset, at most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bound {
    /// In whole tokens.
    pub tokens: f64,
    /// In dollars; the larger of both counts.
    pub usd: f64,
}

/// Lets the market pull our inventory, and what the taker's sales bring, both within bounds.
#[derive(Clone, Debug)]
pub struct Approve {
    pub bounds: BTreeMap<AssetId, Bound>,
}

impl Approve {
    /// Bounds of the assets that are spent: what two rounds may spend of our own, and so many dollars of what
    /// sales bring.
    pub fn bounds(
        inventory: &[InventoryConfig],
        venues: &[Place],
        has_taker: bool,
        sales_usd: f64,
    ) -> BTreeMap<AssetId, Bound> {
        let mut bounds = BTreeMap::<AssetId, Bound>::new();
        for of in inventory.iter().filter(|of| of.spend_max > 0.0) {
            bounds.entry(of.asset).or_default().tokens = of.spend_max * ROUNDS;
        }
        let atomic = venues.iter().filter(|place| has_taker && place.is_atomic());
        for asset in atomic.flat_map(Place::assets) {
            bounds.entry(asset).or_default().usd = sales_usd;
        }
        bounds
    }

    /// Tokens of assets that the market may pull, and how many units of them; an asset without a price has
    /// no bound in dollars.
    fn tokens<'s>(
        &'s self,
        on: &'s MarketSnapshot,
    ) -> impl Iterator<Item = (AccountId, u128)> + 's {
        self.bounds.iter().filter_map(|(asset, bound)| {
            let priced = on.priced(*asset).ok()?;
            let config = &priced.reserve.config;
            let price = priced.price().ok().map(|price| price.mid_wad);
            let worth = price
                .and_then(|price| amount_down(usd_to_wad(bound.usd), price, config.decimals).ok());
            let units = to_units(bound.tokens, config.decimals).max(worth.unwrap_or(0));
            (config.borrowable && units != 0).then_some((config.token, units))
        })
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
        self.tokens(on).map(|(token, _)| Question::Allowance { token, spender }).collect()
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let (tokens, market): (Vec<_>, _) = (self.tokens(on).collect(), on.market);
        tokens.into_iter().filter_map(|(token, units)| approval(on, token, market, units)).collect()
    }
}

/// Lets somebody pull so many units of a token of ours, unless that is about what they may, or it was proposed
/// already. One that may pull much more, as keepers of before allowed, may do so no longer.
fn approval(
    on: &mut MarketSnapshot,
    token: AccountId,
    spender: AccountId,
    units: u128,
) -> Option<Proposal> {
    let allowance = on.seen.allowances.get_mut(&(token, spender))?;
    let (least, most) = (units - units / 4, units.saturating_mul(2));
    if (least..=most).contains(allowance) {
        return None;
    }
    *allowance = units;
    Some(Proposal::upkeep(Action::Approve { token, spender, units }))
}
