//! The assets of the random world, and the rules that differ from world to world.

use breakwater_protocol::{
    gradual::PremiumCurve,
    num::{
        math::WAD,
        time::{DAY_MS, HOUR_MS, MINUTE_MS},
    },
    AdaptiveRate, AssetId, AuctionConfig, BackstopConfig, FlowLimit, FuseConfig, KinkedRate,
    LiquidityConfig, MarketParams, Pace, RateModel, ReserveConfig, Tier,
};
use rand::Rng;

pub const DECIMALS: [u8; 5] = [18, 8, 6, 6, 12];
pub const FIRST_DOLLARS: [u128; 5] = [200, 8_000, 1, 1, 5];
/// The highest liquidation threshold that a world begins with.
const HIGHEST_THRESHOLD_BPS: u16 = 8_000;

/// How a world sells, backs and lets in: of each asset.
#[derive(Clone, Debug)]
pub struct Rules {
    pub params: MarketParams,
    pub auctions: [AuctionConfig; 5],
    pub backstops: [BackstopConfig; 5],
    pub fuses: [FuseConfig; 5],
    /// Least debts, in tenths of a dollar.
    pub least_debts: [u128; 5],
}

impl Default for Rules {
    /// The defaults, with a pool behind two of the collaterals.
    fn default() -> Self {
        let backed_by = [Some(2), None, None, None, Some(3)];
        let backstop = BackstopConfig {
            cooldown_ms: 6 * HOUR_MS,
            window_ms: 7 * DAY_MS,
            ..BackstopConfig::default()
        };
        Self {
            params: MarketParams::default(),
            auctions: backed_by.map(|backed_by| AuctionConfig { backed_by, ..Default::default() }),
            backstops: [backstop; 5],
            fuses: [FuseConfig::NEVER; 5],
            least_debts: [10; 5],
        }
    }
}

impl Rules {
    /// Paces and caps from tight to loose, with a pool behind them or not, fuses or none.
    pub fn random(random: &mut impl Rng) -> Self {
        let mut rules = Self::default();
        for asset in 0..5 {
            rules.auctions[asset] = auction(random);
            rules.backstops[asset] = backstop(random);
            rules.fuses[asset] = fuse(random);
            rules.least_debts[asset] = [0, 1, 10, 10, 200, 3_000][random.gen_range(0..6)];
        }
        rules.params.target_health_wad = WAD / 1_000 * random.gen_range(1_001..1_200);
        rules
    }

    /// A tiered collateral (0), a shallow one that is also lent (1), an adaptive and rate-limited
    /// dollar (2), a siloed kinked dollar (3), and an isolated collateral (4).
    pub fn config(&self, asset: AssetId) -> ReserveConfig {
        let place = usize::from(asset);
        let depth_units = 10u128.pow(u32::from(DECIMALS[place])) * 100_000 / FIRST_DOLLARS[place];
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
            decimals: DECIMALS[place],
            borrowable: matches!(asset, 1..=3),
            collateral,
            frozen: false,
            siloed: asset == 3,
            isolation_ceiling_wad: (asset == 4).then_some(50_000 * WAD),
            reserve_factor_bps: 1_000,
            supply_cap: u128::MAX >> 16,
            borrow_cap: u128::MAX >> 16,
            collateral_cap: u128::MAX >> 16,
            min_debt: 10u128.pow(u32::from(DECIMALS[place])) * self.least_debts[place]
                / FIRST_DOLLARS[place]
                / 10,
            tiers: match asset {
                0 => vec![
                    tier(0, 7_500, HIGHEST_THRESHOLD_BPS),
                    tier(20_000, 7_000, 7_500),
                    tier(100_000, 5_000, 6_000),
                ],
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
                fuse: self.fuses[place],
            },
            outflow: if asset == 2 {
                FlowLimit { capacity: depth_units, window_ms: DAY_MS }
            } else {
                FlowLimit::NONE
            },
            rate: if asset == 2 {
                RateModel::Adaptive(adaptive)
            } else {
                RateModel::Kinked(kinked)
            },
            auction: self.auctions[place],
            backstop: self.backstops[place],
        }
    }
}

