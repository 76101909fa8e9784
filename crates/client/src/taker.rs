//! The contract that takes without capital.

use crate::{abi, Amm, ClientError, Market};
use breakwater_chain::{AccountId, Chain, ContractCall, DryRun};
use breakwater_protocol::{actions::TakeCallback, Order};
use scale::Encode;

/// A taker at an address. Only who deployed it can use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taker {
    pub address: AccountId,
}

/// Selector of the callback.
const ON_TAKE: [u8; 4] = [0xab, 0x1c, 0x37, 0x2f];
/// `Ok(Err(NotForUs))`, and `Ok(Err(BadData))`: what it answers to who may use it.
const NOT_FOR_US: [u8; 3] = [0, 1, 0];
const BAD_DATA: [u8; 3] = [0, 1, 1];

/// What an address says to being asked whether it works for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Serves,
    /// It is somebody else's, or serves another market.
    ServesAnother,
    /// It answers, and not as a taker does.
    NoTaker,
}

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
        let run = chain.dry_run(market.address, &self.question(caller))?;
        Ok(Self::standing(run)? != Standing::ServesAnother)
    }

    /// The dry run that asks it, to be made as the market; [`Taker::standing`] reads the answer.
    pub fn question(&self, caller: AccountId) -> ContractCall {
        let none = [0; 32];
        let account = none;
        let sold =
            TakeCallback { caller, account, collateral: none, received: 0, debt: none, repaid: 0 };
        let data = [ON_TAKE.to_vec(), (sold, Vec::<u8>::new()).encode()].concat();
        ContractCall::new(self.address, data)
    }

    /// What the answer to [`Taker::question`] means.
    ///
    /// # Errors
    /// [`ClientError::Trapped`] where there is no contract.
    pub fn standing(run: DryRun) -> Result<Standing, ClientError> {
        let answer = abi::output("on_take", run)?.data;
        Ok(match answer {
            answer if answer == NOT_FOR_US => Standing::ServesAnother,
            answer if answer == BAD_DATA => Standing::Serves,
            _ => Standing::NoTaker,
        })
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
