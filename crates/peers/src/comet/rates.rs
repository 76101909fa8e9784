//! Compound III's interest rates by utilisation.
//!
//! Source: compound-finance/comet: contracts/Comet.sol, `getSupplyRate`, `getBorrowRate`,
//! `getUtilization`.

use crate::math::{add, mul_div_down, WAD};
use crate::Error;
use primitive_types::U256;

/// `SECONDS_PER_YEAR`.
pub const SECONDS_PER_YEAR: u64 = 31_536_000;

/// A curve with a kink: rates a second, wad.
#[derive(Clone, Copy, Debug)]
pub struct Curve {
    pub kink_wad: U256,
    pub base_wad: U256,
    pub slope_low_wad: U256,
    pub slope_high_wad: U256,
}

impl Curve {
    /// From rates a year, wad, as the constructor takes them: each divided by the seconds of a year,
    /// rounded down.
    pub fn per_year(kink_wad: U256, base: U256, slope_low: U256, slope_high: U256) -> Self {
        Self {
            kink_wad,
            base_wad: base / SECONDS_PER_YEAR,
            slope_low_wad: slope_low / SECONDS_PER_YEAR,
            slope_high_wad: slope_high / SECONDS_PER_YEAR,
        }
    }

    /// Rate a second, wad; products rounded down.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn rate_wad(&self, utilisation_wad: U256) -> Result<U256, Error> {
        let low = utilisation_wad.min(self.kink_wad);
        let high = utilisation_wad.saturating_sub(self.kink_wad);
        let below = mul_div_down(self.slope_low_wad, low, WAD)?;
        let above = mul_div_down(self.slope_high_wad, high, WAD)?;
        add(self.base_wad, add(below, above)?)
    }
}

/// Borrowed over supplied, wad, rounded down; may pass one. None where nothing is supplied.
///
/// # Errors
/// [`Error::Overflow`].
pub fn utilisation_wad(supply: U256, borrow: U256) -> Result<U256, Error> {
    if supply.is_zero() {
        return Ok(U256::zero());
    }
    mul_div_down(borrow, WAD, supply)
}
