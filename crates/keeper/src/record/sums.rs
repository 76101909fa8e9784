//! What happened in a while, in sums.

use super::row::Told;
use breakwater_client::MarketEvent;
use breakwater_protocol::AssetId;
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// Sums over a while. Units are of the asset they stand with; values are wad dollars at the prices of then.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub opened: u64,
    /// By a cure, or by the take that ended them.
    pub closed: u64,
    /// Purchases out of auctions, the backstop's among them.
    pub takes: u64,
    /// Collateral that takes have bought.
    pub sold: BTreeMap<AssetId, u128>,
    /// Debt that takes have repaid.
    pub repaid: BTreeMap<AssetId, u128>,
    pub bad_debt: BTreeMap<AssetId, u128>,
    /// Collateral that backstops have sold out of their stock.
    pub stock_sold: BTreeMap<AssetId, u128>,
    /// What was sold by takes was worth, and what was paid for it.
    pub fair_wad: u128,
    pub paid_wad: u128,
}

fn add(to: &mut BTreeMap<AssetId, u128>, asset: AssetId, units: u128) {
    let sum = to.entry(asset).or_default();
    *sum = sum.saturating_add(units);
}

impl Sums {
    /// Adds what an event tells.
    pub fn note(&mut self, told: &Told) {
        let Told::Market(event) = told else { return };
        match event.as_ref() {
            MarketEvent::LiquidationStarted(_) => self.opened += 1,
            MarketEvent::AuctionClosed(_) => self.closed += 1,
            MarketEvent::Taken(taken) => {
                self.takes += 1;
                self.closed += u64::from(taken.closed);
                add(&mut self.sold, taken.collateral, taken.received);
                add(&mut self.repaid, taken.debt, taken.repaid);
                self.fair_wad = self.fair_wad.saturating_add(taken.fair_wad);
                self.paid_wad = self.paid_wad.saturating_add(taken.paid_wad);
            }
            MarketEvent::BadDebtRecognised(of) => add(&mut self.bad_debt, of.asset, of.assets),
            MarketEvent::StockSold(of) => add(&mut self.stock_sold, of.collateral, of.received),
            _ => {}
        }
    }

    /// Adds other sums.
    pub fn add(&mut self, other: &Self) {
        self.opened += other.opened;
        self.closed += other.closed;
        self.takes += other.takes;
        for (to, from) in [
            (&mut self.sold, &other.sold),
            (&mut self.repaid, &other.repaid),
            (&mut self.bad_debt, &other.bad_debt),
            (&mut self.stock_sold, &other.stock_sold),
        ] {
            from.iter().for_each(|(asset, units)| add(to, *asset, *units));
        }
        self.fair_wad = self.fair_wad.saturating_add(other.fair_wad);
        self.paid_wad = self.paid_wad.saturating_add(other.paid_wad);
    }

    /// In JSON: amounts as decimal strings.
    pub fn json(&self) -> Value {
        let units = |of: &BTreeMap<AssetId, u128>| -> Vec<Value> {
            of.iter()
                .map(|(asset, units)| json!({ "asset": asset, "units": units.to_string() }))
                .collect()
        };
        json!({
            "auctions_opened": self.opened, "auctions_closed": self.closed, "takes": self.takes,
            "sold": units(&self.sold), "repaid": units(&self.repaid), "bad_debt": units(&self.bad_debt),
            "stock_sold": units(&self.stock_sold),
            "fair_wad": self.fair_wad.to_string(), "paid_wad": self.paid_wad.to_string(),
        })
    }
}
