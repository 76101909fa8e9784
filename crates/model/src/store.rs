//! The model's maps as a market's cells.

use crate::Model;
use breakwater_protocol::{
    market::{Root, Store},
    Account, AccountId, AssetId, Error, Price, Reserve, VaultStake,
};

/// The market's own address: nobody's.
const THIS: AccountId = *b"breakwater: the market in memory";

impl Store for Model {
    fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn this(&self) -> AccountId {
        THIS
    }

    fn prices(&self, tokens: &[AccountId]) -> Result<Vec<Option<Price>>, Error> {
        let price = |token| {
            let asset = usize::from(self.asset_of(token)?);
            self.prices.get(asset).copied().flatten()
        };
        Ok(tokens.iter().map(price).collect())
    }

    fn root(&self) -> &Root {
        &self.root
    }

    fn root_mut(&mut self) -> &mut Root {
        &mut self.root
    }

    fn reserve(&self, asset: AssetId) -> Option<Reserve> {
        Self::reserve(self, asset).ok().cloned()
    }

    fn has_reserve(&self, asset: AssetId) -> bool {
        Self::reserve(self, asset).is_ok()
    }

    fn put_reserve(&mut self, asset: AssetId, reserve: &Reserve) {
        let place = usize::from(asset);
        if self.free.remove(&asset) {
            self.prices[place] = None;
        }
        match self.reserves.get_mut(place) {
            Some(held) => held.clone_from(reserve),
            None => {
                self.reserves.push(reserve.clone());
                self.prices.push(None);
            }
        }
    }

    fn remove_reserve(&mut self, asset: AssetId) {
        self.free.insert(asset);
    }

    fn asset_of(&self, token: &AccountId) -> Option<AssetId> {
        let mut listed = (0..).zip(&self.reserves).filter(|(asset, _)| !self.free.contains(asset));
        listed.find(|(_, reserve)| reserve.config.token == *token).map(|(asset, _)| asset)
    }

    /// The reserves tell it.
    fn put_asset_of(&mut self, _: &AccountId, _: Option<AssetId>) {}

    fn account(&self, who: &AccountId) -> Account {
        Self::account(self, who)
    }

    fn put_account(&mut self, who: &AccountId, held: &Account) {
        if held.is_empty() {
            self.accounts.remove(who);
        } else {
            self.accounts.insert(*who, held.clone());
        }
    }

    fn rewards(&self, starter: &AccountId) -> Vec<(AssetId, u128)> {
        let here = self.rewards.range((*starter, 0)..=(*starter, AssetId::MAX));
        here.map(|((_, asset), units)| (*asset, *units)).collect()
    }

    fn put_rewards(&mut self, starter: &AccountId, earned: &[(AssetId, u128)]) {
        // As a cell is written: what is not there any more is gone.
        self.rewards.retain(|(of, _), _| of != starter);
        self.rewards.extend(earned.iter().map(|(asset, units)| ((*starter, *asset), *units)));
    }

    fn stake(&self, asset: AssetId, staker: &AccountId) -> VaultStake {
        self.stakes.get(&(asset, *staker)).copied().unwrap_or_default()
    }

    fn put_stake(&mut self, asset: AssetId, staker: &AccountId, stake: &VaultStake) {
        if stake.is_empty() {
            self.stakes.remove(&(asset, *staker));
        } else {
            self.stakes.insert((asset, *staker), *stake);
        }
    }

    fn page(&self, number: u32) -> Vec<AccountId> {
        self.open.get(number as usize).cloned().unwrap_or_default()
    }

    fn has_page(&self, number: u32) -> bool {
        self.open.get(number as usize).is_some_and(|page| !page.is_empty())
    }

    fn put_page(&mut self, number: u32, accounts: &[AccountId]) {
        let place = number as usize;
        self.open.resize(self.open.len().max(place + 1), Vec::new());
        self.open[place] = accounts.to_vec();
    }

    fn offered(&self) -> Option<AccountId> {
        self.offered
    }

    fn put_offered(&mut self, to: Option<AccountId>) {
        self.offered = to;
    }
}
