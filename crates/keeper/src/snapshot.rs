//! The market at a block, as far as decisions need it.

use crate::{action::ActionKind, ranking::Unhealthy};
use breakwater_chain::{AccountId, BlockId};
use breakwater_client::oracle::SignedReport;
use breakwater_protocol::{
    oracle::Feed, Account, AccountSnapshot, AssetId, Error, ManualLevel, MarketParams,
    PricedReserve,
};
use std::collections::{BTreeMap, BTreeSet};

/// What changes rarely: read again when an event says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub count: AssetId,
    pub oracle: AccountId,
    pub params: MarketParams,
    pub guard: ManualLevel,
}

/// All that strategies look at. They move it on as they propose: what an action will change is kept in
/// it, for those after it.
#[derive(Clone, Debug)]
pub struct MarketSnapshot {
    pub block: BlockId,
    /// Timestamp of the block, in Unix milliseconds. Decisions know no other clock.
    pub now_ms: u64,
    pub market: AccountId,
    /// The keeper's account.
    pub us: AccountId,
    pub settings: Settings,
    /// All reserves with interest up to now, and their prices.
    pub reserves: Vec<PricedReserve>,
    /// Accounts without an auction that are unhealthy, the lowest health first.
    pub unhealthy: Vec<Unhealthy>,
    /// Accounts in auction, with their cells.
    pub auctions: Vec<(AccountId, Account)>,
    /// Signed prices that reporters have published.
    pub reports: Vec<SignedReport>,
    pub pending: Pending,
    /// Answers to what strategies have asked.
    pub seen: Observations,
}

/// What was begun and is not settled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    /// Accounts that something under way acts on, or that was proposed in this round.
    pub accounts: BTreeSet<AccountId>,
    /// Kinds of actions under way.
    pub kinds: BTreeSet<ActionKind>,
    /// Units that may be spent yet, by what is under way or was proposed in this round.
    pub spends: BTreeMap<AssetId, u128>,
    /// Units of collateral that may come in by what was proposed in this round.
    pub arrives: BTreeMap<AssetId, u128>,
    /// Units that the last 24 hours have spent.
    pub spent: BTreeMap<AssetId, u128>,
    /// Pools on which a sale has failed a moment ago: nothing is sold there.
    pub doubted: BTreeSet<AccountId>,
    /// They have lost too much: nothing is bought.
    pub is_stopped: bool,
}

/// Something besides the market that a strategy has to see. It is about the keeper's own account
/// where it is about somebody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// Units of a token that we have.
    Balance { token: AccountId },
    /// Units of ours that the spender may pull.
    Allowance { token: AccountId, spender: AccountId },
    /// What an AMM pool holds.
    Pool { pool: AccountId },
    /// What a venue pays for units of a token, up to so many.
    Quotes { venue: AccountId, token: AccountId, most: u128 },
    /// A token's feed at the oracle.
    Feed { token: AccountId },
    /// What we may claim for auctions that we have started.
    Reward { asset: AssetId },
}

/// Answers to [`Question`]s.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    pub balances: BTreeMap<AccountId, u128>,
    /// By token and spender.
    pub allowances: BTreeMap<(AccountId, AccountId), u128>,
    /// Units of the first and the second token.
    pub pools: BTreeMap<AccountId, [u128; 2]>,
    /// By venue and token, units and what the venue pays for them, rising.
    pub quotes: BTreeMap<(AccountId, AccountId), Vec<(u128, u128)>>,
    /// By venue and token, units of sales that are planned there.
    pub sold: BTreeMap<(AccountId, AccountId), u128>,
    /// Of tokens that have one.
    pub feeds: BTreeMap<AccountId, Feed>,
    pub rewards: BTreeMap<AssetId, u128>,
    /// Contracts that did not answer, with why: what was asked of them is not among the answers.
    pub unanswered: BTreeMap<AccountId, String>,
}

impl MarketSnapshot {
    /// A account_snapshot of an account with the reserves whose price matters to it, and what backs those (§ G8).
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub fn account_snapshot(&self, account: Account) -> Result<AccountSnapshot, Error> {
        let risks = account.positions.iter().filter(|held| held.bears_risk());
        let assets: Vec<AssetId> = risks.map(|held| held.asset).collect();
        let mut account_snapshot = self.account_snapshot_of(&assets)?;
        account_snapshot.account = account;
        Ok(account_snapshot)
    }

    /// A account_snapshot with some reserves and what backs them, and no account.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub fn account_snapshot_of(&self, assets: &[AssetId]) -> Result<AccountSnapshot, Error> {
        let mut reserves: Vec<PricedReserve> = Vec::with_capacity(assets.len());
        let has =
            |reserves: &[PricedReserve], asset| reserves.iter().any(|priced| priced.asset == asset);
        for asset in assets {
            if !has(&reserves, *asset) {
                reserves.push(self.priced(*asset)?.clone());
            }
        }
        // As the market puts them on its own account_snapshot: without them the pace would be another.
        let collaterals = reserves.iter().filter(|priced| !priced.reserve.config.tiers.is_empty());
        let backed_by: Vec<AssetId> =
            collaterals.filter_map(|priced| priced.reserve.config.auction.backed_by).collect();
        for asset in backed_by {
            // One that is listed no more backs nothing.
            if let (false, Ok(priced)) = (has(&reserves, asset), self.priced(asset)) {
                reserves.push(priced.clone());
            }
        }
        Ok(self.with_reserves(reserves))
    }

    /// A account_snapshot with all reserves and no account.
    pub fn whole_sheet(&self) -> AccountSnapshot {
        self.with_reserves(self.reserves.clone())
    }

    fn with_reserves(&self, reserves: Vec<PricedReserve>) -> AccountSnapshot {
        let mut account_snapshot =
            AccountSnapshot::new(self.now_ms, self.settings.params, Account::default());
        account_snapshot.guard = self.settings.guard;
        account_snapshot.reserves = reserves;
        account_snapshot
    }

    /// Keeps what an action has changed of the reserves, for the decisions after it.
    pub fn keep(&mut self, account_snapshot: &AccountSnapshot) {
        for changed in account_snapshot.changed() {
            if let Some(priced) =
                self.reserves.iter_mut().find(|priced| priced.asset == changed.asset)
            {
                priced.clone_from(changed);
            }
        }
    }

    /// One reserve.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`].
    pub fn priced(&self, asset: AssetId) -> Result<&PricedReserve, Error> {
        self.reserves.iter().find(|priced| priced.asset == asset).ok_or(Error::UnknownAsset)
    }

    /// Whether no transaction under way, and nothing proposed before in this round, acts on an account.
    pub fn is_free(&self, account: &AccountId) -> bool {
        !self.pending.accounts.contains(account)
    }

    /// Whether any account in auction is free.
    pub fn has_free_auctions(&self) -> bool {
        self.auctions.iter().any(|(account, _)| self.is_free(account))
    }

    /// Accounts in auction that are free.
    pub fn free_auctions(&self) -> Vec<(AccountId, Account)> {
        let free = self.auctions.iter().filter(|(account, _)| self.is_free(account));
        free.map(|(account, cell)| (*account, cell.clone())).collect()
    }
}
