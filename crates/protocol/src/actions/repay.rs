use super::{isolation, nonzero, Outcome};
use crate::{
    num::{
        math::{add, sub},
        shares::{to_assets_up, to_shares_down},
    },
    AccountSnapshot, AssetId, Error,
};

/// Repays at most `assets` units of debt; [`crate::ALL`], or anything above the debt, for all of
/// it: no more than is owed is taken. A debt below the minimum may be left: repaying is never
/// refused.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NoDebt`], [`Error::AmountTooSmall`].
#[inline(never)]
pub(super) fn repay(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    assets: u128,
) -> Result<Outcome, Error> {
    nonzero(assets)?;
    let now_ms = snapshot.now_ms;
    let (assets, shares) = burn_debt(snapshot, asset, assets)?;
    let reserve = snapshot.reserve_mut(asset)?;
    reserve.balances.cash = add(reserve.balances.cash, assets)?;
    reserve.drop_debt_of_nobody()?;
    reserve.return_outflow(now_ms, assets)?;
    Ok(Outcome::Repaid { asset, assets, shares })
}

/// Takes at most `assets` units of debt off the account and the balances, for which somebody pays.
/// Units and debt shares.
///
/// # Errors
/// [`Error::NoDebt`], [`Error::AmountTooSmall`].
#[inline(never)]
pub(super) fn burn_debt(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    assets: u128,
) -> Result<(u128, u128), Error> {
    let mut position = snapshot.account.position(asset);
    if position.debt_shares == 0 {
        return Err(Error::NoDebt);
    }
    let shares_before = position.debt_shares;
    let reserve = snapshot.reserve_mut(asset)?;
    let pot = reserve.balances.owed();
    let owed = to_assets_up(position.debt_shares, pot)?;
    let (assets, shares) = if assets >= owed {
        (owed, position.debt_shares)
    } else {
        (assets, to_shares_down(assets, pot)?)
    };
    if shares == 0 {
        return Err(Error::AmountTooSmall);
    }
    // Each debt rounds up, so the last may repay a unit more than the balances remember: that unit
    // is the lenders'.
    reserve.balances.borrowed = reserve.balances.borrowed.saturating_sub(assets);
    reserve.balances.debt_shares = sub(reserve.balances.debt_shares, shares)?;
    position.debt_shares = sub(position.debt_shares, shares)?;
    snapshot.account.put_position(position);
    isolation::release(snapshot, asset, shares_before)?;
    Ok((assets, shares))
}