/// A gradual price that the core accepts.
pub(crate) fn auction(random: &mut impl Rng) -> AuctionConfig {
    let slice_bps = [1, 20, 100, 200][random.gen_range(0..4)];
    let stock_share_bps = [1_000, 7_000, 7_000, 10_000][random.gen_range(0..4)];
    // Below its part of the cap stock too has room for a slice.
    let least = u32::from(slice_bps) * 10_000 / u32::from(stock_share_bps) + 1;
    let pace = |random: &mut _| {
        let most = [2 * least, 3_000, 10_000, 50_000][Rng::gen_range(random, 0..4)];
        Pace {
            cap_ppm: Rng::gen_range(random, least..=most.max(least)),
            rise_mbps_per_min: match Rng::gen_range(random, 0..8) {
                0 => 100_000,
                1 => Rng::gen_range(random, 1..300),
                _ => Rng::gen_range(random, 500..12_000),
            },
            urgency_bps: Rng::gen_range(random, 0..200),
        }
    };
    let (alone, backed) = (pace(random), pace(random));
    let fall_bps_per_depth = [10, 100, 400, 400, 2_000][random.gen_range(0..5)];
    // A slice fits above the floor: else what does not count could never be sold from a bonus of 0 on.
    let slice_falls = (u32::from(fall_bps_per_depth) * u32::from(slice_bps)).div_ceil(10_000);
    let floor_bps = slice_falls.max(1) as u16 + [0, 10, 50][random.gen_range(0..3)];
    let max_bonus_bps = random.gen_range(1..300);
    let urgency_ltv_bps = random.gen_range(8_600..9_600);
    AuctionConfig {
        backed_by: [None, Some(1), Some(2), Some(2), Some(3), Some(0), Some(9)]
            [random.gen_range(0..7)],
        alone,
        backed,
        spent_share_bps: random.gen_range(0..=10_000),
        half_life_ms: [1, 10, 30, 30, 300, 1_440][random.gen_range(0..6)] * MINUTE_MS,
        fall_bps_per_depth,
        floor_bps,
        max_bonus_bps,
        drift_bps_per_min: random.gen_range(1..20),
        own_bps_per_min: random.gen_range(1..50),
        slice_bps,
        urgency_ltv_bps,
        lost_ltv_bps: random.gen_range(urgency_ltv_bps + 1..=10_000),
        pool_ltv_bps: [8_001, 8_400, 8_400, 9_000, 10_000][random.gen_range(0..5)],
        stock_share_bps,
        whole_bps: random.gen_range(0..=max_bonus_bps.min(100)),
        fee_bps: random.gen_range(0..100),
        starter_share_bps: random.gen_range(0..=10_000),
    }
}

/// A pool that the core accepts, out of which one can get in the time that a world lasts.
fn backstop(random: &mut impl Rng) -> BackstopConfig {
    let mut rates = [(); 3].map(|()| random.gen_range(0..3_000u16));
    rates.sort_unstable();
    BackstopConfig {
        target_bps: [0, 500, 1_500, 1_500, 10_000][random.gen_range(0..5)],
        premium: PremiumCurve {
            empty_bps: rates[2],
            target_bps: rates[1],
            double_bps: rates[0],
            interest_share_bps: random.gen_range(0..=9_000),
        },
        loss_share_bps: random.gen_range(0..=10_000),
        loss_window_ms: [1, 24, 168, 720][random.gen_range(0..4)] * HOUR_MS,
        entry_margin_bps: random.gen_range(0..300),
        cooldown_ms: [1, 6, 72][random.gen_range(0..3)] * HOUR_MS,
        window_ms: [24, 168][random.gen_range(0..2)] * HOUR_MS,
        reserve_floor_bps: 100,
    }
}

pub(crate) fn fuse(random: &mut impl Rng) -> FuseConfig {
    if random.gen() {
        return FuseConfig::NEVER;
    }
    let full_bps = random.gen_range(1_000..100_000);
    FuseConfig {
        half_life_ms: [10, 360, 10_080][random.gen_range(0..3)] * MINUTE_MS,
        full_bps,
        none_bps: random.gen_range(full_bps + 1..400_000),
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
