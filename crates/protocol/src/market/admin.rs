//! The owner's messages (§ 4.12, § 4.13, § 5).

use super::{load, payable, Payment, Store};
use crate::{
    breaker::Transition,
    treasury::{self, Collected},
    Account, AccountId, AssetId, Error, Income, MarketParams, Reserve, ReserveConfig, MAX_RESERVES,
};
use alloc::vec::Vec;

/// Something that was paid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    pub receiver: AccountId,
    pub payment: Payment,
    /// Supply shares given up for it.
    pub shares: u128,
    pub transitions: Vec<Transition>,
}

/// # Errors
/// [`Error::NotOwner`].
pub fn only_owner<S: Store>(store: &S, caller: &AccountId) -> Result<(), Error> {
    store.root().authority().only_owner(caller)
}

/// Lists an asset and returns its number, the lowest that is free. Only the owner.
///
/// # Errors
/// [`Error::NotOwner`], [`Error::AlreadyListed`], [`Error::TooManyReserves`]; those of
/// [`ReserveConfig::validate`].
#[inline(never)]
pub fn list_reserve<S: Store>(
    store: &mut S,
    caller: &AccountId,
    config: ReserveConfig,
) -> Result<AssetId, Error> {
    only_owner(store, caller)?;
    let token = config.token;
    if store.asset_of(&token).is_some() {
        return Err(Error::AlreadyListed);
    }
    let count = store.root().reserve_count;
    let asset = (0..count).find(|asset| !store.has_reserve(*asset)).unwrap_or(count);
    if asset >= MAX_RESERVES {
        return Err(Error::TooManyReserves);
    }
    let reserve = Reserve::new(config, store.now_ms())?;
    store.root_mut().reserve_count = count.max(asset.saturating_add(1));
    store.put_reserve(asset, &reserve);
    store.put_asset_of(&token, Some(asset));
    Ok(asset)
}

/// Replaces an asset's parameters, all but its token. Only the owner.
///
/// # Errors
/// [`Error::NotOwner`], [`Error::UnknownAsset`]; those of [`Reserve::reconfigure`].
#[inline(never)]
pub fn configure_reserve<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
    config: ReserveConfig,
) -> Result<(), Error> {
    only_owner(store, caller)?;
    let mut reserve = store.reserve(asset).ok_or(Error::UnknownAsset)?;
    reserve.reconfigure(config, store.now_ms())?;
    store.put_reserve(asset, &reserve);
    Ok(())
}

/// Replaces the market's parameters. Only the owner.
///
/// # Errors
/// [`Error::NotOwner`]; those of [`MarketParams::validate`].
#[inline(never)]
pub fn set_params<S: Store>(
    store: &mut S,
    caller: &AccountId,
    params: &MarketParams,
) -> Result<(), Error> {
    only_owner(store, caller)?;
    params.validate()?;
    store.root_mut().params = *params;
    Ok(())
}

/// Appoints the guardian until a time, in Unix milliseconds. Only the owner.
///
/// # Errors
/// [`Error::NotOwner`].
pub fn set_guardian<S: Store>(
    store: &mut S,
    caller: &AccountId,
    guardian: AccountId,
    until_ms: u64,
) -> Result<(), Error> {
    only_owner(store, caller)?;
    let root = store.root_mut();
    (root.guardian, root.guardian_until_ms) = (guardian, until_ms);
    Ok(())
}

/// Offers the market to another owner; to the present one to take that back. Only the owner. To whom it is
/// offered now.
///
/// # Errors
/// [`Error::NotOwner`].
#[inline(never)]
pub fn transfer_ownership<S: Store>(
    store: &mut S,
    caller: &AccountId,
    to: AccountId,
) -> Result<Option<AccountId>, Error> {
    let mut authority = store.root().authority();
    authority.offer(caller, to)?;
    store.put_offered(authority.offered);
    Ok(authority.offered)
}

/// Makes the caller the owner, if the market was offered to them. The owner before.
///
/// # Errors
/// [`Error::NotPendingOwner`].
#[inline(never)]
pub fn accept_ownership<S: Store>(store: &mut S, caller: &AccountId) -> Result<AccountId, Error> {
    let mut authority = store.root().authority();
    authority.offered = store.offered();
    let from = authority.accept(caller)?;
    store.put_offered(None);
    store.root_mut().owner = authority.owner;
    Ok(from)
}

/// Takes `amount` units of the protocol's income, or all that may be collected now, for a receiver.
/// Only the owner.
///
/// # Errors
/// [`Error::NotOwner`], [`Error::BadReceiver`], [`Error::UnknownAsset`]; those of [`treasury::collect`].
#[inline(never)]
pub fn collect<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
    income: Income,
    amount: u128,
    receiver: AccountId,
) -> Result<Paid, Error> {
    only_owner(store, caller)?;
    let receiver = payable(store, caller, Some(receiver))?;
    let mut snapshot = load::snapshot_of(store, Account::default(), &[asset])?;
    load::try_load_prices(store, &mut snapshot)?;
    let Collected { amount, shares } = treasury::collect(&mut snapshot, asset, income, amount)?;
    let token = snapshot.priced(asset)?.reserve.config.token;
    let transitions = load::keep_reserves(store, &mut snapshot);
    let payment = Payment { asset, token, paid_in: 0, paid_out: amount };
    Ok(Paid { receiver, payment, shares, transitions })
}

/// Takes an asset off the market of which nobody has, owes or may claim anything, and whose backstop sets no
/// other collateral's pace: its number is used again. Only the owner. Its token.
///
/// # Errors
/// [`Error::NotOwner`], [`Error::UnknownAsset`], [`Error::ReserveNotEmpty`].
#[inline(never)]
pub fn delist_reserve<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
) -> Result<AccountId, Error> {
    only_owner(store, caller)?;
    let reserve = store.reserve(asset).ok_or(Error::UnknownAsset)?;
    reserve.may_be_delisted()?;
    let mut others = (0..store.root().reserve_count).filter(|other| *other != asset);
    let follows = |other: AssetId| {
        let named = store.reserve(other).and_then(|other| other.config.auction.backed_by);
        named == Some(asset)
    };
    if others.any(follows) {
        return Err(Error::ReserveNotEmpty);
    }
    let token = reserve.config.token;
    store.remove_reserve(asset);
    store.put_asset_of(&token, None);
    // One above the highest number that is left.
    let mut count = store.root().reserve_count;
    while let Some(last) = count.checked_sub(1).filter(|last| !store.has_reserve(*last)) {
        count = last;
    }
    store.root_mut().reserve_count = count;
    Ok(token)
}
