//! Breakwater's parameters in the laboratory, and how much of its design is switched on.

use crate::mechanisms::{AssetSpec, Market, USD};
use breakwater_protocol::{
    math::WAD, AuctionConfig, BackstopConfig, BreakerConfig, Curve, FlowLimit, KinkedRate,
    LiquidityConfig, MarketParams, RateModel, ReserveConfig, Tier,
};

/// How much of the design is switched on: each stage has what those before it have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The Dutch auction alone: a loan below 1 is for sale whole.
    Auction,
    /// Sold is only what lifts the loan to its target health.
    TargetHealth,
    /// Paced sales and the circuit breaker.
    Breaker,
    /// A cap on the load, and a haircut on new loans.
    LoadCap,
    /// The pool that buys off the market: the full design.
    Backstop,
}

impl Stage {
    /// In order.
    pub const ALL: [Self; 5] =
        [Self::Auction, Self::TargetHealth, Self::Breaker, Self::LoadCap, Self::Backstop];
}

/// What the laboratory varies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    pub stage: Stage,
    pub params: MarketParams,
    pub auction: AuctionConfig,
    pub backstop: BackstopConfig,
    /// Highest load (§ 3.5), wad.
    pub max_load_wad: u128,
    /// Haircut per square root of exposure / depth, and per daily volatility (§ 3.4), wad.
    pub haircuts_wad: [u128; 2],
    /// The backstop's money, as a part of all that is borrowed, in basis points; if not given, what
    /// the scenario says.
    pub backstop_bps: Option<u16>,
}

impl Default for Settings {
    /// What the laboratory proposes on top of what is deployed (`docs/results.md` has the reasons):
    /// no bonus by health, half the haircuts, and a backstop as large as the scenario has it that
    /// buys at the oracle's price, which is where auctions start.
    fn default() -> Self {
        let deployed = Self::deployed();
        Self {
            auction: AuctionConfig {
                start_premium_bps: 0,
                health_bonus_wad: 0,
                ..deployed.auction
            },
            backstop: BackstopConfig { level_bps: 0, ..deployed.backstop },
            haircuts_wad: [WAD / 200, WAD / 4],
            backstop_bps: None,
            ..deployed
        }
    }
}

impl Settings {
    /// A market deployed as it comes (`tests/tests/embedded_lab.rs` holds the two together), with the
    /// load cap and haircuts of quality A (§ 3.9) and a small backstop.
    pub fn deployed() -> Self {
        Self {
            stage: Stage::Backstop,
            params: MarketParams { starter_floor_wad: WAD / 2, ..MarketParams::default() },
            auction: AuctionConfig {
                start_premium_bps: 25,
                max_bonus_bps: 600,
                floor_bonus_bps: 200,
                fee_bps: 20,
                starter_share_bps: 5_000,
                health_bonus_wad: WAD / 8,
                curve: Curve::Linear,
                duration_ms: 20 * 60 * 1_000,
                price_gap_ms: 60 * 60 * 1_000,
                sales_capacity_wad: u128::MAX,
                sales_window_ms: 60 * 60 * 1_000,
            },
            backstop: BackstopConfig::default(),
            max_load_wad: 8 * WAD,
            haircuts_wad: [WAD / 100, WAD / 2],
            backstop_bps: Some(1_000),
        }
    }

    /// These settings with the design switched on up to a stage.
    pub fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    /// The market's parameters at this stage.
    pub fn market_params(&self) -> MarketParams {
        let mut params = self.params;
        if self.stage < Stage::TargetHealth {
            // The highest there is: no take lifts a loan so far, so all of it is for sale.
            params.target_health_wad = 2 * WAD;
        }
        if self.stage < Stage::Breaker {
            params.breaker = BreakerConfig::by_hand();
        }
        params
    }

    /// A collateral's reserve at this stage.
    pub fn collateral(&self, spec: &AssetSpec, token: [u8; 32]) -> ReserveConfig {
        let caps = self.stage >= Stage::LoadCap;
        let mut auction = self.auction;
        if self.stage < Stage::Breaker {
            auction.sales_capacity_wad = u128::MAX;
        }
        let [of_depth_wad, of_volatility_wad] = if caps { self.haircuts_wad } else { [0, 0] };
        ReserveConfig {
            token,
            decimals: 18,
            borrowable: false,
            collateral: true,
            frozen: false,
            siloed: false,
            isolation_ceiling_wad: None,
            reserve_factor_bps: 0,
            supply_cap: 0,
            borrow_cap: 0,
            collateral_cap: u128::MAX >> 8,
            min_debt: 0,
            tiers: vec![Tier {
                from_wad: 0,
                ltv_bps: spec.ltv_bps,
                liquidation_threshold_bps: spec.threshold_bps,
            }],
            threshold_ramp_bps_per_day: 50,
            liquidity: LiquidityConfig {
                depth: spec.depth,
                max_load_wad: if caps { self.max_load_wad } else { 1_000 * WAD },
                haircut_per_root_depth_wad: of_depth_wad,
                haircut_per_volatility_wad: of_volatility_wad,
                max_haircut_bps: 2_000,
            },
            outflow: FlowLimit::NONE,
            rate: no_interest(),
            auction,
            backstop: self.backstop,
        }
    }

    /// The reserve of dollars.
    pub fn dollars(&self, market: &Market, token: [u8; 32]) -> ReserveConfig {
        let depth = market.supplied.max(USD);
        ReserveConfig {
            token,
            decimals: 6,
            borrowable: true,
            collateral: false,
            reserve_factor_bps: 1_000,
            supply_cap: u128::MAX >> 8,
            borrow_cap: u128::MAX >> 8,
            collateral_cap: 0,
            min_debt: market.min_debt,
            tiers: vec![],
            ..self.collateral(
                &AssetSpec {
                    name: "USD".into(),
                    price_wad: WAD,
                    ltv_bps: 0,
                    threshold_bps: 0,
                    depth,
                },
                token,
            )
        }
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
