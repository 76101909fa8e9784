//! Parameters of the gradual price (§ G9), and what they are refused for.

use crate::{
    cell::cell_codec,
    gradual::pool::Standing,
    num::math::{bps_to_wad, mul_div_down, BPS, WAD},
    AssetId, Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Log impact that a sale of one depth has, in 10^-18: 1 %, by the definition of depth (§ 3.5).
pub const IMPACT_PER_DEPTH_WAD: u64 = 10_000_000_000_000_000;
/// 10^-18 in a millionth.
const WAD_PER_PPM: u64 = 1_000_000_000_000;

/// Highest cap of the meter: 5 % of impact.
const MAX_CAP_PPM: u32 = 50_000;
/// Shortest and longest half-life: a minute and a day.
const HALF_LIFE_MS: core::ops::RangeInclusive<u64> = 60_000..=24 * 60 * 60 * 1_000;
/// Fastest rise: 100 bps a minute.
const MAX_RISE: u32 = 100_000;
/// Slowest and fastest fall: 10 and 10,000 bps for a depth.
const FALL: core::ops::RangeInclusive<u16> = 10..=10_000;

/// How fast collateral may be sold: what depends on how full the pool is (§ G8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Pace {
    /// Most impact on the market of what was sold of late, in millionths of the price.
    #[codec(compact)]
    pub cap_ppm: u32,
    /// Rise of the common bonus while something waits, in thousandths of a basis point a minute.
    #[codec(compact)]
    pub rise_mbps_per_min: u32,
    /// Bonus that an account gets on top at `urgency_ltv_bps`, in basis points.
    #[codec(compact)]
    pub urgency_bps: u16,
}
cell_codec!(Pace { compact(cap_ppm, rise_mbps_per_min, urgency_bps) });

/// How one collateral asset is sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct AuctionConfig {
    /// The debt asset whose backstop the pace follows (§ G8): the one that is borrowed most against
    /// this collateral. Without one the pace is always `alone`.
    pub backed_by: Option<AssetId>,
    /// Without a pool: what nobody else catches must be sold in time.
    pub alone: Pace,
    /// With a pool at its target.
    pub backed: Pace,
    /// How much of a pool counts as missing when it has spent all its money.
    pub spent_share_bps: u16,
    /// Time in which half of a sale's impact is forgotten.
    pub half_life_ms: u64,
    /// Fall of the common bonus for a depth sold, in basis points.
    pub fall_bps_per_depth: u16,
    /// The lowest bonus, below the oracle's price, in basis points.
    pub floor_bps: u16,
    /// The highest bonus, in basis points.
    pub max_bonus_bps: u16,
    /// Fall of a positive bonus while nothing waits, in basis points a minute.
    pub drift_bps_per_min: u16,
    /// Most bonus for each minute since an account's own start, in basis points.
    pub own_bps_per_min: u16,
    /// A sale that is not the whole rest waits for room for this part of the depth.
    pub slice_bps: u16,
    /// LTV at which the urgency bonus is full, and from which on there is none.
    pub urgency_ltv_bps: u16,
    pub lost_ltv_bps: u16,
    /// LTV from which on the pool buys.
    pub pool_ltv_bps: u16,
    /// Part of the cap up to which the pool's stock is sold: the rest is for accounts.
    pub stock_share_bps: u16,
    /// An account whose collateral is worth less than its debt and this much more is sold whole,
    /// without a fee.
    pub whole_bps: u16,
    /// Part of what is repaid that the borrower pays on top, in collateral.
    pub fee_bps: u16,
    /// Part of the fee that goes to who started the auction; the rest is the protocol's.
    pub starter_share_bps: u16,
}
cell_codec!(AuctionConfig {
    each(backed_by, alone, backed),
    run(
        spent_share_bps, half_life_ms, fall_bps_per_depth, floor_bps, max_bonus_bps,
        drift_bps_per_min, own_bps_per_min, slice_bps, urgency_ltv_bps, lost_ltv_bps, pool_ltv_bps,
        stock_share_bps, whole_bps, fee_bps, starter_share_bps
    ),
});

impl Default for AuctionConfig {
    /// What the simulator has found (`docs/results.md`).
    fn default() -> Self {
        Self {
            backed_by: None,
            alone: Pace { cap_ppm: 6_000, rise_mbps_per_min: 16_000, urgency_bps: 100 },
            backed: Pace { cap_ppm: 2_800, rise_mbps_per_min: 8_000, urgency_bps: 50 },
            spent_share_bps: 1_500,
            half_life_ms: 30 * 60_000,
            fall_bps_per_depth: 400,
            floor_bps: 50,
            max_bonus_bps: 200,
            drift_bps_per_min: 5,
            own_bps_per_min: 10,
            slice_bps: 200,
            urgency_ltv_bps: 9_300,
            lost_ltv_bps: 9_700,
            pool_ltv_bps: 8_400,
            stock_share_bps: 5_500,
            whole_bps: 100,
            fee_bps: 10,
            starter_share_bps: 5_000,
        }
    }
}

impl Pace {
    /// The meter's cap in 10^-18 of the price.
    pub fn cap_wad(&self) -> u64 {
        u64::from(self.cap_ppm).saturating_mul(WAD_PER_PPM)
    }

    fn validate(&self) -> Result<(), Error> {
        let fine = (1..=MAX_CAP_PPM).contains(&self.cap_ppm)
            && (1..=MAX_RISE).contains(&self.rise_mbps_per_min)
            && u128::from(self.urgency_bps) <= BPS;
        fine.then_some(()).ok_or(Error::PaceOutOfRange)
    }
}

