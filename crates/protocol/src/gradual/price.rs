//! The common bonus of an asset: one gradual Dutch price for all its lots (§ G3).

use crate::{
    cell::fixed_width,
    gradual::config::{AuctionConfig, Pace},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A basis point in the scale of the stored bonus, 10^-12.
pub const PICO_PER_BPS: i64 = 100_000_000;
/// Wad in it.
pub const WAD_PER_PICO: i128 = 1_000_000;
/// What a sale of 10^-18 depths at a fall of one basis point a depth takes off is 10^-10 of it.
const WAD_PER_FALL: u128 = 10_000_000_000;

/// The common bonus, in 10^-12: what a buyer gets beyond the oracle's price. Rises while something
/// waits and a slice has room, falls with every sale, drifts to 0 when nothing waits. Never above
/// the highest bonus, never brought below the floor by a sale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct CommonBonus {
    pub bonus_pico: i64,
}
fixed_width!(CommonBonus { bonus_pico });

/// Bonus gained in some time at a pace, in 10^-12, rounded down.
fn rise_down_pico(mbps_per_min: u32, ms: u64) -> i64 {
    // 10^5 pico in a milli-bps, 60,000 ms in a minute: 5/3 of both together.
    let product = u128::from(mbps_per_min).saturating_mul(u128::from(ms)).saturating_mul(5) / 3;
    i64::try_from(product).unwrap_or(i64::MAX)
}

impl CommonBonus {
    /// Lets time pass. `open_ms` of it a slice had room and the price was good; in `elapsed_ms` a
    /// positive bonus that nothing waits for drifts down.
    ///
    /// Below 0 it rises at the same pace whether something waits or not: else who lets nothing wait
    /// would bring it up faster (§ G5).
    pub(super) fn pass(
        &mut self,
        config: &AuctionConfig,
        pace: &Pace,
        waits: bool,
        open_ms: u64,
        elapsed_ms: u64,
    ) {
        let highest = i64::from(config.max_bonus_bps).saturating_mul(PICO_PER_BPS);
        let risen = self.bonus_pico.saturating_add(rise_down_pico(pace.rise_mbps_per_min, open_ms));
        self.bonus_pico = if waits {
            risen.min(highest)
        } else if self.bonus_pico < 0 {
            risen.min(0)
        } else {
            let drift = u32::from(config.drift_bps_per_min).saturating_mul(1_000);
            self.bonus_pico.min(highest).saturating_sub(rise_down_pico(drift, elapsed_ms)).max(0)
        };
    }

    /// Depths whose sale brings it down to the floor, wad, rounded down.
    pub fn room_depths_wad(&self, config: &AuctionConfig) -> u128 {
        let floor = i64::from(config.floor_bps).saturating_mul(PICO_PER_BPS).saturating_neg();
        let above = u128::try_from(self.bonus_pico.saturating_sub(floor)).unwrap_or(0);
        let each = u128::from(config.fall_bps_per_depth);
        above.saturating_mul(WAD_PER_FALL).checked_div(each).unwrap_or(0)
    }

    /// Takes off what a sale costs, rounded up. Its size has been judged.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub(super) fn fall_up(
        &mut self,
        config: &AuctionConfig,
        depths_wad: u128,
    ) -> Result<(), Error> {
        let each = u128::from(config.fall_bps_per_depth);
        let fall = depths_wad.checked_mul(each).ok_or(Error::Overflow)?.div_ceil(WAD_PER_FALL);
        let fall = i64::try_from(fall).map_err(|_| Error::Overflow)?;
        self.bonus_pico = self.bonus_pico.checked_sub(fall).ok_or(Error::Overflow)?;
        Ok(())
    }

    /// As a signed wad fraction. Exact.
    pub fn wad(&self) -> i128 {
        i128::from(self.bonus_pico).saturating_mul(WAD_PER_PICO)
    }
}
