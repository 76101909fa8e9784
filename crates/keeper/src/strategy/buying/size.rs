//! The best purchase of a pair: how much, and with whose money.

use super::Terms;
use crate::strategy::{
    less_bps_down, more_bps_up, value_of,
    venue::{best_sale, executable_wad, Venues},
};
use breakwater_protocol::{
    account::health::{amount_down, value_up},
    AccountSnapshot, AssetId, Error, Order,
};

/// Sizes tried on a coarse grid before the best is refined.
const GRID: u128 = 16;
/// Halvings of the interval around the best size.
const REFINEMENTS: u32 = 12;

/// How a purchase is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Sold on a pool in the callback.
    Sell,
    /// With our own money.
    Hold,
}

/// What a purchase moves by our calculation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Units of the debt asset that we pay.
    pub repaid: u128,
    /// Units of collateral that the order gets us for them.
    pub received: u128,
    /// All units of it that come to us: a reward may be among them.
    pub paid_out: u128,
    /// The account and the reserves after it.
    pub after: AccountSnapshot,
}

/// A purchase that is worth it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    pub way: Way,
    pub order: Order,
    /// Units by our calculation.
    pub repaid: u128,
    pub paid_out: u128,
    pub gain_wad: u128,
    /// The account and the reserves after it.
    pub after: AccountSnapshot,
}

impl Best {
    /// The better of two.
    pub fn or_better(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.gain_wad > self.gain_wad => other,
            _ => self,
        }
    }
}

impl Terms {
    /// The most profitable purchase of a pair of collateral and debt over both ways and all sizes, if any
    /// is profitable enough. `buy` tells what one for at most so many units of debt moves.
    pub fn best(
        &self,
        (collateral, debt): (AssetId, AssetId),
        venues: &Venues,
        buy: impl Fn(u128) -> Result<Moved, Error>,
    ) -> Option<Best> {
        let pair = (collateral, debt);
        let is_sold = self.taker.is_some() && best_sale(venues, &self.doubted, pair, 0).is_some();
        let sold = is_sold
            .then(|| {
                best_size(self.most_sold(debt, &buy), &buy, |moved| self.sold(pair, moved, venues))
            })
            .flatten();
        let most = self.inventory.spendable.get(&debt).copied().unwrap_or(0);
        let held = (most != 0)
            .then(|| best_size(most, &buy, |moved| self.held(pair, moved, venues)))
            .flatten();
        let best = match sold {
            Some(sold) => Some(sold.or_better(held)),
            None => held,
        };
        best.filter(|best| best.gain_wad >= self.least_wad && best.gain_wad != 0)
    }

    /// Units of debt that a purchase through the taker may cost.
    fn most_sold(&self, debt: AssetId, buy: impl Fn(u128) -> Result<Moved, Error>) -> u128 {
        if self.sale_wad == u128::MAX {
            return u128::MAX;
        }
        let units = buy(u128::MAX).and_then(|moved| {
            let owed = moved.after.priced(debt)?;
            amount_down(self.sale_wad, owed.price()?.mid_wad, owed.reserve.config.decimals)
        });
        units.unwrap_or(u128::MAX)
    }

    /// A purchase of as much as there is and our money buys, which stays with us; whatever it brings.
    pub fn most_held(
        &self,
        (collateral, debt): (AssetId, AssetId),
        buy: impl Fn(u128) -> Result<Moved, Error>,
    ) -> Option<Best> {
        let most = self.inventory.spendable.get(&debt).copied().filter(|most| *most != 0)?;
        self.held((collateral, debt), buy(most).ok()?, &[]).ok()
    }

    /// A purchase whose collateral is sold where that brings most.
    fn sold(&self, pair: (AssetId, AssetId), moved: Moved, venues: &Venues) -> Result<Best, Error> {
        let (_, brought) =
            best_sale(venues, &self.doubted, pair, moved.paid_out).ok_or(Error::UnknownAsset)?;
        let profit = brought.saturating_sub(moved.repaid);
        let gain_wad = value_of(moved.after.priced(pair.1)?, profit)?;
        self.best_of(Way::Sell, pair, moved, gain_wad)
    }

    /// A purchase with our own money: the collateral counts what it will bring us, by the oracle or where it
    /// can be sold, whichever is less; and the order what it must at least bring.
    fn held(&self, pair: (AssetId, AssetId), moved: Moved, venues: &Venues) -> Result<Best, Error> {
        if self.inventory.room.get(&pair.0).is_some_and(|room| moved.paid_out > *room) {
            return Err(Error::InsufficientBalance);
        }
        let (lot, owed) = (moved.after.priced(pair.0)?, moved.after.priced(pair.1)?);
        let sure = less_bps_down(moved.paid_out, self.tolerance_bps)?;
        let told_wad = less_bps_down(value_of(lot, sure)?, self.exit_bps)?;
        let held = self.inventory.held.get(&pair.0).copied().unwrap_or(0);
        let sold_wad = executable_wad(venues, &self.doubted, &moved.after, pair.0, (held, sure));
        let worth_wad = sold_wad.map_or(told_wad, |sold_wad| sold_wad.min(told_wad));
        let cost_wad = value_up(moved.repaid, owed.price()?.mid_wad, owed.reserve.config.decimals)?;
        self.best_of(Way::Hold, pair, moved, worth_wad.saturating_sub(cost_wad))
    }

    fn best_of(
        &self,
        way: Way,
        (collateral, debt): (AssetId, AssetId),
        moved: Moved,
        gain_wad: u128,
    ) -> Result<Best, Error> {
        let Moved { repaid, received, paid_out, after } = moved;
        // Room for the interest of the seconds until the block: a debt that is to be repaid whole would
        // otherwise leave a unit.
        let mut max_repay = more_bps_up(repaid, 1)?;
        if way == Way::Hold {
            let most = self.inventory.spendable.get(&debt).copied().unwrap_or(0);
            max_repay = max_repay.min(most);
        }
        let min_receive = less_bps_down(received, self.tolerance_bps)?;
        let order = Order { collateral, debt, max_repay, min_receive };
        Ok(Best { way, order, repaid, paid_out, gain_wad, after })
    }
}

/// The best size of a purchase for at most `most` units of debt: what it brings rises and falls once with
/// size, so a grid and then intervals around the best find it. A size that is not for sale, because it
/// would leave dust, does not count.
fn best_size(
    most: u128,
    buy: impl Fn(u128) -> Result<Moved, Error>,
    worth: impl Fn(Moved) -> Result<Best, Error>,
) -> Option<Best> {
    let whole = buy(most).ok()?;
    let all = whole.repaid;
    let mut best = worth(whole).ok();
    let mut at = all;
    let mut probe = |repay: u128, at: &mut u128| {
        if let Ok(found) = buy(repay).and_then(&worth) {
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
