//! The market on the table as the core's [`Store`]: what a message writes is noted.

use breakwater_protocol::{
    market::{Root, Store},
    Account, AccountId, AssetId, Error, MarketParams, Price, Reserve, VaultStake,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;
use std::collections::BTreeMap;

/// Cells beside the reserves that a message may need, as they are stored. What is left out is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Cells {
    pub accounts: Vec<(AccountId, Account)>,
    pub stakes: Vec<((AssetId, AccountId), VaultStake)>,
    pub rewards: Vec<(AccountId, Vec<(AssetId, u128)>)>,
    /// Pages of the index of open auctions.
    pub pages: Vec<Vec<AccountId>>,
}

/// A cell of the market, by what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Root,
    Reserve(AssetId),
    Account(AccountId),
    Rewards(AccountId),
    Stake(AssetId, AccountId),
    Page(u32),
}

/// A market in memory.
#[derive(Clone, Debug)]
pub struct Table {
    pub now_ms: u64,
    pub market: AccountId,
    pub root: Root,
    pub reserves: BTreeMap<AssetId, (Reserve, Option<Price>)>,
    pub cells: Cells,
    /// Cells that were written, each once, in the order of first writing.
    pub written: Vec<Key>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            now_ms: 0,
            market: AccountId::default(),
            root: Root::new(AccountId::default(), MarketParams::default()),
            reserves: BTreeMap::new(),
            cells: Cells::default(),
            written: Vec::new(),
        }
    }
}

impl Key {
    /// The cell's key in the market's storage, before the chain hashes it: the number of the mapping
    /// (`contracts/market/src/storage.rs`) and the key within it.
    pub fn encoded(self) -> Vec<u8> {
        match self {
            Self::Root => 0_u32.encode(),
            Self::Reserve(asset) => (0x4257_0001_u32, asset).encode(),
            Self::Account(who) => (0x4257_0002_u32, who).encode(),
            Self::Rewards(who) => (0x4257_0004_u32, who).encode(),
            Self::Stake(asset, who) => (0x4257_0006_u32, asset, who).encode(),
            Self::Page(number) => (0x4257_0008_u32, number).encode(),
        }
    }
}

impl Table {
    /// What is in a cell, as it is stored; `None` where there is none. Of the market's own cell, the part
    /// behind oracle and codes.
    pub fn stored(&self, key: Key) -> Option<Vec<u8>> {
        match key {
            Key::Root => Some(self.root.encode()),
            Key::Reserve(asset) => self.reserves.get(&asset).map(|(reserve, _)| reserve.encode()),
            Key::Account(who) => Some(self.account(&who)).filter(|held| !held.is_empty()).encoded(),
            Key::Rewards(who) => find(&self.cells.rewards, &who).cloned().encoded(),
            Key::Stake(asset, who) => {
                Some(self.stake(asset, &who)).filter(|stake| !stake.is_empty()).encoded()
            }
            Key::Page(number) => Some(self.page(number)).filter(|page| !page.is_empty()).encoded(),
        }
    }

    fn note(&mut self, key: Key) {
        if !self.written.contains(&key) {
            self.written.push(key);
        }
    }
}

/// What is there, encoded.
trait Encoded {
    fn encoded(self) -> Option<Vec<u8>>;
}

impl<T: Encode> Encoded for Option<T> {
    fn encoded(self) -> Option<Vec<u8>> {
        self.map(|value| value.encode())
    }
}

fn find<'a, K: PartialEq, V>(entries: &'a [(K, V)], key: &K) -> Option<&'a V> {
    entries.iter().find(|(of, _)| of == key).map(|(_, value)| value)
}

fn put<K: PartialEq, V>(entries: &mut Vec<(K, V)>, key: K, value: V) {
    match entries.iter_mut().find(|(of, _)| *of == key) {
        Some((_, held)) => *held = value,
        None => entries.push((key, value)),
    }
}

impl Store for Table {
    fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn this(&self) -> AccountId {
        self.market
    }

    fn prices(&self, tokens: &[AccountId]) -> Result<Vec<Option<Price>>, Error> {
        let price = |token: &AccountId| {
            let priced = self.reserves.values().find(|(reserve, _)| reserve.config.token == *token);
            priced.and_then(|(_, price)| *price)
        };
        Ok(tokens.iter().map(price).collect())
    }

    fn root(&self) -> &Root {
        &self.root
    }

    fn root_mut(&mut self) -> &mut Root {
        self.note(Key::Root);
        &mut self.root
    }

    fn reserve(&self, asset: AssetId) -> Option<Reserve> {
        self.reserves.get(&asset).map(|(reserve, _)| reserve.clone())
    }

    fn has_reserve(&self, asset: AssetId) -> bool {
        self.reserves.contains_key(&asset)
    }

    fn put_reserve(&mut self, asset: AssetId, reserve: &Reserve) {
        self.note(Key::Reserve(asset));
        let price = self.reserves.get(&asset).and_then(|(_, price)| *price);
        self.reserves.insert(asset, (reserve.clone(), price));
    }

    fn remove_reserve(&mut self, asset: AssetId) {
        self.note(Key::Reserve(asset));
        self.reserves.remove(&asset);
    }

    fn asset_of(&self, token: &AccountId) -> Option<AssetId> {
        let priced = self.reserves.iter().find(|(_, (reserve, _))| reserve.config.token == *token);
        priced.map(|(asset, _)| *asset)
    }

    /// The reserves tell it.
    fn put_asset_of(&mut self, _: &AccountId, _: Option<AssetId>) {}

    fn account(&self, who: &AccountId) -> Account {
        find(&self.cells.accounts, who).cloned().unwrap_or_default()
    }

    fn put_account(&mut self, who: &AccountId, held: &Account) {
        self.note(Key::Account(*who));
        // An empty one is not stored: whatever is left in it is gone.
        let held = if held.is_empty() { Account::default() } else { held.clone() };
        put(&mut self.cells.accounts, *who, held);
    }

    fn rewards(&self, starter: &AccountId) -> Vec<(AssetId, u128)> {
        find(&self.cells.rewards, starter).cloned().unwrap_or_default()
    }

    fn put_rewards(&mut self, starter: &AccountId, earned: &[(AssetId, u128)]) {
        self.note(Key::Rewards(*starter));
        put(&mut self.cells.rewards, *starter, earned.to_vec());
    }

    fn stake(&self, asset: AssetId, staker: &AccountId) -> VaultStake {
        find(&self.cells.stakes, &(asset, *staker)).copied().unwrap_or_default()
    }

    fn put_stake(&mut self, asset: AssetId, staker: &AccountId, stake: &VaultStake) {
        self.note(Key::Stake(asset, *staker));
        let stake = if stake.is_empty() { VaultStake::default() } else { *stake };
        put(&mut self.cells.stakes, (asset, *staker), stake);
    }

    fn page(&self, number: u32) -> Vec<AccountId> {
        self.cells.pages.get(number as usize).cloned().unwrap_or_default()
    }

    fn has_page(&self, number: u32) -> bool {
        !self.page(number).is_empty()
    }

    fn put_page(&mut self, number: u32, accounts: &[AccountId]) {
        self.note(Key::Page(number));
        let place = number as usize;
        let length = self.cells.pages.len().max(place.saturating_add(1));
        self.cells.pages.resize(length, Vec::new());
        if let Some(page) = self.cells.pages.get_mut(place) {
            *page = accounts.to_vec();
        }
    }

    /// No what-if offers or accepts the market.
    fn offered(&self) -> Option<AccountId> {
        None
    }

    fn put_offered(&mut self, _: Option<AccountId>) {}
}
