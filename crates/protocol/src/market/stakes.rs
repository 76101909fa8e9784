//! Stakes in backstops (§ 4.9).

use super::{load, payable, Paid, Payment, Store};
use crate::{
    backstop::{self, Deposited, Sums},
    breaker::Transition,
    AccountId, AssetId, Error, Pool, Stake,
};
use alloc::vec::Vec;

/// What a deposit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staked {
    pub deposited: Deposited,
    /// The pool's epoch after it.
    pub epoch: u32,
    pub payment: Payment,
}

/// What a withdrawal did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unstaked {
    /// Pool shares given up.
    pub shares: u128,
    /// What they became: money that the account has lent.
    pub supply_shares: u128,
    pub transitions: Vec<Transition>,
}

/// Lends `assets` units of the caller's and puts them into the backstop of the asset.
///
/// # Errors
/// [`Error::UnknownAsset`]; those of [`backstop::deposit`].
#[inline(never)]
pub fn backstop_deposit<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
    assets: u128,
) -> Result<Staked, Error> {
    let now_ms = store.now_ms();
    let mut reserve = store.reserve(asset).ok_or(Error::UnknownAsset)?;
    reserve.accrue(now_ms)?;
    let (mut pool, mut stake, ended) = load_stake(store, asset, caller);
    let deposited =
        backstop::deposit(&mut reserve, &mut pool, &mut stake, ended.as_ref(), assets, now_ms)?;
    store.put_reserve(asset, &reserve);
    store.put_pool(asset, &pool);
    store.put_stake(asset, caller, &stake);
    if let Some((over, sums)) = &deposited.ended {
        store.put_ended_sums(asset, *over, sums);
    }
    let payment = Payment { asset, token: reserve.config.token, paid_in: assets, paid_out: 0 };
    Ok(Staked { deposited, epoch: pool.epoch, payment })
}

/// Gives notice of withdrawal.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::NoStake`].
#[inline(never)]
pub fn backstop_give_notice<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
) -> Result<u64, Error> {
    let notice_ms = store.now_ms();
    let mut stake = settled_stake(store, asset, caller)?.1;
    stake.give_notice(notice_ms)?;
    store.put_stake(asset, caller, &stake);
    Ok(notice_ms)
}

/// Takes at most `shares` pool shares of the caller's out.
///
/// # Errors
/// [`Error::UnknownAsset`]; those of [`backstop::withdraw`].
#[inline(never)]
pub fn backstop_withdraw<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
    shares: u128,
) -> Result<Unstaked, Error> {
    let (mut pool, mut stake) = settled_stake(store, asset, caller)?;
    let mut sheet = load::sheet_of(store, store.account(caller), &[asset])?;
    let (shares, supply_shares) =
        backstop::withdraw(&mut sheet, asset, &mut pool, &mut stake, shares)?;
    let transitions = load::keep(store, caller, &mut sheet);
    store.put_pool(asset, &pool);
    store.put_stake(asset, caller, &stake);
    Ok(Unstaked { shares, supply_shares, transitions })
}

/// Pays out the caller's part of the collateral that the backstop of `asset` has bought.
///
/// # Errors
/// [`Error::BadReceiver`], [`Error::UnknownAsset`], [`Error::NoReward`].
#[inline(never)]
pub fn backstop_claim<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
    collateral: AssetId,
    receiver: Option<AccountId>,
) -> Result<Paid, Error> {
    let receiver = payable(store, caller, receiver)?;
    let mut stake = settled_stake(store, asset, caller)?.1;
    let mut lot = store.reserve(collateral).ok_or(Error::UnknownAsset)?;
    let amount = stake.claim(collateral, &mut lot)?;
    store.put_reserve(collateral, &lot);
    store.put_stake(asset, caller, &stake);
    let payment =
        Payment { asset: collateral, token: lot.config.token, paid_in: 0, paid_out: amount };
    Ok(Paid { receiver, payment, shares: 0, transitions: Vec::new() })
}

/// A pool, and a stake in it with gains up to now.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
#[inline(never)]
pub fn settled_stake<S: Store>(
    store: &S,
    asset: AssetId,
    account: &AccountId,
) -> Result<(Pool, Stake), Error> {
    let (pool, mut stake, ended) = load_stake(store, asset, account);
    let reserve = store.reserve(asset).ok_or(Error::UnknownAsset)?;
    stake.settle(&pool, ended.as_ref(), reserve.config.decimals)?;
    Ok((pool, stake))
}

/// A pool, a stake in it, and the last sums of the stake's epoch where that is over.
fn load_stake<S: Store>(
    store: &S,
    asset: AssetId,
    account: &AccountId,
) -> (Pool, Stake, Option<Sums>) {
    let pool = store.pool(asset);
    let stake = store.stake(asset, account);
    let is_over = stake.epoch != pool.epoch;
    let ended = if is_over { store.ended_sums(asset, stake.epoch) } else { None };
    (pool, stake, ended)
}
