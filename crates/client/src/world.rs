//! What an observer off chain knows of a market, computed with the core's own functions.

use crate::{ClientError, Market};
use breakwater_chain::{AccountId, Chain};
use breakwater_protocol::{
    health::Basis, Account, AssetId, Error, MarketParams, Price, Reserve, Sheet,
};
use std::collections::BTreeMap;

/// A copy of a market's books.
#[derive(Clone, Debug)]
pub struct World {
    /// The time at which it is looked at, in Unix milliseconds.
    pub now_ms: u64,
    pub params: MarketParams,
    /// In order of listing.
    pub reserves: Vec<Reserve>,
    /// In order of listing; what the oracle says.
    pub prices: Vec<Option<Price>>,
    /// Accounts that are watched. One that is not here counts as empty.
    pub accounts: BTreeMap<AccountId, Account>,
}

impl World {
    /// Reads a market from a chain, with the accounts given and without prices.
    pub fn load(
        chain: &mut dyn Chain,
        market: &Market,
        accounts: impl IntoIterator<Item = AccountId>,
    ) -> Result<Self, ClientError> {
        let (_, _, params) = market.settings(chain)?;
        let reserves = market.reserves(chain)?;
        let mut world = Self {
            now_ms: chain.now_ms()?,
            params,
            prices: vec![None; reserves.len()],
            reserves,
            accounts: BTreeMap::new(),
        };
        for account in accounts {
            world.reload(chain, market, account)?;
        }
        Ok(world)
    }

    /// Reads one account again.
    pub fn reload(
        &mut self,
        chain: &mut dyn Chain,
        market: &Market,
        account: AccountId,
    ) -> Result<(), ClientError> {
        let held = market.account(chain, account)?;
        self.accounts.insert(account, held);
        Ok(())
    }

    /// Sets what the oracle says of an asset.
    pub fn set_price(&mut self, asset: AssetId, price: Price) {
        if let Some(place) = self.prices.get_mut(usize::from(asset)) {
            *place = Some(price);
        }
    }

    /// An account with all reserves and prices, as the market would load it now.
    pub fn sheet(&self, account: &AccountId) -> Result<Sheet, Error> {
        let held = self.accounts.get(account).cloned().unwrap_or_default();
        let mut sheet = Sheet::new(self.now_ms, held);
        for ((asset, reserve), price) in (0u8..).zip(&self.reserves).zip(&self.prices) {
            sheet.add_reserve(asset, reserve.clone())?;
            sheet.line_mut(asset)?.price = *price;
        }
        Ok(sheet)
    }

    /// Puts back a sheet that an action has changed: the account, and the reserves named. The
    /// others keep their interest for later, as the market's do.
    pub fn keep(&mut self, account: AccountId, sheet: Sheet, changed: &[AssetId]) {
        for line in sheet.lines.into_iter().filter(|line| changed.contains(&line.asset)) {
            if let Some(reserve) = self.reserves.get_mut(usize::from(line.asset)) {
                *reserve = line.reserve;
            }
        }
        self.accounts.insert(account, sheet.account);
    }

    /// Health factors of all accounts that owe something.
    pub fn health_factors(&self) -> Result<Vec<(AccountId, f64)>, Error> {
        let in_debt = self.accounts.iter().filter(|(_, held)| held.has_debt());
        in_debt
            .map(|(account, _)| {
                let health = self.sheet(account)?.health(Basis::Middle)?;
                Ok((*account, health.health_factor_wad() as f64 / 1e18))
            })
            .collect()
    }

    /// Value of all debt in dollars.
    pub fn debt_usd(&self) -> Result<f64, Error> {
        self.accounts.keys().try_fold(0.0, |sum, account| {
            let health = self.sheet(account)?.health(Basis::Middle)?;
            Ok(sum + health.debt_wad as f64 / 1e18)
        })
    }
}
