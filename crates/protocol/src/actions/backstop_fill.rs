use super::{
    repay::burn_debt,
    take::{hand_over, require_pair, Taken},
    write_off::write_off_if_lost,
};
use crate::{
    auction::{fill, pool_terms, Fill, Terms},
    gradual::{offer::ltv_up_wad, pool::MAX_STOCKS},
    health::Health,
    math::{add, bps_to_wad},
    price::Use,
    AssetId, Error, Position, Sheet,
};
use alloc::vec::Vec;

/// A purchase by the backstop of `debt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bought {
    pub collateral: AssetId,
    pub debt: AssetId,
    pub taken: Taken,
}

/// The backstop of `debt` buys collateral of an account in auction that is near insolvency, as much as it
/// can and may, at the oracle's price (§ 4.9). It pays with supply shares that it gives up: no token
/// moves, and nothing is sold to the market, so the meter does not count it.
///
/// Takes and starts do the same by themselves; this is for the pairs that they pass by.
///
/// # Errors
/// [`Error::BackstopLevelNotReached`], [`Error::BackstopEmpty`], [`Error::TooManyPositions`] where it
/// holds as many kinds as it can; those of a take.
#[inline(never)]
pub fn backstop_fill(
    sheet: &mut Sheet,
    collateral: AssetId,
    debt: AssetId,
) -> Result<Bought, Error> {
    require_pair(sheet, collateral, debt)?;
    let planned = plan(sheet, &sheet.health()?, collateral, debt)?;
    buy(sheet, collateral, debt, planned)
}

/// Whether an unhealthy account is so near insolvency that a backstop which has money may buy of it.
pub(super) fn pool_may_buy(sheet: &Sheet, health: &Health) -> bool {
    let has_money = |owed: &Position| {
        sheet.line(owed.asset).is_ok_and(|line| {
            line.reserve.books.backstop_shares != 0 && line.reserve.vault.shares != 0
        })
    };
    let ltv_wad = ltv_up_wad(health);
    let is_near = |held: &Position| {
        sheet
            .line(held.asset)
            .is_ok_and(|line| ltv_wad >= bps_to_wad(line.reserve.config.auction.pool_ltv_bps))
    };
    sheet.account.debts().any(has_money) && sheet.account.collaterals().any(is_near)
}

/// What a backstop buys by itself in a message that touches an account in auction: of the first pair that
/// may be sold and whose pool can buy.
///
/// # Errors
/// [`Error::Overflow`]: where it can't buy, it buys nothing.
#[inline(never)]
pub fn buy_tail(sheet: &mut Sheet) -> Result<Option<Bought>, Error> {
    let health = sheet.health()?;
    if !pool_may_buy(sheet, &health) {
        return Ok(None);
    }
    let debts: Vec<AssetId> = sheet.account.debts().map(|owed| owed.asset).collect();
    let lots: Vec<AssetId> = sheet.account.collaterals().map(|held| held.asset).collect();
    for debt in debts {
        for collateral in &lots {
            // What refuses has changed nothing: a price that is not good, an order, an empty pool.
            match plan(sheet, &health, *collateral, debt) {
                Ok(planned) => return buy(sheet, *collateral, debt, planned).map(Some),
                Err(Error::Overflow) => return Err(Error::Overflow),
                Err(_) => {}
            }
        }
    }
    Ok(None)
}

/// What a backstop would buy of a pair; whatever refuses is here.
#[inline(never)]
fn plan(
    sheet: &Sheet,
    health: &Health,
    collateral: AssetId,
    debt: AssetId,
) -> Result<(Terms, Fill), Error> {
    for asset in [collateral, debt] {
        sheet.line(asset)?.require_price(Use::Settlement)?;
    }
    let terms = pool_terms(sheet, health, collateral, debt)?;
    let terms = terms.ok_or(Error::BackstopLevelNotReached)?;
    let reserve = &sheet.line(debt)?.reserve;
    let funds = reserve.backstop_assets_down()?;
    if funds == 0 || reserve.vault.shares == 0 {
        return Err(Error::BackstopEmpty);
    }
    let stocks = &reserve.vault.stocks;
    if stocks.len() >= MAX_STOCKS && !stocks.iter().any(|stock| stock.asset == collateral) {
        return Err(Error::TooManyPositions);
    }
    let fill = fill(sheet, &terms, collateral, debt, funds)?;
    Ok((terms, fill))
}

#[inline(never)]
fn buy(
    sheet: &mut Sheet,
    collateral: AssetId,
    debt: AssetId,
    (terms, fill): (Terms, Fill),
) -> Result<Bought, Error> {
    sheet.touch(collateral)?;
    let reserve = sheet.reserve_mut(debt)?;
    reserve.burn_backstop_up(fill.repaid)?;
    reserve.vault.bought(collateral, fill.received, fill.repaid)?;
    let (_, shares) = burn_debt(sheet, debt, fill.repaid)?;
    let reward_to = hand_over(sheet, &fill, collateral, None)?;
    let books = &mut sheet.reserve_mut(collateral)?.books;
    books.backstop_collateral = add(books.backstop_collateral, fill.received)?;
    let written_off = write_off_if_lost(sheet)?;
    let ended = sheet.cure();
    let taken = Taken { terms, fill, shares, paid_out: 0, reward_to, written_off, ended };
    Ok(Bought { collateral, debt, taken })
}
