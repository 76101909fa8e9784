use super::{nonzero, Outcome};
use crate::{
    num::{
        math::{add, sub},
        shares::to_shares_up,
    },
    AccountSnapshot, AssetId, Error,
};

/// Borrows `assets` units against the account's collateral. Cap, minimum and whether the account may
/// owe it are judged at the end of the message.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NotBorrowable`], [`Error::Frozen`],
/// [`Error::InsufficientCash`], [`Error::OutflowLimitReached`].
#[inline(never)]
pub(super) fn borrow(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    assets: u128,
) -> Result<Outcome, Error> {
    nonzero(assets)?;
    let now_ms = snapshot.now_ms;
    let mut position = snapshot.account.position(asset);
    let reserve = snapshot.reserve_mut(asset)?;
    if !reserve.config.borrowable {
        return Err(Error::NotBorrowable);
    }
    if reserve.config.frozen {
        return Err(Error::Frozen);
    }
    if assets > reserve.balances.cash {
        return Err(Error::InsufficientCash);
    }
    reserve.note_outflow(now_ms, assets)?;
    let shares = to_shares_up(assets, reserve.balances.owed())?;
    reserve.balances.cash = sub(reserve.balances.cash, assets)?;
    reserve.balances.borrowed = add(reserve.balances.borrowed, assets)?;
    reserve.balances.debt_shares = add(reserve.balances.debt_shares, shares)?;
    position.debt_shares = add(position.debt_shares, shares)?;
    snapshot.account.put_position(position);
    Ok(Outcome::Borrowed { asset, assets, shares })
}
