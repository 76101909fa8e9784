use super::{nonzero, Outcome};
use crate::{
    num::{
        math::sub,
        shares::{to_assets_down, to_shares_up},
    },
    AccountSnapshot, AssetId, Error, ALL,
};

/// Takes lent money back, with interest; [`ALL`] for all of it. All of what is worth less than a
/// unit is given up for nothing: it must not hold a place of the account's for good.
///
/// Lent money is no collateral, so this needs neither health nor prices.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::InsufficientBalance`], [`Error::InsufficientCash`] when too much
/// is lent out. Whether it may leave now, [`crate::risk::outflow`] judges in the end.
#[inline(never)]
pub(super) fn withdraw(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    assets: u128,
) -> Result<Outcome, Error> {
    nonzero(assets)?;
    let now_ms = snapshot.now_ms;
    let mut position = snapshot.account.position(asset);
    let reserve = snapshot.reserve_mut(asset)?;
    let pot = reserve.balances.supplied()?;
    let (assets, shares) = if assets == ALL {
        (to_assets_down(position.supply_shares, pot)?, position.supply_shares)
    } else {
        (assets, to_shares_up(assets, pot)?)
    };
    if shares == 0 || shares > position.supply_shares {
        return Err(Error::InsufficientBalance);
    }
    if assets > reserve.balances.cash {
        return Err(Error::InsufficientCash);
    }
    reserve.note_outflow(now_ms, assets)?;
    reserve.balances.cash = sub(reserve.balances.cash, assets)?;
    reserve.balances.supply_shares = sub(reserve.balances.supply_shares, shares)?;
    position.supply_shares = sub(position.supply_shares, shares)?;
    snapshot.account.set_position(position)?;
    Ok(Outcome::Withdrawn { asset, assets, shares })
}
