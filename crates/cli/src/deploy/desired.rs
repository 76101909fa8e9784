//! From the file to the protocol's types.

use super::config::{self, Config};
use crate::{amount::Decimal, deployment::Address};
use anyhow::{ensure, Context as _, Result};
use breakwater_chain::{address, AccountId};
use breakwater_client::LocalPlan;
use breakwater_protocol::{breaker::TriggerThresholds, governance::{Bounds, Roles, Settings}, oracle::{FeedConfig, SourceConfig, SourceKind, ANY_JUMP}, num::time::{HOUR_MS, MINUTE_MS}, AdaptiveRate, AssetId, AuctionConfig, BackstopConfig, BreakerConfig, FlowLimit, FuseConfig, KinkedRate, LiquidityConfig, MarketParams, Pace, PremiumCurve, RateModel, ReserveConfig, Tier};
use std::collections::BTreeSet;

/// Load an asset may bear unless the file says otherwise: below it the simulator finds no bad debt.
const MAX_LOAD: u64 = 8;
/// Decimals of a source's values unless the file says otherwise.
const SOURCE_DECIMALS: u8 = 18;

/// Checks what can be checked without a chain.
///
/// # Errors
/// In words, naming the asset.
pub fn check(config: &Config) -> Result<()> {
    let numbers = numbers(config, &|_| None);
    let mut symbols = BTreeSet::new();
    let mut tokens = BTreeSet::new();
    for asset in &config.assets {
        crate::verify::symbol(&asset.symbol)?;
        // Commands take symbols in either case.
        let is_new = symbols.insert(asset.symbol.to_ascii_uppercase());
        ensure!(is_new, "{} is there twice (case does not tell symbols apart)", asset.symbol);
        if let Some(token) = super::tokens::given(asset)? {
            ensure!(tokens.insert(token), "{}: its token is there twice", asset.symbol);
        }
        ensure!(
            asset.token != "new" || asset.token_symbol.is_none(),
            "{}: token_symbol is for a token that is there",
            asset.symbol
        );
        ensure!(
            asset.lend.is_some() || asset.collateral.is_some(),
            "{}: give [asset.lend], [asset.collateral] or both",
            asset.symbol
        );
        let named = |error| anyhow::anyhow!("{}: {}", asset.symbol, crate::explain::refusal(error));
        reserve(config, asset, [0; 32], &numbers)?.validate().map_err(named)?;
        feed(asset, &|_| Ok([0; 32]))?.validate().map_err(named)?;
        if let Some(cross) = &asset.price.cross {
            ensure!(
                config.assets.iter().any(|other| &other.symbol == cross && cross != &asset.symbol),
                "{}: its price is in {cross}, which is no other asset of the file",
                asset.symbol
            );
        }
    }
    for pool in &config.pools {
        for symbol in [&pool.base, &pool.quote] {
            let known = config.assets.iter().any(|asset| &asset.symbol == symbol);
            ensure!(known, "a pool has {symbol}, which is no asset of the file");
        }
    }
    if let Some(given) = &config.governance.governor {
        let (settings, roles) = governor(given);
        settings.validate().and_then(|()| roles.validate()).map_err(|error| {
            anyhow::anyhow!("[governance.governor]: {}", crate::explain::governance(&error))
        })?;
    }
    params(&config.market)?
        .validate()
        .map_err(|error| anyhow::anyhow!("[market]: {}", crate::explain::refusal(error)))
}

/// The market's parameters.
pub fn params(market: &config::Market) -> Result<MarketParams> {
    let default = LocalPlan::default().params;
    Ok(MarketParams {
        target_health_wad: wad_or(&market.target_health, default.target_health_wad)?,
        order_slack_bps: market.order_slack_bps.unwrap_or(default.order_slack_bps),
        starter_floor_wad: wad_or(&market.starter_floor_usd, default.starter_floor_wad)?,
        dust_wad: wad_or(&market.dust_usd, default.dust_wad)?,
        breaker: breaker(&market.breaker),
    })
}

