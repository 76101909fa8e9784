//! Breakwater's parameters in the simulator.

use crate::mechanisms::{AssetSpec, Market, USD};
use breakwater_protocol::{
    num::math::{BPS, WAD},
    presets, AssetId, AuctionConfig, BackstopConfig, FuseConfig, KinkedRate, LiquidityConfig,
    MarketParams, RateModel, ReserveConfig, Tier,
};

/// More than anybody has, and far from overflow.
const NO_CAP: u128 = u128::MAX >> 8;

/// Somebody who takes from their own accounts: nothing reaches the market, but meter and price can't
/// know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wash {
    Never,
    /// All there is room for, once, when the first account is put into auction.
    Once,
    /// All there is room for, whenever something waits.
    Always,
}

/// What the simulator varies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    pub params: MarketParams,
    /// What backs the collateral is filled in.
    pub auction: AuctionConfig,
    pub backstop: BackstopConfig,
    /// Highest load (§ 3.5), wad.
    pub max_load_wad: u128,
    /// Haircut per square root of exposure / depth, and per daily volatility (§ 3.4), wad.
    pub haircuts_wad: [u128; 2],
    /// The backstop's money, as a part of all that is borrowed, in basis points; if not given, what
    /// the scenario says.
    pub pool_bps: Option<u16>,
    /// Depth that was typed in, as a part of the true calm one, in basis points.
    pub typed_bps: u32,
    pub wash: Wash,
    /// Lenders and stakers leave as fast as they may from the first auction on.
    pub run: bool,
}

impl Default for Settings {
    /// A market as it is deployed (`tests/embedded/lab.rs` holds the two together), but that no cap
    /// and no haircut keeps a loan of the scenario out: all protocols have the same loans.
    fn default() -> Self {
        Self {
            params: MarketParams::default(),
            auction: AuctionConfig::default(),
            backstop: BackstopConfig::default(),
            max_load_wad: 1_000 * WAD,
            haircuts_wad: [0, 0],
            pool_bps: None,
            typed_bps: 10_000,
            wash: Wash::Never,
            run: false,
        }
    }
}

impl Settings {
    /// A market without stakers.
    pub fn day_one() -> Self {
        Self { pool_bps: Some(0), ..Self::default() }
    }

    /// With the load cap and the haircuts of quality A (§ 3.9).
    pub fn capped() -> Self {
        let class = presets::Quality::A.class();
        let haircuts_wad = [class.haircut_per_root_depth_wad, class.haircut_per_volatility_wad];
        Self { max_load_wad: class.max_load_wad, haircuts_wad, ..Self::default() }
    }

    /// A collateral's reserve, backed by the asset of that number.
    pub fn collateral(
        &self,
        spec: &AssetSpec,
        token: [u8; 32],
        backed_by: AssetId,
    ) -> ReserveConfig {
        let depth = (spec.depth / BPS * u128::from(self.typed_bps)).max(1);
        let mut config = ReserveConfig {
            collateral: true,
            collateral_cap: NO_CAP,
            tiers: vec![Tier {
                from_wad: 0,
                ltv_bps: spec.ltv_bps,
                liquidation_threshold_bps: spec.threshold_bps,
            }],
            rate: no_interest(),
            auction: AuctionConfig { backed_by: Some(backed_by), ..self.auction },
            backstop: self.backstop,
            ..presets::reserve(token, 18, depth)
        };
        let [of_depth_wad, of_volatility_wad] = self.haircuts_wad;
        config.liquidity = LiquidityConfig {
            max_load_wad: self.max_load_wad,
            haircut_per_root_depth_wad: of_depth_wad,
            haircut_per_volatility_wad: of_volatility_wad,
            max_haircut_bps: presets::Quality::A.class().max_haircut_bps,
            // All loans are opened at once.
            fuse: FuseConfig::NEVER,
            ..config.liquidity
        };
        config
    }

    /// The reserve of dollars.
    pub fn dollars(&self, market: &Market, token: [u8; 32]) -> ReserveConfig {
        let depth = market.supplied.max(USD);
        let mut config = presets::lent(presets::reserve(token, 6, depth), NO_CAP, NO_CAP);
        config.min_debt = market.min_debt;
        config.rate = no_interest();
        config.backstop = self.backstop;
        config
    }
}

/// No interest: see [`crate::mechanisms`].
fn no_interest() -> RateModel {
    RateModel::Kinked(KinkedRate {
        base_wad: 0,
        kink_rate_wad: 0,
        full_rate_wad: 0,
        kink_bps: 9_000,
    })
}
