//! Classes of assets: what each asks, and what it may carry.

use crate::{
    num::{
        math::{mul_div_down, BPS, WAD},
        time::DAY_MS,
    },
    FlowLimit, FuseConfig, LiquidityConfig, Tier,
};
use alloc::{vec, vec::Vec};

/// Dollars, wad.
const USD: u128 = WAD;
/// Hundredths of a wad.
const PERCENT: u128 = WAD / 100;

/// How good an asset is as collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// The deepest: a chain's own coin, a major dollar.
    A,
    /// Established.
    B,
    /// Thin, young, or made by somebody who must be trusted: carries one debt only.
    C,
}

/// What somebody finds out about an asset before it is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Findings {
    /// Dollars that move its price by 1 %, wad: on a bad day, on markets that keepers reach.
    pub depth_wad: u128,
    /// Standard deviation of a day's return over the last year, basis points.
    pub daily_volatility_bps: u32,
    /// Sources of its price that don't depend on each other.
    pub sources: u8,
    /// It is a claim on an asset of another chain.
    pub bridged: bool,
    /// Somebody can make units that nothing backs: an issuer, a bridge's or an upgrade's key.
    pub mintable: bool,
}

/// What a class asks of an asset, and what it lets it carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    pub quality: Quality,
    /// Least depth, wad dollars.
    pub min_depth_wad: u128,
    /// Whether it may be borrowed; more volatile than an A only alone (§ 3.7).
    pub may_be_borrowed: bool,
    /// Highest daily volatility, basis points.
    pub max_daily_volatility_bps: u32,
    /// Fewest independent sources.
    pub min_sources: u8,
    pub may_be_bridged: bool,
    pub may_be_mintable: bool,
    /// LTV and liquidation threshold of the first tier, basis points.
    pub ltv_bps: u16,
    pub liquidation_threshold_bps: u16,
    /// Where the second tier begins, basis points of the depth.
    pub second_tier_bps: u16,
    /// How much less both are there, basis points.
    pub second_tier_less_bps: u16,
    /// Most debt that all of it carries, depths, wad (§ 3.5).
    pub max_load_wad: u128,
    /// Haircuts k_d and k_v, wad, and the highest in basis points (§ 3.4).
    pub haircut_per_root_depth_wad: u128,
    pub haircut_per_volatility_wad: u128,
    pub max_haircut_bps: u16,
    /// Isolated, up to this part of the depth, basis points (§ 3.7).
    pub ceiling_depth_bps: Option<u32>,
    /// Where it is lent: part of the supply cap that may leave in a day, basis points (§ 3.6).
    pub outflow_bps: u16,
    /// Net inflow up to which it carries in full and from which on not at all, basis points of the
    /// depth (§ G10).
    pub fuse_full_bps: u32,
    pub fuse_none_bps: u32,
}

/// The classes, the best first.
pub const CLASSES: [Class; 3] = [
    Class {
        quality: Quality::A,
        min_depth_wad: 5_000_000 * USD,
        may_be_borrowed: true,
        max_daily_volatility_bps: 500,
        min_sources: 3,
        may_be_bridged: false,
        may_be_mintable: false,
        ltv_bps: 7_800,
        liquidation_threshold_bps: 8_300,
        second_tier_bps: 10_000,
        second_tier_less_bps: 500,
        max_load_wad: 8 * WAD,
        haircut_per_root_depth_wad: PERCENT,
        haircut_per_volatility_wad: 50 * PERCENT,
        max_haircut_bps: 2_000,
        ceiling_depth_bps: None,
        outflow_bps: 2_000,
        fuse_full_bps: 20_000,
        fuse_none_bps: 80_000,
    },
    Class {
        quality: Quality::B,
        min_depth_wad: 500_000 * USD,
        may_be_borrowed: true,
        max_daily_volatility_bps: 800,
        min_sources: 3,
        may_be_bridged: true,
        may_be_mintable: false,
        ltv_bps: 6_800,
        liquidation_threshold_bps: 7_500,
        second_tier_bps: 5_000,
        second_tier_less_bps: 500,
        max_load_wad: 5 * WAD,
        haircut_per_root_depth_wad: 2 * PERCENT,
        haircut_per_volatility_wad: 100 * PERCENT,
        max_haircut_bps: 3_000,
        ceiling_depth_bps: None,
        outflow_bps: 1_500,
        fuse_full_bps: 10_000,
        fuse_none_bps: 40_000,
    },
    Class {
        quality: Quality::C,
        min_depth_wad: 50_000 * USD,
        may_be_borrowed: false,
        max_daily_volatility_bps: 1_500,
        min_sources: 2,
        may_be_bridged: true,
        may_be_mintable: true,
        ltv_bps: 5_000,
        liquidation_threshold_bps: 6_000,
        second_tier_bps: 2_500,
        second_tier_less_bps: 500,
        max_load_wad: 3 * WAD,
        haircut_per_root_depth_wad: 4 * PERCENT,
        haircut_per_volatility_wad: 150 * PERCENT,
        max_haircut_bps: 5_000,
        ceiling_depth_bps: Some(20_000),
        outflow_bps: 1_000,
        fuse_full_bps: 5_000,
        fuse_none_bps: 20_000,
    },
];

