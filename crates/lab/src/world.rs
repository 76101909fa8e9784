//! One seed's world: what is the same for all mechanisms.

use crate::{
    borrowers::{self, Borrower},
    mechanisms::{AssetSpec, Market, Position, TOKEN},
    metrics::dutch_loss,
    oracle::wad,
    prices::{self, Path},
    scenario::Scenario,
};
use anyhow::Result;
use breakwater_protocol::AuctionConfig;

/// Prices, borrowers and the market's terms.
pub struct World<'a> {
    pub scenario: &'a Scenario,
    pub seed: u64,
    pub path: Path,
    pub borrowers: Vec<Borrower>,
    pub market: Market,
}

impl<'a> World<'a> {
    /// The world of a seed.
    ///
    /// # Errors
    /// Prices that can't be had.
    pub fn new(scenario: &'a Scenario, seed: u64) -> Result<Self> {
        let path = prices::path(scenario, seed)?;
        let first_usd: Vec<f64> = path.usd.iter().map(|prices| prices[0]).collect();
        let borrowers = borrowers::cast(scenario, &first_usd, seed);
        let lent: u128 = borrowers.iter().map(|borrower| borrower.position.debt).sum();
        let assets = scenario.assets.iter().zip(&first_usd).enumerate();
        let assets = assets.map(|(asset, (terms, usd))| {
            let here = borrowers.iter().filter(|borrower| borrower.position.asset == asset);
            let collateral: u128 = here.map(|borrower| borrower.position.collateral).sum();
            let carries = collateral as f64 / TOKEN as f64 * f64::from(terms.threshold_bps) / 1e4;
            AssetSpec {
                name: terms.name.clone(),
                price_wad: wad(*usd),
                ltv_bps: terms.ltv_bps,
                threshold_bps: terms.threshold_bps,
                depth: ((carries / scenario.market.load * TOKEN as f64) as u128).max(1),
            }
        });
        let market = Market {
            assets: assets.collect(),
            supplied: lent * 2,
            staked: (scenario.backstop.part_of_loans * lent as f64) as u128,
            min_debt: 100 * crate::mechanisms::USD,
            now_ms: path.start_ms,
            reaction_ms: (scenario.keepers.latency_s * 1e3) as u64,
        };
        Ok(Self { scenario, seed, path, borrowers, market })
    }

    /// What a Dutch auction loses of the fair price now that moves as fast as Breakwater's price where a pool backs
    /// it ([`dutch_loss`]).
    pub fn dutch_loss(&self, asset: usize, now_ms: u64) -> f64 {
        let rise_mbps = AuctionConfig::default().backed.rise_mbps_per_min;
        let block_min = self.scenario.keepers.block_s as f64 / 60.0;
        dutch_loss(f64::from(rise_mbps) / 1e7, self.path.volatility(asset, now_ms), block_min)
    }

    /// Positions at the opening.
    pub fn positions(&self) -> Vec<Position> {
        self.borrowers.iter().map(|borrower| borrower.position).collect()
    }
}
