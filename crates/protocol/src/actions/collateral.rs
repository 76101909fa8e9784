use super::{nonzero, require_within_ltv};
use crate::{
    math::{add, sub},
    AssetId, Error, Sheet, ALL,
};

/// Adds collateral. It is never lent, so it is always there to be given back or sold. If the
/// account is being liquidated and this makes it healthy, call [`Sheet::cure`] after it.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NotCollateral`], [`Error::CollateralCapExceeded`],
/// [`Error::TooManyPositions`].
pub fn deposit_collateral(sheet: &mut Sheet, asset: AssetId, amount: u128) -> Result<(), Error> {
    nonzero(amount)?;
    let mut position = sheet.account.position(asset);
    // A top-up in distress is what damps a cascade: no cap may be in its way.
    let rescue = sheet.account.auction.is_some() && position.collateral != 0;
    let reserve = sheet.reserve_mut(asset)?;
    if !reserve.config.collateral {
        return Err(Error::NotCollateral);
    }
    let total = add(reserve.books.collateral, amount)?;
    if total > reserve.config.collateral_cap && !rescue {
        return Err(Error::CollateralCapExceeded);
    }
    reserve.books.collateral = total;
    position.collateral = add(position.collateral, amount)?;
    sheet.account.set_position(position)
}

/// Takes collateral back; [`ALL`] for all of it. Returns the units to pay out.
///
/// Without debt it needs no price and is never refused.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::InsufficientBalance`], [`Error::AuctionRunning`],
/// [`Error::InsufficientCollateral`], price errors.
pub fn withdraw_collateral(sheet: &mut Sheet, asset: AssetId, amount: u128) -> Result<u128, Error> {
    nonzero(amount)?;
    if sheet.account.auction.is_some() {
        return Err(Error::AuctionRunning);
    }
    let mut position = sheet.account.position(asset);
    let amount = if amount == ALL { position.collateral } else { amount };
    if amount == 0 || amount > position.collateral {
        return Err(Error::InsufficientBalance);
    }
    let reserve = sheet.reserve_mut(asset)?;
    reserve.books.collateral = sub(reserve.books.collateral, amount)?;
    position.collateral = sub(position.collateral, amount)?;
    sheet.account.set_position(position)?;
    require_within_ltv(sheet)?;
    Ok(amount)
}
