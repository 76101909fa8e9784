//! Which lots to buy, how much of them, and with whose money.

mod size;

pub(super) use size::{best_take, Best, Way};

use super::{Phase, Pool, Strategy, StrategyKind, Venue};
use crate::{
    action::{Action, Proposal},
    config::{to_units, InventoryConfig},
    index::AccountIndex,
    snapshot::{MarketSnapshot, Question},
};
use breakwater_chain::AccountId;
use breakwater_protocol::{health::amount_down, AssetId, Order};
use std::collections::BTreeMap;

/// Takes what is profitable: with a pool one by one, with our own money all in one transaction.
#[derive(Clone, Debug)]
pub struct Take {
    /// The contract that sells before the debt is pulled, if there is one.
    pub taker: Option<AccountId>,
    /// Where it sells.
    pub pools: Vec<Pool>,
    /// What may be spent and held.
    pub limits: Vec<Limit>,
    /// Least profit of a take in wad dollars, before fees.
    pub least_wad: u128,
    /// What selling the collateral will cost us where we hold it, in basis points of its value.
    pub exit_bps: u16,
    /// By how much less than computed a take may bring before it is off, in basis points.
    pub tolerance_bps: u16,
}

/// What of an asset may be spent at once, or held, in whole tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    pub asset: AssetId,
    pub spend_max: f64,
    pub hold_max: Option<f64>,
}

impl From<&InventoryConfig> for Limit {
    fn from(config: &InventoryConfig) -> Self {
        let InventoryConfig { asset, spend_max, hold_max } = *config;
        Self { asset, spend_max, hold_max }
    }
}

/// Our terms of business now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// Who takes.
    pub us: AccountId,
    /// The contract that sells before the debt is pulled, if there is one.
    pub taker: Option<AccountId>,
    /// Money of ours to take with.
    pub inventory: Inventory,
    /// Least profit of a take in wad dollars, before fees.
    pub least_wad: u128,
    /// What selling the collateral will cost us where we hold it, in basis points of its value.
    pub exit_bps: u16,
    /// By how much less than computed a take may bring before it is off, in basis points.
    pub tolerance_bps: u16,
}

/// What we may spend and hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Units of each debt asset that may still be spent.
    pub spendable: BTreeMap<AssetId, u128>,
    /// Units of each collateral asset that may still be bought; without an entry, any number.
    pub room: BTreeMap<AssetId, u128>,
}

impl Strategy for Take {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Take
    }

    fn phase(&self) -> Phase {
        Phase::Auctions
    }

    fn questions(&self, on: &MarketSnapshot) -> Vec<Question> {
        if !on.has_free_auctions() {
            return Vec::new();
        }
        let ours = self.limits.iter().filter_map(|limit| on.line(limit.asset).ok());
        let balances = ours.map(|line| Question::Balance { token: line.reserve.config.token });
        let sells = self.taker.is_some();
        let pools = self.pools.iter().filter(|_| sells).map(Pool::question);
        balances.chain(pools).collect()
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let sells = self.taker.is_some();
        let pools = self.pools.iter().filter(|_| sells);
        let mut venues: Vec<Venue> = pools.filter_map(|pool| pool.venue(on)).collect();
        let mut terms = self.terms(on);
        takes(on, &mut venues, &mut terms)
    }
}

impl Take {
    fn terms(&self, on: &MarketSnapshot) -> Terms {
        let mut inventory = Inventory::default();
        for limit in &self.limits {
            let Ok(line) = on.line(limit.asset) else { continue };
            let config = &line.reserve.config;
            let Some(balance) = on.seen.balances.get(&config.token) else { continue };
            // What is under way may be spent yet.
            let pending = on.pending.spends.get(&limit.asset).copied().unwrap_or(0);
            let most = to_units(limit.spend_max, config.decimals);
            let spendable = (*balance).min(most).saturating_sub(pending);
            inventory.spendable.insert(limit.asset, spendable);
            if let Some(most) = limit.hold_max {
                let room = to_units(most, config.decimals).saturating_sub(*balance);
                inventory.room.insert(limit.asset, room);
            }
        }
        Terms {
            us: on.us,
            taker: self.taker,
            inventory,
            least_wad: self.least_wad,
            exit_bps: self.exit_bps,
            tolerance_bps: self.tolerance_bps,
        }
    }
}

/// Takes worth doing now, each assuming those before it are done: so the venues and the inventory are
/// those after them.
pub(super) fn takes(
    on: &mut MarketSnapshot,
    venues: &mut [Venue],
    terms: &mut Terms,
) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let mut ours = OurMoney::default();
    for (account, cell) in on.free_auctions() {
        let Ok(sheet) = on.sheet(cell) else { continue };
        let Some(best) = best_take(&sheet, venues, terms) else { continue };
        on.keep(&best.after);
        match best.way {
            Way::Sell => proposals.extend(sale(account, &best, venues, terms)),
            Way::Hold => ours.add(account, &best, &mut terms.inventory),
        }
    }
    proposals.extend(ours.proposal());
    proposals
}

/// A take whose lot is sold on a pool.
fn sale(account: AccountId, best: &Best, venues: &mut [Venue], terms: &Terms) -> Option<Proposal> {
    let Order { collateral, debt, .. } = best.order;
    let venue = venues.iter_mut().find(|venue| venue.trades(collateral, debt))?;
    let (taker, pool) = (terms.taker?, venue.address);
    if let Ok(after) = venue.after_sale(collateral, best.paid_out) {
        *venue = after;
    }
    let min_profit = min_profit(best, terms);
    let action = Action::TakeAndSell { account, order: best.order, taker, pool, min_profit };
    Some(Proposal::new(action, best.gain_wad))
}

/// Takes with our own money.
#[derive(Default)]
struct OurMoney {
    orders: Vec<(AccountId, Order)>,
    gain_wad: u128,
    spends: BTreeMap<AssetId, u128>,
}

impl OurMoney {
    fn add(&mut self, account: AccountId, best: &Best, inventory: &mut Inventory) {
        let Order { collateral, debt, max_repay, .. } = best.order;
        if let Some(left) = inventory.spendable.get_mut(&debt) {
            *left = left.saturating_sub(max_repay);
        }
        if let Some(room) = inventory.room.get_mut(&collateral) {
            *room = room.saturating_sub(best.paid_out);
        }
        let spent = self.spends.entry(debt).or_default();
        *spent = spent.saturating_add(max_repay);
        self.gain_wad = self.gain_wad.saturating_add(best.gain_wad);
        self.orders.push((account, best.order));
    }

    fn proposal(self) -> Option<Proposal> {
        if self.orders.is_empty() {
            return None;
        }
        let proposal = Proposal::new(Action::TakeMany(self.orders), self.gain_wad);
        Some(Proposal { spends: self.spends.into_iter().collect(), ..proposal })
    }
}

/// Units of profit that the callback must leave: half of what was computed, for the pool may have moved
/// by then; no less than the least profit.
fn min_profit(best: &Best, terms: &Terms) -> u128 {
    let Ok(debt) = best.after.line(best.order.debt) else { return 0 };
    let Ok(price) = debt.price() else { return 0 };
    let least = amount_down(
        terms.least_wad.max(best.gain_wad / 2),
        price.mid_wad,
        debt.reserve.config.decimals,
    );
    least.unwrap_or(0)
}
