use super::{nonzero, require_within_ltv};
use crate::{
    math::{add, sub},
    shares::{to_assets_up, to_shares_up},
    AssetId, Error, Sheet,
};

/// What a borrow gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Borrowed {
    /// Units paid out.
    pub assets: u128,
    /// Debt shares the account owes on top.
    pub shares: u128,
}

/// Borrows `assets` units against the account's collateral.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::AuctionRunning`], [`Error::NotBorrowable`],
/// [`Error::InsufficientCash`], [`Error::BorrowCapExceeded`], [`Error::DebtBelowMinimum`],
/// [`Error::InsufficientCollateral`], price errors.
pub fn borrow(sheet: &mut Sheet, asset: AssetId, assets: u128) -> Result<Borrowed, Error> {
    nonzero(assets)?;
    if sheet.account.auction.is_some() {
        return Err(Error::AuctionRunning);
    }
    let mut position = sheet.account.position(asset);
    let reserve = sheet.reserve_mut(asset)?;
    if !reserve.config.borrowable {
        return Err(Error::NotBorrowable);
    }
    if assets > reserve.books.cash {
        return Err(Error::InsufficientCash);
    }
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
    sheet.account.set_position(position)?;
    require_within_ltv(sheet)?;
    Ok(Borrowed { assets, shares })
}
