//! By how much healths can have moved at most and at least: the bound of [`super`].

use super::{is_in, Assets, FAR, MARGIN_WAD};
use breakwater_protocol::{
    num::{
        math::{mul_div_down, mul_div_up, WAD},
        shares::{VIRTUAL_ASSETS, VIRTUAL_SHARES},
    },
    risk::tiers::Schedule,
    PricedReserve,
};

/// By how much health factors of a group can have moved since the reference, wad.
#[derive(Clone, Copy, Debug)]
pub(super) struct Factors {
    /// What collateral carries, at least; and at most, where that is known.
    carried_down_wad: u128,
    carried_up_wad: Option<u128>,
    /// What debts are worth, at most and at least.
    owed_up_wad: u128,
    owed_down_wad: u128,
}

impl Factors {
    /// `None` if nothing can be said.
    pub fn of(assets: Assets, then: &[PricedReserve], now: &[PricedReserve]) -> Option<Self> {
        let mut factors = Self {
            carried_down_wad: u128::MAX,
            carried_up_wad: Some(0),
            owed_up_wad: 0,
            owed_down_wad: u128::MAX,
        };
        for (then, now) in then.iter().zip(now) {
            if is_in(assets.held, now.asset) {
                let down_wad = carried_factor_down_wad(then, now)?;
                factors.carried_down_wad = factors.carried_down_wad.min(down_wad);
                let up_wad = carried_factor_up_wad(then, now);
                let sofar_wad = factors.carried_up_wad;
                factors.carried_up_wad = sofar_wad.zip(up_wad).map(|(a, b)| a.max(b));
            }
            if is_in(assets.owed, now.asset) {
                let (down_wad, up_wad) = owed_factors_wad(then, now)?;
                factors.owed_up_wad = factors.owed_up_wad.max(up_wad);
                factors.owed_down_wad = factors.owed_down_wad.min(down_wad);
            }
        }
        let is_near = |wad: u128| (WAD / FAR..=WAD.saturating_mul(FAR)).contains(&wad);
        let proven = then.len() == now.len()
            && factors.carried_down_wad >= WAD / FAR
            && factors.owed_up_wad <= WAD.saturating_mul(FAR);
        if !factors.carried_up_wad.is_some_and(is_near) || !is_near(factors.owed_down_wad) {
            factors.carried_up_wad = None;
        }
        proven.then_some(factors)
    }

    /// The highest rank at the reference that may be unhealthy now.
    pub fn cutoff_up_wad(&self) -> Option<u128> {
        let cutoff_wad = mul_div_up(WAD, self.owed_up_wad, self.carried_down_wad).ok()?;
        mul_div_up(cutoff_wad, WAD.saturating_add(MARGIN_WAD), WAD).ok()
    }

    /// The highest rank at the reference that is unhealthy now for certain.
    pub fn sure_down_wad(&self) -> Option<u128> {
        let sure_wad = mul_div_down(WAD, self.owed_down_wad, self.carried_up_wad?).ok()?;
        let sure_wad = mul_div_down(sure_wad, WAD, WAD.saturating_add(MARGIN_WAD)).ok()?;
        sure_wad.checked_sub(1)
    }

    /// The least health factor now of somebody with this rank, rounded down.
    pub fn least_down_wad(&self, rank_wad: u128) -> u128 {
        mul_div_down(rank_wad, self.carried_down_wad, self.owed_up_wad.max(1)).unwrap_or(0)
    }
}

/// The least factor by which what collateral carries has moved, wad.
fn carried_factor_down_wad(then: &PricedReserve, now: &PricedReserve) -> Option<u128> {
    let price_wad =
        mul_div_down(now.price().ok()?.mid_wad, WAD, then.price().ok()?.mid_wad).ok()?;
    let (old, new) = (then.thresholds().ok()?, now.thresholds().ok()?);
    let first_wad = old.brackets().first()?.rate_wad;
    let last_wad = old.brackets().last()?.rate_wad;
    let value_wad = match price_wad.checked_sub(WAD) {
        Some(rise_wad) => WAD.checked_add(mul_div_down(rise_wad, last_wad, first_wad).ok()?)?,
        None => price_wad,
    };
    mul_div_down(value_wad, least_ratio_wad(&old, &new)?, WAD).ok()
}

