//! An auction: its start, its price, purchases and restarts.
//!
//! Source: makerdao/dss: src/clip.sol, `kick`, `redo`, `take`, `status`.

use super::abaci::Curve;
use crate::math::{add, mul, mul_div_down, sub, RAY, WAD};
use crate::Error;
use primitive_types::U256;

/// Parameters of a collateral type's auctions.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The start price over the oracle's.
    pub buf_ray: U256,
    /// Seconds after which an auction has to be restarted.
    pub tail_s: u64,
    /// Part of the start price below which it has to be.
    pub cusp_ray: U256,
    /// Reward for starting, as a part of what is to be raised.
    pub chip_wad: U256,
    /// And a flat one.
    pub tip_rad: U256,
    /// Dust times penalty: the least that a partial purchase may leave.
    pub chost_rad: U256,
    pub curve: Curve,
}

/// An auction (`sales`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Still to be raised.
    pub tab_rad: U256,
    /// Still for sale.
    pub lot_wad: U256,
    pub start_s: u64,
    pub top_ray: U256,
}

/// Price of an auction, and whether it has to be restarted before it can be bought from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    pub needs_redo: bool,
    pub price_ray: U256,
}

/// What a purchase moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Take {
    /// Paid by the buyer.
    pub owe_rad: U256,
    /// What they get.
    pub slice_wad: U256,
    /// What is left to raise and to sell.
    pub tab_rad: U256,
    pub lot_wad: U256,
    /// Whether that ends the auction.
    pub closed: bool,
    /// Collateral that goes back to the vault's owner.
    pub returned_wad: U256,
    /// By how much the caps' `dirt` falls: also by what will never be raised.
    pub digs_rad: U256,
}

fn top_ray(terms: &Terms, feed_ray: U256) -> Result<U256, Error> {
    let top = mul_div_down(feed_ray, terms.buf_ray, RAY)?;
    if top.is_zero() {
        return Err(Error::NullAuction);
    }
    Ok(top)
}

/// `tip + tab * chip`, rounded down.
fn reward_rad(terms: &Terms, tab_rad: U256) -> Result<U256, Error> {
    add(terms.tip_rad, mul_div_down(tab_rad, terms.chip_wad, WAD)?)
}

/// `kick`: an auction and its starter's reward, rad. `feed_ray` is the oracle's price.
///
/// # Errors
/// [`Error::NullAuction`] without anything to raise, to sell, or a price.
pub fn kick(
    terms: &Terms,
    tab_rad: U256,
    lot_wad: U256,
    feed_ray: U256,
    now_s: u64,
) -> Result<(Sale, U256), Error> {
    if tab_rad.is_zero() || lot_wad.is_zero() {
        return Err(Error::NullAuction);
    }
    let sale = Sale { tab_rad, lot_wad, start_s: now_s, top_ray: top_ray(terms, feed_ray)? };
    Ok((sale, reward_rad(terms, tab_rad)?))
}

/// `status`: stale once more than `tail` has passed, or the price is below `cusp` of its start.
///
/// # Errors
/// [`Error::Overflow`], also for a time before the start.
pub fn status(terms: &Terms, sale: &Sale, now_s: u64) -> Result<Status, Error> {
    let elapsed_s = now_s.checked_sub(sale.start_s).ok_or(Error::Overflow)?;
    let price_ray = terms.curve.price_ray(sale.top_ray, elapsed_s)?;
    let part_ray = mul_div_down(price_ray, RAY, sale.top_ray)?;
    Ok(Status { needs_redo: elapsed_s > terms.tail_s || part_ray < terms.cusp_ray, price_ray })
}

/// `redo`: a stale auction anew at the oracle's price, and the reward, rad: none for dust.
///
/// # Errors
/// [`Error::CannotReset`] unless stale.
pub fn redo(terms: &Terms, sale: &Sale, feed_ray: U256, now_s: u64) -> Result<(Sale, U256), Error> {
    if !status(terms, sale, now_s)?.needs_redo {
        return Err(Error::CannotReset);
    }
    let again = Sale { start_s: now_s, top_ray: top_ray(terms, feed_ray)?, ..*sale };
    let worthwhile =
        sale.tab_rad >= terms.chost_rad && mul(sale.lot_wad, feed_ray)? >= terms.chost_rad;
    let reward = if worthwhile { reward_rad(terms, sale.tab_rad)? } else { U256::zero() };
    Ok((again, reward))
}

/// `take` at a known price: at most `amt_wad`, no more than what is to be raised, no dust left.
///
/// # Errors
/// [`Error::TooExpensive`]; [`Error::NoPartialPurchase`] if all that is to be raised is dust.
pub fn take_at(
    sale: &Sale,
    chost_rad: U256,
    price_ray: U256,
    amt_wad: U256,
    max_ray: U256,
) -> Result<Take, Error> {
    if max_ray < price_ray {
        return Err(Error::TooExpensive);
    }
    let (tab, lot) = (sale.tab_rad, sale.lot_wad);
    let mut slice_wad = lot.min(amt_wad);
    let mut owe_rad = mul(slice_wad, price_ray)?;
    let resize = |owe: U256| owe.checked_div(price_ray).ok_or(Error::DivisionByZero);
    if owe_rad > tab {
        owe_rad = tab;
        slice_wad = resize(owe_rad)?;
    } else if owe_rad < tab && slice_wad < lot && tab - owe_rad < chost_rad {
        if tab <= chost_rad {
            return Err(Error::NoPartialPurchase);
        }
        owe_rad = tab - chost_rad;
        slice_wad = resize(owe_rad)?;
    }
    let (tab_rad, lot_wad) = (sub(tab, owe_rad)?, sub(lot, slice_wad)?);
    let sold_out = lot_wad.is_zero();
    let closed = sold_out || tab_rad.is_zero();
    Ok(Take {
        owe_rad,
        slice_wad,
        tab_rad,
        lot_wad,
        closed,
        returned_wad: if closed { lot_wad } else { U256::zero() },
        digs_rad: if sold_out { tab } else { owe_rad },
    })
}

/// `take`: a purchase at the price of the moment.
///
/// # Errors
/// [`Error::NeedsReset`] from a stale auction; as [`take_at`].
pub fn take(
    terms: &Terms,
    sale: &Sale,
    amt_wad: U256,
    max_ray: U256,
    now_s: u64,
) -> Result<Take, Error> {
    let Status { needs_redo, price_ray } = status(terms, sale, now_s)?;
    if needs_redo {
        return Err(Error::NeedsReset);
    }
    take_at(sale, terms.chost_rad, price_ray, amt_wad, max_ray)
}
