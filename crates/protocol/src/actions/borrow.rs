use super::{nonzero, Outcome};
use crate::{
    math::{add, sub},
    shares::to_shares_up,
    AssetId, Error, Sheet,
};

/// Borrows `assets` units against the account's collateral. Cap, minimum and whether the account may
/// owe it are judged at the end of the message.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NotBorrowable`], [`Error::Frozen`],
/// [`Error::InsufficientCash`], [`Error::OutflowLimitReached`].
#[inline(never)]
pub(super) fn borrow(sheet: &mut Sheet, asset: AssetId, assets: u128) -> Result<Outcome, Error> {
    nonzero(assets)?;
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
    reserve.books.debt_shares = add(reserve.books.debt_shares, shares)?;
    position.debt_shares = add(position.debt_shares, shares)?;
    sheet.account.put_position(position);
    Ok(Outcome::Borrowed { asset, assets, shares })
}
