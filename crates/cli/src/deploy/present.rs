//! What the chain has of a deployment.

use crate::{book::Book, explain};
use anyhow::Result;
use breakwater_chain::{AccountId, Chain};
use breakwater_protocol::{oracle::FeedConfig, MarketParams, ReserveConfig};
use std::collections::BTreeMap;

/// The parameters on chain.
#[derive(Debug, Default)]
pub struct Present {
    /// None if there is no market yet.
    pub params: Option<MarketParams>,
    pub owner: Option<AccountId>,
    pub guardian: Option<AccountId>,
    /// By symbol.
    pub held: BTreeMap<String, Held>,
    /// The governor owns the market, or has been named as its next owner.
    pub governor_owns_or_is_named: bool,
}

/// What is set for an asset.
#[derive(Debug, Default)]
pub struct Held {
    pub feed: Option<FeedConfig>,
    pub reserve: Option<ReserveConfig>,
}

/// Reads it.
///
/// # Errors
/// If a contract of the book does not answer as what it should be.
pub fn read(chain: &mut dyn Chain, book: &Book) -> Result<Present> {
    let mut present = Present::default();
    let market = book.market().ok();
    if let Some(market) = market {
        let (owner, _, params) = market.settings(chain)?;
        let (guardian, _, _) = market.guard(chain)?;
        (present.owner, present.params, present.guardian) =
            (Some(owner), Some(params), Some(guardian));
        let governor = book.governor.map(|governor| governor.0);
        present.governor_owns_or_is_named = governor.is_some() && Some(owner) == governor;
    }
    for asset in &book.assets {
        let mut held = Held::default();
        if let Ok(oracle) = book.oracle() {
            held.feed = oracle.feed(chain, asset.token.0)?.map(|feed| feed.config);
        }
        if let Some(market) = market {
            if let Some(id) = market.asset_of(chain, asset.token.0)? {
                let reserve = market.reserve(chain, id).map_err(explain::client)?;
                held.reserve = Some(reserve.config);
            }
        }
        present.held.insert(asset.symbol.clone(), held);
    }
    Ok(present)
}
