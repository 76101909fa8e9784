//! What is worth doing: pure functions of the market at a block, the accounts and the terms of
//! business. They compute what a transaction would do with the core's own functions; the executor
//! tries each in a dry run all the same.

mod fill;
mod relay;
mod stake;
mod start;
mod take;
mod upkeep;
mod venue;

pub use fill::{closings, Closing};
pub use relay::{relays, ReportFile};
pub use stake::{recycles, StakeTerms, Staked};
pub use start::{starts, starts_with_fills};
pub use take::{best_take, takes, Inventory, TakeTerms, Way};
pub use upkeep::{oracle_needs_poke, pokes};
pub use venue::Venue;

use breakwater_chain::{AccountId, ContractCall, Weight};
use breakwater_client::{oracle::SignedReport, Amm, Market, Oracle, Taker, Token};
use breakwater_protocol::{
    health::value_down,
    math::{mul_div_down, mul_div_up},
    AssetId, Error, Line, Order,
};

/// A fill of an account with two positions needs 4.2 milliseconds and 410 KiB, one with eight
/// about half as much again; what is not used is given back.
const FILL_GAS: Weight = Weight { ref_time: 10_000_000_000, proof_size: 1024 * 1024 };

/// Something to do on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Start auctions; those that can't be are passed over.
    Start(Vec<AccountId>),
    /// Start an auction for each account and have the backstop of the last asset buy of the other at
    /// once, all or none.
    StartAndFill(Vec<(AccountId, AssetId, AssetId)>),
    /// Take and sell on a pool before the debt is pulled.
    TakeAndSell {
        account: AccountId,
        order: Order,
        taker: AccountId,
        pool: AccountId,
        /// In units of the debt asset.
        min_profit: u128,
    },
    /// Take with our own money; orders that can't be done are passed over.
    TakeMany(Vec<(AccountId, Order)>),
    BackstopFill {
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
    },
    Cure(AccountId),
    RecogniseBadDebt(AccountId),
    PokeMarket(Vec<AssetId>),
    PokeOracle(Vec<AccountId>),
    Relay(Vec<SignedReport>),
    ClaimReward(AssetId),
    /// Take out what our stake in the backstop of `debt` has bought.
    ClaimGain {
        debt: AssetId,
        collateral: AssetId,
    },
    /// Sell units of a token on a pool.
    Sell {
        pool: AccountId,
        token: AccountId,
        units: u128,
        min_receive: u128,
    },
    /// Stake units in the backstop of an asset.
    Stake {
        asset: AssetId,
        units: u128,
    },
    /// Let somebody pull a token of ours.
    Approve {
        token: AccountId,
        spender: AccountId,
    },
}

impl Deed {
    /// Name of [`Deed::StartAndFill`].
    pub const START_AND_FILL: &'static str = "start_and_fill";
    /// All names of deeds.
    pub const KINDS: [&'static str; 15] = [
        "start",
        Self::START_AND_FILL,
        "take_and_sell",
        "take",
        "backstop_fill",
        "cure",
        "recognise_bad_debt",
        "poke_market",
        "poke_oracle",
        "relay",
        "claim_reward",
        "claim_gain",
        "sell",
        "stake",
        "approve",
    ];

