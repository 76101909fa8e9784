//! Reads the market and what belongs to it at one block.

use crate::snapshot::{MarketSnapshot, Observations, Question, Settings};
use breakwater_chain::{AccountId, ChainError, ContractCall, Hash, Ledger};
use breakwater_client::{abi, market::in_pages, ClientError};
use breakwater_protocol::{
    oracle::Feed, Account, AssetId, Error, ManualLevel, MarketParams, PricedReserve,
};
use scale::{Decode, Encode};
use std::collections::BTreeSet;

/// The market's key of its accounts' cells (`contracts/market/src/storage.rs`).
const ACCOUNTS: [u8; 4] = 0x4257_0002u32.to_le_bytes();

/// For how many sizes a venue is asked.
const QUOTES: u128 = 8;

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

    /// Accounts' cells, in their order: one question for all of them where the chain shows contracts'
    /// storage, else one for each.
    ///
    /// # Errors
    /// As [`BlockReader::ask`].
    pub fn accounts(
        &mut self,
        market: AccountId,
        accounts: &[AccountId],
    ) -> Result<Vec<Account>, ClientError> {
        let keys: Vec<Vec<u8>> =
            accounts.iter().map(|account| [&ACCOUNTS[..], account].concat()).collect();
        let values = match self.ledger.values_at(self.block, market, &keys) {
            Ok(values) => values,
            Err(ChainError::Invalid(_)) => {
                return accounts.iter().map(|who| self.account(market, *who)).collect();
            }
            Err(why) => return Err(why.into()),
        };
        let read = |value: Option<Vec<u8>>| match value {
            // There is no cell of an empty account.
            None => Ok(Account::default()),
            Some(bytes) => {
                Account::decode(&mut &bytes[..]).map_err(|_| ClientError::Decode("account"))
            }
        };
        values.into_iter().map(read).collect()
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

    /// What a venue pays for a token, at several sizes up to `most` units.
    pub fn quotes(
        &mut self,
        venue: AccountId,
        token: AccountId,
        most: u128,
    ) -> Result<Vec<(u128, u128)>, ClientError> {
        let mut ladder = Vec::with_capacity(QUOTES as usize);
        for step in 1..=QUOTES {
            let units = most / QUOTES * step;
            // What it does not buy ends the ladder.
            match self.ask::<Option<u128>>(venue, "quote", (token, units))? {
                Some(paid) if units != 0 => ladder.push((units, paid)),
                _ => break,
            }
        }
        Ok(ladder)
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

    /// Answers what strategies have asked, all on this block. A contract that does not answer leaves a
    /// gap and holds up nothing else.
    ///
    /// # Errors
    /// Those of the connection.
    pub fn observe(
        &mut self,
        on: &MarketSnapshot,
        questions: &BTreeSet<Question>,
    ) -> Result<Observations, ClientError> {
        let mut seen = Observations::default();
        for question in questions {
            match self.answer(on, *question, &mut seen) {
                Ok(()) => {}
                Err(why @ ClientError::Chain(_)) => return Err(why),
                Err(why) => {
                    seen.unanswered.insert(asked(on, *question), why.to_string());
                }
            }
        }
        Ok(seen)
    }

    fn answer(
        &mut self,
        on: &MarketSnapshot,
        question: Question,
        seen: &mut Observations,
    ) -> Result<(), ClientError> {
        let us = on.us;
        match question {
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
            Question::Quotes { venue, token, most } => {
                let ladder = self.quotes(venue, token, most)?;
                seen.quotes.insert((venue, token), ladder);
            }
            Question::Feed { token } => {
                if let Some(feed) = self.feed(on.settings.oracle, token)? {
                    seen.feeds.insert(token, feed);
                }
            }
            Question::Reward { asset } => {
                seen.rewards.insert(asset, self.reward(on.market, us, asset)?);
            }
        }
        Ok(())
    }
}

/// The contract that a question is put to.
fn asked(on: &MarketSnapshot, question: Question) -> AccountId {
    match question {
        Question::Balance { token } | Question::Allowance { token, .. } => token,
        Question::Pool { pool } => pool,
        Question::Quotes { venue, .. } => venue,
        Question::Feed { .. } => on.settings.oracle,
        Question::Reward { .. } => on.market,
    }
}
