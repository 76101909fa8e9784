//! Looking after our own stake in a backstop: claim what it bought, sell it little by little, stake the
//! proceeds (§ 4.9). A pool whose stakers only hold runs dry in a long fall (`docs/results.md`).

use super::{less_bps_down, value_of, Deed, Plan, Venue};
use crate::views::Picture;
use breakwater_protocol::{
    math::{mul_div_down, BPS},
    AssetId, Error, Stake,
};

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// How our stakes are looked after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StakeTerms {
    pub every_ms: u64,
    /// Most sold in an hour, of what the pool holds of it.
    pub sell_bps_per_hour: u16,
    /// Most that a sale may bring less than the oracle's price.
    pub exit_bps: u16,
    /// By how much less than computed a sale may bring before it is off.
    pub tolerance_bps: u16,
    /// Least worth of a claim, a sale or a stake, wad dollars.
    pub least_wad: u128,
}

/// What we have to do with one backstop and one collateral.
#[derive(Clone, Debug)]
pub struct Staked {
    pub debt: AssetId,
    pub collateral: AssetId,
    /// Our stake in the backstop of `debt`, with its gains.
    pub stake: Stake,
    /// Units of the collateral that we hold.
    pub held: u128,
    /// Units of the debt asset that we hold and that are not wanted for anything else.
    pub spare: u128,
}

/// What is due: a claim, a sale on a pool, a stake; each for itself, so that it does not matter which of
/// them were done before a restart. Nothing where we have no stake.
///
/// # Errors
/// [`Error::UnknownAsset`], arithmetic.
pub fn recycles(
    picture: &Picture,
    ours: &Staked,
    venue: &Venue,
    terms: &StakeTerms,
) -> Result<Vec<Plan>, Error> {
    if ours.stake.shares == 0 {
        return Ok(Vec::new());
    }
    let (lot, owed) = (picture.line(ours.collateral)?, picture.line(ours.debt)?);
    let mut plans = Vec::new();
    let claimable = ours.stake.claimable_down(ours.collateral, lot.reserve.config.decimals)?;
    let worth_wad = value_of(lot, claimable)?;
    if claimable != 0 && worth_wad >= terms.least_wad {
        let deed = Deed::ClaimGain { debt: ours.debt, collateral: ours.collateral };
        plans.push(Plan { gain_wad: worth_wad, ..Plan::upkeep(deed) });
    }

    let pooled = venue.reserve(ours.collateral)?;
    let an_hour = mul_div_down(pooled, terms.sell_bps_per_hour.into(), BPS)?;
    let units = mul_div_down(an_hour, terms.every_ms.into(), HOUR_MS.into())?.min(ours.held);
    let brings = venue.sale_down(ours.collateral, units)?;
    let (fair_wad, brings_wad) = (value_of(lot, units)?, value_of(owed, brings)?);
    if fair_wad >= terms.least_wad && brings_wad >= less_bps_down(fair_wad, terms.exit_bps)? {
        plans.push(Plan::upkeep(Deed::Sell {
            pool: venue.address,
            token: lot.reserve.config.token,
            units,
            min_receive: less_bps_down(brings, terms.tolerance_bps)?,
        }));
    }
    if ours.spare != 0 && value_of(owed, ours.spare)? >= terms.least_wad {
        let deed = Deed::Stake { asset: ours.debt, units: ours.spare };
        plans.push(Plan { spends: vec![(ours.debt, ours.spare)], ..Plan::upkeep(deed) });
    }
    Ok(plans)
}
