//! The market: its messages as calls, its views as functions.

mod views;

pub use views::in_pages;

use crate::abi;
use breakwater_chain::{AccountId, ContractCall, Hash};
use breakwater_protocol::{Action, AssetId, Income, Level, MarketParams, Order, ReserveConfig};

/// The market at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Market {
    pub address: AccountId,
}

impl Market {
    /// Constructor arguments; `auctions` and `admin` are the market's other codes.
    pub fn constructor(oracle: AccountId, auctions: Hash, admin: Hash) -> Vec<u8> {
        abi::input("new", (oracle, auctions, admin))
    }

    pub fn list_reserve(&self, config: &ReserveConfig) -> ContractCall {
        abi::call(self.address, "list_reserve", (config,))
    }

    pub fn configure_reserve(&self, asset: AssetId, config: &ReserveConfig) -> ContractCall {
        abi::call(self.address, "configure_reserve", (asset, config))
    }

    /// Offers the market to another owner, who must accept.
    pub fn transfer_ownership(&self, to: AccountId) -> ContractCall {
        abi::call(self.address, "transfer_ownership", (to,))
    }

    pub fn accept_ownership(&self) -> ContractCall {
        abi::call(self.address, "accept_ownership", ())
    }

    /// Replaces codes of the market: the front, auctions, admin.
    pub fn upgrade(
        &self,
        front: Option<Hash>,
        auctions: Option<Hash>,
        admin: Option<Hash>,
    ) -> ContractCall {
        abi::call(self.address, "upgrade", (front, auctions, admin))
    }

    pub fn supply(
        &self,
        asset: AssetId,
        assets: u128,
        on_behalf_of: Option<AccountId>,
    ) -> ContractCall {
        abi::call(self.address, "supply", (asset, assets, on_behalf_of))
    }

    /// Withdraws to the caller.
    pub fn withdraw(&self, asset: AssetId, assets: u128) -> ContractCall {
        abi::call(self.address, "withdraw", (asset, assets, None::<AccountId>))
    }

    /// Deposits all or nothing: what a cap has no room for is refused.
    pub fn deposit_collateral(
        &self,
        asset: AssetId,
        amount: u128,
        on_behalf_of: Option<AccountId>,
    ) -> ContractCall {
        abi::call(self.address, "deposit_collateral", (asset, amount, false, on_behalf_of))
    }

    /// Withdraws to the caller.
    pub fn withdraw_collateral(&self, asset: AssetId, amount: u128) -> ContractCall {
        abi::call(self.address, "withdraw_collateral", (asset, amount, None::<AccountId>))
    }

    /// Borrows to the caller.
    pub fn borrow(&self, asset: AssetId, assets: u128) -> ContractCall {
        abi::call(self.address, "borrow", (asset, assets, None::<AccountId>))
    }

    pub fn repay(
        &self,
        asset: AssetId,
        assets: u128,
        on_behalf_of: Option<AccountId>,
    ) -> ContractCall {
        abi::call(self.address, "repay", (asset, assets, on_behalf_of))
    }

    /// Several actions at once, paid out to the caller, without a deadline.
    pub fn batch(&self, actions: &[Action]) -> ContractCall {
        abi::call(self.address, "batch", (actions, None::<u64>, None::<AccountId>))
    }

    pub fn liquidate(&self, account: AccountId) -> ContractCall {
        abi::call(self.address, "liquidate", (account,))
    }

    pub fn liquidate_many(&self, accounts: &[AccountId]) -> ContractCall {
        abi::call(self.address, "liquidate_many", (accounts,))
    }

    /// Takes for the caller, without a deadline and without a callback.
    pub fn take(
        &self,
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
        max_repay: u128,
        min_receive: u128,
    ) -> ContractCall {
        let order = Order { collateral, debt, max_repay, min_receive };
        self.take_with(account, order, None, None, None)
    }

