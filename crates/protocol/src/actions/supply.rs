use super::{nonzero, Outcome};
use crate::{math::add, shares::lent_shares_down, AssetId, Error, Sheet};

/// Lends `assets` units. The cap and the number of positions are judged at the end of the message.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NotBorrowable`], [`Error::Frozen`], [`Error::SharesWornOut`],
/// [`Error::AmountTooSmall`].
#[inline(never)]
pub(super) fn supply(sheet: &mut Sheet, asset: AssetId, assets: u128) -> Result<Outcome, Error> {
    nonzero(assets)?;
    let now_ms = sheet.now_ms;
    let mut position = sheet.account.position(asset);
    let reserve = sheet.reserve_mut(asset)?;
    if !reserve.config.borrowable {
        return Err(Error::NotBorrowable);
    }
    if reserve.config.frozen {
        return Err(Error::Frozen);
    }
    let pot = reserve.books.supplied()?;
    let shares = lent_shares_down(assets, pot)?;
    if shares == 0 {
        return Err(Error::AmountTooSmall);
    }
    reserve.return_outflow(now_ms, assets)?;
    reserve.books.cash = add(reserve.books.cash, assets)?;
    reserve.books.supply_shares = add(reserve.books.supply_shares, shares)?;
    position.supply_shares = add(position.supply_shares, shares)?;
    sheet.account.put_position(position);
    Ok(Outcome::Supplied { asset, assets, shares })
}
