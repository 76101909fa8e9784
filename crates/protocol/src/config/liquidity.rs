//! Debt against market depth: the load cap and the haircut on new risk (§ 3.4, § 3.5).
//!
//! Depth is in units of the asset, not in dollars: a load and an exposure relative to it then need
//! no price, so that a deposit needs none, and a price that rises does not fill the cap.

use crate::{
    cell::fixed_width,
    gradual::FuseConfig,
    num::math::{add, bps_to_wad, mul_div_down, mul_div_up, part_up, BPS, WAD},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// How deep an asset's market is and what is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct LiquidityConfig {
    /// Units whose sale moves the price by 1 %.
    pub depth: u128,
    /// Highest load: sum of collateral x liquidation threshold, in multiples of the depth, wad.
    pub max_load_wad: u128,
    /// Haircut per square root of exposure / depth, wad (k_d).
    pub haircut_per_root_depth_wad: u128,
    /// Haircut per daily volatility, wad (k_v).
    pub haircut_per_volatility_wad: u128,
    /// Highest haircut, as a part of the LTV.
    pub max_haircut_bps: u16,
    /// When collateral that comes in too fast carries less (§ G10).
    pub fuse: FuseConfig,
}
fixed_width!(LiquidityConfig {
    depth,
    max_load_wad,
    haircut_per_root_depth_wad,
    haircut_per_volatility_wad,
    max_haircut_bps,
    fuse
});

/// Highest load that may be allowed: 1,000 times the depth.
const MAX_LOAD_WAD: u128 = 1_000 * WAD;
/// Exposure beyond this multiple of the depth counts as this.
const MAX_EXPOSURE_WAD: u128 = 100 * WAD;
/// Highest factor of a haircut.
const MAX_FACTOR_WAD: u128 = 100 * WAD;

impl LiquidityConfig {
    /// # Errors
    /// [`Error::DepthZero`], [`Error::LoadCapOutOfRange`], [`Error::HaircutOutOfRange`]; those of the fuse.
    pub fn validate(&self) -> Result<(), Error> {
        if self.depth == 0 {
            return Err(Error::DepthZero);
        }
        if self.max_load_wad == 0 || self.max_load_wad > MAX_LOAD_WAD {
            return Err(Error::LoadCapOutOfRange);
        }
        if u128::from(self.max_haircut_bps) >= BPS
            || self.haircut_per_root_depth_wad > MAX_FACTOR_WAD
            || self.haircut_per_volatility_wad > MAX_FACTOR_WAD
        {
            return Err(Error::HaircutOutOfRange);
        }
        self.fuse.validate()
    }

    /// Collateral x threshold in multiples of the depth, wad, rounded up.
    pub fn load_wad(&self, collateral: u128, threshold_wad: u128) -> Result<u128, Error> {
        mul_div_up(part_up(collateral, threshold_wad)?, WAD, self.depth)
    }

    /// Most collateral within the load cap, in units, rounded down.
    pub fn max_collateral_down(&self, threshold_wad: u128) -> Result<u128, Error> {
        if threshold_wad == 0 {
            return Ok(u128::MAX);
        }
        let carried = mul_div_down(self.depth, self.max_load_wad, WAD).unwrap_or(u128::MAX);
        Ok(mul_div_down(carried, WAD, threshold_wad).unwrap_or(u128::MAX))
    }

    /// What part of the LTV new risk does without:
    /// min(h_max, k_d x sqrt(exposure / depth) + k_v x sigma), wad, rounded up.
    ///
    /// `exposure` is all collateral in the asset; `volatility_wad` is the standard deviation of a
    /// day's return.
    pub fn haircut_up(&self, exposure: u128, volatility_wad: u128) -> Result<u128, Error> {
        if self.depth == 0 {
            return Ok(bps_to_wad(self.max_haircut_bps));
        }
        let exposure_wad = mul_div_up(exposure, WAD, self.depth).unwrap_or(MAX_EXPOSURE_WAD);
        // sqrt(x) in wad is sqrt(x_wad x 10^18); 100 x 10^36 fits 128 bits.
        let squared = exposure_wad.min(MAX_EXPOSURE_WAD).saturating_mul(WAD);
        let root_wad = add(squared.isqrt(), 1)?;
        let of_depth = match self.haircut_per_root_depth_wad {
            0 => 0,
            factor_wad => part_up(root_wad, factor_wad)?,
        };
        let of_volatility =
            part_up(volatility_wad.min(MAX_FACTOR_WAD), self.haircut_per_volatility_wad)?;
        Ok(add(of_depth, of_volatility)?.min(bps_to_wad(self.max_haircut_bps)))
    }
}