fn breaker(breaker: &config::Breaker) -> BreakerConfig {
    let default = if breaker.by_hand { BreakerConfig::by_hand() } else { BreakerConfig::default() };
    let steps = |given: Option<[u32; 3]>, default: TriggerThresholds| {
        given.map_or(default, |[guarded, stressed, halted]| TriggerThresholds { guarded, stressed, halted })
    };
    let minutes = |given: Option<u64>, default_ms: u64| {
        given.map_or(default_ms, |minutes| minutes.saturating_mul(MINUTE_MS))
    };
    BreakerConfig {
        volatility: steps(breaker.volatility_bps, default.volatility),
        outflow: steps(breaker.outflow_bps, default.outflow),
        bad_debt: steps(breaker.bad_debt_bps, default.bad_debt),
        dwell_ms: minutes(breaker.dwell_minutes, default.dwell_ms),
        halt_max_ms: minutes(breaker.halt_max_minutes, default.halt_max_ms),
        halt_budget_ms: minutes(breaker.halt_budget_minutes, default.halt_budget_ms),
        guardian_max_ms: minutes(breaker.guardian_max_minutes, default.guardian_max_ms),
        ..default
    }
}

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

/// An asset's reserve.
pub fn reserve(
    config: &Config,
    asset: &config::Asset,
    token: AccountId,
    numbers: &[(String, AssetId)],
) -> Result<ReserveConfig> {
    let units = |amount: &Decimal| {
        amount.units(asset.decimals).with_context(|| format!("{}: an amount", asset.symbol))
    };
    let default = LocalPlan::default();
    let (lend, collateral) = (asset.lend.as_ref(), asset.collateral.as_ref());
    let liquidity = LiquidityConfig {
        depth: units(&asset.depth)?,
        max_load_wad: wad_or(&asset.max_load, Decimal::from(MAX_LOAD).wad()?)?,
        haircut_per_root_depth_wad: wad_or(&asset.haircut_per_root_depth, 0)?,
        haircut_per_volatility_wad: wad_or(&asset.haircut_per_volatility, 0)?,
        max_haircut_bps: asset.max_haircut_bps.unwrap_or(default.eth.liquidity.max_haircut_bps),
        fuse: fuse(&asset.fuse)?,
    };
    let or_zero = |amount: Option<&Decimal>| amount.map_or(Ok(0), units);
    Ok(ReserveConfig {
        token,
        decimals: asset.decimals,
        borrowable: lend.is_some(),
        collateral: collateral.is_some(),
        frozen: asset.frozen,
        siloed: lend.is_some_and(|lend| lend.siloed),
        isolation_ceiling_wad: collateral
            .and_then(|collateral| collateral.isolation_ceiling_usd.as_ref())
            .map(Decimal::wad)
            .transpose()?,
        reserve_factor_bps: lend
            .map_or(0, |lend| lend.reserve_factor_bps.unwrap_or(default.usd.reserve_factor_bps)),
        supply_cap: or_zero(lend.map(|lend| &lend.supply_cap))?,
        borrow_cap: or_zero(lend.map(|lend| &lend.borrow_cap))?,
        collateral_cap: or_zero(collateral.map(|collateral| &collateral.cap))?,
        min_debt: or_zero(lend.and_then(|lend| lend.min_debt.as_ref()))?,
        tiers: collateral.map_or(Ok(Vec::new()), |collateral| {
            collateral.tiers.iter().map(tier).collect::<Result<_>>()
        })?,
        threshold_ramp_bps_per_day: collateral
            .and_then(|collateral| collateral.threshold_ramp_bps_per_day)
            .unwrap_or(default.eth.threshold_ramp_bps_per_day),
        liquidity,
        outflow: asset.outflow.as_ref().map_or(Ok(FlowLimit::NONE), |outflow| {
            Ok::<_, anyhow::Error>(FlowLimit {
                capacity: units(&outflow.capacity)?,
                window_ms: outflow.window_minutes.saturating_mul(MINUTE_MS),
            })
        })?,
        rate: lend.and_then(|lend| lend.rate.as_ref()).map_or(Ok(default.usd.rate), rate)?,
        auction: match collateral {
            Some(collateral) => {
                let backed_by = backed_by(config, asset, numbers)?;
                auction(&collateral.auction, backed_by)?
            }
            None => AuctionConfig::default(),
        },
        backstop: lend.map_or(BackstopConfig::default(), |lend| backstop(&lend.backstop)),
    })
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

fn fuse(given: &config::Fuse) -> Result<FuseConfig> {
    if given.off {
        return Ok(FuseConfig::NEVER);
    }
    let default = FuseConfig::default();
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

/// An asset's price feed; `token_of` knows the tokens of other assets.
pub fn feed(
    asset: &config::Asset,
    token_of: &dyn Fn(&str) -> Result<AccountId>,
) -> Result<FeedConfig> {
    let given = &asset.price;
    let default = FeedConfig::pushed([0; 32], HOUR_MS, LocalPlan::default().price_band_bps);
    let count = u8::try_from(given.sources.len()).context("too many sources")?;
    Ok(FeedConfig {
        sources: given.sources.iter().map(source).collect::<Result<_>>()?,
        // More than half of them.
        quorum: given.quorum.unwrap_or(count / 2 + 1),
        band_bps: given.band_bps.unwrap_or(default.band_bps),
        max_spread_bps: given.max_spread_bps.unwrap_or(default.max_spread_bps),
        max_jump_bps: given.max_jump_bps.unwrap_or(ANY_JUMP),
        confirm_ms: given
            .confirm_minutes
            .map_or(default.confirm_ms, |minutes| minutes.saturating_mul(MINUTE_MS)),
        confirm_updates: given.confirm_updates.unwrap_or(default.confirm_updates),
        join_bps: given.join_bps.unwrap_or(default.join_bps),
        cross: given.cross.as_deref().map(token_of).transpose()?,
        ..default
    })
}

fn source(source: &config::Source) -> Result<SourceConfig> {
    let kind = match source.kind {
        config::SourceKind::Pushed => SourceKind::Pushed { key: account_key(source)? },
        config::SourceKind::Sr25519 => SourceKind::Sr25519 { key: account_key(source)? },
        config::SourceKind::Ecdsa => {
            let key = source.key.as_deref().unwrap_or_default();
            let bytes = hex::decode(key.strip_prefix("0x").unwrap_or(key));
            let key = bytes.ok().and_then(|bytes| bytes.try_into().ok());
            SourceKind::Ecdsa { key: key.context("key: 33 bytes of hex, a compressed public key")? }
        }
        config::SourceKind::Dia => SourceKind::Dia {
            contract: contract(source)?,
            symbol: source.symbol.clone().context("a source of kind dia needs its symbol there")?,
        },
        config::SourceKind::Twap => SourceKind::Twap {
            contract: contract(source)?,
            window_ms: source
                .window_minutes
                .context("a source of kind twap needs window_minutes")?
                .saturating_mul(MINUTE_MS),
        },
    };
    Ok(SourceConfig {
        kind,
        decimals: source.decimals.unwrap_or(SOURCE_DECIMALS),
        inverse: source.inverse,
        max_age_ms: source.max_age_minutes.saturating_mul(MINUTE_MS),
        min_wad: wad_or(&source.min_usd, 0)?,
        max_wad: wad_or(&source.max_usd, u128::MAX)?,
    })
}

/// A governor's delays and roles.
pub fn governor(governor: &config::Governor) -> (Settings, Roles) {
    let default = Settings::default();
    let minutes = |given: Option<u64>, default_ms: u64| {
        given.map_or(default_ms, |minutes| minutes.saturating_mul(MINUTE_MS))
    };
    let members = |given: &[Address]| given.iter().map(|address| address.0).collect();
    let (bounds, given) = (default.steward, &governor.steward);
    let settings = Settings {
        delay_ms: minutes(governor.delay_minutes, default.delay_ms),
        lowering_delay_ms: minutes(governor.lowering_delay_minutes, default.lowering_delay_ms),
        grace_ms: minutes(governor.grace_minutes, default.grace_ms),
        steward: Bounds {
            caps_bps: given.caps_bps.unwrap_or(bounds.caps_bps),
            depth_bps: given.depth_bps.unwrap_or(bounds.depth_bps),
            ltv_bps: given.ltv_bps.unwrap_or(bounds.ltv_bps),
            rate_bps: given.rate_bps.unwrap_or(bounds.rate_bps),
        },
    };
    let roles = Roles {
        proposers: members(&governor.proposers),
        executors: members(&governor.executors),
        guardians: members(&governor.guardians),
        stewards: members(&governor.stewards),
    };
    (settings, roles)
}

fn account_key(source: &config::Source) -> Result<AccountId> {
    let key = source.key.as_deref().context("the source needs a key: its reporter's account")?;
    Ok(address::parse(key)?)
}

fn contract(source: &config::Source) -> Result<AccountId> {
    source.contract.map(|address| address.0).context("the source needs the address of a contract")
}

fn wad_or(given: &Option<Decimal>, default_wad: u128) -> Result<u128> {
    given.as_ref().map_or(Ok(default_wad), Decimal::wad)
}
