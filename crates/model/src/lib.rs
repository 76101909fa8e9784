//! A market in memory: the core's functions around maps instead of a contract's storage.
//!
//! It does to the books what the contract's messages do, without tokens and events. The keeper
//! keeps one as its picture of the chain, tests drive it side by side with the contract, and the
//! laboratory runs on it.

mod call;
pub mod governor;
pub mod invariants;
mod many;
mod office;
pub mod random;
pub mod random_auction;
mod random_books;
mod random_checks;
mod random_config;
pub mod random_governance;
mod random_judge;
mod random_office;

pub use call::{Call, Done};

use breakwater_protocol::{
    backstop::Sums, governance::Offices, Account, AccountId, AssetId, Books, Episode, Error, Guard,
    Line, MarketParams, Pool, Price, Reserve, ReserveConfig, Sheet, Stake, MAX_RESERVES,
};
use std::collections::{BTreeMap, BTreeSet};

/// A market's books.
#[derive(Clone, Debug)]
pub struct Model {
    /// The time at which it is looked at, in Unix milliseconds.
    pub now_ms: u64,
    pub params: MarketParams,
    /// What people ask of the breaker for the whole market.
    pub guard: Guard,
    /// What people have raised of late, in all.
    pub episode: Episode,
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
    /// Backstops that have ever had a stake.
    pub pools: BTreeMap<AssetId, Pool>,
    pub stakes: BTreeMap<(AssetId, AccountId), Stake>,
    /// Last sums of a backstop's epochs that are over.
    pub ended: BTreeMap<(AssetId, u32), Sums>,
    /// Accounts in auction, on the pages of the market's index.
    pub open: Vec<Vec<AccountId>>,
    /// Whose the market is. Without, whoever drives the model may do anything.
    pub offices: Option<Offices>,
}

impl Model {
    /// A market without reserves.
    pub fn new(params: MarketParams, now_ms: u64) -> Self {
        Self {
            now_ms,
            params,
            guard: Guard::default(),
            episode: Episode::default(),
            reserves: Vec::new(),
            free: BTreeSet::new(),
            prices: Vec::new(),
            accounts: BTreeMap::new(),
            rewards: BTreeMap::new(),
            pools: BTreeMap::new(),
            stakes: BTreeMap::new(),
            ended: BTreeMap::new(),
            open: Vec::new(),
            offices: None,
        }
    }

    /// Lists an asset under the lowest free number.
    ///
    /// # Errors
    /// [`Error::AlreadyListed`], [`Error::TooManyReserves`], those of its configuration.
    pub fn list(&mut self, config: ReserveConfig) -> Result<AssetId, Error> {
        let listed = self.listed();
        let token_of = |asset: &AssetId| self.reserves[usize::from(*asset)].config.token;
        if listed.iter().any(|asset| token_of(asset) == config.token) {
            return Err(Error::AlreadyListed);
        }
        let reserve = Reserve::new(config, self.now_ms)?;
        if let Some(asset) = self.free.pop_first() {
            let place = usize::from(asset);
            (self.reserves[place], self.prices[place]) = (reserve, None);
            return Ok(asset);
        }
        let asset = AssetId::try_from(self.reserves.len()).map_err(|_| Error::TooManyReserves)?;
        if asset >= MAX_RESERVES {
            return Err(Error::TooManyReserves);
        }
        self.reserves.push(reserve);
        self.prices.push(None);
        Ok(asset)
    }