    /// Its name in logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::StartAndFill(_) => Self::START_AND_FILL,
            Self::TakeAndSell { .. } => "take_and_sell",
            Self::TakeMany(_) => "take",
            Self::BackstopFill { .. } => "backstop_fill",
            Self::Cure(_) => "cure",
            Self::RecogniseBadDebt(_) => "recognise_bad_debt",
            Self::PokeMarket(_) => "poke_market",
            Self::PokeOracle(_) => "poke_oracle",
            Self::Relay(_) => "relay",
            Self::ClaimReward(_) => "claim_reward",
            Self::ClaimGain { .. } => "claim_gain",
            Self::Sell { .. } => "sell",
            Self::Stake { .. } => "stake",
            Self::Approve { .. } => "approve",
        }
    }

    /// The accounts it acts on.
    pub fn accounts(&self) -> Vec<AccountId> {
        match self {
            Self::Start(accounts) => accounts.clone(),
            Self::StartAndFill(fills) => fills.iter().map(|(account, ..)| *account).collect(),
            Self::TakeMany(orders) => orders.iter().map(|(account, _)| *account).collect(),
            Self::TakeAndSell { account, .. }
            | Self::BackstopFill { account, .. }
            | Self::Cure(account)
            | Self::RecogniseBadDebt(account) => vec![*account],
            _ => Vec::new(),
        }
    }

    /// The call that does it, or the first of them.
    pub fn call(&self, market: Market, oracle: Oracle) -> ContractCall {
        match self {
            Self::Start(accounts) => market.liquidate_many(accounts),
            Self::StartAndFill(_) => market.liquidate_many(&self.accounts()),
            Self::TakeAndSell { account, order, taker, pool, min_profit } => {
                let (taker, pool) = (Taker { address: *taker }, Amm { address: *pool });
                taker.take_and_sell(&market, *account, *order, pool, *min_profit)
            }
            Self::TakeMany(orders) => market.take_many(orders),
            Self::BackstopFill { account, collateral, debt } => {
                market.backstop_fill(*account, *collateral, *debt)
            }
            Self::Cure(account) => market.cure(*account),
            Self::RecogniseBadDebt(account) => market.recognise_bad_debt(*account),
            Self::PokeMarket(assets) => market.poke(assets),
            Self::PokeOracle(tokens) => oracle.poke(tokens),
            Self::Relay(reports) => oracle.relay(reports),
            Self::ClaimReward(asset) => market.claim_reward(*asset),
            Self::ClaimGain { debt, collateral } => market.backstop_claim(*debt, *collateral),
            Self::Sell { pool, token, units, min_receive } => {
                Amm { address: *pool }.swap(*token, *units, *min_receive)
            }
            Self::Stake { asset, units } => market.backstop_deposit(*asset, *units),
            Self::Approve { token, spender } => {
                Token { address: *token }.approve(*spender, u128::MAX)
            }
        }
    }

    /// The calls after the first, which can't be tried before that is done: with all the gas that
    /// they may need.
    pub fn calls_after(&self, market: Market) -> Vec<ContractCall> {
        match self {
            Self::StartAndFill(fills) => fills
                .iter()
                .map(|(account, collateral, debt)| {
                    market.backstop_fill(*account, *collateral, *debt).with_gas(FILL_GAS)
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// A deed and what it is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub deed: Deed,
    /// What it brings, in wad dollars, before fees.
    pub gain_wad: u128,
    /// The most it spends of our inventory.
    pub spends: Vec<(AssetId, u128)>,
    /// Done for the market's sake: it need not pay for itself.
    pub is_upkeep: bool,
}

impl Plan {
    fn new(deed: Deed, gain_wad: u128) -> Self {
        Self { deed, gain_wad, spends: Vec::new(), is_upkeep: false }
    }

    /// One that need not pay for itself.
    pub fn upkeep(deed: Deed) -> Self {
        Self { is_upkeep: true, ..Self::new(deed, 0) }
    }
}

/// Value of units of an asset at the middle of its band, wad dollars, rounded down.
fn value_of(line: &Line, units: u128) -> Result<u128, Error> {
    value_down(units, line.price()?.mid_wad, line.reserve.config.decimals)
}

/// Units less a part in basis points, rounded down.
fn less_bps_down(units: u128, bps: u16) -> Result<u128, Error> {
    mul_div_down(units, 10_000u128.saturating_sub(bps.into()), 10_000)
}

/// Units plus a part in basis points, rounded up.
fn more_bps_up(units: u128, bps: u16) -> Result<u128, Error> {
    mul_div_up(units, 10_000u128.saturating_add(bps.into()), 10_000)
}

#[cfg(test)]
mod tests;
