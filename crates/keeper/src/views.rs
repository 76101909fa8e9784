//! What the market says of itself at one block.

use breakwater_chain::{AccountId, BlockId, ContractCall, Hash, Ledger};
use breakwater_client::{abi, market::in_pages, ClientError};
use breakwater_protocol::{
    oracle::Feed, Account, AssetId, Error, Guard, Line, MarketParams, Pool, Sheet, Stake,
};
use scale::{Decode, Encode};
use std::collections::BTreeMap;

/// Asks contracts on the state of one block.
pub struct At<'l> {
    pub ledger: &'l mut dyn Ledger,
    pub block: Hash,
}

impl At<'_> {
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

    /// [`At::ask`] of a message that answers with a `Result` of the protocol's.
    pub fn ask_result<T: Decode>(
        &mut self,
        contract: AccountId,
        message: &'static str,
        arguments: impl Encode,
    ) -> Result<T, ClientError> {
        self.ask::<Result<T, Error>>(contract, message, arguments)?.map_err(ClientError::Protocol)
    }

    /// All reserves with interest up to the block's time, and prices.
    pub fn lines(&mut self, market: AccountId, count: AssetId) -> Result<Vec<Line>, ClientError> {
        let assets: Vec<AssetId> = (0..count).collect();
        let stored = in_pages(&assets, |rest| self.ask_result(market, "lines", (rest,)))?;
        let accrued = stored.into_iter().map(|mut line| {
            line.reserve.accrue(line.now_ms).map_err(ClientError::Protocol)?;
            Ok(line)
        });
        accrued.collect()
    }

    /// What changes rarely.
    pub fn settings(&mut self, market: AccountId) -> Result<Settings, ClientError> {
        let count: AssetId = self.ask(market, "reserve_count", ())?;
        let (_owner, oracle, params): (AccountId, AccountId, MarketParams) =
            self.ask(market, "settings", ())?;
        let (_guardian, _until_ms, guard): (AccountId, u64, Guard) =
            self.ask(market, "guard", ())?;
        let mut pools = BTreeMap::new();
        for asset in 0..count {
            pools.insert(asset, self.ask(market, "backstop", (asset,))?);
        }
        Ok(Settings { count, oracle, params, guard, pools })
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

    /// A stake in the backstop of an asset, with its gains up to now.
    pub fn stake(
        &mut self,
        market: AccountId,
        asset: AssetId,
        account: AccountId,
    ) -> Result<Stake, ClientError> {
        self.ask_result(market, "stake", (asset, account))
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
}

/// What changes rarely: read again when an event says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub count: AssetId,
    pub oracle: AccountId,
    pub params: MarketParams,
    pub guard: Guard,
    pub pools: BTreeMap<AssetId, Pool>,
}

/// The market at a block, as far as decisions need it.
#[derive(Clone, Debug)]
pub struct Picture {
    pub block: BlockId,
    /// Timestamp of the block, in Unix milliseconds. Decisions know no other clock.
    pub now_ms: u64,
    pub settings: Settings,
    /// All reserves with interest up to now, and their prices.
    pub lines: Vec<Line>,
}

impl Picture {
    /// A sheet of an account with the reserves whose price matters to it.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub fn sheet(&self, account: Account) -> Result<Sheet, Error> {
        let risks = account.positions.iter().filter(|held| held.bears_risk());
        let lines = risks.map(|held| self.line(held.asset).cloned());
        let lines = lines.collect::<Result<_, _>>()?;
        let mut sheet = Sheet::new(self.now_ms, self.settings.params, account);
        sheet.guard = self.settings.guard;
        sheet.lines = lines;
        Ok(sheet)
    }

    /// A sheet with all reserves and no account.
    pub fn whole_sheet(&self) -> Sheet {
        let mut sheet = Sheet::new(self.now_ms, self.settings.params, Account::default());
        sheet.guard = self.settings.guard;
        sheet.lines = self.lines.clone();
        sheet
    }

    /// Keeps what an action has changed of the reserves, for the decisions after it.
    pub fn keep(&mut self, sheet: &Sheet) {
        for changed in sheet.changed() {
            if let Some(line) = self.lines.iter_mut().find(|line| line.asset == changed.asset) {
                line.clone_from(changed);
            }
        }
    }

    /// One reserve.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub fn line(&self, asset: AssetId) -> Result<&Line, Error> {
        self.lines.iter().find(|line| line.asset == asset).ok_or(Error::UnknownAsset)
    }
}