impl AuctionConfig {
    /// How fast may be sold while the pool stands so (§ G8): from `alone` to `backed` by the square
    /// of its size against its target, less `spent_share_bps` of that by the square of the part of it
    /// that is spent.
    ///
    /// Between the two, rounded down to a unit.
    pub fn pace(&self, standing: &Standing) -> Pace {
        let square = |wad: u128| wad.saturating_mul(wad).checked_div(WAD).unwrap_or(0);
        let (sized, spent) =
            (square(standing.sized_wad.min(WAD)), square(standing.spent_wad.min(WAD)));
        let missing = spent.saturating_mul(self.spent_share_bps.into()).checked_div(BPS);
        let there = WAD.saturating_sub(missing.unwrap_or(0));
        let backing = sized.saturating_mul(there).checked_div(WAD).unwrap_or(0);
        let between = |alone: u32, backed: u32| {
            let parts = u128::from(alone)
                .saturating_mul(WAD.saturating_sub(backing))
                .saturating_add(u128::from(backed).saturating_mul(backing));
            u32::try_from(parts.checked_div(WAD).unwrap_or(0)).unwrap_or(u32::MAX)
        };
        let urgency = between(self.alone.urgency_bps.into(), self.backed.urgency_bps.into());
        Pace {
            cap_ppm: between(self.alone.cap_ppm, self.backed.cap_ppm),
            rise_mbps_per_min: between(self.alone.rise_mbps_per_min, self.backed.rise_mbps_per_min),
            urgency_bps: u16::try_from(urgency).unwrap_or(u16::MAX),
        }
    }

    /// The fastest rise that there can be, in thousandths of a basis point a minute: what the bound
    /// of § G5 counts with.
    pub fn most_rise_mbps_per_min(&self) -> u32 {
        self.alone.rise_mbps_per_min.max(self.backed.rise_mbps_per_min)
    }

    /// The highest cap that there can be, in 10^-18 of the price.
    pub fn most_cap_wad(&self) -> u64 {
        self.alone.cap_wad().max(self.backed.cap_wad())
    }

    /// Units of the least slice in a market of some depth, rounded down.
    pub fn slice_down(&self, depth: u128) -> u128 {
        mul_div_down(depth, self.slice_bps.into(), BPS).unwrap_or(u128::MAX)
    }

    /// Impact of the least slice, in 10^-18 of the price.
    pub fn slice_wad(&self) -> u64 {
        // 10^16 x bps / 10^4.
        u64::from(self.slice_bps).saturating_mul(WAD_PER_PPM)
    }

    /// Refuses what would be unsafe or senseless. `highest_threshold_bps` is the asset's highest
    /// liquidation threshold.
    ///
    /// # Errors
    /// [`Error::PaceOutOfRange`], [`Error::BpsOutOfRange`]; [`Error::BonusTooHigh`] unless (1 +
    /// highest bonus + fee) x threshold is below 1; [`Error::UrgencyOutOfRange`] unless threshold <
    /// the pool's LTV <= full urgency < lost <= 1 and the threshold is below full urgency.
    pub fn validate(&self, highest_threshold_bps: u16) -> Result<(), Error> {
        self.alone.validate()?;
        self.backed.validate()?;
        let fits = |pace: &Pace| self.slice_wad() < pace.cap_wad();
        if !HALF_LIFE_MS.contains(&self.half_life_ms)
            || !FALL.contains(&self.fall_bps_per_depth)
            || self.drift_bps_per_min == 0
            || self.own_bps_per_min == 0
            || self.slice_bps == 0
            || !fits(&self.alone)
            || !fits(&self.backed)
        {
            return Err(Error::PaceOutOfRange);
        }
        let parts = [self.floor_bps, self.max_bonus_bps, self.fee_bps];
        if parts.iter().any(|bps| u128::from(*bps) >= BPS)
            || u128::from(self.spent_share_bps.max(self.starter_share_bps)) > BPS
            || !(1..=BPS).contains(&u128::from(self.stock_share_bps))
            || self.whole_bps > self.max_bonus_bps
        {
            return Err(Error::BpsOutOfRange);
        }
        // Stock too has room for a slice below its part of the cap.
        let fits_stock = |pace: &Pace| {
            let part = u128::from(pace.cap_wad()).saturating_mul(self.stock_share_bps.into());
            u128::from(self.slice_wad()).saturating_mul(BPS) < part
        };
        if !fits_stock(&self.alone) || !fits_stock(&self.backed) {
            return Err(Error::PaceOutOfRange);
        }
        let paid = bps_to_wad(self.max_bonus_bps)
            .saturating_add(bps_to_wad(self.fee_bps))
            .saturating_add(WAD);
        let carried = paid.saturating_mul(u128::from(highest_threshold_bps));
        if carried >= WAD.saturating_mul(BPS) {
            return Err(Error::BonusTooHigh);
        }
        let ordered = highest_threshold_bps < self.pool_ltv_bps
            && highest_threshold_bps < self.urgency_ltv_bps
            && self.urgency_ltv_bps < self.lost_ltv_bps
            && u128::from(self.lost_ltv_bps) <= BPS
            && u128::from(self.pool_ltv_bps) <= BPS;
        ordered.then_some(()).ok_or(Error::UrgencyOutOfRange)
    }
}
