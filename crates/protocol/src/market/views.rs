//! What the market answers without changing anything (§ 6).

use super::{load, Store};
use crate::{Account, AccountId, AccountSnapshot, AssetId, Error, PricedReserve, MAX_POSITIONS};
use alloc::vec::Vec;

/// Lines in one answer. ink! has a buffer of 16 KiB for an answer and traps where it is too small;
/// so many lines fit at their longest, as they must in an account's snapshot.
pub const RESERVES_AT_ONCE: usize = MAX_POSITIONS;

/// Lines of an account's snapshot, those of the pools beside its own included: as many as fit at their longest.
const MOST_LINES: usize = 12;

/// Some reserves as they are stored, with their prices where there are any: the first
/// [`RESERVES_AT_ONCE`] of those asked for that are listed. Free numbers are passed over.
///
/// # Errors
/// [`Error::UnknownAsset`] for a number that no reserve can have.
#[inline(never)]
pub fn priced_reserves<S: Store>(
    store: &S,
    assets: &[AssetId],
) -> Result<Vec<PricedReserve>, Error> {
    let now_ms = store.now_ms();
    let mut snapshot = AccountSnapshot::new(now_ms, store.root().params, Account::default());
    for asset in assets {
        if snapshot.reserves.len() >= RESERVES_AT_ONCE {
            break;
        }
        let Some(reserve) = store.reserve(*asset) else {
            if *asset < store.root().reserve_count {
                continue;
            }
            return Err(Error::UnknownAsset);
        };
        snapshot.reserves.push(PricedReserve {
            asset: *asset,
            reserve,
            price: None,
            now_ms,
            changed: false,
        });
    }
    load::try_load_prices(store, &mut snapshot)?;
    Ok(snapshot.reserves)
}

/// An account with all reserves it uses, those whose pools set the pace of its collaterals as far as an
/// answer has room for them, and their prices.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
#[inline(never)]
pub fn account_snapshot<S: Store>(
    store: &S,
    account: &AccountId,
) -> Result<AccountSnapshot, Error> {
    let held = store.account(account);
    let assets: Vec<AssetId> = held.positions.iter().map(|position| position.asset).collect();
    let mut snapshot = load::snapshot_of(store, held, &assets)?;
    load::add_backing(store, &mut snapshot)?;
    snapshot.reserves.truncate(MOST_LINES);
    load::try_load_prices(store, &mut snapshot)?;
    Ok(snapshot)
}
