//! Buying collateral, of an account in auction or of a backstop's stock: with whose money, how much, and
//! whether it is worth it.

mod size;

pub(super) use size::{Best, Moved, Way};

use super::{
    venue::{best_sale, Venue, Venues},
    Place,
};
use crate::{
    action::Proposal,
    config::{to_units, usd_to_wad, InventoryConfig},
    snapshot::{MarketSnapshot, Question},
};
use breakwater_chain::AccountId;
use breakwater_protocol::{account::health::amount_down, AssetId, Error, Order};
use std::collections::{BTreeMap, BTreeSet};

/// On which terms we buy.
#[derive(Clone, Debug, Default)]
pub struct Buying {
    /// The contract that sells before the payment is pulled, if there is one.
    pub taker: Option<AccountId>,
    /// Where it sells, and where we would sell what we hold.
    pub venues: Vec<Place>,
    /// What may be spent and held.
    pub limits: Vec<Limit>,
    /// What a purchase that is sold at once may cost, in dollars: the market may pull no more. None if that
    /// is looked after elsewhere.
    pub sales_usd: Option<f64>,
    /// Least profit of a purchase in wad dollars, before fees.
    pub least_wad: u128,
    /// What selling the collateral will cost us where we hold it, in basis points of its value.
    pub exit_bps: u16,
    /// By how much less than computed a purchase may bring before it is off, in basis points.
    pub tolerance_bps: u16,
}

/// What of an asset may be spent at once, or held, in whole tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    pub asset: AssetId,
    pub spend_max: f64,
    /// In all purchases of a day together.
    pub spend_max_per_day: Option<f64>,
    pub hold_max: Option<f64>,
}

impl From<&InventoryConfig> for Limit {
    fn from(config: &InventoryConfig) -> Self {
        let InventoryConfig { asset, spend_max, spend_max_per_day, hold_max } = *config;
        Self { asset, spend_max, spend_max_per_day, hold_max }
    }
}

/// Our terms of business now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// Who buys.
    pub us: AccountId,
    /// The contract that sells before the payment is pulled, if there is one.
    pub taker: Option<AccountId>,
    /// The most that one purchase through it may cost, in wad dollars.
    pub sale_wad: u128,
    /// Pools on which nothing is sold: it has failed there a moment ago.
    pub doubted: BTreeSet<AccountId>,
    /// Money of ours to buy with.
    pub inventory: Inventory,
    /// Least profit of a purchase in wad dollars, before fees.
    pub least_wad: u128,
    /// What selling the collateral will cost us where we hold it, in basis points of its value.
    pub exit_bps: u16,
    /// By how much less than computed a purchase may bring before it is off, in basis points.
    pub tolerance_bps: u16,
}

/// What we may spend and hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Units of each debt asset that may still be spent.
    pub spendable: BTreeMap<AssetId, u128>,
    /// Units of each collateral asset that may still be bought; without an entry, any number.
    pub room: BTreeMap<AssetId, u128>,
    /// Units of each asset that we have, or will have by what is planned.
    pub held: BTreeMap<AssetId, u128>,
}

impl Limit {
    /// Units that may be spent at once, what the day has spent already taken off.
    fn spendable(&self, on: &MarketSnapshot, decimals: u8) -> u128 {
        let at_once = to_units(self.spend_max, decimals);
        let spent = on.pending.spent.get(&self.asset).copied().unwrap_or(0);
        let left =
            self.spend_max_per_day.map(|most| to_units(most, decimals).saturating_sub(spent));
        left.map_or(at_once, |left| left.min(at_once))
    }
}

impl Buying {
    /// What has to be seen: our money, and where it would be sold.
    pub(super) fn questions(&self, on: &MarketSnapshot) -> Vec<Question> {
        let ours = self.limits.iter().filter_map(|limit| on.priced(limit.asset).ok());
        let balances = ours.map(|priced| Question::Balance { token: priced.reserve.config.token });
        balances.chain(self.venues.iter().filter_map(|place| place.question(on))).collect()
    }

