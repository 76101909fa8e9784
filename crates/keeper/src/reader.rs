//! Reads the market and what belongs to it at one block.

use crate::snapshot::{MarketSnapshot, Observations, Question, Settings};
use breakwater_chain::{AccountId, ContractCall, Hash, Ledger};
use breakwater_client::{abi, market::in_pages, ClientError};
use breakwater_protocol::{
    oracle::Feed, Account, AssetId, Error, ManualLevel, MarketParams, PricedReserve,
};
use scale::{Decode, Encode};
use std::collections::BTreeSet;

/// Asks contracts on the state of one block.
pub struct BlockReader<'l> {
    pub ledger: &'l mut dyn Ledger,
    pub block: Hash,
}

impl BlockReader<'_> {
    /// The answer of a message, nothing changed.
    ///
    /// # Errors
    /// Those of the connection; [`ClientError::Trapped`], [`ClientError::NotUnderstood`],
    /// [`ClientError::Decode`].
    pub fn ask<T: Decode>(
        &mut self,
        contract: AccountId,
        message: &'static str,
        arguments: impl Encode,
    ) -> Result<T, ClientError> {
        let call: ContractCall = abi::call(contract, message, arguments);
        let run = self.ledger.call_at(self.block, contract, &call)?;
        abi::decode(message, &abi::output(message, run)?)
    }

    /// [`BlockReader::ask`] of a message that answers with a `Result` of the protocol's.
    pub fn ask_result<T: Decode>(
        &mut self,
        contract: AccountId,
        message: &'static str,
        arguments: impl Encode,
    ) -> Result<T, ClientError> {
        self.ask::<Result<T, Error>>(contract, message, arguments)?.map_err(ClientError::Protocol)
    }

    /// All reserves with interest up to the block's time, and prices.
    pub fn priced_reserves(
        &mut self,
        market: AccountId,
        count: AssetId,
    ) -> Result<Vec<PricedReserve>, ClientError> {
        let assets: Vec<AssetId> = (0..count).collect();
        let stored = in_pages(&assets, |rest| self.ask_result(market, "priced_reserves", (rest,)))?;
        let accrued = stored.into_iter().map(|mut priced| {
            priced.reserve.accrue(priced.now_ms).map_err(ClientError::Protocol)?;
            Ok(priced)
        });
        accrued.collect()
    }

    /// What changes rarely.
    pub fn settings(&mut self, market: AccountId) -> Result<Settings, ClientError> {
        let count: AssetId = self.ask(market, "reserve_count", ())?;
        let (_owner, oracle, params): (AccountId, AccountId, MarketParams) =
            self.ask(market, "settings", ())?;
        let (_guardian, _until_ms, guard): (AccountId, u64, ManualLevel) =
            self.ask(market, "guard", ())?;
        Ok(Settings { count, oracle, params, guard })
    }

    /// An account's cell.
    pub fn account(
        &mut self,
        market: AccountId,
        account: AccountId,
    ) -> Result<Account, ClientError> {
        self.ask(market, "account", (account,))
    }

    /// A token's feed.
    pub fn feed(
        &mut self,
        oracle: AccountId,
        token: AccountId,
    ) -> Result<Option<Feed>, ClientError> {
        self.ask(oracle, "feed", (token,))
    }

    /// What a pool holds: base, quote.
    pub fn pool(&mut self, pool: AccountId) -> Result<(u128, u128), ClientError> {
        self.ask(pool, "reserves", ())
    }

    /// Units of a token that an account has.
    pub fn balance(&mut self, token: AccountId, owner: AccountId) -> Result<u128, ClientError> {
        self.ask(token, "PSP22::balance_of", (owner,))
    }

    /// Units of the owner's that the spender may move.
    pub fn allowance(
        &mut self,
        token: AccountId,
        owner: AccountId,
        spender: AccountId,
    ) -> Result<u128, ClientError> {
        self.ask(token, "PSP22::allowance", (owner, spender))
    }

    /// What a starter of auctions may claim, in units.
    pub fn reward(
        &mut self,
        market: AccountId,
        account: AccountId,
        asset: AssetId,
    ) -> Result<u128, ClientError> {
        self.ask(market, "reward", (account, asset))
    }

    /// Answers what strategies have asked, all on this block.
    ///
    /// # Errors
    /// As [`BlockReader::ask`].
    pub fn observe(
        &mut self,
        on: &MarketSnapshot,
        questions: &BTreeSet<Question>,
    ) -> Result<Observations, ClientError> {
        let (market, oracle, us) = (on.market, on.settings.oracle, on.us);
        let mut seen = Observations::default();
        for question in questions {
            match *question {
                Question::Balance { token } => {
                    seen.balances.insert(token, self.balance(token, us)?);
                }
                Question::Allowance { token, spender } => {
                    let units = self.allowance(token, us, spender)?;
                    seen.allowances.insert((token, spender), units);
                }
                Question::Pool { pool } => {
                    let (base, quote) = self.pool(pool)?;
                    seen.pools.insert(pool, [base, quote]);
                }
                Question::Feed { token } => {
                    if let Some(feed) = self.feed(oracle, token)? {
                        seen.feeds.insert(token, feed);
                    }
                }
                Question::Reward { asset } => {
                    seen.rewards.insert(asset, self.reward(market, us, asset)?);
                }
            }
        }
        Ok(seen)
    }
}
