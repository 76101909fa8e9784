//! The best take from one account: which pair, how much, and with whose money.

use super::Terms;
use crate::strategy::{less_bps_down, more_bps_up, value_of, Venue};
use breakwater_chain::AccountId;
use breakwater_protocol::{
    actions::{take, Taken},
    health::value_up,
    AssetId, Error, Order, Sheet,
};

/// Sizes tried on a coarse grid before the best is refined.
const GRID: u128 = 16;
/// Halvings of the interval around the best size.
const REFINEMENTS: u32 = 12;

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
pub struct Best {
    pub way: Way,
    pub order: Order,
    /// Units by our calculation.
    pub repaid: u128,
    pub paid_out: u128,
    pub gain_wad: u128,
    /// The account and the reserves after it.
    pub after: Sheet,
}

/// The most profitable take from an account over all pairs, ways and sizes, if any is profitable
/// enough.
pub fn best_take(sheet: &Sheet, venues: &[Venue], terms: &Terms) -> Option<Best> {
    let mut best: Option<Best> = None;
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

fn keep_better(best: &mut Option<Best>, other: Option<Best>) {
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
    try_size: impl Fn(&Sheet, u128) -> Result<Best, Error>,
) -> Option<Best> {
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
    terms: &Terms,
) -> Result<Best, Error> {
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
    terms: &Terms,
) -> Result<Best, Error> {
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
    terms: &Terms,
) -> Result<Best, Error> {
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
    Ok(Best { way, order, repaid, paid_out, gain_wad, after })
}
