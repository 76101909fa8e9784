//! The circuit breaker's messages (§ 7).

use super::{admin::only_owner, load, Store};
use crate::{
    breaker::Transition, Account, AccountId, AccountSnapshot, AssetId, Error, Level, ManualLevel,
};
use alloc::vec::Vec;

/// A level that people have raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    pub until_ms: u64,
    pub transitions: Vec<Transition>,
}

/// Looks at the breaker's measures of some assets, and brings their meters and prices up to now. Anyone may.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
#[inline(never)]
pub fn poke<S: Store>(store: &mut S, assets: &[AssetId]) -> Result<Vec<Transition>, Error> {
    let mut snapshot = poked(store, assets)?;
    Ok(load::keep_reserves(store, &mut snapshot))
}

/// Raises the breaker's level of an asset, or of the whole market, for a while. Only the guardian while
/// their time runs, and the owner.
///
/// # Errors
/// [`Error::NotGuardian`]; those of [`ManualLevel::raise_within`].
#[inline(never)]
pub fn raise_breaker<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: Option<AssetId>,
    level: Level,
    lasts_ms: u64,
) -> Result<Raised, Error> {
    let (now_ms, root) = (store.now_ms(), store.root());
    root.authority().may_raise(caller, now_ms)?;
    let (mut episode, mut guard) = (root.episode, root.guard);
    let longest_ms = root.params.breaker.guardian_max_ms;
    let mut raise = |guard: &mut ManualLevel| {
        guard.raise_within(&mut episode, level, lasts_ms, longest_ms, now_ms)
    };
    let mut transitions = Vec::new();
    match asset {
        None => raise(&mut guard)?,
        Some(asset) => {
            let mut snapshot = poked(store, &[asset])?;
            raise(&mut snapshot.reserve_mut(asset)?.balances.breaker.guard)?;
            transitions = load::keep_reserves(store, &mut snapshot);
        }
    }
    let root = store.root_mut();
    (root.episode, root.guard) = (episode, guard);
    Ok(Raised { until_ms: now_ms.saturating_add(lasts_ms), transitions })
}

/// Takes the breaker of an asset, or what was raised for the whole market, back to Normal. Only the owner.
///
/// # Errors
/// [`Error::NotOwner`], [`Error::UnknownAsset`].
#[inline(never)]
pub fn reset_breaker<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: Option<AssetId>,
) -> Result<Vec<Transition>, Error> {
    only_owner(store, caller)?;
    let Some(asset) = asset else {
        reset_market(store);
        return Ok(Vec::new());
    };
    let mut snapshot = poked(store, &[asset])?;
    let now_ms = snapshot.now_ms;
    snapshot.reserve_mut(asset)?.balances.reset_breaker(now_ms);
    Ok(load::keep_reserves(store, &mut snapshot))
}

/// Lifts what was raised for the whole market. A halt of all is over for each asset: those that were looked at
/// meanwhile have noted the end that it would have had, others nothing.
fn reset_market<S: Store>(store: &mut S) {
    let now_ms = store.now_ms();
    let guard = core::mem::take(&mut store.root_mut().guard);
    if guard.level != Level::Halted {
        return;
    }
    let ended_ms = guard.until_ms.min(now_ms);
    for asset in 0..store.root().reserve_count {
        let Some(mut reserve) = store.reserve(asset) else { continue };
        let until_ms = &mut reserve.balances.gradual.halted_until_ms;
        // An asset's own halt is noted anew when it is looked at next.
        let now_known_ms = (*until_ms).min(now_ms).max(ended_ms);
        if core::mem::replace(until_ms, now_known_ms) != now_known_ms {
            store.put_reserve(asset, &reserve);
        }
    }
}

/// Some reserves with their prices, their breakers, meters and prices up to date.
fn poked<S: Store>(store: &S, assets: &[AssetId]) -> Result<AccountSnapshot, Error> {
    let mut snapshot = load::snapshot_of(store, Account::default(), &[])?;
    for asset in assets {
        // Twice in the list is once: two lines of one asset would undo each other.
        if snapshot.priced(*asset).is_err() {
            let reserve = store.reserve(*asset).ok_or(Error::UnknownAsset)?;
            load::add(&mut snapshot, *asset, reserve)?;
        }
    }
    load::add_backing(store, &mut snapshot)?;
    load::try_load_prices(store, &mut snapshot)?;
    snapshot.poke_some(assets);
    Ok(snapshot)
}
