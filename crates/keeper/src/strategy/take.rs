//! Which lots to buy, how much of them, and with whose money.

use super::{less_bps_down, more_bps_up, value_of, Deed, Plan, Venue};
use crate::views::Picture;
use breakwater_chain::AccountId;
use breakwater_protocol::{
    actions::{take, Taken},
    health::value_up,
    AssetId, Error, Order, Sheet,
};
use std::collections::BTreeMap;

/// Sizes tried on a coarse grid before the best is refined.
const GRID: u128 = 16;
/// Halvings of the interval around the best size.
const REFINEMENTS: u32 = 12;

/// Our terms of business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakeTerms {
    /// Who takes: the keeper's account.
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

/// How a take is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Sold on a pool in the callback.
    Sell,
    /// With our own money.
    Hold,
}

/// A take that is worth it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    pub way: Way,
    pub order: Order,
    /// Units by our calculation.
    pub repaid: u128,
    pub paid_out: u128,
    pub gain_wad: u128,
    /// The account and the reserves after it.
    after: Sheet,
}

/// Takes worth doing now from the accounts in auction, each assuming those before it are done: with a
/// pool one by one, with our own money all in one. Also the accounts from which nothing is taken.
pub fn takes(
    picture: &mut Picture,
    accounts: impl IntoIterator<Item = (AccountId, breakwater_protocol::Account)>,
    venues: &mut [Venue],
    terms: &mut TakeTerms,
) -> (Vec<Plan>, Vec<AccountId>) {
    let (mut plans, mut left) = (Vec::new(), Vec::new());
    let (mut orders, mut gain_wad) = (Vec::new(), 0u128);
    let mut spends = BTreeMap::<AssetId, u128>::new();
    for (who, account) in accounts {
        let best = picture.sheet(account).ok().and_then(|sheet| best_take(&sheet, venues, terms));
        let Some(best) = best else {
            left.push(who);
            continue;
        };
        picture.keep(&best.after);
        let Order { collateral, debt, max_repay, .. } = best.order;
        match best.way {
            Way::Sell => {
                let sold = venues.iter_mut().find(|venue| venue.trades(collateral, debt));
                let (Some(taker), Some(venue)) = (terms.taker, sold) else { continue };
                let pool = venue.address;
                if let Ok(after) = venue.after_sale(collateral, best.paid_out) {
                    *venue = after;
                }
                let deed = Deed::TakeAndSell {
                    account: who,
                    order: best.order,
                    taker,
                    pool,
                    min_profit: min_profit(&best, terms),
                };
                plans.push(Plan::new(deed, best.gain_wad));
            }
            Way::Hold => {
                if let Some(left) = terms.inventory.spendable.get_mut(&debt) {
                    *left = left.saturating_sub(max_repay);
                }
                if let Some(room) = terms.inventory.room.get_mut(&collateral) {
                    *room = room.saturating_sub(best.paid_out);
                }
                let spent = spends.entry(debt).or_default();
                *spent = spent.saturating_add(max_repay);
                gain_wad = gain_wad.saturating_add(best.gain_wad);
                orders.push((who, best.order));
            }
        }
    }
    if !orders.is_empty() {
        let mut plan = Plan::new(Deed::TakeMany(orders), gain_wad);
        plan.spends = spends.into_iter().collect();
        plans.push(plan);
    }
    (plans, left)
}

/// Units of profit that the callback must leave: half of what was computed, for the pool may have moved
/// by then; no less than the least profit.
fn min_profit(best: &Take, terms: &TakeTerms) -> u128 {
    let Ok(debt) = best.after.line(best.order.debt) else { return 0 };
    let Ok(price) = debt.price() else { return 0 };
    let least = breakwater_protocol::health::amount_down(
        terms.least_wad.max(best.gain_wad / 2),
        price.mid_wad,
        debt.reserve.config.decimals,
    );
    least.unwrap_or(0)
}

/// The most profitable take from an account over all pairs, ways and sizes, if any is profitable
/// enough.
pub fn best_take(sheet: &Sheet, venues: &[Venue], terms: &TakeTerms) -> Option<Take> {
    let mut best: Option<Take> = None;
    for lot in sheet.account.collaterals() {
        for owed in sheet.account.debts() {
            let pair = (lot.asset, owed.asset);
            let venue = venues.iter().find(|venue| venue.trades(pair.0, pair.1));
            if let (Some(venue), true) = (venue, terms.taker.is_some()) {
                keep_better(
                    &mut best,
                    size(sheet, pair, u128::MAX, |sheet, max_repay| {
                        sell(sheet, pair, max_repay, venue, terms)
                    }),
                );
            }
            let most = terms.inventory.spendable.get(&pair.1).copied().unwrap_or(0);
            if most != 0 {
                keep_better(
                    &mut best,
                    size(sheet, pair, most, |sheet, max_repay| hold(sheet, pair, max_repay, terms)),
                );
            }
        }
    }
    best.filter(|take| take.gain_wad >= terms.least_wad && take.gain_wad != 0)
}

