//! The market's cells as the core's [`Store`].

use crate::{
    calls,
    market::Market,
    storage::{Cell, Stored, StoredCell},
};
use breakwater_protocol::{
    market::{Root, Store},
    Account, AccountId, AssetId, Error, Price, Reserve, VaultStake,
};
use ink::{codegen::Env, prelude::vec::Vec};

// Functions of their own, so that each is in the code once (`docs/performance.md`).
impl Store for Market {
    fn now_ms(&self) -> u64 {
        self.env().block_timestamp()
    }

    fn this(&self) -> AccountId {
        *self.env().account_id().as_ref()
    }

    fn prices(&self, tokens: &[AccountId]) -> Result<Vec<Option<Price>>, Error> {
        calls::prices(self.oracle, tokens)
    }

    fn root(&self) -> &Root {
        self.own.root()
    }

    fn root_mut(&mut self) -> &mut Root {
        self.own.root_mut()
    }

    #[inline(never)]
    fn reserve(&self, asset: AssetId) -> Option<Reserve> {
        self.reserves.get(asset).map(Cell::into_inner)
    }

    fn has_reserve(&self, asset: AssetId) -> bool {
        self.reserves.contains(asset)
    }

    #[inline(never)]
    fn put_reserve(&mut self, asset: AssetId, reserve: &Reserve) {
        self.reserves.insert(asset, &StoredCell(reserve));
    }

    fn remove_reserve(&mut self, asset: AssetId) {
        self.reserves.remove(asset);
    }

    fn asset_of(&self, token: &AccountId) -> Option<AssetId> {
        self.assets_by_token.get(token)
    }

    fn put_asset_of(&mut self, token: &AccountId, asset: Option<AssetId>) {
        match asset {
            Some(asset) => {
                self.assets_by_token.insert(token, &asset);
            }
            None => self.assets_by_token.remove(token),
        }
    }

    #[inline(never)]
    fn account(&self, who: &AccountId) -> Account {
        self.accounts.get(who).map(Cell::into_inner).unwrap_or_default()
    }

    #[inline(never)]
    fn put_account(&mut self, who: &AccountId, held: &Account) {
        if held.is_empty() {
            self.accounts.remove(who);
        } else {
            self.accounts.insert(who, &StoredCell(held));
        }
    }

    #[inline(never)]
    fn rewards(&self, starter: &AccountId) -> Vec<(AssetId, u128)> {
        self.rewards.get(starter).unwrap_or_default()
    }

    #[inline(never)]
    fn put_rewards(&mut self, starter: &AccountId, earned: &[(AssetId, u128)]) {
        self.rewards.insert(starter, &Stored(earned));
    }

    #[inline(never)]
    fn stake(&self, asset: AssetId, staker: &AccountId) -> VaultStake {
        self.stakes.get((asset, staker)).map(Cell::into_inner).unwrap_or_default()
    }

    #[inline(never)]
    fn put_stake(&mut self, asset: AssetId, staker: &AccountId, stake: &VaultStake) {
        if stake.is_empty() {
            self.stakes.remove((asset, staker));
        } else {
            self.stakes.insert((asset, staker), &StoredCell(stake));
        }
    }

    #[inline(never)]
    fn page(&self, number: u32) -> Vec<AccountId> {
        self.open_auctions.get(number).unwrap_or_default()
    }

    fn has_page(&self, number: u32) -> bool {
        self.open_auctions.contains(number)
    }

    #[inline(never)]
    fn put_page(&mut self, number: u32, accounts: &[AccountId]) {
        if accounts.is_empty() {
            self.open_auctions.remove(number);
        } else {
            self.open_auctions.insert(number, &Stored(accounts));
        }
    }

    fn offered(&self) -> Option<AccountId> {
        self.pending_owner.get_or_default()
    }

    fn put_offered(&mut self, to: Option<AccountId>) {
        self.pending_owner.set(&to);
    }
}
