use super::{collateral_room_down, nonzero, supply::supply, Outcome};
use crate::{
    num::math::{add, sub},
    AccountSnapshot, AssetId, Error, ALL,
};
use alloc::vec::Vec;

/// Adds collateral. It is never lent, so it is always there to be given back or sold.
///
/// Adding to collateral that carried a debt before the message (a top-up) is never refused for a cap:
/// it is what damps a cascade. Whether other collateral may be added is judged at the end of the
/// message; with `excess_to_supply` what has no room now is supplied.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::CollateralCapExceeded`] beyond any cap; those of supply for the
/// excess.
#[inline(never)]
pub(super) fn deposit(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    amount: u128,
    excess_to_supply: bool,
    top_up: bool,
    outcomes: &mut Vec<Outcome>,
) -> Result<(), Error> {
    nonzero(amount)?;
    let mut deposited = amount;
    if excess_to_supply && !top_up {
        let priced = snapshot.priced(asset)?;
        let held = priced.reserve.balances.collateral;
        let under_cap = priced.reserve.config.collateral_cap.saturating_sub(held);
        let under_load = collateral_room_down(priced)?.unwrap_or(0);
        deposited = amount.min(under_cap).min(under_load);
    }
    if deposited != 0 {
        let now_ms = snapshot.now_ms;
        let reserve = snapshot.reserve_mut(asset)?;
        reserve.note_inflow(deposited, 0, now_ms)?;
        let balances = &mut reserve.balances;
        balances.collateral = add(balances.collateral, deposited).map_err(|error| {
            if top_up {
                error
            } else {
                Error::CollateralCapExceeded
            }
        })?;
        let mut position = snapshot.account.position(asset);
        position.collateral = add(position.collateral, deposited)?;
        snapshot.account.put_position(position);
        outcomes.push(Outcome::CollateralDeposited { asset, amount: deposited });
    }
    let excess = sub(amount, deposited)?;
    if excess != 0 {
        outcomes.push(supply(snapshot, asset, excess)?);
    }
    Ok(())
}

/// Takes collateral back; [`ALL`] for all of it.
///
/// Without debt at the end of the message it needs no price and is never refused.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::InsufficientBalance`].
#[inline(never)]
pub(super) fn withdraw(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    amount: u128,
) -> Result<Outcome, Error> {
    nonzero(amount)?;
    let mut position = snapshot.account.position(asset);
    let amount = if amount == ALL { position.collateral } else { amount };
    if amount == 0 || amount > position.collateral {
        return Err(Error::InsufficientBalance);
    }
    let now_ms = snapshot.now_ms;
    let reserve = snapshot.reserve_mut(asset)?;
    reserve.note_inflow(0, amount, now_ms)?;
    let balances = &mut reserve.balances;
    balances.collateral = sub(balances.collateral, amount)?;
    position.collateral = sub(position.collateral, amount)?;
    snapshot.account.put_position(position);
    Ok(Outcome::CollateralWithdrawn { asset, amount })
}
