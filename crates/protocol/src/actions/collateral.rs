use super::{collateral_room_down, nonzero, supply::supply, Outcome};
use crate::{
    isolation,
    math::{add, sub},
    AssetId, Error, Sheet, ALL,
};
use alloc::vec::Vec;

/// Adds collateral. It is never lent, so it is always there to be given back or sold.
///
/// Adding to collateral that already carries a debt (a top-up) is never refused for a cap: it is
/// what damps a cascade.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NotCollateral`], [`Error::Frozen`],
/// [`Error::CollateralCapExceeded`], [`Error::LoadCapExceeded`], [`Error::IsolatedCollateral`],
/// [`Error::TooManyPositions`]; those of supply for the excess.
#[inline(never)]
pub(super) fn deposit(
    sheet: &mut Sheet,
    asset: AssetId,
    amount: u128,
    excess_to_supply: bool,
    outcomes: &mut Vec<Outcome>,
) -> Result<(), Error> {
    nonzero(amount)?;
    let mut position = sheet.account.position(asset);
    let top_up = sheet.account.has_debt() && position.collateral != 0;
    let mut deposited = amount;
    if !top_up {
        isolation::check_deposit(sheet, asset)?;
        let config = &sheet.line(asset)?.reserve.config;
        if !config.collateral {
            return Err(Error::NotCollateral);
        }
        if config.frozen {
            return Err(Error::Frozen);
        }
        let held = sheet.line(asset)?.reserve.books.collateral;
        let under_cap = config.collateral_cap.saturating_sub(held);
        let under_load = collateral_room_down(sheet, asset)?.unwrap_or(0);
        if excess_to_supply {
            deposited = amount.min(under_cap).min(under_load);
        } else if amount > under_cap {
            return Err(Error::CollateralCapExceeded);
        } else if amount > under_load {
            return Err(Error::LoadCapExceeded);
        }
    }
    if deposited != 0 {
        let books = &mut sheet.reserve_mut(asset)?.books;
        books.collateral = add(books.collateral, deposited)?;
        position.collateral = add(position.collateral, deposited)?;
        sheet.account.set_position(position)?;
        outcomes.push(Outcome::CollateralDeposited { asset, amount: deposited });
    }
    let excess = sub(amount, deposited)?;
    if excess != 0 {
        outcomes.push(supply(sheet, asset, excess)?);
    }
    Ok(())
}

/// Takes collateral back; [`ALL`] for all of it.
///
/// Without debt it needs no price and is never refused.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::InsufficientBalance`], [`Error::AuctionRunning`].
#[inline(never)]
pub(super) fn withdraw(sheet: &mut Sheet, asset: AssetId, amount: u128) -> Result<Outcome, Error> {
    nonzero(amount)?;
    if sheet.account.auction.is_some() {
        return Err(Error::AuctionRunning);
    }
    let mut position = sheet.account.position(asset);
    let amount = if amount == ALL { position.collateral } else { amount };
    if amount == 0 || amount > position.collateral {
        return Err(Error::InsufficientBalance);
    }
    let books = &mut sheet.reserve_mut(asset)?.books;
    books.collateral = sub(books.collateral, amount)?;
    position.collateral = sub(position.collateral, amount)?;
    sheet.account.set_position(position)?;
    Ok(Outcome::CollateralWithdrawn { asset, amount })
}
