//! What a configuration is refused by: each rule has its own error (§ 5).

use super::{BackstopConfig, MarketParams, ReserveConfig};
use crate::{
    num::{
        math::{BPS, WAD},
        time::{DAY_MS, HOUR_MS},
    },
    risk::tiers::{Tier, MAX_TIERS},
    Error,
};

/// Highest floor of a starter's reward: 100 dollars.
const MAX_STARTER_FLOOR_WAD: u128 = 100 * WAD;
/// Highest dust: 100 dollars.
const MAX_DUST_WAD: u128 = 100 * WAD;
/// Shortest and longest cool-down of a backstop: an hour and 30 days.
const COOLDOWN_MS: core::ops::RangeInclusive<u64> = HOUR_MS..=30 * DAY_MS;
/// Shortest and longest time in which a withdrawal from a backstop is open: an hour and a week.
const WINDOW_MS: core::ops::RangeInclusive<u64> = HOUR_MS..=7 * DAY_MS;
/// Shortest and longest time in which a loss is forgotten: an hour and 30 days.
const LOSS_WINDOW_MS: core::ops::RangeInclusive<u64> = HOUR_MS..=30 * DAY_MS;
/// Fastest fall of a standing liquidation threshold: 5 % of value a day.
const MAX_RAMP_BPS_PER_DAY: u16 = 500;

impl MarketParams {
    /// # Errors
    /// [`Error::TargetHealthOutOfRange`], [`Error::BpsOutOfRange`], [`Error::StarterFloorTooHigh`], [`Error::DustTooHigh`], those of the breaker.
    pub fn validate(&self) -> Result<(), Error> {
        if self.target_health_wad <= WAD || self.target_health_wad > 2 * WAD {
            return Err(Error::TargetHealthOutOfRange);
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
        // Premium and reserve factor together are never more than the interest.
        let premium_bps = u128::from(self.backstop.premium.interest_share_bps);
        if u128::from(self.reserve_factor_bps).saturating_add(premium_bps) > BPS {
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
        if let Some(first) = self.tiers.first() {
            validate_tiers(&self.tiers)?;
            self.liquidity.validate()?;
            // The first tier's threshold is the highest.
            self.auction.validate(first.liquidation_threshold_bps)?;
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

impl BackstopConfig {
    /// # Errors
    /// [`Error::BpsOutOfRange`], [`Error::CooldownOutOfRange`], [`Error::WindowOutOfRange`]; those of
    /// the premium.
    pub fn validate(&self) -> Result<(), Error> {
        let parts =
            [self.target_bps, self.loss_share_bps, self.entry_margin_bps, self.reserve_floor_bps];
        if parts.iter().any(|bps| u128::from(*bps) > BPS) {
            return Err(Error::BpsOutOfRange);
        }
        if !COOLDOWN_MS.contains(&self.cooldown_ms) || !WINDOW_MS.contains(&self.window_ms) {
            return Err(Error::CooldownOutOfRange);
        }
        if !LOSS_WINDOW_MS.contains(&self.loss_window_ms) {
            return Err(Error::WindowOutOfRange);
        }
        self.premium.validate()
    }
}
