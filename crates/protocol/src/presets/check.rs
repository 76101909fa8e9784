//! What a listing lacks of what its class asks.

use super::{Class, Findings, Quality, CLASSES};
use crate::{
    oracle::{FeedConfig, ANY_JUMP},
    BreakerConfig, MarketParams, ReserveConfig,
};
use alloc::vec::Vec;

/// One thing that an asset's class asks and its listing has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Not even the lowest class takes it.
    NoClass,
    /// It is listed as a better class than it is.
    WorseClass(Quality),
    /// The price has fewer sources than the class asks.
    Sources {
        has: u8,
        needs: u8,
    },
    /// Fewer than two sources make a price.
    Quorum,
    /// A price may jump any distance without being confirmed.
    Jump,
    /// No measure moves the breaker.
    Breaker,
    /// The class may not be borrowed.
    Borrowed,
    /// Borrowed beside others, though it moves more than the best class may.
    Silo,
    /// Where it is lent: no limit on what leaves in a day, or one above the class's.
    Outflow,
    /// LTV or liquidation threshold of the first tier are above the class's.
    Ltv,
    Threshold,
    /// A large position carries as much as a small one.
    Tier,
    Load,
    Haircut,
    /// The class carries one debt only, up to a ceiling.
    Isolation,
    /// What comes in is not counted, or more loosely than the class asks.
    Fuse,
}

/// All that a listing lacks, in the order of [`Lack`].
pub fn lacks(
    params: &MarketParams,
    config: &ReserveConfig,
    feed: &FeedConfig,
    findings: &Findings,
    listed_as: Quality,
) -> Vec<Lack> {
    let class = listed_as.class();
    let has = findings.sources;
    let of = Quality::of(findings);
    let [best, ..] = &CLASSES;
    let is_wild = findings.daily_volatility_bps > best.max_daily_volatility_bps;
    let mut checks = Vec::from([
        (of.is_none(), Lack::NoClass),
        (of.is_some_and(|of| of > listed_as), Lack::WorseClass(of.unwrap_or(listed_as))),
        (has < class.min_sources, Lack::Sources { has, needs: class.min_sources }),
        (feed.quorum < 2, Lack::Quorum),
        (feed.max_jump_bps == ANY_JUMP, Lack::Jump),
        (params.breaker.volatility == BreakerConfig::by_hand().volatility, Lack::Breaker),
    ]);
    if config.borrowable {
        checks.push((!class.may_be_borrowed, Lack::Borrowed));
        checks.push((is_wild && !config.siloed, Lack::Silo));
        checks.push((lets_out_more(config, class), Lack::Outflow));
    }
    if config.collateral {
        checks.extend(carries_more(config, class, findings.depth_wad));
    }
    checks.into_iter().filter_map(|(lacks, what)| lacks.then_some(what)).collect()
}

/// Whether more may leave than the class lets, in the same time.
fn lets_out_more(config: &ReserveConfig, class: &Class) -> bool {
    let (own, most) = (&config.outflow, class.outflow(config.supply_cap));
    let own_pace = own.capacity.saturating_mul(most.window_ms.into());
    let most_pace = most.capacity.saturating_mul(own.window_ms.into());
    own.is_none() || own_pace > most_pace
}

/// Where a collateral carries more than its class.
fn carries_more(config: &ReserveConfig, class: &Class, depth_wad: u128) -> [(bool, Lack); 7] {
    let first = config.tiers.first();
    let liquidity = &config.liquidity;
    let second_wad = class.tiers(depth_wad).get(1).map_or(u128::MAX, |tier| tier.from_wad);
    let is_tiered = config.tiers.iter().skip(1).any(|tier| tier.from_wad <= second_wad);
    let is_isolated = match (config.isolation_ceiling_wad, class.ceiling_wad(depth_wad)) {
        (_, None) => true,
        (Some(set_wad), Some(most_wad)) => set_wad <= most_wad,
        (None, Some(_)) => false,
    };
    let fuse = &liquidity.fuse;
    let threshold_bps = class.liquidation_threshold_bps;
    [
        (first.is_none_or(|tier| tier.ltv_bps > class.ltv_bps), Lack::Ltv),
        (first.is_none_or(|t| t.liquidation_threshold_bps > threshold_bps), Lack::Threshold),
        (!is_tiered, Lack::Tier),
        (liquidity.max_load_wad > class.max_load_wad, Lack::Load),
        (
            liquidity.haircut_per_root_depth_wad < class.haircut_per_root_depth_wad
                || liquidity.haircut_per_volatility_wad < class.haircut_per_volatility_wad,
            Lack::Haircut,
        ),
        (!is_isolated, Lack::Isolation),
        (
            fuse.is_never()
                || fuse.full_bps > class.fuse_full_bps
                || fuse.none_bps > class.fuse_none_bps,
            Lack::Fuse,
        ),
    ]
}
