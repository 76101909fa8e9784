//! What is worth doing, one strategy a file.
//!
//! A strategy is a pure function of the market at a block, the accounts and its own terms: it returns
//! proposals. It computes what each would do with the core's own functions; the executor tries them in
//! a dry run all the same. What it has to see besides the market, such as a balance, it asks for
//! first, so that whoever reads the chain reads everything together.

mod approve;
mod buy_stock;
mod buying;
mod claim_reward;
mod cure;
mod explain;
mod fill;
mod poke_market;
mod poke_oracle;
mod relay;
mod start;
mod take;
mod venue;
mod write_off;

pub use approve::{Approve, Bound};
pub use buy_stock::BuyStock;
pub use buying::{Buying, Inventory, Limit};
pub use claim_reward::ClaimReward;
pub use cure::Cure;
pub use explain::{explain, Rules};
pub use fill::Fill;
pub use poke_market::PokeMarket;
pub use poke_oracle::PokeOracle;
pub use relay::{Relay, ReportFile};
pub use start::Start;
pub use take::Take;
pub use venue::{ConstantProduct, Place, Pool, QuoteBook, Quoted, Venue};
pub use write_off::WriteOff;

use crate::{
    action::{ActionKind, Proposal},
    config::{usd_to_wad, Config},
    index::AccountIndex,
    snapshot::{MarketSnapshot, Question},
};
use breakwater_protocol::{
    account::health::value_down,
    num::math::{mul_div_down, mul_div_up},
    Error, PricedReserve,
};

/// Which strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StrategyKind {
    Start,
    Take,
    BuyStock,
    Cure,
    WriteOff,
    Fill,
    Approve,
    PokeMarket,
    PokeOracle,
    Relay,
    ClaimReward,
}

/// Parts of the answer to a block. Once something of a part was submitted the others wait: the next
/// look is at a block that may have it in it already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Accounts that have become unhealthy: they can't wait.
    Starts,
    /// Accounts in auction.
    Auctions,
    /// All else.
    Upkeep,
}

/// How often a strategy looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cadence {
    EveryBlock,
    /// By the chain's clock.
    Ms(u64),
    Blocks(u64),
}

/// A way to make money, or to keep the market going.
pub trait Strategy: Send + Sync {
    /// Which it is.
    fn kind(&self) -> StrategyKind;

    /// When in the answer to a block it comes.
    fn phase(&self) -> Phase;

    /// How often it looks.
    fn cadence(&self) -> Cadence {
        Cadence::EveryBlock
    }

    /// Kinds of actions that must be settled before it looks again.
    fn waits_for(&self) -> &'static [ActionKind] {
        &[]
    }

    /// What it has to see besides the market: the answers are in [`MarketSnapshot::seen`] when it
    /// proposes. Nothing if there is nothing to do.
    fn questions(&self, on: &MarketSnapshot) -> Vec<Question> {
        let _ = on;
        Vec::new()
    }

    /// What is worth doing, in order, each assuming those before it are done.
    fn propose(&self, on: &mut MarketSnapshot, accounts: &AccountIndex) -> Vec<Proposal>;
}

/// The strategies of a configuration, in the order in which they are asked.
pub fn of(config: &Config) -> Vec<Box<dyn Strategy>> {
    let (takes, upkeep) = (&config.takes, &config.upkeep);
    let buying = buying(config);
    let rules = rules(config);
    let mut all: Vec<Box<dyn Strategy>> = Vec::new();
    if let Some(start) = rules.start {
        all.push(Box::new(start));
    }
    if let Some(buying) = rules.buying {
        all.push(Box::new(Take(buying)));
    }
    if upkeep.cures {
        all.push(Box::new(Cure));
    }
    if upkeep.write_offs {
        all.push(Box::new(WriteOff));
    }
    if upkeep.backstop_fills {
        all.push(Box::new(Fill { for_the_market: upkeep.for_the_market }));
    }
    if takes.stock {
        all.push(Box::new(BuyStock(buying.clone())));
    }
    if config.executor.approve {
        let bounds = Approve::bounds(
            &config.inventory,
            &buying.venues,
            buying.taker.is_some(),
            config.executor.approve_max_usd,
        );
        all.push(Box::new(Approve { bounds }));
    }
    if upkeep.pokes {
        all.push(Box::new(PokeMarket));
    }
    if let Some(every_ms) = upkeep.oracle_poke_ms {
        all.push(Box::new(PokeOracle { every_ms }));
    }
    if upkeep.relay_file.is_some() {
        all.push(Box::new(Relay));
    }
    all.push(Box::new(ClaimReward {
        every_ms: upkeep.claim_every_ms,
        least_wad: usd_to_wad(upkeep.claim_min_usd),
    }));
    all
}

/// The terms of purchases of a configuration.
fn buying(config: &Config) -> Buying {
    let takes = &config.takes;
    let pools = config.pool.iter().map(|pool| Place::Pool(pool.into()));
    let books = config.quotes.iter().map(|book| Place::Quotes(book.into()));
    Buying {
        taker: config.market.taker,
        venues: pools.chain(books).collect(),
        limits: config.inventory.iter().map(Limit::from).collect(),
        sales_usd: config.executor.approve.then_some(config.executor.approve_max_usd),
        least_wad: usd_to_wad(takes.min_profit_usd),
        exit_bps: takes.exit_bps,
        tolerance_bps: takes.tolerance_bps,
    }
}

/// What is decided by, of starts and takes.
pub fn rules(config: &Config) -> Rules {
    let (starts, buying) = (&config.starts, config.takes.enabled.then(|| buying(config)));
    let start = starts.enabled.then(|| Start {
        most: starts.max_per_block,
        least_wad: usd_to_wad(starts.min_reward_usd),
        for_the_market: config.upkeep.for_the_market,
        buying: buying.clone(),
        win_bps: starts.win_bps,
    });
    Rules { start, buying }
}

/// Value of units of an asset at the middle of its band, wad dollars, rounded down.
fn value_of(priced: &PricedReserve, units: u128) -> Result<u128, Error> {
    value_down(units, priced.price()?.mid_wad, priced.reserve.config.decimals)
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