/// The highest factor by which what collateral carries has moved, wad. None where thresholds have changed.
fn carried_factor_up_wad(then: &PricedReserve, now: &PricedReserve) -> Option<u128> {
    let (old, new) = (then.thresholds().ok()?, now.thresholds().ok()?);
    if old != new {
        return None;
    }
    let price_wad = mul_div_up(now.price().ok()?.mid_wad, WAD, then.price().ok()?.mid_wad).ok()?;
    let Some(fall_wad) = WAD.checked_sub(price_wad) else { return Some(price_wad) };
    let first_wad = old.brackets().first()?.rate_wad;
    let last_wad = old.brackets().last()?.rate_wad;
    WAD.checked_sub(mul_div_down(fall_wad, last_wad, first_wad).ok()?)
}

/// The least ratio of what two schedules carry, at any value, wad, rounded down. Between two edges
/// both are straight, so their ratio rises or falls throughout: the least is at an edge or at an end.
fn least_ratio_wad(old: &Schedule, new: &Schedule) -> Option<u128> {
    if old == new {
        return Some(WAD);
    }
    let (before, after) = (old.brackets(), new.brackets());
    let ends = [(after.first()?, before.first()?), (after.last()?, before.last()?)];
    let mut least_wad = u128::MAX;
    for (new, old) in ends {
        least_wad = least_wad.min(mul_div_down(new.rate_wad, WAD, old.rate_wad).ok()?);
    }
    for edge in before.iter().chain(after).filter(|edge| edge.from_wad != 0) {
        let (new_wad, old_wad) =
            (new.carries_down(edge.from_wad).ok()?, old.carries_down(edge.from_wad).ok()?);
        least_wad = least_wad.min(mul_div_down(new_wad, WAD, old_wad).ok()?);
    }
    // Edges below this are too near 0 to be computed exactly.
    let sharp = before.iter().chain(after).all(|edge| edge.from_wad == 0 || edge.from_wad > WAD);
    sharp.then_some(least_wad)
}

/// The least and the highest factor by which a debt has moved, wad.
fn owed_factors_wad(then: &PricedReserve, now: &PricedReserve) -> Option<(u128, u128)> {
    let share = |priced: &PricedReserve| {
        let pot = priced.reserve.balances.owed();
        let (assets, shares) =
            (pot.assets.checked_add(VIRTUAL_ASSETS)?, pot.shares.checked_add(VIRTUAL_SHARES)?);
        Some((assets, shares))
    };
    let ((assets_then, shares_then), (assets_now, shares_now)) = (share(then)?, share(now)?);
    let (price_then, price_now) = (then.price().ok()?.mid_wad, now.price().ok()?.mid_wad);
    // (assets now / shares now) / (assets then / shares then), in two steps of at most a unit each.
    let assets_up_wad = mul_div_up(assets_now, WAD, assets_then).ok()?;
    let interest_up_wad = mul_div_up(assets_up_wad, shares_then, shares_now).ok()?;
    let price_up_wad = mul_div_up(price_now, WAD, price_then).ok()?;
    let up_wad = mul_div_up(price_up_wad, interest_up_wad, WAD).ok()?;
    let assets_down_wad = mul_div_down(assets_now, WAD, assets_then).ok()?;
    let interest_down_wad = mul_div_down(assets_down_wad, shares_then, shares_now).ok()?;
    let price_down_wad = mul_div_down(price_now, WAD, price_then).ok()?;
    let down_wad = mul_div_down(price_down_wad, interest_down_wad, WAD).ok()?;
    // The unit by which a debt is rounded up moves with the price alone.
    Some((down_wad.min(price_down_wad), up_wad.max(price_up_wad)))
}
