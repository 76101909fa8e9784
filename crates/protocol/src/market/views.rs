//! What the market answers without changing anything (§ 6).

use super::{load, Store};
use crate::{Account, AccountId, AssetId, Error, Line, Sheet, MAX_POSITIONS};
use alloc::vec::Vec;

/// Lines in one answer. ink! has a buffer of 16 KiB for an answer and traps where it is too small;
/// so many lines fit at their longest, as they must in an account's sheet.
pub const LINES_AT_ONCE: usize = MAX_POSITIONS;

/// Lines of an account's sheet, those of the pools beside its own included: as many as fit at their longest.
const MOST_LINES: usize = 12;

/// Some reserves as they are stored, with their prices where there are any: the first
/// [`LINES_AT_ONCE`] of those asked for that are listed. Free numbers are passed over.
///
/// # Errors
/// [`Error::UnknownAsset`] for a number that no reserve can have.
#[inline(never)]
pub fn lines<S: Store>(store: &S, assets: &[AssetId]) -> Result<Vec<Line>, Error> {
    let now_ms = store.now_ms();
    let mut sheet = Sheet::new(now_ms, store.root().params, Account::default());
    for asset in assets {
        if sheet.lines.len() >= LINES_AT_ONCE {
            break;
        }
        let Some(reserve) = store.reserve(*asset) else {
            if *asset < store.root().reserve_count {
                continue;
            }
            return Err(Error::UnknownAsset);
        };
        sheet.lines.push(Line { asset: *asset, reserve, price: None, now_ms, changed: false });
    }
    load::try_load_prices(store, &mut sheet)?;
    Ok(sheet.lines)
}

/// An account with all reserves it uses, those whose pools set the pace of its collaterals as far as an
/// answer has room for them, and their prices.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
#[inline(never)]
pub fn account_sheet<S: Store>(store: &S, account: &AccountId) -> Result<Sheet, Error> {
    let held = store.account(account);
    let assets: Vec<AssetId> = held.positions.iter().map(|position| position.asset).collect();
    let mut sheet = load::sheet_of(store, held, &assets)?;
    load::add_backing(store, &mut sheet)?;
    sheet.lines.truncate(MOST_LINES);
    load::try_load_prices(store, &mut sheet)?;
    Ok(sheet)
}