    /// Assets for which the taker sells.
    fn sold_for(&self) -> impl Iterator<Item = AssetId> + '_ {
        let atomic = self.venues.iter().filter(|place| self.taker.is_some() && place.is_atomic());
        atomic.flat_map(Place::assets)
    }

    /// Our terms by what was seen, what is under way and planned taken off; and the venues as they were
    /// seen, or as sales planned will leave them. Nothing once the day has lost too much.
    pub(super) fn now(&self, on: &MarketSnapshot) -> (Terms, Vec<Box<dyn Venue>>) {
        let mut inventory = Inventory::default();
        if on.pending.is_stopped {
            return (self.terms(on, inventory), Vec::new());
        }
        for limit in &self.limits {
            let Ok(priced) = on.priced(limit.asset) else { continue };
            let config = &priced.reserve.config;
            let Some(balance) = on.seen.balances.get(&config.token) else { continue };
            // What is under way may be spent yet.
            let of = |sums: &BTreeMap<AssetId, u128>| sums.get(&limit.asset).copied().unwrap_or(0);
            let most = limit.spendable(on, config.decimals);
            let spendable = (*balance).min(most).saturating_sub(of(&on.pending.spends));
            inventory.spendable.insert(limit.asset, spendable);
            let held = balance.saturating_add(of(&on.pending.arrives));
            inventory.held.insert(limit.asset, held);
            if let Some(most) = limit.hold_max {
                let room = to_units(most, config.decimals).saturating_sub(held);
                inventory.room.insert(limit.asset, room);
            }
        }
        let venues = self.venues.iter().filter_map(|place| place.venue(on)).collect();
        (self.terms(on, inventory), venues)
    }

    /// Our terms with all that we may ever spend, as if it was there, and any pool that would buy: what
    /// selling costs there is taken for what it costs us elsewhere.
    pub(super) fn at_best(&self, on: &MarketSnapshot) -> Terms {
        let mut inventory = Inventory::default();
        if on.pending.is_stopped {
            return self.terms(on, inventory);
        }
        for limit in &self.limits {
            let Ok(priced) = on.priced(limit.asset) else { continue };
            let most = limit.spendable(on, priced.reserve.config.decimals);
            inventory.spendable.insert(limit.asset, most);
        }
        for asset in self.sold_for() {
            inventory.spendable.insert(asset, u128::MAX);
        }
        self.terms(on, inventory)
    }

    fn terms(&self, on: &MarketSnapshot, inventory: Inventory) -> Terms {
        Terms {
            us: on.us,
            doubted: on.pending.doubted.clone(),
            taker: self.taker,
            // The part of the allowance that is there before it is renewed.
            sale_wad: self.sales_usd.map_or(u128::MAX, |usd| usd_to_wad(usd) / 4 * 3),
            inventory,
            least_wad: self.least_wad,
            exit_bps: self.exit_bps,
            tolerance_bps: self.tolerance_bps,
        }
    }
}

impl Terms {
    /// Takes a purchase off what we may still spend and hold, and notes it for those after us. What it
    /// spends.
    pub fn spend(&mut self, on: &mut MarketSnapshot, best: &Best) -> (AssetId, u128) {
        let Order { collateral, debt, max_repay, .. } = best.order;
        if let Some(left) = self.inventory.spendable.get_mut(&debt) {
            *left = left.saturating_sub(max_repay);
        }
        if let Some(room) = self.inventory.room.get_mut(&collateral) {
            *room = room.saturating_sub(best.paid_out);
        }
        let held = self.inventory.held.entry(collateral).or_default();
        *held = held.saturating_add(best.paid_out);
        let arrives = on.pending.arrives.entry(collateral).or_default();
        *arrives = arrives.saturating_add(best.paid_out);
        (debt, max_repay)
    }

    /// Where a purchase is sold, and the least profit that must leave in units of the debt asset. The pool
    /// is as it is after that from now on, for those after us too.
    pub fn sell(&self, on: &mut MarketSnapshot, venues: &mut Venues, best: &Best) -> Option<Deal> {
        let Order { collateral, debt, .. } = best.order;
        let (venue, _) = best_sale(venues, &self.doubted, (collateral, debt), best.paid_out)?;
        let (taker, pool) = (self.taker?, venue.address());
        let venue = venues.iter_mut().find(|venue| venue.address() == pool)?;
        if venue.sell(collateral, best.paid_out).is_ok() {
            venue.show(&mut on.seen);
        }
        let min_profit = self.min_profit(best).unwrap_or(0);
        Some(Deal { taker, pool, min_profit })
    }

    /// Units of profit that the callback must leave: half of what was computed, for the pool may have
    /// moved by then; no less than the least profit.
    fn min_profit(&self, best: &Best) -> Result<u128, Error> {
        let debt = best.after.priced(best.order.debt)?;
        let least_wad = self.least_wad.max(best.gain_wad / 2);
        amount_down(least_wad, debt.price()?.mid_wad, debt.reserve.config.decimals)
    }
}

/// Who sells a purchase where, for what profit.
pub(super) struct Deal {
    pub taker: AccountId,
    pub pool: AccountId,
    /// In units of the debt asset.
    pub min_profit: u128,
}

/// A proposal that spends money of ours.
pub(super) fn spending(proposal: Proposal, spends: BTreeMap<AssetId, u128>) -> Proposal {
    Proposal { spends: spends.into_iter().collect(), ..proposal }
}
