//! From an asset of the file to its reserve.

use super::{
    config::{self, Config},
    desired::wad_or,
    quality,
};
use crate::amount::Decimal;
use anyhow::{ensure, Context as _, Result};
use breakwater_chain::AccountId;
use breakwater_protocol::{
    num::time::{HOUR_MS, MINUTE_MS},
    presets, AdaptiveRate, AssetId, AuctionConfig, BackstopConfig, FlowLimit, FuseConfig,
    KinkedRate, LiquidityConfig, Pace, PremiumCurve, RateModel, ReserveConfig, Tier,
};

/// Numbers of assets by symbol: as the market has them, or will when it lists the file's in order.
pub fn numbers(
    config: &Config,
    listed: &dyn Fn(&str) -> Option<AssetId>,
) -> Vec<(String, AssetId)> {
    let mut numbers: Vec<(String, AssetId)> = Vec::new();
    for asset in &config.assets {
        let taken = |number: AssetId| {
            let by_others = config.assets.iter().any(|other| listed(&other.symbol) == Some(number));
            by_others || numbers.iter().any(|(_, of)| *of == number)
        };
        let number = listed(&asset.symbol).or_else(|| (0..=AssetId::MAX).find(|n| !taken(*n)));
        numbers.extend(number.map(|number| (asset.symbol.clone(), number)));
    }
    numbers
}

/// The number of the asset whose backstop sets the pace of an asset: the one it names, or the file's
/// first that can be lent.
///
/// # Errors
/// If it names none of the file's that can be lent.
fn backed_by(
    config: &Config,
    asset: &config::Asset,
    numbers: &[(String, AssetId)],
) -> Result<Option<AssetId>> {
    let named = asset.collateral.as_ref().and_then(|held| held.auction.backed_by.as_ref());
    let mut lent = config.assets.iter().filter(|other| other.lend.is_some());
    let symbol = match named {
        Some(symbol) => {
            ensure!(
                lent.any(|other| &other.symbol == symbol),
                "{}: backed_by = {symbol}, which is no asset of the file that can be lent",
                asset.symbol
            );
            Some(symbol)
        }
        None => lent.map(|other| &other.symbol).next(),
    };
    let number = |symbol: &String| numbers.iter().find(|(of, _)| of == symbol).map(|(_, id)| *id);
    Ok(symbol.and_then(number))
}

/// An asset's reserve: what the file says, else what its class carries, else the table's defaults
/// ([`breakwater_protocol::presets`]).
pub fn reserve(
    config: &Config,
    asset: &config::Asset,
    token: AccountId,
    numbers: &[(String, AssetId)],
) -> Result<ReserveConfig> {
    let units = |amount: &Decimal| {
        amount.units(asset.decimals).with_context(|| format!("{}: an amount", asset.symbol))
    };
    let or_zero = |amount: Option<&Decimal>| amount.map_or(Ok(0), units);
    let listed = quality::listed(asset)?;
    let mut to = presets::reserve(token, asset.decimals, units(&asset.depth)?);
    to.frozen = asset.frozen;
    if let Some(lend) = &asset.lend {
        to = presets::lent(to, units(&lend.supply_cap)?, units(&lend.borrow_cap)?);
        to.siloed = lend.siloed;
        to.min_debt = or_zero(lend.min_debt.as_ref())?;
        to.reserve_factor_bps = lend.reserve_factor_bps.unwrap_or(to.reserve_factor_bps);
        if let Some(given) = &lend.rate {
            to.rate = rate(given)?;
        }
        to.backstop = backstop(&lend.backstop);
        if let Some(listed) = &listed {
            to.outflow = listed.class.outflow(to.supply_cap);
        }
    }
    if let Some(collateral) = &asset.collateral {
        let cap = units(&collateral.cap)?;
        to.collateral = true;
        to.collateral_cap = cap;
        if let Some(listed) = &listed {
            to = presets::collateral(to, listed.class, listed.findings.depth_wad, cap);
        }
        if !collateral.tiers.is_empty() {
            to.tiers = collateral.tiers.iter().map(tier).collect::<Result<_>>()?;
        }
        ensure!(
            !to.tiers.is_empty(),
            "{}: give [[asset.collateral.tier]], or a quality from which they follow",
            asset.symbol
        );
        if let Some(ceiling) = &collateral.isolation_ceiling_usd {
            to.isolation_ceiling_wad = Some(ceiling.wad()?);
        }
        let ramp = collateral.threshold_ramp_bps_per_day;
        to.threshold_ramp_bps_per_day = ramp.unwrap_or(to.threshold_ramp_bps_per_day);
        to.auction = auction(&collateral.auction, backed_by(config, asset, numbers)?)?;
    }
    let from = to.liquidity;
    to.liquidity = LiquidityConfig {
        depth: from.depth,
        max_load_wad: wad_or(&asset.max_load, from.max_load_wad)?,
        haircut_per_root_depth_wad: wad_or(
            &asset.haircut_per_root_depth,
            from.haircut_per_root_depth_wad,
        )?,
        haircut_per_volatility_wad: wad_or(
            &asset.haircut_per_volatility,
            from.haircut_per_volatility_wad,
        )?,
        max_haircut_bps: asset.max_haircut_bps.unwrap_or(from.max_haircut_bps),
        fuse: fuse(&asset.fuse, from.fuse)?,
    };
    if let Some(outflow) = &asset.outflow {
        let window_ms = outflow.window_minutes.saturating_mul(MINUTE_MS);
        to.outflow = FlowLimit { capacity: units(&outflow.capacity)?, window_ms };
    }
    Ok(to)
}