    /// A take with everything that it can have: a deadline, a receiver, and data with which the
    /// receiver is called back before the debt is pulled.
    pub fn take_with(
        &self,
        account: AccountId,
        order: Order,
        deadline_ms: Option<u64>,
        receiver: Option<AccountId>,
        callback: Option<Vec<u8>>,
    ) -> ContractCall {
        abi::call(self.address, "take", (account, order, deadline_ms, receiver, callback))
    }

    /// Takes for the caller, without a deadline.
    pub fn take_many(&self, orders: &[(AccountId, Order)]) -> ContractCall {
        abi::call(self.address, "take_many", (orders, None::<u64>, None::<AccountId>))
    }

    pub fn backstop_fill(
        &self,
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
    ) -> ContractCall {
        abi::call(self.address, "backstop_fill", (account, collateral, debt))
    }

    pub fn set_params(&self, params: &MarketParams) -> ContractCall {
        abi::call(self.address, "set_params", (params,))
    }

    pub fn set_guardian(&self, guardian: AccountId, until_ms: u64) -> ContractCall {
        abi::call(self.address, "set_guardian", (guardian, until_ms))
    }

    pub fn poke(&self, assets: &[AssetId]) -> ContractCall {
        abi::call(self.address, "poke", (assets,))
    }

    /// Raises the breaker of an asset, or of the whole market.
    pub fn raise_breaker(
        &self,
        asset: Option<AssetId>,
        level: Level,
        lasts_ms: u64,
    ) -> ContractCall {
        abi::call(self.address, "raise_breaker", (asset, level, lasts_ms))
    }

    pub fn reset_breaker(&self, asset: Option<AssetId>) -> ContractCall {
        abi::call(self.address, "reset_breaker", (asset,))
    }

    pub fn recognise_bad_debt(&self, account: AccountId) -> ContractCall {
        abi::call(self.address, "recognise_bad_debt", (account,))
    }

    pub fn backstop_deposit(&self, asset: AssetId, assets: u128) -> ContractCall {
        abi::call(self.address, "backstop_deposit", (asset, assets))
    }

    pub fn backstop_give_notice(&self, asset: AssetId) -> ContractCall {
        abi::call(self.address, "backstop_give_notice", (asset,))
    }

    pub fn backstop_withdraw(&self, asset: AssetId, shares: u128) -> ContractCall {
        abi::call(self.address, "backstop_withdraw", (asset, shares, None::<AccountId>))
    }

    /// Buys what the backstop of the order's debt asset has in stock, to the caller.
    pub fn buy_stock(&self, order: Order) -> ContractCall {
        self.buy_stock_with(order, None, None, None)
    }

    /// The same with a deadline, a receiver and data for its callback.
    pub fn buy_stock_with(
        &self,
        order: Order,
        deadline_ms: Option<u64>,
        receiver: Option<AccountId>,
        callback: Option<Vec<u8>>,
    ) -> ContractCall {
        let Order { collateral, debt, max_repay, min_receive } = order;
        let arguments = (collateral, debt, max_repay, min_receive, deadline_ms, receiver, callback);
        abi::call(self.address, "buy_stock", arguments)
    }

    /// Claims to the caller.
    pub fn claim_reward(&self, asset: AssetId) -> ContractCall {
        abi::call(self.address, "claim_reward", (asset, None::<AccountId>))
    }

    pub fn cure(&self, account: AccountId) -> ContractCall {
        abi::call(self.address, "cure", (account,))
    }

    /// The owner's: pays out income of the protocol's.
    pub fn collect(
        &self,
        asset: AssetId,
        income: Income,
        amount: u128,
        receiver: AccountId,
    ) -> ContractCall {
        abi::call(self.address, "collect", (asset, income, amount, receiver))
    }

    /// The owner's: takes an empty reserve off the market.
    pub fn delist_reserve(&self, asset: AssetId) -> ContractCall {
        abi::call(self.address, "delist_reserve", (asset,))
    }
}
