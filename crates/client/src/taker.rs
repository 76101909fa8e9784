//! The contract that takes without capital.

use crate::{abi, Amm, Market};
use breakwater_chain::{AccountId, ContractCall};
use breakwater_protocol::Order;
use scale::Encode;

/// A taker at an address. Only who deployed it can use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taker {
    pub address: AccountId,
}

impl Taker {
    /// Constructor arguments.
    pub fn constructor(market: AccountId) -> Vec<u8> {
        abi::input("new", (market,))
    }

    /// A take whose collateral is sold on a pool before the debt is paid. It fails unless that
    /// leaves `min_profit` units. The caller needs an allowance for the market and no money.
    pub fn take_and_sell(
        &self,
        market: &Market,
        account: AccountId,
        order: Order,
        pool: Amm,
        min_profit: u128,
    ) -> ContractCall {
        let data = (pool.address, min_profit).encode();
        market.take_with(account, order, None, Some(self.address), Some(data))
    }
}
