//! What a message puts on the table, and how it is put back.

use super::Store;
use crate::{breaker::Transition, Account, AccountId, AssetId, Error, Sheet};
use alloc::vec::Vec;

/// An account with some reserves, without prices.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
#[inline(never)]
pub fn sheet_of<S: Store>(store: &S, held: Account, assets: &[AssetId]) -> Result<Sheet, Error> {
    let root = store.root();
    let mut sheet = Sheet::new(store.now_ms(), root.params, held);
    sheet.guard = root.guard;
    for asset in assets {
        let reserve = store.reserve(*asset).ok_or(Error::UnknownAsset)?;
        sheet.add_reserve(*asset, reserve)?;
    }
    Ok(sheet)
}

/// An account with every reserve whose price matters to it, and the prices.
#[inline(never)]
pub(super) fn priced_sheet<S: Store>(store: &S, account: &AccountId) -> Result<Sheet, Error> {
    let held = store.account(account);
    let mut sheet = priced_lines(store, core::slice::from_ref(&held))?;
    sheet.account = held;
    Ok(sheet)
}

/// Every reserve whose price matters to any of some accounts, and the prices, each once.
#[inline(never)]
pub(super) fn priced_lines<S: Store>(store: &S, accounts: &[Account]) -> Result<Sheet, Error> {
    let mut sheet = sheet_of(store, Account::default(), &[])?;
    for position in accounts.iter().flat_map(|account| &account.positions) {
        if position.bears_risk() && sheet.line(position.asset).is_err() {
            let reserve = store.reserve(position.asset).ok_or(Error::UnknownAsset)?;
            sheet.add_reserve(position.asset, reserve)?;
        }
    }
    add_backing(store, &mut sheet)?;
    load_prices(store, &mut sheet)?;
    Ok(sheet)
}

/// Puts the reserves beside those on a sheet whose pools set the pace of its collaterals (§ G8). One that is
/// listed no more sets none.
///
/// # Errors
/// [`Error::Overflow`].
#[inline(never)]
pub fn add_backing<S: Store>(store: &S, sheet: &mut Sheet) -> Result<(), Error> {
    let collaterals = sheet.lines.iter().filter(|line| !line.reserve.config.tiers.is_empty());
    let backed_by: Vec<AssetId> =
        collaterals.filter_map(|line| line.reserve.config.auction.backed_by).collect();
    for asset in backed_by {
        if sheet.line(asset).is_err() {
            if let Some(reserve) = store.reserve(asset) {
                sheet.add_reserve(asset, reserve)?;
            }
        }
    }
    Ok(())
}

/// A reserve with all that its backstop has in stock, on the sheet of an account.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
#[inline(never)]
pub(super) fn stock_sheet<S: Store>(
    store: &S,
    held: Account,
    asset: AssetId,
) -> Result<Sheet, Error> {
    let mut sheet = sheet_of(store, held, &[asset])?;
    let stocks: Vec<AssetId> =
        sheet.line(asset)?.reserve.vault.stocks.iter().map(|stock| stock.asset).collect();
    for stock in stocks.into_iter().filter(|stock| *stock != asset) {
        let reserve = store.reserve(stock).ok_or(Error::UnknownAsset)?;
        sheet.add_reserve(stock, reserve)?;
    }
    Ok(sheet)
}

/// Asks the oracle for all prices of a sheet at once.
#[inline(never)]
pub(super) fn load_prices<S: Store>(store: &S, sheet: &mut Sheet) -> Result<(), Error> {
    if sheet.lines.is_empty() {
        return Ok(());
    }
    let tokens: Vec<AccountId> = sheet.lines.iter().map(|line| line.reserve.config.token).collect();
    let prices = store.prices(&tokens)?;
    for (line, price) in sheet.lines.iter_mut().zip(prices) {
        line.price = price;
    }
    Ok(())
}

/// The same where prices are not indispensable: where the oracle fails there are none.
pub(super) fn try_load_prices<S: Store>(store: &S, sheet: &mut Sheet) -> Result<(), Error> {
    match load_prices(store, sheet) {
        Ok(()) | Err(Error::OracleCallFailed) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Stores the account on the sheet and what has changed of its reserves.
pub(super) fn keep<S: Store>(
    store: &mut S,
    account: &AccountId,
    sheet: &mut Sheet,
) -> Vec<Transition> {
    store.put_account(account, &sheet.account);
    keep_reserves(store, sheet)
}

/// Stores what has changed of the reserves on the sheet. The others keep their interest for later.
/// Changes of the breaker's levels, to be reported.
#[inline(never)]
pub(super) fn keep_reserves<S: Store>(store: &mut S, sheet: &mut Sheet) -> Vec<Transition> {
    for line in sheet.changed() {
        store.put_reserve(line.asset, &line.reserve);
    }
    core::mem::take(&mut sheet.transitions)
}
