//! What starts and ends an auction without a sale.

use super::{
    index::{self, Page},
    load,
    rewards::{self, Earnings},
    sale, Filled, Store,
};
use crate::{actions, breaker::Transition, AccountId, AccountSnapshot, AssetId, Error};
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

/// Starts the auction of an account whose health factor is below 1 (§ 4.1); of one near insolvency the
/// backstop buys at once (§ 4.9). Anyone may.
///
/// # Errors
/// Those of [`actions::start_liquidation`] and [`actions::buy_tail`], of prices.
#[inline(never)]
pub fn liquidate<S: Store>(
    store: &mut S,
    starter: &AccountId,
    account: &AccountId,
) -> Result<Started, Error> {
    let (mut snapshot, page) = start(store, starter, account)?.0;
    let lots: Vec<AssetId> = snapshot.account.collaterals().map(|held| held.asset).collect();
    let bought = actions::buy_tail(&mut snapshot)?;
    let bought = bought.map(|bought| sale::of_pool(&snapshot, bought)).transpose()?;
    let mut earned = Earnings::default();
    if let Some(sale) = &bought {
        earned.note(store, sale.collateral, &sale.taken)?;
    }
    // Before places are made: what is stored is the whole list.
    earned.keep(store);
    let started = keep(store, starter, account, (snapshot, page), &lots);
    Ok(Started { bought, ..started })
}

/// The same where no backstop may buy; `None`, and nothing is stored, where one may: then it is for
/// [`liquidate`]. For a code that is to do without purchases.
///
/// # Errors
/// Those of [`actions::start_liquidation`], of prices.
#[inline(never)]
pub fn liquidate_alone<S: Store>(
    store: &mut S,
    starter: &AccountId,
    account: &AccountId,
) -> Result<Option<Started>, Error> {
    let ((snapshot, page), pool_may_buy) = start(store, starter, account)?;
    if pool_may_buy {
        return Ok(None);
    }
    let lots: Vec<AssetId> = snapshot.account.collaterals().map(|held| held.asset).collect();
    Ok(Some(keep(store, starter, account, (snapshot, page), &lots)))
}

/// An account in auction, the page where it will be, and whether a backstop may buy of it; not stored.
#[inline(never)]
fn start<S: Store>(
    store: &S,
    starter: &AccountId,
    account: &AccountId,
) -> Result<((AccountSnapshot, Page), bool), Error> {
    let mut snapshot = load::priced_sheet(store, account)?;
    let page = Page::with_room(store);
    let pool_may_buy = actions::start_liquidation(&mut snapshot, *starter, page.number)?;
    Ok(((snapshot, page), pool_may_buy))
}

/// Stores what was started.
#[inline(never)]
fn keep<S: Store>(
    store: &mut S,
    starter: &AccountId,
    account: &AccountId,
    (mut snapshot, mut page): (AccountSnapshot, Page),
    lots: &[AssetId],
) -> Started {
    let transitions = load::keep(store, account, &mut snapshot);
    rewards::make_room(store, starter, lots);
    if snapshot.account.auction.is_some() {
        page.add(account);
        page.keep(store);
    }
    Started { started_ms: snapshot.now_ms, bought: None, transitions }
}

/// Ends the auction of an account that is healthy again (§ 4.7). Anyone may.
///
/// # Errors
/// [`Error::NoAuction`]; [`Error::StillUnhealthy`].
#[inline(never)]
pub fn cure<S: Store>(store: &mut S, account: &AccountId) -> Result<Cured, Error> {
    let mut snapshot = load::priced_sheet(store, account)?;
    if snapshot.account.auction.is_none() {
        return Err(Error::NoAuction);
    }
    // A halt that nobody has seen the end of must be known before the prices are touched.
    snapshot.watch();
    let ended = snapshot.cure().ok_or(Error::StillUnhealthy)?;
    let transitions = load::keep(store, account, &mut snapshot);
    index::remove(store, &[(*account, ended.page)]);
    Ok(Cured { transitions })
}
