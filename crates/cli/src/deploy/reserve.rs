//! From an asset of the file to its reserve.

use super::{
    config::{self, Config},
    desired::wad_or,
    keys::Keys as _,
    quality,
};
use crate::amount::Decimal;
use anyhow::{ensure, Context as _, Result};
use breakwater_chain::AccountId;
use breakwater_protocol::{
    num::time::MINUTE_MS, presets, AdaptiveRate, AssetId, FlowLimit, FuseConfig, KinkedRate,
    LiquidityConfig, RateModel, ReserveConfig, Tier,
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
        to.backstop = lend.backstop.over(to.backstop)?;
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
        let given = &collateral.auction;
        to.auction = given.over(to.auction)?;
        to.auction.alone = given.alone.over(to.auction.alone)?;
        to.auction.backed = given.backed.over(to.auction.backed)?;
        to.auction.backed_by = backed_by(config, asset, numbers)?;
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
        fuse: if asset.fuse.off { FuseConfig::NEVER } else { asset.fuse.over(from.fuse)? },
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
