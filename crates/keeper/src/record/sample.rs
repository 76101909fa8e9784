//! How the market stood at a look.

use crate::snapshot::MarketSnapshot;
use breakwater_protocol::{AssetId, Level, PricedReserve};
use scale::{Decode, Encode};
use serde_json::{json, Value};

/// The market at a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Sample {
    /// Timestamp of the block, in Unix milliseconds.
    pub at_ms: u64,
    pub assets: Vec<AssetSample>,
}

/// A reserve at a block: units of its token, interest included.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AssetSample {
    pub asset: AssetId,
    pub supplied: u128,
    pub borrowed: u128,
    pub collateral: u128,
    /// Wad dollars; none without a price.
    pub price_wad: Option<u128>,
    /// Part of what is supplied that is lent out, wad, rounded down.
    pub utilisation_wad: u128,
    pub level: Level,
}

impl Sample {
    /// The market as it was looked at.
    pub fn of(on: &MarketSnapshot) -> Self {
        let people = on.settings.guard.level(on.now_ms);
        let asset = |priced: &PricedReserve| {
            let balances = &priced.reserve.balances;
            AssetSample {
                asset: priced.asset,
                supplied: balances.cash.saturating_add(balances.borrowed),
                borrowed: balances.borrowed,
                collateral: balances.collateral,
                price_wad: priced.price.as_ref().map(|price| price.mid_wad),
                // What can't be computed of balances that contradict each other is none lent out.
                utilisation_wad: balances.utilisation_wad().unwrap_or_default(),
                level: balances.breaker.level(on.now_ms).max(people),
            }
        };
        Self { at_ms: on.now_ms, assets: on.reserves.iter().map(asset).collect() }
    }

    /// In JSON: amounts as decimal strings.
    pub fn json(&self) -> Vec<Value> {
        let asset = |one: &AssetSample| {
            json!({
                "asset": one.asset, "supplied": one.supplied.to_string(),
                "borrowed": one.borrowed.to_string(), "collateral": one.collateral.to_string(),
                "price_wad": one.price_wad.map(|wad| wad.to_string()),
                "utilisation_wad": one.utilisation_wad.to_string(),
                "level": format!("{:?}", one.level),
            })
        };
        self.assets.iter().map(asset).collect()
    }
}
