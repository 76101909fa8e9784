//! The index of open auctions: pages of accounts, so that the end of an auction changes one page and no
//! other account.

use super::Store;
use crate::AccountId;
use alloc::vec::Vec;

/// Accounts on a page.
pub const AUCTIONS_PER_PAGE: usize = 32;
/// Empty pages at the end of the index that the end of one auction drops besides its own.
pub const PAGES_DROPPED_AT_ONCE: u32 = 8;

/// The page that the next auction goes to, with what is on it.
pub(super) struct Page {
    pub number: u32,
    accounts: Vec<AccountId>,
}

/// The last page if it has room, else a new one.
#[inline(never)]
pub(super) fn page_with_room<S: Store>(store: &S) -> Page {
    let pages = store.root().auction_pages;
    let last = pages.saturating_sub(1);
    let accounts = store.page(last);
    if accounts.len() < AUCTIONS_PER_PAGE {
        return Page { number: last, accounts };
    }
    Page { number: pages, accounts: Vec::new() }
}

/// Puts an account on a page.
#[inline(never)]
pub(super) fn add<S: Store>(store: &mut S, account: &AccountId, mut page: Page) {
    page.accounts.push(*account);
    store.put_page(page.number, &page.accounts);
    // The market's own cell is written for a new page only.
    if page.number >= store.root().auction_pages {
        store.root_mut().auction_pages = page.number.saturating_add(1);
    }
}

/// Takes an account off a page: the last one on it moves to its place.
#[inline(never)]
pub(super) fn remove<S: Store>(store: &mut S, account: &AccountId, number: u32) {
    let mut accounts = store.page(number);
    if let Some(place) = accounts.iter().position(|held| held == account) {
        accounts.swap_remove(place);
    }
    store.put_page(number, &accounts);
    let pages = store.root().auction_pages;
    if !accounts.is_empty() || number.saturating_add(1) != pages {
        return;
    }
    // Pages before it that were emptied earlier go too, a few at a time.
    let mut pages = number;
    for _ in 0..PAGES_DROPPED_AT_ONCE {
        let last = pages.saturating_sub(1);
        if pages == 0 || store.has_page(last) {
            break;
        }
        pages = last;
    }
    store.root_mut().auction_pages = pages;
}
