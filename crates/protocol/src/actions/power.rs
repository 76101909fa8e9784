//! What collateral may carry when new risk is taken, and what of it is unsound (§ 3.2, § 3.10).

use super::{collateral_room_down, judge::Before};
use crate::{
    account::health::{debt_value_up, value_down, value_up},
    breaker::Level,
    num::{
        math::{add, bps_to_wad, part_down, WAD},
        shares::to_assets_up,
    },
    oracle::price::Use,
    reserve::priced::PricedReserve,
    risk::tiers::Schedule,
    AccountSnapshot, Error,
};

/// Why an asset carries no new risk, if it does not: it is no longer collateral, frozen, or there is
/// more of it than its cap or its load cap allows.
#[inline(never)]
pub(super) fn unsound(priced: &PricedReserve) -> Result<Option<Error>, Error> {
    let config = &priced.reserve.config;
    Ok(if !config.collateral {
        Some(Error::NotCollateral)
    } else if config.frozen {
        Some(Error::Frozen)
    } else if priced.reserve.balances.collateral > config.collateral_cap {
        Some(Error::CollateralCapExceeded)
    } else if collateral_room_down(priced)?.is_none() {
        Some(Error::LoadCapExceeded)
    } else {
        None
    })
}

/// What an account's collateral may carry at its LTVs, by whether it is sound, and its debt. Wad dollars.
struct Powers {
    sound_wad: u128,
    unsound_wad: u128,
    debt_wad: u128,
    /// Why the first that is unsound is so.
    reason: Option<Error>,
}

impl Powers {
    fn of(snapshot: &AccountSnapshot) -> Result<Self, Error> {
        let mut powers = Self { sound_wad: 0, unsound_wad: 0, debt_wad: 0, reason: None };
        for risk in snapshot.risks() {
            let (held, priced) = risk?;
            let owed_wad = debt_value_up(held, priced, priced.price()?.high_wad)?;
            powers.debt_wad = add(powers.debt_wad, owed_wad)?;
            if held.collateral != 0 {
                let power_wad =
                    power_down(priced, held.collateral, priced.reserve.balances.collateral)?;
                let why = unsound(priced)?;
                let sum_wad =
                    if why.is_some() { &mut powers.unsound_wad } else { &mut powers.sound_wad };
                *sum_wad = add(*sum_wad, power_wad)?;
                powers.reason = powers.reason.or(why);
            }
        }
        Ok(powers)
    }
}

/// The part of the power that a level leaves, wad.
fn kept_wad(snapshot: &AccountSnapshot, level: Level) -> u128 {
    let cut_bps = match level {
        Level::Guarded => snapshot.params.breaker.guarded_cut_bps,
        _ => 0,
    };
    WAD.saturating_sub(bps_to_wad(cut_bps))
}

/// What more the account may borrow now, wad dollars, rounded down: what `check_limit` would let pass of
/// an asset whose price has no band. Unsound collateral carries no more than it does. Nothing from Stressed
/// on, nor without prices that are good for risk.
///
/// # Errors
/// Price errors, [`Error::Overflow`].
pub fn available_down(snapshot: &AccountSnapshot) -> Result<u128, Error> {
    let level = snapshot.risk_level()?;
    if level >= Level::Stressed || snapshot.require_prices(Use::Risk).is_err() {
        return Ok(0);
    }
    let Powers { sound_wad, debt_wad, .. } = Powers::of(snapshot)?;
    Ok(part_down(sound_wad, kept_wad(snapshot, level))?.saturating_sub(debt_wad))
}

/// Refuses to leave an account with more debt than its collateral may carry: what is sound by its
/// LTV, what is not no more than it carried before the message.
///
/// # Errors
/// [`Error::InsufficientCollateral`]; why an asset is unsound, where it would have covered the debt;
/// price errors.
#[inline(never)]
pub(super) fn check_limit(
    snapshot: &AccountSnapshot,
    before: &Before,
    level: Level,
) -> Result<(), Error> {
    let Powers { sound_wad, unsound_wad, debt_wad, reason } = Powers::of(snapshot)?;
    let kept_wad = kept_wad(snapshot, level);
    let covered = |power_wad| Ok::<_, Error>(part_down(power_wad, kept_wad)? >= debt_wad);
    if covered(sound_wad)? {
        return Ok(());
    }
    let Some(reason) = reason else { return Err(Error::InsufficientCollateral) };
    // What can't be told has carried nothing.
    let carried_wad = carried_before_down(snapshot, before).unwrap_or(0);
    if covered(add(sound_wad, unsound_wad.min(carried_wad))?)? {
        return Ok(());
    }
    let would_be_covered = covered(add(sound_wad, unsound_wad)?)?;
    Err(if would_be_covered { reason } else { Error::InsufficientCollateral })
}

/// What the assets that are unsound now carried before the message: what the others did not, at most
/// what they might. Wad dollars.
///
/// # Errors
/// [`Error::PriceNotGoodForRisk`]: of an asset that has left the account, too, since a price that is
/// too low would make the others carry more.
#[inline(never)]
fn carried_before_down(snapshot: &AccountSnapshot, before: &Before) -> Result<u128, Error> {
    let (mut sound_wad, mut unsound_wad, mut debt_wad) = (0, 0, 0);
    for held in before.account.positions.iter().filter(|held| held.bears_risk()) {
        let (priced, totals) = (snapshot.priced(held.asset)?, before.totals(held.asset)?);
        let price = priced.price()?;
        if !price.is_good_for(Use::Risk) {
            return Err(Use::Risk.error());
        }
        let owed = match held.debt_shares {
            0 => 0,
            shares => to_assets_up(shares, totals.owed)?,
        };
        let decimals = priced.reserve.config.decimals;
        debt_wad = add(debt_wad, value_up(owed, price.high_wad, decimals)?)?;
        if held.collateral != 0 {
            let power_wad = power_down(priced, held.collateral, totals.collateral)?;
            let sum_wad =
                if unsound(priced)?.is_some() { &mut unsound_wad } else { &mut sound_wad };
            *sum_wad = add(*sum_wad, power_wad)?;
        }
    }
    Ok(debt_wad.saturating_sub(sound_wad).min(unsound_wad))
}

/// What units of collateral may carry at the low end of the band, after the haircut that `exposure`
/// units in the market make. Wad dollars.
///
/// # Errors
/// [`Error::PriceMissing`], [`Error::PriceInvalid`], [`Error::Overflow`].
#[inline(never)]
pub(crate) fn power_down(
    priced: &PricedReserve,
    collateral: u128,
    exposure: u128,
) -> Result<u128, Error> {
    let (config, price) = (&priced.reserve.config, priced.price()?);
    let value_wad = value_down(collateral, price.low_wad, config.decimals)?;
    let haircut_wad = config.liquidity.haircut_up(exposure, price.volatility_wad())?;
    let carried_wad = Schedule::ltv(&config.tiers, haircut_wad)?.carries_down(value_wad)?;
    part_down(carried_wad, priced.fuse_down_wad())
}