impl Quality {
    /// The best class whose demands an asset meets; none if it should not be listed.
    pub fn of(findings: &Findings) -> Option<Self> {
        CLASSES.iter().find(|class| class.takes(findings)).map(|class| class.quality)
    }

    /// What the class asks and carries.
    pub const fn class(self) -> &'static Class {
        let [a, b, c] = &CLASSES;
        match self {
            Self::A => a,
            Self::B => b,
            Self::C => c,
        }
    }
}

impl Class {
    /// Whether an asset meets all that the class asks.
    pub const fn takes(&self, findings: &Findings) -> bool {
        findings.depth_wad >= self.min_depth_wad
            && findings.daily_volatility_bps <= self.max_daily_volatility_bps
            && findings.sources >= self.min_sources
            && (self.may_be_bridged || !findings.bridged)
            && (self.may_be_mintable || !findings.mintable)
    }

    /// Both tiers, for a depth in wad dollars.
    pub fn tiers(&self, depth_wad: u128) -> Vec<Tier> {
        let first = Tier {
            from_wad: 0,
            ltv_bps: self.ltv_bps,
            liquidation_threshold_bps: self.liquidation_threshold_bps,
        };
        let less = self.second_tier_less_bps;
        let second = Tier {
            from_wad: part_down(depth_wad, self.second_tier_bps.into()),
            ltv_bps: first.ltv_bps.saturating_sub(less),
            liquidation_threshold_bps: first.liquidation_threshold_bps.saturating_sub(less),
        };
        if second.from_wad == 0 {
            vec![first]
        } else {
            vec![first, second]
        }
    }

    /// What may be borrowed against it by all together, wad dollars; none if it is not isolated.
    pub fn ceiling_wad(&self, depth_wad: u128) -> Option<u128> {
        self.ceiling_depth_bps.map(|bps| part_down(depth_wad, bps.into()))
    }

    /// Load, haircuts and fuse, for a depth in units.
    pub const fn liquidity(&self, depth: u128) -> LiquidityConfig {
        LiquidityConfig {
            depth,
            max_load_wad: self.max_load_wad,
            haircut_per_root_depth_wad: self.haircut_per_root_depth_wad,
            haircut_per_volatility_wad: self.haircut_per_volatility_wad,
            max_haircut_bps: self.max_haircut_bps,
            fuse: self.fuse(),
        }
    }

    /// When what comes in too fast carries less.
    pub const fn fuse(&self) -> FuseConfig {
        FuseConfig {
            half_life_ms: FuseConfig::HALF_LIFE_MS,
            full_bps: self.fuse_full_bps,
            none_bps: self.fuse_none_bps,
        }
    }

    /// What may leave in a day, net, of a supply cap in units.
    pub fn outflow(&self, supply_cap: u128) -> FlowLimit {
        FlowLimit { capacity: part_down(supply_cap, self.outflow_bps.into()), window_ms: DAY_MS }
    }
}

fn part_down(whole: u128, bps: u128) -> u128 {
    mul_div_down(whole, bps, BPS).unwrap_or(u128::MAX)
}
