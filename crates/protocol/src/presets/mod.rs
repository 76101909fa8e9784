//! The table of parameters (§ 3.9): a reserve by what is known of its asset.
//!
//! Every reserve is listed from here. Deployment files, local markets, the simulator and tests name
//! only what they have otherwise; what holds for a whole market has its defaults at its type
//! ([`MarketParams`](crate::MarketParams), [`BreakerConfig`](crate::BreakerConfig),
//! [`AuctionConfig`], [`BackstopConfig`]).

mod check;
mod quality;

pub use check::{lacks, Lack};
pub use quality::{Class, Findings, Quality, CLASSES};

use crate::{
    num::math::WAD, AccountId, AuctionConfig, BackstopConfig, FlowLimit, FuseConfig, KinkedRate,
    LiquidityConfig, RateModel, ReserveConfig,
};
use alloc::vec::Vec;

/// Part of the interest that the protocol keeps, basis points.
pub const RESERVE_FACTOR_BPS: u16 = 1_000;
/// How fast lowered thresholds reach standing debt, basis points a day (§ 3.8).
pub const THRESHOLD_RAMP_BPS_PER_DAY: u16 = 50;
/// Most load of an asset whose class is not known, depths, wad (§ 3.5).
pub const MAX_LOAD_WAD: u128 = 8_000_000_000_000_000_000;
/// Highest haircut of an asset whose class is not known, basis points (§ 3.4).
pub const MAX_HAIRCUT_BPS: u16 = 5_000;

/// What is lent: nothing at rest, 5 % a year at 90 % utilisation, 100 % when all is lent (§ 1.3).
pub const RATE: RateModel = RateModel::Kinked(KinkedRate {
    base_wad: 0,
    kink_rate_wad: 50_000_000_000_000_000,
    full_rate_wad: WAD,
    kink_bps: 9_000,
});

/// An asset with all defaults that is neither lent nor collateral yet, and may hold nothing. `depth`
/// is the units that move its market by 1 % (§ 3.5).
pub fn reserve(token: AccountId, decimals: u8, depth: u128) -> ReserveConfig {
    ReserveConfig {
        token,
        decimals,
        borrowable: false,
        collateral: false,
        frozen: false,
        siloed: false,
        isolation_ceiling_wad: None,
        reserve_factor_bps: 0,
        supply_cap: 0,
        borrow_cap: 0,
        collateral_cap: 0,
        min_debt: 0,
        tiers: Vec::new(),
        threshold_ramp_bps_per_day: THRESHOLD_RAMP_BPS_PER_DAY,
        liquidity: LiquidityConfig {
            depth,
            max_load_wad: MAX_LOAD_WAD,
            haircut_per_root_depth_wad: 0,
            haircut_per_volatility_wad: 0,
            max_haircut_bps: MAX_HAIRCUT_BPS,
            fuse: FuseConfig::default(),
        },
        outflow: FlowLimit::NONE,
        rate: RATE,
        auction: AuctionConfig::default(),
        backstop: BackstopConfig::default(),
    }
}

/// An asset to lend and borrow, up to these caps in units. What may leave it in a day is its class's
/// to say ([`Class::outflow`]).
pub fn lent(config: ReserveConfig, supply_cap: u128, borrow_cap: u128) -> ReserveConfig {
    ReserveConfig {
        borrowable: true,
        reserve_factor_bps: RESERVE_FACTOR_BPS,
        supply_cap,
        borrow_cap,
        ..config
    }
}

/// An asset as collateral of a class, up to a cap in units; `depth_wad` is its depth in dollars.
///
/// What it is sold by stays as it is: all classes have the same (§ G9).
pub fn collateral(
    config: ReserveConfig,
    class: &Class,
    depth_wad: u128,
    collateral_cap: u128,
) -> ReserveConfig {
    let depth = config.liquidity.depth;
    ReserveConfig {
        collateral: true,
        collateral_cap,
        tiers: class.tiers(depth_wad),
        isolation_ceiling_wad: class.ceiling_wad(depth_wad),
        liquidity: class.liquidity(depth),
        ..config
    }
}
