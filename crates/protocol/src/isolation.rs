//! Isolated collateral and siloed debt: assets that may not be mixed with others (§ 3.7).

use crate::{
    account::Isolation,
    math::{add, mul_div_up},
    Account, AssetId, Error, Sheet,
};

/// Refuses a first deposit of collateral that would mix isolated collateral with other collateral
/// in an account that is in debt.
///
/// # Errors
/// [`Error::IsolatedCollateral`].
#[inline(never)]
pub fn check_deposit(sheet: &Sheet, asset: AssetId) -> Result<(), Error> {
    let account = &sheet.account;
    if !account.has_debt() || account.position(asset).collateral != 0 {
        return Ok(());
    }
    let isolated = sheet.line(asset)?.reserve.config.isolation_ceiling_wad.is_some();
    if account.isolation.is_some() || (isolated && account.has_collateral()) {
        return Err(Error::IsolatedCollateral);
    }
    Ok(())
}

/// Checks an account that has just borrowed `borrowed_wad` and counts it against the ceiling of
/// its isolated collateral, if it has any.
///
/// # Errors
/// [`Error::SiloedDebt`], [`Error::IsolatedCollateral`], [`Error::IsolationCeilingExceeded`].
#[inline(never)]
pub fn check_borrow(sheet: &mut Sheet, borrowed_wad: u128) -> Result<(), Error> {
    let debts = sheet.account.debts().count();
    for debt in sheet.account.debts() {
        if debts > 1 && sheet.line(debt.asset)?.reserve.config.siloed {
            return Err(Error::SiloedDebt);
        }
    }
    let Some((asset, ceiling_wad)) = isolated_collateral(sheet)? else { return Ok(()) };
    if debts > 1 || sheet.account.collaterals().count() > 1 {
        return Err(Error::IsolatedCollateral);
    }
    let books = &mut sheet.reserve_mut(asset)?.books;
    books.isolated_debt_wad = add(books.isolated_debt_wad, borrowed_wad)?;
    if books.isolated_debt_wad > ceiling_wad {
        return Err(Error::IsolationCeilingExceeded);
    }
    let counted_wad = sheet.account.isolation.map_or(0, |isolation| isolation.debt_wad);
    let debt_wad = add(counted_wad, borrowed_wad)?;
    sheet.account.isolation = Some(Isolation { asset, debt_wad });
    Ok(())
}

/// Gives back room under the ceiling in the proportion in which debt was repaid or written off.
/// An account in isolation owes one asset only, so its debt shares are the measure.
#[inline(never)]
pub fn release(sheet: &mut Sheet, shares_before: u128) -> Result<(), Error> {
    let Some(isolation) = sheet.account.isolation else { return Ok(()) };
    let shares_left: u128 = debt_shares(&sheet.account);
    let left_wad = if shares_before == 0 {
        0
    } else {
        mul_div_up(isolation.debt_wad, shares_left, shares_before)?
    };
    let released_wad = isolation.debt_wad.saturating_sub(left_wad);
    let books = &mut sheet.reserve_mut(isolation.asset)?.books;
    books.isolated_debt_wad = books.isolated_debt_wad.saturating_sub(released_wad);
    sheet.account.isolation =
        (shares_left != 0).then_some(Isolation { debt_wad: left_wad, ..isolation });
    Ok(())
}

/// Debt shares of the one asset that an account in isolation owes.
pub fn debt_shares(account: &Account) -> u128 {
    account.debts().map(|debt| debt.debt_shares).next().unwrap_or(0)
}

/// The account's isolated collateral and its ceiling.
fn isolated_collateral(sheet: &Sheet) -> Result<Option<(AssetId, u128)>, Error> {
    for held in sheet.account.collaterals() {
        if let Some(ceiling_wad) = sheet.line(held.asset)?.reserve.config.isolation_ceiling_wad {
            return Ok(Some((held.asset, ceiling_wad)));
        }
    }
    Ok(None)
}
