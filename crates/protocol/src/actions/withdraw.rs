use super::{nonzero, Outcome};
use crate::{
    math::sub,
    shares::{to_assets_down, to_shares_up},
    AssetId, Error, Sheet, ALL,
};

/// Takes lent money back, with interest; [`ALL`] for all of it. All of what is worth less than a
/// unit is given up for nothing: it must not hold a place of the account's for good.
///
/// Lent money is no collateral, so this needs neither health nor prices.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::InsufficientBalance`], [`Error::InsufficientCash`] when too much
/// is lent out. Whether it may leave now, [`crate::outflow`] judges in the end.
#[inline(never)]
pub(super) fn withdraw(sheet: &mut Sheet, asset: AssetId, assets: u128) -> Result<Outcome, Error> {
    nonzero(assets)?;
    let now_ms = sheet.now_ms;
    let mut position = sheet.account.position(asset);
    let reserve = sheet.reserve_mut(asset)?;
    let pot = reserve.books.supplied()?;
    let (assets, shares) = if assets == ALL {
        (to_assets_down(position.supply_shares, pot)?, position.supply_shares)
    } else {
        (assets, to_shares_up(assets, pot)?)
    };
    if shares == 0 || shares > position.supply_shares {
        return Err(Error::InsufficientBalance);
    }
    if assets > reserve.books.cash {
        return Err(Error::InsufficientCash);
    }
    reserve.note_outflow(now_ms, assets)?;
    reserve.books.cash = sub(reserve.books.cash, assets)?;
    reserve.books.supply_shares = sub(reserve.books.supply_shares, shares)?;
    position.supply_shares = sub(position.supply_shares, shares)?;
    sheet.account.set_position(position)?;
    Ok(Outcome::Withdrawn { asset, assets, shares })
}
