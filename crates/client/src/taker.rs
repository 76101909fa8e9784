//! The contract that takes without capital.

use crate::{abi, Amm, ClientError, Market};
use breakwater_chain::{AccountId, Chain, ContractCall};
use breakwater_protocol::{actions::TakeCallback, Order};
use scale::Encode;

/// A taker at an address. Only who deployed it can use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taker {
    pub address: AccountId,
}

/// Selector of the callback.
const ON_TAKE: [u8; 4] = [0xab, 0x1c, 0x37, 0x2f];
/// `Ok(Err(NotForUs))`.
const NOT_FOR_US: [u8; 3] = [0, 1, 0];

impl Taker {
    /// Constructor arguments.
    pub fn constructor(market: AccountId) -> Vec<u8> {
        abi::input("new", (market,))
    }

    /// Whether it works for an account: for who deployed it, and nobody else. It keeps that to itself,
    /// so it is asked as the market asks it, with data that it refuses only after it knows.
    pub fn serves(
        &self,
        chain: &mut dyn Chain,
        market: &Market,
        caller: AccountId,
    ) -> Result<bool, ClientError> {
        let none = [0; 32];
        let account = none;
        let sold =
            TakeCallback { caller, account, collateral: none, received: 0, debt: none, repaid: 0 };
        let data = [ON_TAKE.to_vec(), (sold, Vec::<u8>::new()).encode()].concat();
        let run = chain.dry_run(market.address, &ContractCall::new(self.address, data))?;
        Ok(abi::output("on_take", run)?.data != NOT_FOR_US)
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

    /// The same with a backstop's stock.
    pub fn buy_stock_and_sell(
        &self,
        market: &Market,
        order: Order,
        pool: Amm,
        min_profit: u128,
    ) -> ContractCall {
        let data = (pool.address, min_profit).encode();
        market.buy_stock_with(order, None, Some(self.address), Some(data))
    }
}
