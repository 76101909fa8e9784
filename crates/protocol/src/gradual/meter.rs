//! What of late went to the market, in impact on its price, forgotten by half in a half-life (§ G2).

use crate::{
    cell::fixed_width,
    gradual::{
        config::{AuctionConfig, IMPACT_PER_DEPTH_WAD},
        decay::{decayed_up, wait_up_ms},
    },
    num::math::{mul_div_down, mul_div_up, WAD},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Depths, in wad, in a unit of impact of 10^-18: 1 % of impact is a depth.
const DEPTHS_PER_IMPACT: u128 = WAD / IMPACT_PER_DEPTH_WAD as u128;

/// Impact of what was sold of late, in 10^-18 of the price: at least the true sum, each sale halved
/// for each half-life since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Meter {
    pub impact_wad: u64,
}
fixed_width!(Meter { impact_wad });

/// A quantity in depths of the asset's market, wad, rounded up. A zero depth has no market:
/// configuration refuses it.
///
/// # Errors
/// [`Error::DivisionByZero`], [`Error::Overflow`].
pub fn depths_up(units: u128, depth: u128) -> Result<u128, Error> {
    mul_div_up(units, WAD, depth)
}

/// Units that a number of depths is, rounded down.
///
/// # Errors
/// [`Error::Overflow`].
pub fn units_down(depths_wad: u128, depth: u128) -> Result<u128, Error> {
    mul_div_down(depths_wad, depth, WAD)
}

impl Meter {
    /// Forgets for some time. Returns the part of that time, in milliseconds, in which a slice had
    /// no room below a cap, rounded up.
    pub(super) fn decay(&mut self, config: &AuctionConfig, cap_wad: u64, elapsed_ms: u64) -> u64 {
        let open_wad = cap_wad.saturating_sub(config.slice_wad());
        let shut_ms = wait_up_ms(self.impact_wad, open_wad, config.half_life_ms);
        self.impact_wad = decayed_up(self.impact_wad, elapsed_ms, config.half_life_ms);
        shut_ms.min(elapsed_ms)
    }

    /// Depths that may still be sold below a cap, wad, exact.
    pub fn room_depths_wad(&self, cap_wad: u64) -> u128 {
        u128::from(cap_wad.saturating_sub(self.impact_wad)).saturating_mul(DEPTHS_PER_IMPACT)
    }

    /// Adds a sale, rounded up. Its size has been judged.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub(super) fn add_up(&mut self, depths_wad: u128) -> Result<(), Error> {
        let impact_wad = depths_wad.div_ceil(DEPTHS_PER_IMPACT);
        let impact_wad = u64::try_from(impact_wad).map_err(|_| Error::Overflow)?;
        self.impact_wad = self.impact_wad.checked_add(impact_wad).ok_or(Error::Overflow)?;
        Ok(())
    }
}
