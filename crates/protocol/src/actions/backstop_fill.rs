use super::{
    repay::burn_debt,
    take::{hand_over, require_pair, Taken},
    write_off::write_off_if_lost,
};
use crate::{
    auction::{fill, pool_terms},
    gradual::pool::MAX_STOCKS,
    math::add,
    AssetId, Error, Reserve, Sheet,
};

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
    buy(sheet, collateral, debt)
}

/// What the backstop buys by itself in a message that touches an account in auction: of the pair of the
/// collateral that must be sold first and the debt whose pool has money.
///
/// # Errors
/// [`Error::Overflow`]: where it can't buy, it buys nothing.
#[inline(never)]
pub(super) fn buy_tail(sheet: &mut Sheet) -> Result<Option<Bought>, Error> {
    let debts = sheet.account.debts().map(|owed| owed.asset);
    let funded = |debt: &AssetId| {
        sheet.line(*debt).is_ok_and(|line| has_money(&line.reserve)) && !is_unfit(sheet, *debt)
    };
    let Some(debt) = debts.into_iter().find(funded) else { return Ok(None) };
    let health = sheet.health()?;
    let lots: alloc::vec::Vec<AssetId> =
        sheet.account.collaterals().map(|held| held.asset).filter(|of| *of != debt).collect();
    for collateral in lots {
        if is_unfit(sheet, collateral) {
            continue;
        }
        // What may not be sold before others, or is not near insolvency, is passed by.
        match pool_terms(sheet, &health, collateral, debt) {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(None),
            Err(_) => continue,
        }
        return match buy(sheet, collateral, debt) {
            Ok(bought) => Ok(Some(bought)),
            Err(Error::Overflow | Error::DivisionByZero) => Err(Error::Overflow),
            Err(_) => Ok(None),
        };
    }
    Ok(None)
}

/// Whether a position in an asset can't be settled now.
fn is_unfit(sheet: &Sheet, asset: AssetId) -> bool {
    !matches!(sheet.settles_since(asset), Ok(Some(_)))
}

/// Whether the pool of a reserve can buy.
const fn has_money(reserve: &Reserve) -> bool {
    reserve.books.backstop_shares != 0 && reserve.vault.shares != 0
}

/// Whatever refuses comes before the first change.
#[inline(never)]
fn buy(sheet: &mut Sheet, collateral: AssetId, debt: AssetId) -> Result<Bought, Error> {
    let health = sheet.health()?;
    let terms = pool_terms(sheet, &health, collateral, debt)?;
    let terms = terms.ok_or(Error::BackstopLevelNotReached)?;
    let reserve = &sheet.line(debt)?.reserve;
    let funds = reserve.backstop_assets_down()?;
    if funds == 0 || !has_money(reserve) {
        return Err(Error::BackstopEmpty);
    }
    let stocks = &reserve.vault.stocks;
    if stocks.len() >= MAX_STOCKS && !stocks.iter().any(|stock| stock.asset == collateral) {
        return Err(Error::TooManyPositions);
    }
    let fill = fill(sheet, &terms, collateral, debt, funds)?;
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
