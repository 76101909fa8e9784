use super::nonzero;
use crate::{math::add, shares::to_shares_down, AssetId, Error, Sheet};

/// What a supply gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supplied {
    /// Units taken from the payer.
    pub assets: u128,
    /// Supply shares given to the account.
    pub shares: u128,
}

/// Lends `assets` units: they become cash that can be borrowed, and earn interest.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NotBorrowable`], [`Error::SupplyCapExceeded`],
/// [`Error::AmountTooSmall`], [`Error::TooManyPositions`].
pub fn supply(sheet: &mut Sheet, asset: AssetId, assets: u128) -> Result<Supplied, Error> {
    nonzero(assets)?;
    let mut position = sheet.account.position(asset);
    let reserve = sheet.reserve_mut(asset)?;
    if !reserve.config.borrowable {
        return Err(Error::NotBorrowable);
    }
    let pot = reserve.books.supplied()?;
    if add(pot.assets, assets)? > reserve.config.supply_cap {
        return Err(Error::SupplyCapExceeded);
    }
    let shares = to_shares_down(assets, pot)?;
    if shares == 0 {
        return Err(Error::AmountTooSmall);
    }
    reserve.books.cash = add(reserve.books.cash, assets)?;
    reserve.books.supply_shares = add(reserve.books.supply_shares, shares)?;
    position.supply_shares = add(position.supply_shares, shares)?;
    sheet.account.set_position(position)?;
    Ok(Supplied { assets, shares })
}
