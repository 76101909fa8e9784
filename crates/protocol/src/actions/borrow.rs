use super::{nonzero, Outcome};
use crate::{
    health::value_up,
    isolation,
    math::{add, sub},
    shares::{to_assets_up, to_shares_up},
    AssetId, Error, Sheet,
};

/// Borrows `assets` units against the account's collateral.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::AuctionRunning`], [`Error::NotBorrowable`], [`Error::Frozen`],
/// [`Error::InsufficientCash`], [`Error::OutflowLimitReached`], [`Error::BorrowCapExceeded`],
/// [`Error::DebtBelowMinimum`], those of isolated collateral and siloed debt.
#[inline(never)]
pub(super) fn borrow(sheet: &mut Sheet, asset: AssetId, assets: u128) -> Result<Outcome, Error> {
    nonzero(assets)?;
    if sheet.account.auction.is_some() {
        return Err(Error::AuctionRunning);
    }
    let now_ms = sheet.now_ms;
    let mut position = sheet.account.position(asset);
    let reserve = sheet.reserve_mut(asset)?;
    if !reserve.config.borrowable {
        return Err(Error::NotBorrowable);
    }
    if reserve.config.frozen {
        return Err(Error::Frozen);
    }
    if assets > reserve.books.cash {
        return Err(Error::InsufficientCash);
    }
    reserve.note_outflow(now_ms, assets)?;
    let shares = to_shares_up(assets, reserve.books.owed())?;
    reserve.books.cash = sub(reserve.books.cash, assets)?;
    reserve.books.borrowed = add(reserve.books.borrowed, assets)?;
    if reserve.books.borrowed > reserve.config.borrow_cap {
        return Err(Error::BorrowCapExceeded);
    }
    reserve.books.debt_shares = add(reserve.books.debt_shares, shares)?;
    position.debt_shares = add(position.debt_shares, shares)?;
    if to_assets_up(position.debt_shares, reserve.books.owed())? < reserve.config.min_debt {
        return Err(Error::DebtBelowMinimum);
    }
    let decimals = reserve.config.decimals;
    sheet.account.set_position(position)?;
    let borrowed_wad = value_up(assets, sheet.line(asset)?.price()?.high_wad, decimals)?;
    isolation::check_borrow(sheet, borrowed_wad)?;
    Ok(Outcome::Borrowed { asset, assets, shares })
}