fn tier(tier: &config::Tier) -> Result<Tier> {
    Ok(Tier {
        from_wad: wad_or(&tier.from_usd, 0)?,
        ltv_bps: tier.ltv_bps,
        liquidation_threshold_bps: tier.liquidation_threshold_bps,
    })
}

fn rate(rate: &config::Rate) -> Result<RateModel> {
    let percent = |percent: &Decimal| percent.wad().map(|wad| wad / 100);
    Ok(match rate {
        config::Rate::Kinked { base_percent, kink_percent, full_percent, kink_bps } => {
            RateModel::Kinked(KinkedRate {
                base_wad: percent(base_percent)?,
                kink_rate_wad: percent(kink_percent)?,
                full_rate_wad: percent(full_percent)?,
                kink_bps: *kink_bps,
            })
        }
        config::Rate::Adaptive {
            target_bps,
            steepness,
            speed_per_year,
            initial_percent,
            min_percent,
            max_percent,
        } => RateModel::Adaptive(AdaptiveRate {
            target_bps: *target_bps,
            steepness_wad: steepness.wad()?,
            speed_wad: speed_per_year.wad()?,
            initial_wad: percent(initial_percent)?,
            min_wad: percent(min_percent)?,
            max_wad: percent(max_percent)?,
        }),
    })
}

fn auction(given: &config::Auction, backed_by: Option<AssetId>) -> Result<AuctionConfig> {
    let default = AuctionConfig::default();
    let half_life_ms = given.half_life_minutes.map(|minutes| minutes.saturating_mul(MINUTE_MS));
    Ok(AuctionConfig {
        backed_by,
        alone: pace(&given.alone, default.alone)?,
        backed: pace(&given.backed, default.backed)?,
        spent_share_bps: given.spent_share_bps.unwrap_or(default.spent_share_bps),
        half_life_ms: half_life_ms.unwrap_or(default.half_life_ms),
        fall_bps_per_depth: given.fall_bps_per_depth.unwrap_or(default.fall_bps_per_depth),
        floor_bps: given.floor_bps.unwrap_or(default.floor_bps),
        max_bonus_bps: given.max_bonus_bps.unwrap_or(default.max_bonus_bps),
        drift_bps_per_min: given.drift_bps_per_minute.unwrap_or(default.drift_bps_per_min),
        own_bps_per_min: given.own_bps_per_minute.unwrap_or(default.own_bps_per_min),
        slice_bps: given.slice_bps.unwrap_or(default.slice_bps),
        urgency_ltv_bps: given.urgency_ltv_bps.unwrap_or(default.urgency_ltv_bps),
        lost_ltv_bps: given.lost_ltv_bps.unwrap_or(default.lost_ltv_bps),
        pool_ltv_bps: given.pool_ltv_bps.unwrap_or(default.pool_ltv_bps),
        stock_share_bps: given.stock_share_bps.unwrap_or(default.stock_share_bps),
        whole_bps: given.whole_bps.unwrap_or(default.whole_bps),
        fee_bps: given.fee_bps.unwrap_or(default.fee_bps),
        starter_share_bps: given.starter_share_bps.unwrap_or(default.starter_share_bps),
    })
}

fn pace(given: &config::Pace, default: Pace) -> Result<Pace> {
    // Exact to these decimals.
    let scaled = |given: &Option<Decimal>, decimals, default: u32| match given {
        Some(number) => u32::try_from(number.units(decimals)?).context("a pace is too high"),
        None => Ok(default),
    };
    Ok(Pace {
        cap_ppm: scaled(&given.cap_percent, 4, default.cap_ppm)?,
        rise_mbps_per_min: scaled(&given.rise_bps_per_minute, 3, default.rise_mbps_per_min)?,
        urgency_bps: given.urgency_bps.unwrap_or(default.urgency_bps),
    })
}

fn fuse(given: &config::Fuse, default: FuseConfig) -> Result<FuseConfig> {
    if given.off {
        return Ok(FuseConfig::NEVER);
    }
    let bps = |given: &Option<Decimal>, default: u32| match given {
        Some(depths) => u32::try_from(depths.units(4)?).context("the fuse is too high"),
        None => Ok(default),
    };
    Ok(FuseConfig {
        half_life_ms: given
            .half_life_minutes
            .map_or(default.half_life_ms, |minutes| minutes.saturating_mul(MINUTE_MS)),
        full_bps: bps(&given.full, default.full_bps)?,
        none_bps: bps(&given.none, default.none_bps)?,
    })
}

fn backstop(given: &config::Backstop) -> BackstopConfig {
    let default = BackstopConfig::default();
    let hours = |given: Option<u64>, default_ms: u64| {
        given.map_or(default_ms, |hours| hours.saturating_mul(HOUR_MS))
    };
    let curve = default.premium;
    let [empty_bps, target_bps, double_bps] =
        given.premium_bps.unwrap_or([curve.empty_bps, curve.target_bps, curve.double_bps]);
    let interest_share_bps = given.premium_share_bps.unwrap_or(curve.interest_share_bps);
    BackstopConfig {
        target_bps: given.target_bps.unwrap_or(default.target_bps),
        premium: PremiumCurve { empty_bps, target_bps, double_bps, interest_share_bps },
        loss_share_bps: given.loss_share_bps.unwrap_or(default.loss_share_bps),
        loss_window_ms: hours(given.loss_window_hours, default.loss_window_ms),
        entry_margin_bps: given.entry_margin_bps.unwrap_or(default.entry_margin_bps),
        cooldown_ms: hours(given.cooldown_hours, default.cooldown_ms),
        window_ms: hours(given.window_hours, default.window_ms),
        reserve_floor_bps: given.reserve_floor_bps.unwrap_or(default.reserve_floor_bps),
    }
}
