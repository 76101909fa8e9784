//! Parameters of a market and its reserves, and the rules they are refused by (§ 5).

use crate::{
    math::{add, bps_to_wad, mul_div_up, BPS, WAD},
    rates::MAX_RATE_WAD,
    AccountId, Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// What holds for the whole market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct MarketParams {
    /// The health factor a take may lift an account to (§ 4.3). Default 1.05.
    pub target_health_wad: u128,
}

impl Default for MarketParams {
    fn default() -> Self {
        Self { target_health_wad: 1_050_000_000_000_000_000 }
    }
}

impl MarketParams {
    /// # Errors
    /// [`Error::TargetHealthOutOfRange`].
    pub fn validate(&self) -> Result<(), Error> {
        if self.target_health_wad <= WAD || self.target_health_wad > 2 * WAD {
            return Err(Error::TargetHealthOutOfRange);
        }
        Ok(())
    }
}

/// Parameters of one reserve.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct ReserveConfig {
    /// The PSP22 contract.
    pub token: AccountId,
    pub decimals: u8,
    /// May be supplied for lending and borrowed.
    pub borrowable: bool,
    /// May be deposited as collateral.
    pub collateral: bool,
    /// Share of collateral value that may be borrowed against.
    pub ltv_bps: u16,
    /// Share of collateral value at which liquidation starts: above `ltv_bps`.
    pub liquidation_threshold_bps: u16,
    /// Share of interest that the protocol keeps.
    pub reserve_factor_bps: u16,
    /// Most that may be supplied for lending, in units.
    pub supply_cap: u128,
    /// Most that may be borrowed, in units.
    pub borrow_cap: u128,
    /// Most that may lie here as collateral, in units.
    pub collateral_cap: u128,
    /// Least debt an account may have, in units: a smaller one is not worth liquidating.
    pub min_debt: u128,
    pub rate: RateConfig,
    pub auction: AuctionConfig,
}

/// A kinked interest-rate model: three yearly rates and the utilisation between (§ 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct RateConfig {
    /// Yearly rate at no utilisation.
    pub base_wad: u128,
    /// Yearly rate at the kink.
    pub kink_rate_wad: u128,
    /// Yearly rate at full utilisation.
    pub full_rate_wad: u128,
    /// Utilisation at which the rate turns steep.
    pub kink_bps: u16,
}

/// The Dutch auction by which this asset is sold when it is collateral (§ 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct AuctionConfig {
    /// How far above the oracle price the sale starts.
    pub start_premium_bps: u16,
    /// The highest bonus (discount to the oracle price), at the end of `duration_ms`.
    pub max_bonus_bps: u16,
    /// The bonus paid to close an account that can't be made healthy any more.
    pub floor_bonus_bps: u16,
    /// Part of what is repaid that goes to the protocol, paid by the borrower in collateral.
    pub fee_bps: u16,
    /// Time from the first price to the last.
    pub duration_ms: u64,
}

const MAX_AUCTION_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

impl ReserveConfig {
    /// Refuses a configuration that would be unsafe or senseless, each with its own error.
    pub fn validate(&self) -> Result<(), Error> {
        if !self.borrowable && !self.collateral {
            return Err(Error::UselessReserve);
        }
        if self.decimals > 24 {
            return Err(Error::DecimalsOutOfRange);
        }
        if u128::from(self.reserve_factor_bps) > BPS {
            return Err(Error::BpsOutOfRange);
        }
        if self.borrowable {
            self.rate.validate()?;
        }
        if self.collateral {
            self.validate_collateral()?;
        }
        Ok(())
    }

    fn validate_collateral(&self) -> Result<(), Error> {
        let auction = &self.auction;
        let shares = [
            self.liquidation_threshold_bps,
            auction.start_premium_bps,
            auction.max_bonus_bps,
            auction.fee_bps,
        ];
        if shares.iter().any(|bps| u128::from(*bps) > BPS)
            || u128::from(auction.start_premium_bps) == BPS
            || auction.floor_bonus_bps > auction.max_bonus_bps
        {
            return Err(Error::BpsOutOfRange);
        }
        if self.ltv_bps >= self.liquidation_threshold_bps {
            return Err(Error::LtvNotBelowThreshold);
        }
        // Otherwise a take at the highest bonus could lower health however early it comes.
        let paid_wad =
            add(WAD, add(bps_to_wad(auction.max_bonus_bps), bps_to_wad(auction.fee_bps))?)?;
        if mul_div_up(paid_wad, bps_to_wad(self.liquidation_threshold_bps), WAD)? >= WAD {
            return Err(Error::BonusTooHigh);
        }
        if !(1_000..=MAX_AUCTION_MS).contains(&auction.duration_ms) {
            return Err(Error::AuctionDurationOutOfRange);
        }
        Ok(())
    }
}

impl RateConfig {
    /// # Errors
    /// [`Error::BpsOutOfRange`], [`Error::RateOutOfRange`].
    pub fn validate(&self) -> Result<(), Error> {
        if self.kink_bps == 0 || u128::from(self.kink_bps) >= BPS {
            return Err(Error::BpsOutOfRange);
        }
        if self.base_wad > self.kink_rate_wad
            || self.kink_rate_wad > self.full_rate_wad
            || self.full_rate_wad > MAX_RATE_WAD
        {
            return Err(Error::RateOutOfRange);
        }
        Ok(())
    }
}
