//! What a message puts on the table, and how it is put back.

use super::{rehearsal::rehearse, Store};
use crate::{breaker::Transition, Account, AccountId, AccountSnapshot, AssetId, Error, Reserve};
use alloc::vec::Vec;

/// An account with some reserves, without prices.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
#[inline(never)]
pub fn snapshot_of<S: Store>(
    store: &S,
    held: Account,
    assets: &[AssetId],
) -> Result<AccountSnapshot, Error> {
    let root = store.root();
    let mut snapshot = AccountSnapshot::new(store.now_ms(), root.params, held);
    snapshot.guard = root.guard;
    for asset in assets {
        let reserve = store.reserve(*asset).ok_or(Error::UnknownAsset)?;
        add(&mut snapshot, *asset, reserve)?;
    }
    Ok(snapshot)
}

/// An account with every reserve whose price matters to it, and the prices.
#[inline(never)]
pub(super) fn priced_sheet<S: Store>(
    store: &S,
    account: &AccountId,
) -> Result<AccountSnapshot, Error> {
    let held = store.account(account);
    let mut snapshot = priced_lines(store, core::slice::from_ref(&held))?;
    snapshot.account = held;
    Ok(snapshot)
}

/// Every reserve whose price matters to any of some accounts, and the prices, each once.
#[inline(never)]
pub(super) fn priced_lines<S: Store>(
    store: &S,
    accounts: &[Account],
) -> Result<AccountSnapshot, Error> {
    let mut snapshot = snapshot_of(store, Account::default(), &[])?;
    for position in accounts.iter().flat_map(|account| &account.positions) {
        if position.bears_risk() && snapshot.priced(position.asset).is_err() {
            let reserve = store.reserve(position.asset).ok_or(Error::UnknownAsset)?;
            add(&mut snapshot, position.asset, reserve)?;
        }
    }
    add_backing(store, &mut snapshot)?;
    load_prices(store, &mut snapshot)?;
    Ok(snapshot)
}

/// Puts a reserve on a snapshot.
///
/// # Errors
/// [`Error::Overflow`].
pub(super) fn add(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    reserve: Reserve,
) -> Result<(), Error> {
    rehearse(&reserve, &snapshot.params, snapshot.now_ms);
    snapshot.add_reserve(asset, reserve)
}

/// Puts the reserves beside those on a snapshot whose pools set the pace of its collaterals (§ G8). One that is
/// listed no more sets none.
///
/// # Errors
/// [`Error::Overflow`].
#[inline(never)]
pub fn add_backing<S: Store>(store: &S, snapshot: &mut AccountSnapshot) -> Result<(), Error> {
    let collaterals =
        snapshot.reserves.iter().filter(|priced| !priced.reserve.config.tiers.is_empty());
    let backed_by: Vec<AssetId> =
        collaterals.filter_map(|priced| priced.reserve.config.auction.backed_by).collect();
    for asset in backed_by {
        if snapshot.priced(asset).is_err() {
            if let Some(reserve) = store.reserve(asset) {
                add(snapshot, asset, reserve)?;
            }
        }
    }
    Ok(())
}

/// A reserve with all that its backstop has in stock, on the snapshot of an account.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
#[inline(never)]
pub(super) fn stock_sheet<S: Store>(
    store: &S,
    held: Account,
    asset: AssetId,
) -> Result<AccountSnapshot, Error> {
    let mut snapshot = snapshot_of(store, held, &[asset])?;
    let stocks: Vec<AssetId> =
        snapshot.priced(asset)?.reserve.vault.stocks.iter().map(|stock| stock.asset).collect();
    for stock in stocks.into_iter().filter(|stock| *stock != asset) {
        let reserve = store.reserve(stock).ok_or(Error::UnknownAsset)?;
        add(&mut snapshot, stock, reserve)?;
    }
    Ok(snapshot)
}

/// Asks the oracle for all prices of a snapshot at once.
#[inline(never)]
pub(super) fn load_prices<S: Store>(
    store: &S,
    snapshot: &mut AccountSnapshot,
) -> Result<(), Error> {
    if snapshot.reserves.is_empty() {
        return Ok(());
    }
    let tokens: Vec<AccountId> =
        snapshot.reserves.iter().map(|priced| priced.reserve.config.token).collect();
    let prices = store.prices(&tokens)?;
    for (priced, price) in snapshot.reserves.iter_mut().zip(prices) {
        priced.price = price;
    }
    Ok(())
}

/// The same where prices are not indispensable: where the oracle fails there are none.
pub(super) fn try_load_prices<S: Store>(
    store: &S,
    snapshot: &mut AccountSnapshot,
) -> Result<(), Error> {
    match load_prices(store, snapshot) {
        Ok(()) | Err(Error::OracleCallFailed) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Stores the account on the snapshot and what has changed of its reserves.
pub(super) fn keep<S: Store>(
    store: &mut S,
    account: &AccountId,
    snapshot: &mut AccountSnapshot,
) -> Vec<Transition> {
    store.put_account(account, &snapshot.account);
    keep_reserves(store, snapshot)
}

/// Stores what has changed of the reserves on the snapshot. The others keep their interest for later.
/// Changes of the breaker's levels, to be reported.
#[inline(never)]
pub(super) fn keep_reserves<S: Store>(
    store: &mut S,
    snapshot: &mut AccountSnapshot,
) -> Vec<Transition> {
    for priced in snapshot.changed() {
        store.put_reserve(priced.asset, &priced.reserve);
    }
    core::mem::take(&mut snapshot.transitions)
}