    /// Takes an empty reserve off the market.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`], [`Error::ReserveNotEmpty`].
    pub fn delist(&mut self, asset: AssetId) -> Result<(), Error> {
        self.reserve(asset)?.may_be_delisted(&self.pool(asset))?;
        self.pools.remove(&asset);
        self.free.insert(asset);
        // As the market's count: one above the highest that is left.
        while let Some(last) = self.reserves.len().checked_sub(1) {
            if !self.free.remove(&(last as AssetId)) {
                break;
            }
            self.reserves.pop();
            self.prices.pop();
        }
        Ok(())
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

    fn reserve_mut(&mut self, asset: AssetId) -> Result<&mut Reserve, Error> {
        self.reserve(asset)?;
        self.reserves.get_mut(usize::from(asset)).ok_or(Error::UnknownAsset)
    }

    /// Takes over the reserves and prices that a market has answered, and no others.
    pub fn set_lines(&mut self, lines: &[Line]) {
        (self.reserves, self.prices, self.free) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut lines: Vec<&Line> = lines.iter().collect();
        lines.sort_by_key(|line| line.asset);
        for line in lines {
            while self.reserves.len() < usize::from(line.asset) {
                self.free.insert(self.reserves.len() as AssetId);
                let books = Books::default();
                let free = Reserve { books, ramp: None, ..line.reserve.clone() };
                self.reserves.push(free);
                self.prices.push(None);
            }
            self.reserves.push(line.reserve.clone());
            self.prices.push(line.price);
        }
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

    /// The backstop of an asset.
    pub fn pool(&self, asset: AssetId) -> Pool {
        self.pools.get(&asset).cloned().unwrap_or_default()
    }

    /// A backstop, a stake in it with gains up to now, and the reserve.
    pub fn stake(
        &self,
        asset: AssetId,
        account: AccountId,
    ) -> Result<(Pool, Stake, Reserve), Error> {
        let reserve = self.reserve(asset)?;
        let pool = self.pool(asset);
        let mut stake = self.stakes.get(&(asset, account)).cloned().unwrap_or_default();
        let ended = self.ended.get(&(asset, stake.epoch));
        stake.settle(&pool, ended, reserve.config.decimals)?;
        Ok((pool, stake, reserve.clone()))
    }

    fn keep_stake(&mut self, asset: AssetId, account: AccountId, stake: Stake) {
        if stake.is_empty() {
            self.stakes.remove(&(asset, account));
        } else {
            self.stakes.insert((asset, account), stake);
        }
    }

    /// An account with all reserves it uses and their prices, as the market's `sheet` answers.
    pub fn sheet(&self, account: &AccountId) -> Result<Sheet, Error> {
        let held = self.account(account);
        let assets: Vec<AssetId> = held.positions.iter().map(|position| position.asset).collect();
        self.sheet_of(held, &assets)
    }

    /// An account with some reserves and their prices.
    fn sheet_of(&self, held: Account, assets: &[AssetId]) -> Result<Sheet, Error> {
        let mut sheet = Sheet::new(self.now_ms, self.params, held);
        sheet.guard = self.guard;
        for asset in assets {
            let reserve = self.reserve(*asset)?;
            sheet.add_reserve(*asset, reserve.clone())?;
            sheet.line_mut(*asset)?.price = self.prices.get(usize::from(*asset)).copied().flatten();
        }
        Ok(sheet)
    }

    /// Stores what an action has changed: the account, and the reserves it touched. The others
    /// keep their interest for later, as the market's do.
    fn keep(&mut self, account: AccountId, sheet: Sheet) {
        self.keep_reserves(&sheet);
        self.keep_account(account, &sheet.account);
    }

    /// The books of a reserve with interest up to now.
    pub(crate) fn sheet_of_one(&self, asset: AssetId) -> Result<Books, Error> {
        Ok(self.sheet_of(Account::default(), &[asset])?.line(asset)?.reserve.books)
    }

    fn keep_reserves(&mut self, sheet: &Sheet) {
        for line in sheet.changed() {
            if let Some(reserve) = self.reserves.get_mut(usize::from(line.asset)) {
                *reserve = line.reserve.clone();
            }
        }
    }

    fn keep_account(&mut self, account: AccountId, held: &Account) {
        if held.is_empty() {
            self.accounts.remove(&account);
        } else {
            self.accounts.insert(account, held.clone());
        }
    }

    /// Health factors of all accounts that owe something.
    pub fn health_factors(&self) -> Result<Vec<(AccountId, f64)>, Error> {
        let in_debt = self.accounts.iter().filter(|(_, held)| held.has_debt());
        in_debt
            .map(|(account, _)| {
                let health = self.sheet(account)?.health()?;
                Ok((*account, health.health_factor_wad() as f64 / 1e18))
            })
            .collect()
    }

    /// Value of all debt in dollars.
    pub fn debt_usd(&self) -> Result<f64, Error> {
        self.accounts.keys().try_fold(0.0, |sum, account| {
            Ok(sum + self.sheet(account)?.health()?.debt_wad as f64 / 1e18)
        })
    }
}
