//! What the chain has of a deployment.

use crate::{deployment::Deployment, explain};
use anyhow::Result;
use breakwater_chain::{AccountId, Chain};
use breakwater_protocol::{oracle::FeedConfig, AssetId, MarketParams, ReserveConfig};
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
    /// The market belongs to the book's governor.
    pub governor_owns: bool,
}

/// What is set for an asset.
#[derive(Debug, Default)]
pub struct Held {
    pub feed: Option<FeedConfig>,
    /// The reserve's number and its parameters.
    pub reserve: Option<(AssetId, ReserveConfig)>,
}

/// Reads it.
///
/// # Errors
/// If a contract of the book does not answer as what it should be.
pub fn read(chain: &mut dyn Chain, deployment: &Deployment) -> Result<Present> {
    let mut present = Present::default();
    let market = deployment.market().ok();
    if let Some(market) = market {
        let (owner, _, params) = market.settings(chain)?;
        let (guardian, _, _) = market.guard(chain)?;
        (present.owner, present.params, present.guardian) =
            (Some(owner), Some(params), Some(guardian));
        let governor = deployment.governor.map(|governor| governor.0);
        present.governor_owns = governor.is_some() && Some(owner) == governor;
    }
    for asset in &deployment.assets {
        let mut held = Held::default();
        if let Ok(oracle) = deployment.oracle() {
            held.feed = oracle.feed(chain, asset.token.0)?.map(|feed| feed.config);
        }
        if let Some(market) = market {
            if let Some(id) = market.asset_of(chain, asset.token.0)? {
                let reserve = market.reserve(chain, id).map_err(explain::client)?;
                held.reserve = Some((id, reserve.config));
            }
        }
        present.held.insert(asset.symbol.clone(), held);
    }
    Ok(present)
}
