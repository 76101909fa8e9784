//! What stakers are paid for waiting (§ G8): a yearly rate on the pool, dear while it is empty.

use crate::{
    cell::fixed_width,
    num::{
        math::{add, bps_to_wad, mul_div_down, mul_ray, BPS, RAY, WAD},
        time::YEAR_MS,
    },
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// The yearly rate by the pool's size against its target: straight lines between empty, target and
/// twice the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct PremiumCurve {
    pub empty_bps: u16,
    pub target_bps: u16,
    pub double_bps: u16,
    /// Most of a time's interest that the premium may take.
    pub interest_share_bps: u16,
}
fixed_width!(PremiumCurve { empty_bps, target_bps, double_bps, interest_share_bps });

impl Default for PremiumCurve {
    fn default() -> Self {
        Self { empty_bps: 800, target_bps: 400, double_bps: 100, interest_share_bps: 3_000 }
    }
}

impl PremiumCurve {
    /// # Errors
    /// [`Error::BpsOutOfRange`], [`Error::RateOutOfRange`] for a rate that rises with size.
    pub fn validate(&self) -> Result<(), Error> {
        if u128::from(self.empty_bps.max(self.interest_share_bps)) > BPS {
            return Err(Error::BpsOutOfRange);
        }
        if self.empty_bps < self.target_bps || self.target_bps < self.double_bps {
            return Err(Error::RateOutOfRange);
        }
        Ok(())
    }

    /// The yearly rate at a size of `sized_wad` of the target, wad, rounded down.
    pub fn rate_down_wad(&self, sized_wad: u128) -> u128 {
        let (from_bps, to_bps, part_wad) = match sized_wad.checked_sub(WAD) {
            None => (self.empty_bps, self.target_bps, sized_wad),
            Some(over_wad) => (self.target_bps, self.double_bps, over_wad.min(WAD)),
        };
        let fall_wad = bps_to_wad(from_bps.saturating_sub(to_bps));
        let fallen_wad = fall_wad.saturating_mul(part_wad).div_ceil(WAD);
        bps_to_wad(from_bps).saturating_sub(fallen_wad)
    }

    /// What a pool of `size` units, `sized_wad` of its target, is due of the interest that borrowers owe
    /// for some time, rounded down. By size: a stake of one unit is due a rate on one unit.
    ///
    /// Both are units and parts of one in ray: interest of less than a unit is no less due a share.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn due_down(
        &self,
        size: u128,
        sized_wad: u128,
        elapsed_ms: u64,
        (interest, interest_ray): (u128, u128),
    ) -> Result<(u128, u128), Error> {
        let rate_wad = self.rate_down_wad(sized_wad);
        // Below 1 wad and 100 years: 10^18 x 3.2 x 10^12.
        let part = rate_wad.saturating_mul(u128::from(elapsed_ms.min(100 * YEAR_MS)));
        let asked = mul_ray(size, mul_div_down(part, RAY / WAD, YEAR_MS.into())?)?;
        let share_bps = u128::from(self.interest_share_bps);
        let whole = mul_div_down(interest, share_bps, BPS)?;
        let rest = interest.wrapping_mul(share_bps).wrapping_sub(whole.wrapping_mul(BPS));
        // Below 10^4 x 10^27 each.
        let parts = rest.saturating_mul(RAY).saturating_add(interest_ray.saturating_mul(share_bps));
        let part_ray = parts.checked_div(BPS).unwrap_or(0);
        let carried = part_ray.checked_div(RAY).unwrap_or(0);
        let most = (add(whole, carried)?, part_ray.checked_rem(RAY).unwrap_or(0));
        Ok(asked.min(most))
    }
}
