//! What a configuration is refused by: each rule has its own error (§ 5).

use super::{AuctionConfig, BackstopConfig, MarketParams, ReserveConfig};
use crate::{
    flow::FlowLimit,
    math::{add, bps_to_wad, mul_div_up, BPS, WAD},
    tiers::{Tier, MAX_TIERS},
    time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS},
    Error,
};

/// Shortest and longest auction: a second and a week.
const AUCTION_MS: core::ops::RangeInclusive<u64> = SECOND_MS..=7 * DAY_MS;
/// Highest floor of a starter's reward: 100 dollars.
const MAX_STARTER_FLOOR_WAD: u128 = 100 * WAD;
/// Highest bonus per missing health: 10.
const MAX_HEALTH_BONUS_WAD: u128 = 10 * WAD;
/// Shortest and longest time for which a price counts: a minute and a day.
const PRICE_GAP_MS: core::ops::RangeInclusive<u64> = MINUTE_MS..=DAY_MS;
/// Highest dust: 100 dollars.
const MAX_DUST_WAD: u128 = 100 * WAD;
/// Shortest and longest cool-down of a backstop: an hour and 30 days.
const COOLDOWN_MS: core::ops::RangeInclusive<u64> = HOUR_MS..=30 * DAY_MS;
/// Shortest and longest time in which a withdrawal from a backstop is open: an hour and a week.
const WINDOW_MS: core::ops::RangeInclusive<u64> = HOUR_MS..=7 * DAY_MS;
/// Fastest fall of a standing liquidation threshold: 5 % of value a day.
const MAX_RAMP_BPS_PER_DAY: u16 = 500;

impl MarketParams {
    /// # Errors
    /// [`Error::TargetHealthOutOfRange`], [`Error::UrgencyOutOfRange`], [`Error::BpsOutOfRange`],
    /// [`Error::StarterFloorTooHigh`], [`Error::DustTooHigh`], those of the breaker.
    pub fn validate(&self) -> Result<(), Error> {
        if self.target_health_wad <= WAD || self.target_health_wad > 2 * WAD {
            return Err(Error::TargetHealthOutOfRange);
        }
        if self.urgent_ltv_wad == 0 || self.urgent_ltv_wad > WAD || self.urgent_health_wad > WAD {
            return Err(Error::UrgencyOutOfRange);
        }
        if u128::from(self.order_slack_bps) > BPS {
            return Err(Error::BpsOutOfRange);
        }
        if self.starter_floor_wad > MAX_STARTER_FLOOR_WAD {
            return Err(Error::StarterFloorTooHigh);
        }
        if self.dust_wad > MAX_DUST_WAD {
            return Err(Error::DustTooHigh);
        }
        self.breaker.validate()
    }
}

impl ReserveConfig {
    /// Refuses a configuration that would be unsafe or senseless, each with its own error.
    ///
    /// # Errors
    /// [`Error::UselessReserve`], [`Error::DecimalsOutOfRange`], [`Error::BpsOutOfRange`],
    /// [`Error::RampOutOfRange`], those of the tiers, auction, rate, liquidity and outflow.
    pub fn validate(&self) -> Result<(), Error> {
        if !self.borrowable && !self.collateral && !self.frozen {
            return Err(Error::UselessReserve);
        }
        if self.decimals > 24 {
            return Err(Error::DecimalsOutOfRange);
        }
        if u128::from(self.reserve_factor_bps) > BPS {
            return Err(Error::BpsOutOfRange);
        }
        if !(1..=MAX_RAMP_BPS_PER_DAY).contains(&self.threshold_ramp_bps_per_day) {
            return Err(Error::RampOutOfRange);
        }
        self.outflow.validate()?;
        self.backstop.validate()?;
        self.rate.validate()?;
        if self.collateral && self.tiers.is_empty() {
            return Err(Error::TiersNotMonotone);
        }
        if !self.tiers.is_empty() {
            validate_tiers(&self.tiers)?;
            self.liquidity.validate()?;
            self.auction.validate()?;
            for tier in &self.tiers {
                validate_bonus(&self.auction, tier)?;
            }
        }
        Ok(())
    }
}

/// Tiers begin at 0 and rise; LTV and threshold never rise with size; LTV is below the threshold.
fn validate_tiers(tiers: &[Tier]) -> Result<(), Error> {
    if tiers.len() > MAX_TIERS {
        return Err(Error::TooManyTiers);
    }
    let mut last: Option<&Tier> = None;
    for tier in tiers {
        if u128::from(tier.liquidation_threshold_bps) > BPS {
            return Err(Error::BpsOutOfRange);
        }
        if tier.ltv_bps >= tier.liquidation_threshold_bps {
            return Err(Error::LtvNotBelowThreshold);
        }
        let follows = match last {
            None => tier.from_wad == 0,
            Some(last) => {
                tier.from_wad > last.from_wad
                    && tier.ltv_bps <= last.ltv_bps
                    && tier.liquidation_threshold_bps <= last.liquidation_threshold_bps
            }
        };
        if !follows {
            return Err(Error::TiersNotMonotone);
        }
        last = Some(tier);
    }
    Ok(())
}

/// Otherwise a take at the highest bonus could lower health however early it comes.
fn validate_bonus(auction: &AuctionConfig, tier: &Tier) -> Result<(), Error> {
    let extras_wad = add(bps_to_wad(auction.max_bonus_bps), bps_to_wad(auction.fee_bps))?;
    let threshold_wad = bps_to_wad(tier.liquidation_threshold_bps);
    if mul_div_up(add(WAD, extras_wad)?, threshold_wad, WAD)? >= WAD {
        return Err(Error::BonusTooHigh);
    }
    Ok(())
}

impl BackstopConfig {
    /// # Errors
    /// [`Error::BpsOutOfRange`], [`Error::CooldownOutOfRange`].
    pub fn validate(&self) -> Result<(), Error> {
        let parts =
            [self.level_bps, self.yield_share_bps, self.loss_share_bps, self.reserve_floor_bps];
        if parts.iter().any(|bps| u128::from(*bps) > BPS) {
            return Err(Error::BpsOutOfRange);
        }
        if !COOLDOWN_MS.contains(&self.cooldown_ms) || !WINDOW_MS.contains(&self.window_ms) {
            return Err(Error::CooldownOutOfRange);
        }
        Ok(())
    }
}

impl AuctionConfig {
    /// # Errors
    /// [`Error::BpsOutOfRange`], [`Error::AuctionDurationOutOfRange`],
    /// [`Error::WindowOutOfRange`], [`Error::BonusTooHigh`], [`Error::CurveOutOfRange`].
    pub fn validate(&self) -> Result<(), Error> {
        let parts =
            [self.start_premium_bps, self.max_bonus_bps, self.fee_bps, self.starter_share_bps];
        if parts.iter().any(|bps| u128::from(*bps) > BPS)
            || u128::from(self.start_premium_bps) == BPS
            || self.floor_bonus_bps > self.max_bonus_bps
        {
            return Err(Error::BpsOutOfRange);
        }
        if !AUCTION_MS.contains(&self.duration_ms) {
            return Err(Error::AuctionDurationOutOfRange);
        }
        if !PRICE_GAP_MS.contains(&self.price_gap_ms) {
            return Err(Error::WindowOutOfRange);
        }
        if self.health_bonus_wad > MAX_HEALTH_BONUS_WAD {
            return Err(Error::BonusTooHigh);
        }
        FlowLimit { capacity: 0, window_ms: self.sales_window_ms }.validate()?;
        self.curve.validate()
    }
}
