//! The market: its messages as calls, its views as functions.

use crate::{abi, ClientError};
use breakwater_chain::{AccountId, Chain, ContractCall};
use breakwater_protocol::{Account, AssetId, Health, MarketParams, Reserve, ReserveConfig};
use scale::Decode;

/// The market at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Market {
    pub address: AccountId,
}

/// What a taker would get now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode)]
pub struct Quote {
    /// Units of the debt asset a take would repay.
    pub repaid: u128,
    /// Units of the collateral asset the taker would get.
    pub received: u128,
    /// Discount to the oracle price as a signed wad fraction; negative is a premium.
    pub bonus_wad: i128,
}

impl Market {
    /// Constructor arguments.
    pub fn constructor(oracle: AccountId, params: MarketParams) -> Vec<u8> {
        abi::input("new", (oracle, params))
    }

    pub fn list_reserve(&self, config: &ReserveConfig) -> ContractCall {
        abi::call(self.address, "list_reserve", (config,))
    }

    pub fn supply(
        &self,
        asset: AssetId,
        assets: u128,
        on_behalf_of: Option<AccountId>,
    ) -> ContractCall {
        abi::call(self.address, "supply", (asset, assets, on_behalf_of))
    }

    pub fn withdraw(&self, asset: AssetId, assets: u128) -> ContractCall {
        abi::call(self.address, "withdraw", (asset, assets))
    }

    pub fn deposit_collateral(
        &self,
        asset: AssetId,
        amount: u128,
        on_behalf_of: Option<AccountId>,
    ) -> ContractCall {
        abi::call(self.address, "deposit_collateral", (asset, amount, on_behalf_of))
    }

    pub fn withdraw_collateral(&self, asset: AssetId, amount: u128) -> ContractCall {
        abi::call(self.address, "withdraw_collateral", (asset, amount))
    }

    pub fn borrow(&self, asset: AssetId, assets: u128) -> ContractCall {
        abi::call(self.address, "borrow", (asset, assets))
    }

    pub fn repay(
        &self,
        asset: AssetId,
        assets: u128,
        on_behalf_of: Option<AccountId>,
    ) -> ContractCall {
        abi::call(self.address, "repay", (asset, assets, on_behalf_of))
    }

    pub fn liquidate(&self, account: AccountId) -> ContractCall {
        abi::call(self.address, "liquidate", (account,))
    }

    /// Takes for the caller, without a deadline.
    pub fn take(
        &self,
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
        max_repay: u128,
        min_receive: u128,
    ) -> ContractCall {
        let (deadline_ms, receiver) = (None::<u64>, None::<AccountId>);
        let arguments = (account, collateral, debt, max_repay, min_receive, deadline_ms, receiver);
        abi::call(self.address, "take", arguments)
    }

    pub fn cure(&self, account: AccountId) -> ContractCall {
        abi::call(self.address, "cure", (account,))
    }

    /// All reserves, with interest up to the newest block.
    pub fn reserves(&self, chain: &mut dyn Chain) -> Result<Vec<Reserve>, ClientError> {
        abi::query_result(chain, self.address, self.address, "reserves", ())
    }

    /// One reserve, with interest up to the newest block.
    pub fn reserve(&self, chain: &mut dyn Chain, asset: AssetId) -> Result<Reserve, ClientError> {
        abi::query_result(chain, self.address, self.address, "reserve", (asset,))
    }

    pub fn account(
        &self,
        chain: &mut dyn Chain,
        account: AccountId,
    ) -> Result<Account, ClientError> {
        abi::query(chain, self.address, self.address, "account", (account,))
    }

    pub fn health(&self, chain: &mut dyn Chain, account: AccountId) -> Result<Health, ClientError> {
        abi::query_result(chain, self.address, self.address, "health", (account,))
    }

    pub fn asset_of(
        &self,
        chain: &mut dyn Chain,
        token: AccountId,
    ) -> Result<Option<AssetId>, ClientError> {
        abi::query(chain, self.address, self.address, "asset_of", (token,))
    }

    /// Owner, oracle and parameters.
    pub fn settings(
        &self,
        chain: &mut dyn Chain,
    ) -> Result<(AccountId, AccountId, MarketParams), ClientError> {
        abi::query(chain, self.address, self.address, "settings", ())
    }

    /// What a take would move now.
    pub fn quote(
        &self,
        chain: &mut dyn Chain,
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
        max_repay: u128,
    ) -> Result<Quote, ClientError> {
        let arguments = (account, collateral, debt, max_repay);
        abi::query_result(chain, self.address, self.address, "quote", arguments)
    }
}
