use super::{nonzero, Outcome};
use crate::{
    num::{math::add, shares::lent_shares_down},
    AccountSnapshot, AssetId, Error,
};

/// Lends `assets` units. The cap and the number of positions are judged at the end of the message.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NotBorrowable`], [`Error::Frozen`], [`Error::SharesWornOut`],
/// [`Error::AmountTooSmall`].
#[inline(never)]
pub(super) fn supply(
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
    let pot = reserve.balances.supplied()?;
    let shares = lent_shares_down(assets, pot)?;
    if shares == 0 {
        return Err(Error::AmountTooSmall);
    }
    reserve.return_outflow(now_ms, assets)?;
    reserve.balances.cash = add(reserve.balances.cash, assets)?;
    reserve.balances.supply_shares = add(reserve.balances.supply_shares, shares)?;
    position.supply_shares = add(position.supply_shares, shares)?;
    snapshot.account.put_position(position);
    Ok(Outcome::Supplied { asset, assets, shares })
}
