use super::{isolation, nonzero, Outcome};
use crate::{
    math::{add, sub},
    shares::{to_assets_up, to_shares_down},
    AssetId, Error, Sheet,
};

/// Repays at most `assets` units of debt; [`crate::ALL`], or anything above the debt, for all of
/// it: no more than is owed is taken. A debt below the minimum may be left: repaying is never
/// refused.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NoDebt`], [`Error::AmountTooSmall`].
#[inline(never)]
pub(super) fn repay(sheet: &mut Sheet, asset: AssetId, assets: u128) -> Result<Outcome, Error> {
    nonzero(assets)?;
    let now_ms = sheet.now_ms;
    let (assets, shares) = burn_debt(sheet, asset, assets)?;
    let reserve = sheet.reserve_mut(asset)?;
    reserve.books.cash = add(reserve.books.cash, assets)?;
    reserve.drop_debt_of_nobody()?;
    reserve.return_outflow(now_ms, assets)?;
    Ok(Outcome::Repaid { asset, assets, shares })
}

/// Takes at most `assets` units of debt off the account and the books, for which somebody pays.
/// Units and debt shares.
///
/// # Errors
/// [`Error::NoDebt`], [`Error::AmountTooSmall`].
#[inline(never)]
pub(super) fn burn_debt(
    sheet: &mut Sheet,
    asset: AssetId,
    assets: u128,
) -> Result<(u128, u128), Error> {
    let mut position = sheet.account.position(asset);
    if position.debt_shares == 0 {
        return Err(Error::NoDebt);
    }
    let shares_before = position.debt_shares;
    let reserve = sheet.reserve_mut(asset)?;
    let pot = reserve.books.owed();
    let owed = to_assets_up(position.debt_shares, pot)?;
    let (assets, shares) = if assets >= owed {
        (owed, position.debt_shares)
    } else {
        (assets, to_shares_down(assets, pot)?)
    };
    if shares == 0 {
        return Err(Error::AmountTooSmall);
    }
    // Each debt rounds up, so the last may repay a unit more than the books remember: that unit
    // is the lenders'.
    reserve.books.borrowed = reserve.books.borrowed.saturating_sub(assets);
    reserve.books.debt_shares = sub(reserve.books.debt_shares, shares)?;
    position.debt_shares = sub(position.debt_shares, shares)?;
    sheet.account.put_position(position);
    isolation::release(sheet, asset, shares_before)?;
    Ok((assets, shares))
}
