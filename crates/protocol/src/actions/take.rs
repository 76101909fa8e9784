use super::{nonzero, repay::repay, Outcome};
use crate::{
    auction::{fill, terms, Fill, Terms},
    config::MarketParams,
    isolation,
    math::{add, sub},
    price::Use,
    shares::to_assets_up,
    AssetId, Error, Sheet,
};
use alloc::vec::Vec;

/// What a take did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub terms: Terms,
    pub fill: Fill,
    /// Debt shares burned.
    pub shares: u128,
    /// The auction ended with this take.
    pub closed: bool,
    /// Debt that nobody will repay, taken off the books.
    pub bad_debt: Vec<BadDebt>,
}

/// Debt in one asset that was written off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDebt {
    pub asset: AssetId,
    pub assets: u128,
    pub shares: u128,
}

/// Buys collateral of an account in auction by repaying its debt, at most `max_repay` units of it
/// (§ 4.3). Each take raises the account's health as long as the account is solvent.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NoAuction`], [`Error::InsufficientBalance`] without such
/// collateral, [`Error::NoDebt`], [`Error::Healthy`] (call cure),
/// [`Error::ReceivedTooLittle`], those of [`fill`], price errors.
#[inline(never)]
pub fn take(
    params: &MarketParams,
    sheet: &mut Sheet,
    collateral: AssetId,
    debt: AssetId,
    max_repay: u128,
    min_receive: u128,
) -> Result<Taken, Error> {
    nonzero(max_repay)?;
    if sheet.account.auction.is_none() {
        return Err(Error::NoAuction);
    }
    if sheet.account.position(collateral).collateral == 0 {
        return Err(Error::InsufficientBalance);
    }
    if sheet.account.position(debt).debt_shares == 0 {
        return Err(Error::NoDebt);
    }
    sheet.require_prices(Use::Settlement)?;
    let health = sheet.health()?;
    let terms = terms(params, sheet, &health, collateral)?;
    let fill = fill(sheet, &terms, collateral, debt, max_repay)?;
    if fill.received < min_receive {
        return Err(Error::ReceivedTooLittle);
    }

    let Outcome::Repaid { shares, .. } = repay(sheet, debt, fill.repaid)? else {
        return Err(Error::NoDebt);
    };
    let sold = add(fill.received, fill.fee)?;
    let reserve = sheet.reserve_mut(collateral)?;
    reserve.books.collateral = sub(reserve.books.collateral, sold)?;
    reserve.books.protocol_collateral = add(reserve.books.protocol_collateral, fill.fee)?;
    let mut position = sheet.account.position(collateral);
    position.collateral = sub(position.collateral, sold)?;
    sheet.account.set_position(position)?;

    let bad_debt = if sheet.account.has_collateral() { Vec::new() } else { write_off(sheet)? };
    let closed = sheet.cure();
    Ok(Taken { terms, fill, shares, closed, bad_debt })
}

/// Takes all of the account's debt off the books: its collateral is gone (§ 4.6).
#[inline(never)]
fn write_off(sheet: &mut Sheet) -> Result<Vec<BadDebt>, Error> {
    let isolated_shares = isolation::debt_shares(&sheet.account);
    let mut written_off = Vec::new();
    for mut position in sheet.account.positions.clone() {
        if position.debt_shares == 0 {
            continue;
        }
        let reserve = sheet.reserve_mut(position.asset)?;
        let assets = to_assets_up(position.debt_shares, reserve.books.owed())?;
        let shares = position.debt_shares;
        reserve.write_off(assets, shares)?;
        position.debt_shares = 0;
        written_off.push(BadDebt { asset: position.asset, assets, shares });
        sheet.account.set_position(position)?;
    }
    isolation::release(sheet, isolated_shares)?;
    Ok(written_off)
}
