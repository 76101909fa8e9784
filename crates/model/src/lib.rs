//! A market in memory: the market's messages over maps instead of a contract's storage.
//!
//! [`Model`] is a [`Store`](breakwater_protocol::market::Store), so it does what the contract does, by the
//! same code, without tokens and events. Tests drive it side by side with the contract, the simulator runs
//! on it, and a client can mirror a chain's market in one.

mod call;
pub mod governor;
pub mod invariants;
pub mod random;
mod random_admin;
pub mod random_auction;
mod random_balances;
mod random_checks;
mod random_config;
mod random_gate;
pub mod random_governance;
mod random_judge;
mod random_live;
mod random_sales;
pub mod random_stakes;
mod random_step;
mod store;

pub use call::{Call, Done};

use breakwater_protocol::{
    market::{self, Root},
    Account, AccountId, AccountSnapshot, AssetId, Balances, Error, MarketParams, Price,
    PricedReserve, Reserve, ReserveConfig, Vault, VaultStake,
};
use std::collections::{BTreeMap, BTreeSet};

/// A market's cells.
#[derive(Clone, Debug)]
pub struct Model {
    /// The time at which it is looked at, in Unix milliseconds.
    pub now_ms: u64,
    /// The market's own cell.
    pub root: Root,
    /// Whoever drives the model may send the owner's and the guardian's messages too.
    pub anyone_governs: bool,
    /// By their numbers. One that is not listed any more is as it was last, without anything in it.
    pub reserves: Vec<Reserve>,
    /// Numbers below the highest that no reserve has.
    pub free: BTreeSet<AssetId>,
    /// By the reserves' numbers; what the oracle says.
    pub prices: Vec<Option<Price>>,
    /// Accounts that hold something. One that is not here is empty.
    pub accounts: BTreeMap<AccountId, Account>,
    /// What starters of auctions may claim, in units of the asset.
    pub rewards: BTreeMap<(AccountId, AssetId), u128>,
    /// What people have in backstops, void stakes among them.
    pub stakes: BTreeMap<(AssetId, AccountId), VaultStake>,
    /// Accounts in auction, on the pages of the market's index.
    pub open: Vec<Vec<AccountId>>,
    /// To whom the market is offered.
    pub offered: Option<AccountId>,
    /// By token: what messages have paid to the market less what they have paid out.
    pub balances: BTreeMap<AccountId, u128>,
}

impl Model {
    /// A market without reserves, in which whoever drives it governs.
    pub fn new(params: MarketParams, now_ms: u64) -> Self {
        Self {
            now_ms,
            root: Root::new([0; 32], params),
            anyone_governs: true,
            reserves: Vec::new(),
            free: BTreeSet::new(),
            prices: Vec::new(),
            accounts: BTreeMap::new(),
            rewards: BTreeMap::new(),
            stakes: BTreeMap::new(),
            open: Vec::new(),
            offered: None,
            balances: BTreeMap::new(),
        }
    }

    /// Makes somebody owner and guardian: from now on only they govern.
    pub fn govern_by(&mut self, owner: AccountId) {
        (self.root.owner, self.root.guardian, self.anyone_governs) = (owner, owner, false);
    }

    /// The owner lists an asset.
    ///
    /// # Errors
    /// Those of [`market::list_reserve`].
    pub fn list(&mut self, config: ReserveConfig) -> Result<AssetId, Error> {
        let owner = self.root.owner;
        market::list_reserve(self, &owner, config)
    }

    /// The numbers of the listed reserves.
    pub fn listed(&self) -> Vec<AssetId> {
        let all = 0..self.reserves.len() as AssetId;
        all.filter(|asset| !self.free.contains(asset)).collect()
    }

    /// A listed reserve.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub fn reserve(&self, asset: AssetId) -> Result<&Reserve, Error> {
        let found = self.reserves.get(usize::from(asset)).filter(|_| !self.free.contains(&asset));
        found.ok_or(Error::UnknownAsset)
    }

    /// Takes over the reserves and prices that a market has answered, and no others.
    pub fn set_reserves(&mut self, reserves: &[PricedReserve]) {
        (self.reserves, self.prices, self.free) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut reserves: Vec<&PricedReserve> = reserves.iter().collect();
        reserves.sort_by_key(|priced| priced.asset);
        for priced in reserves {
            while self.reserves.len() < usize::from(priced.asset) {
                self.free.insert(self.reserves.len() as AssetId);
                let (balances, vault) = (Balances::default(), Vault::default());
                let free = Reserve { balances, vault, ramp: None, ..priced.reserve.clone() };
                self.reserves.push(free);
                self.prices.push(None);
            }
            self.reserves.push(priced.reserve.clone());
            self.prices.push(priced.price);
        }
        self.root.reserve_count = self.reserves.len() as AssetId;
    }

    /// Takes over the index of open auctions.
    pub fn set_open(&mut self, pages: Vec<Vec<AccountId>>) {
        self.root.auction_pages = pages.len() as u32;
        self.open = pages;
    }

    /// Drops what is above the highest reserve and the last page.
    fn drop_unused(&mut self) {
        let count = usize::from(self.root.reserve_count);
        self.reserves.truncate(count);
        self.prices.truncate(count);
        self.free.retain(|asset| usize::from(*asset) < count);
        self.open.truncate(self.root.auction_pages as usize);
    }

    /// Sets what the oracle says of an asset.
    pub fn set_price(&mut self, asset: AssetId, price: Price) {
        if let Some(place) = self.prices.get_mut(usize::from(asset)) {
            *place = Some(price);
        }
    }

    /// One account; empty if it holds nothing.
    pub fn account(&self, account: &AccountId) -> Account {
        self.accounts.get(account).cloned().unwrap_or_default()
    }

    /// What somebody has in a backstop; nothing where its shares are void.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub fn stake_of(&self, asset: AssetId, who: &AccountId) -> Result<VaultStake, Error> {
        let mut stake = market::Store::stake(self, asset, who);
        self.reserve(asset)?.vault.refresh(&mut stake);
        Ok(stake)
    }

    /// An account with all reserves it uses and their prices, as the market's `snapshot` answers.
    pub fn snapshot(&self, account: &AccountId) -> Result<AccountSnapshot, Error> {
        market::account_snapshot(self, account)
    }

    /// The balances of a reserve with interest up to now.
    pub(crate) fn snapshot_of_one(&self, asset: AssetId) -> Result<Balances, Error> {
        let snapshot = market::snapshot_of(self, Account::default(), &[asset])?;
        Ok(snapshot.priced(asset)?.reserve.balances)
    }

    /// Health factors of all accounts that owe something.
    pub fn health_factors(&self) -> Result<Vec<(AccountId, f64)>, Error> {
        let in_debt = self.accounts.iter().filter(|(_, held)| held.has_debt());
        in_debt
            .map(|(account, _)| {
                let health = self.snapshot(account)?.health()?;
                Ok((*account, health.health_factor_wad() as f64 / 1e18))
            })
            .collect()
    }

    /// Value of all debt in dollars.
    pub fn debt_usd(&self) -> Result<f64, Error> {
        self.accounts.keys().try_fold(0.0, |sum, account| {
            Ok(sum + self.snapshot(account)?.health()?.debt_wad as f64 / 1e18)
        })
    }
}
