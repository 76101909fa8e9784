//! Unsafe configurations are refused, each with its own error.

use crate::common::*;
use breakwater_protocol::{
    num::math::WAD, AuctionConfig, Error, FuseConfig, MarketParams, Reserve, ReserveConfig,
};

fn broken(change: fn(&mut ReserveConfig)) -> Result<(), Error> {
    let mut config = eth_config();
    change(&mut config);
    config.validate()
}

#[test]
fn each_rule_has_its_error() {
    assert_eq!(broken(|_| {}), Ok(()));
    assert_eq!(broken(|c| c.collateral = false), Err(Error::UselessReserve));
    assert_eq!(broken(|c| c.decimals = 25), Err(Error::DecimalsOutOfRange));
    assert_eq!(broken(|c| c.reserve_factor_bps = 10_001), Err(Error::BpsOutOfRange));
    assert_eq!(broken(|c| c.threshold_ramp_bps_per_day = 501), Err(Error::RampOutOfRange));
    assert_eq!(broken(|c| c.outflow.window_ms = 59_999), Err(Error::WindowOutOfRange));
    assert_eq!(broken(|c| c.rate = flat_rate(11 * WAD)), Err(Error::RateOutOfRange));

    assert_eq!(broken(|c| c.tiers = vec![]), Err(Error::TiersNotMonotone));
    assert_eq!(broken(|c| c.tiers = vec![tier(1, 7_500, 8_000)]), Err(Error::TiersNotMonotone));
    assert_eq!(broken(|c| c.tiers = vec![tier(0, 8_000, 8_000)]), Err(Error::LtvNotBelowThreshold));
    assert_eq!(broken(|c| c.tiers = vec![tier(0, 7_500, 10_001)]), Err(Error::BpsOutOfRange));
    assert_eq!(broken(|c| c.tiers = vec![tier(0, 7_500, 9_100)]), Err(Error::BonusTooHigh));
    assert_eq!(
        broken(|c| c.tiers = vec![tier(0, 7_500, 8_000), tier(0, 7_000, 7_500)]),
        Err(Error::TiersNotMonotone)
    );
    assert_eq!(
        broken(|c| c.tiers = vec![tier(0, 7_500, 8_000), tier(5, 7_600, 8_000)]),
        Err(Error::TiersNotMonotone)
    );
    assert_eq!(
        broken(|c| c.tiers = (0u16..5).map(|n| tier(n.into(), 7_000 - n, 8_000 - n)).collect()),
        Err(Error::TooManyTiers)
    );

    assert_eq!(broken(|c| c.liquidity.depth = 0), Err(Error::DepthZero));
    assert_eq!(broken(|c| c.liquidity.max_load_wad = 0), Err(Error::LoadCapOutOfRange));
    assert_eq!(broken(|c| c.liquidity.max_load_wad = 1_001 * WAD), Err(Error::LoadCapOutOfRange));
    assert_eq!(broken(|c| c.liquidity.max_haircut_bps = 10_000), Err(Error::HaircutOutOfRange));
    assert_eq!(
        broken(|c| c.liquidity.haircut_per_volatility_wad = u128::MAX),
        Err(Error::HaircutOutOfRange)
    );

    assert_eq!(broken(|c| c.auction.half_life_ms = 0), Err(Error::PaceOutOfRange));
    assert_eq!(broken(|c| c.auction.alone.cap_ppm = 0), Err(Error::PaceOutOfRange));
    assert_eq!(broken(|c| c.auction.whole_bps = 1_001), Err(Error::BpsOutOfRange));
    assert_eq!(broken(|c| c.auction.floor_bps = 10_000), Err(Error::BpsOutOfRange));
    assert_eq!(broken(|c| c.auction.pool_ltv_bps = 8_000), Err(Error::UrgencyOutOfRange));
    // How something is sold that never was collateral is nobody's matter.
    let odd = AuctionConfig { half_life_ms: 0, ..eth_config().auction };
    assert_eq!(ReserveConfig { auction: odd, ..usd_config() }.validate(), Ok(()));
    assert_eq!(broken(|c| c.backstop.loss_window_ms = 0), Err(Error::WindowOutOfRange));
    assert_eq!(broken(|c| c.backstop.premium.double_bps = 401), Err(Error::RateOutOfRange));
    assert_eq!(broken(|c| c.liquidity.fuse.full_bps = 0), Err(Error::BpsOutOfRange));
}

#[test]
fn the_target_health_is_above_one_and_at_most_two() {
    for (target_health_wad, want) in [
        (WAD, Err(Error::TargetHealthOutOfRange)),
        (WAD + 1, Ok(())),
        (2 * WAD, Ok(())),
        (2 * WAD + 1, Err(Error::TargetHealthOutOfRange)),
    ] {
        assert_eq!(MarketParams { target_health_wad, ..params() }.validate(), want);
    }
}

/// What was sold and what came in are forgotten by the parameters of their time.
#[test]
fn new_parameters_count_from_now_on() {
    let mut reserve = Reserve::new(eth_config(), START_MS).unwrap();
    reserve.config.liquidity.fuse = FuseConfig::default();
    let mut config = reserve.config.clone();
    let (sales_ms, inflow_ms) = (config.auction.half_life_ms, config.liquidity.fuse.half_life_ms);
    reserve.balances.gradual.meter.impact_wad = 1 << 20;
    reserve.balances.inflow.depths_pico = 1 << 20;
    config.auction.half_life_ms *= 2;
    config.liquidity.fuse.half_life_ms *= 2;
    let mut other = reserve.clone();
    reserve.reconfigure(config.clone(), START_MS + sales_ms).unwrap();
    assert_eq!(reserve.balances.gradual.meter.impact_wad, 1 << 19);
    assert_eq!(reserve.balances.gradual.at_ms, START_MS + sales_ms);
    other.reconfigure(config, START_MS + inflow_ms).unwrap();
    assert_eq!(other.balances.inflow.depths_pico, 1 << 19);
}