fn keep_better(best: &mut Option<Take>, other: Option<Take>) {
    if let Some(other) = other {
        if best.as_ref().is_none_or(|best| other.gain_wad > best.gain_wad) {
            *best = Some(other);
        }
    }
}

/// The best size of a take: what it brings rises and falls once with size, so a grid and then
/// intervals around the best find it. A size that is not for sale, because it would leave dust, does
/// not count.
fn size(
    sheet: &Sheet,
    (collateral, debt): (AssetId, AssetId),
    most: u128,
    try_size: impl Fn(&Sheet, u128) -> Result<Take, Error>,
) -> Option<Take> {
    let whole = Order { collateral, debt, max_repay: most, min_receive: 0 };
    let all = take(&mut sheet.clone(), [0; 32], &whole).ok()?.fill.repaid;
    let mut best = try_size(sheet, all).ok();
    let mut at = all;
    let mut probe = |repay: u128, at: &mut u128| {
        if let Ok(found) = try_size(sheet, repay) {
            if best.as_ref().is_none_or(|best| found.gain_wad > best.gain_wad) {
                *at = repay;
                best = Some(found);
            }
        }
    };
    let mut step = all / GRID;
    for place in 1..GRID {
        probe(step.saturating_mul(place), &mut at);
    }
    for _ in 0..REFINEMENTS {
        step /= 2;
        if step == 0 {
            break;
        }
        for repay in [at.saturating_sub(step), at.saturating_add(step).min(all)] {
            probe(repay, &mut at);
        }
    }
    best
}

/// What a take of at most `max_repay` does.
fn taken(
    sheet: &Sheet,
    (collateral, debt): (AssetId, AssetId),
    max_repay: u128,
    us: AccountId,
) -> Result<(Taken, Sheet), Error> {
    let mut after = sheet.clone();
    let order = Order { collateral, debt, max_repay, min_receive: 0 };
    let taken = take(&mut after, us, &order)?;
    Ok((taken, after))
}

/// A take whose collateral is sold on a pool.
fn sell(
    sheet: &Sheet,
    pair: (AssetId, AssetId),
    max_repay: u128,
    venue: &Venue,
    terms: &TakeTerms,
) -> Result<Take, Error> {
    let (done, after) = taken(sheet, pair, max_repay, terms.us)?;
    let brought = venue.sale_down(pair.0, done.paid_out)?;
    let profit = brought.saturating_sub(done.fill.repaid);
    let gain_wad = value_of(sheet.line(pair.1)?, profit)?;
    take_of(Way::Sell, pair, done, gain_wad, after, terms)
}

/// A take with our own money: the collateral counts what it will bring us, and the order what it must
/// at least bring.
fn hold(
    sheet: &Sheet,
    pair: (AssetId, AssetId),
    max_repay: u128,
    terms: &TakeTerms,
) -> Result<Take, Error> {
    let (done, after) = taken(sheet, pair, max_repay, terms.us)?;
    if terms.inventory.room.get(&pair.0).is_some_and(|room| done.paid_out > *room) {
        return Err(Error::InsufficientBalance);
    }
    let sure = less_bps_down(done.paid_out, terms.tolerance_bps)?;
    let worth_wad = less_bps_down(value_of(sheet.line(pair.0)?, sure)?, terms.exit_bps)?;
    let owed = sheet.line(pair.1)?;
    let cost_wad = value_up(done.fill.repaid, owed.price()?.mid_wad, owed.reserve.config.decimals)?;
    let gain_wad = worth_wad.saturating_sub(cost_wad);
    take_of(Way::Hold, pair, done, gain_wad, after, terms)
}

fn take_of(
    way: Way,
    (collateral, debt): (AssetId, AssetId),
    done: Taken,
    gain_wad: u128,
    after: Sheet,
    terms: &TakeTerms,
) -> Result<Take, Error> {
    // Room for the interest of the seconds until the block: a debt that is to be repaid whole would
    // otherwise leave a unit.
    let mut max_repay = more_bps_up(done.fill.repaid, 1)?;
    if way == Way::Hold {
        let most = terms.inventory.spendable.get(&debt).copied().unwrap_or(0);
        max_repay = max_repay.min(most);
    }
    let min_receive = less_bps_down(done.fill.received, terms.tolerance_bps)?;
    let order = Order { collateral, debt, max_repay, min_receive };
    let (repaid, paid_out) = (done.fill.repaid, done.paid_out);
    Ok(Take { way, order, repaid, paid_out, gain_wad, after })
}
