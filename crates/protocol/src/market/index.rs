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

impl Page {
    /// The last page if it has room, else a new one.
    #[inline(never)]
    pub fn with_room<S: Store>(store: &S) -> Self {
        let pages = store.root().auction_pages;
        let last = pages.saturating_sub(1);
        let accounts = store.page(last);
        if accounts.len() < AUCTIONS_PER_PAGE {
            return Self { number: last, accounts };
        }
        Self { number: pages, accounts: Vec::new() }
    }

    /// Puts an account on it. It is to be stored in the end, with [`Page::keep`].
    pub fn add(&mut self, account: &AccountId) {
        self.accounts.push(*account);
    }

    pub fn is_full(&self) -> bool {
        self.accounts.len() >= AUCTIONS_PER_PAGE
    }

    /// Stores it, if there is anything on it.
    #[inline(never)]
    pub fn keep<S: Store>(&self, store: &mut S) {
        if self.accounts.is_empty() {
            return;
        }
        store.put_page(self.number, &self.accounts);
        // The market's own cell is written for a new page only.
        if self.number >= store.root().auction_pages {
            store.root_mut().auction_pages = self.number.saturating_add(1);
        }
    }
}

/// Takes accounts off their pages, of which each is read and written once: the last one on a page moves
/// to the place that is free.
#[inline(never)]
pub(super) fn remove<S: Store>(store: &mut S, ended: &[(AccountId, u32)]) {
    for (place, (_, number)) in ended.iter().enumerate() {
        if ended.iter().take(place).any(|(_, earlier)| earlier == number) {
            continue;
        }
        let mut accounts = store.page(*number);
        for (account, _) in ended.iter().skip(place).filter(|(_, on)| on == number) {
            if let Some(place) = accounts.iter().position(|held| held == account) {
                accounts.swap_remove(place);
            }
        }
        store.put_page(*number, &accounts);
        if accounts.is_empty() {
            drop_pages(store, *number);
        }
    }
}

/// Shortens the index where its last page has become empty. Pages before it that were emptied earlier go
/// too, a few at a time.
fn drop_pages<S: Store>(store: &mut S, number: u32) {
    if number.saturating_add(1) != store.root().auction_pages {
        return;
    }
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
