//! The assets of the random world.

use breakwater_protocol::{
    curve::{Curve, RAY},
    math::WAD,
    AdaptiveRate, AssetId, AuctionConfig, BackstopConfig, FlowLimit, KinkedRate, LiquidityConfig,
    RateModel, ReserveConfig, Tier,
};

pub const DECIMALS: [u8; 5] = [18, 8, 6, 6, 12];
pub const FIRST_DOLLARS: [u128; 5] = [200, 8_000, 1, 1, 5];

/// A tiered collateral (0), a shallow one that is also lent (1), an adaptive and rate-limited
/// dollar (2), a siloed kinked dollar (3), and an isolated collateral (4).
pub fn config(asset: AssetId) -> ReserveConfig {
    let depth_units = 10u128.pow(u32::from(DECIMALS[usize::from(asset)])) * 100_000
        / FIRST_DOLLARS[usize::from(asset)];
    let tier = |dollars: u128, ltv_bps, liquidation_threshold_bps| Tier {
        from_wad: dollars * WAD,
        ltv_bps,
        liquidation_threshold_bps,
    };
    let collateral = matches!(asset, 0 | 1 | 4);
    let kinked = KinkedRate {
        base_wad: WAD / 100,
        kink_rate_wad: WAD / 10,
        full_rate_wad: 2 * WAD,
        kink_bps: 8_000,
    };
    let adaptive = AdaptiveRate {
        target_bps: 9_000,
        steepness_wad: 4 * WAD,
        speed_wad: 50 * WAD,
        initial_wad: WAD / 25,
        min_wad: WAD / 1_000,
        max_wad: 2 * WAD,
    };
    ReserveConfig {
        token: [asset + 1; 32],
        decimals: DECIMALS[usize::from(asset)],
        borrowable: matches!(asset, 1..=3),
        collateral,
        frozen: false,
        siloed: asset == 3,
        isolation_ceiling_wad: (asset == 4).then_some(50_000 * WAD),
        reserve_factor_bps: 1_000,
        supply_cap: u128::MAX >> 16,
        borrow_cap: u128::MAX >> 16,
        collateral_cap: u128::MAX >> 16,
        min_debt: 10u128.pow(u32::from(DECIMALS[usize::from(asset)]))
            / FIRST_DOLLARS[usize::from(asset)],
        tiers: match asset {
            0 => {
                vec![tier(0, 7_500, 8_000), tier(20_000, 7_000, 7_500), tier(100_000, 5_000, 6_000)]
            }
            1 | 4 => vec![tier(0, 6_000, 7_000)],
            _ => vec![],
        },
        threshold_ramp_bps_per_day: 50,
        liquidity: LiquidityConfig {
            depth: depth_units,
            max_load_wad: 30 * WAD,
            haircut_per_root_depth_wad: WAD / 50,
            haircut_per_volatility_wad: WAD / 2,
            max_haircut_bps: 3_000,
        },
        outflow: if asset == 2 {
            FlowLimit { capacity: depth_units, window_ms: 24 * 60 * 60 * 1_000 }
        } else {
            FlowLimit::NONE
        },
        rate: if asset == 2 { RateModel::Adaptive(adaptive) } else { RateModel::Kinked(kinked) },
        auction: AuctionConfig {
            start_premium_bps: 100,
            max_bonus_bps: 800,
            floor_bonus_bps: 200,
            fee_bps: 50,
            starter_share_bps: 5_000,
            health_bonus_wad: WAD / 4,
            curve: match asset {
                0 => Curve::Linear,
                1 => Curve::Exponential { cut_ray: RAY / 1_000 * 995 },
                _ => Curve::Stair { step_s: 60, cut_ray: RAY / 10 * 8 },
            },
            duration_ms: 20 * 60 * 1_000,
            price_gap_ms: 60 * 60 * 1_000,
            sales_capacity_wad: if asset == 0 { WAD } else { u128::MAX },
            sales_window_ms: 60 * 60 * 1_000,
        },
        backstop: BackstopConfig {
            cooldown_ms: 6 * 60 * 60 * 1_000,
            window_ms: 7 * 24 * 60 * 60 * 1_000,
            ..BackstopConfig::default()
        },
    }
}

/// Makes limits bind, one kind at a time, chosen by a number: freeze, caps of what is `held`, load,
/// isolation on and off, silo, minimum. Most numbers change nothing.
pub fn strained(config: &mut ReserveConfig, choice: u16, held: u128) {
    let cap = |part: u128| held / 100 * part;
    match choice % 40 {
        0 => config.frozen = true,
        1 => config.collateral = false,
        2 => config.collateral_cap = cap(80),
        3 => config.collateral_cap = cap(110),
        4 => config.liquidity.depth = config.liquidity.depth / 30 + 1,
        5 if config.collateral => config.isolation_ceiling_wad = Some(5_000 * WAD),
        6 => config.isolation_ceiling_wad = None,
        7 => config.siloed = true,
        8 => config.min_debt *= 500,
        9 => config.borrow_cap = 10_u128.pow(u32::from(config.decimals)) * 1_000,
        _ => {}
    }
}
