//! What starts and ends an auction without a sale.

use super::{
    index::{self, Page},
    load,
    rewards::{self, Earnings},
    sale, Filled, Store,
};
use crate::{actions, breaker::Transition, AccountId, AssetId, Error};
use alloc::vec::Vec;

/// An auction that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub started_ms: u64,
    /// What the backstop bought at once. Where that has made the account healthy the auction is over.
    pub bought: Option<Filled>,
    pub transitions: Vec<Transition>,
}

/// An auction that a cure has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cured {
    pub transitions: Vec<Transition>,
}

/// Starts the auction of an account whose health factor is below 1 (§ 4.1). Anyone may.
///
/// # Errors
/// Those of [`actions::start_liquidation`], of prices.
#[inline(never)]
pub fn liquidate<S: Store>(
    store: &mut S,
    starter: &AccountId,
    account: &AccountId,
) -> Result<Started, Error> {
    let mut sheet = load::priced_sheet(store, account)?;
    let mut page = Page::with_room(store);
    let lots: Vec<AssetId> = sheet.account.collaterals().map(|held| held.asset).collect();
    let bought = actions::start_liquidation(&mut sheet, *starter, page.number)?;
    let bought = bought.map(|bought| sale::of_pool(&sheet, bought)).transpose()?;
    let mut earned = Earnings::default();
    if let Some(sale) = &bought {
        earned.note(store, sale.collateral, &sale.taken)?;
    }
    let transitions = load::keep(store, account, &mut sheet);
    rewards::make_room(store, starter, &lots);
    earned.keep(store);
    if sheet.account.auction.is_some() {
        page.add(account);
        page.keep(store);
    }
    Ok(Started { started_ms: sheet.now_ms, bought, transitions })
}

/// Ends the auction of an account that is healthy again (§ 4.7). Anyone may.
///
/// # Errors
/// [`Error::NoAuction`]; [`Error::StillUnhealthy`].
#[inline(never)]
pub fn cure<S: Store>(store: &mut S, account: &AccountId) -> Result<Cured, Error> {
    let mut sheet = load::priced_sheet(store, account)?;
    if sheet.account.auction.is_none() {
        return Err(Error::NoAuction);
    }
    // A halt that is over lets the price of what the account lets go of rise (§ G3).
    sheet.watch();
    let ended = sheet.cure().ok_or(Error::StillUnhealthy)?;
    let transitions = load::keep(store, account, &mut sheet);
    index::remove(store, &[(*account, ended.page)]);
    Ok(Cured { transitions })
}
