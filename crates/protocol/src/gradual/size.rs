//! What the account's health allows: how much may be bought, and for what bonus (§ 4.2, § 4.3).

use crate::{
    num::{
        math::{add, mul_div_down, mul_div_up, part_up, sub, WAD},
        value::Health,
    },
    risk::tiers::Schedule,
    Error,
};

/// The most that bonus and fee may be together so that the take raises the health factor (§ 4.2):
/// strictly below HF / LT - 1, in wad, where LT is the average threshold of the collateral sold.
///
/// Why: a take of value r changes HF = T / D to (T - r (1 + b) LT') / (D - r), which is above HF
/// exactly when (1 + b) LT' < HF. LT' is the average over what leaves, from the top brackets, and
/// so at most the average over all of it.
pub fn health_bound_wad(health: &Health, average_threshold_wad: u128) -> Result<i128, Error> {
    if average_threshold_wad == 0 {
        // What carries nothing takes nothing with it.
        return Ok(i128::MAX);
    }
    let ratio_wad = mul_div_down(health.health_factor_wad(), WAD, average_threshold_wad)?;
    let signed = |wad| i128::try_from(wad).map_err(|_| Error::Overflow);
    let bound_wad = signed(ratio_wad)?.checked_sub(signed(WAD)?);
    bound_wad.and_then(|bound_wad| bound_wad.checked_sub(1)).ok_or(Error::Overflow)
}

/// Debt value that lifts the account to the target health and no further (§ 4.3), wad dollars,
/// rounded up. All of the debt if no take of this lot can reach the target.
///
/// Inside one bracket it is (target x D - T) / (target - paid x LT), where T is what the collateral
/// carries and `paid` is 1 + bonus + fee. The lot leaves from its top bracket down, each with its
/// own LT.
///
/// Source: Aave v4 `calculateDebtToTargetHealthFactor`, which has one bracket.
#[inline(never)]
pub fn repay_to_target_up(
    target_wad: u128,
    health: &Health,
    paid_wad: u128,
    thresholds: &Schedule,
    lot_wad: u128,
) -> Result<u128, Error> {
    let Health { threshold_wad: mut carried_wad, mut debt_wad, .. } = *health;
    let mut left_wad = lot_wad;
    let mut repaid_wad = 0;
    for bracket in thresholds.brackets().iter().rev() {
        if bracket.from_wad >= left_wad {
            continue;
        }
        let missing_wad = part_up(debt_wad, target_wad)?.saturating_sub(carried_wad);
        let lost_wad = part_up(bracket.rate_wad, paid_wad)?;
        if lost_wad >= target_wad {
            // Nor does any lower bracket gain anything: its rate is higher.
            return Ok(health.debt_wad);
        }
        let here_wad = mul_div_up(missing_wad, WAD, sub(target_wad, lost_wad)?)?;
        let inside_wad = sub(left_wad, bracket.from_wad)?;
        let pays_for_wad = mul_div_down(inside_wad, WAD, paid_wad)?;
        if here_wad <= pays_for_wad || bracket.from_wad == 0 {
            return Ok(add(repaid_wad, here_wad)?.min(health.debt_wad));
        }
        repaid_wad = add(repaid_wad, pays_for_wad)?;
        debt_wad = debt_wad.saturating_sub(pays_for_wad);
        carried_wad = carried_wad.saturating_sub(part_up(inside_wad, bracket.rate_wad)?);
        left_wad = bracket.from_wad;
    }
    Ok(health.debt_wad)
}
