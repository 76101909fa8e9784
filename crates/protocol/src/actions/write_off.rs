use super::isolation;
use crate::{
    health::{value_down, Health},
    math::{add, sub},
    price::Use,
    shares::to_assets_up,
    waterfall::Borne,
    AssetId, Auction, Error, Sheet,
};
use alloc::vec::Vec;

/// What was written off of an account that can't pay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WrittenOff {
    pub bad_debt: Vec<BadDebt>,
    /// Collateral worth next to nothing, in units: the protocol's.
    pub dust: Vec<(AssetId, u128)>,
}

/// Debt in one asset that was written off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDebt {
    pub asset: AssetId,
    pub assets: u128,
    pub shares: u128,
    pub borne: Borne,
}

/// Writes off the debt of an account in auction whose collateral is worth next to nothing, so that
/// nobody would take it (§ 4.6).
///
/// # Errors
/// [`Error::NoAuction`], [`Error::StillCovered`], price errors.
pub fn recognise(sheet: &mut Sheet) -> Result<(WrittenOff, Option<Auction>), Error> {
    if sheet.account.auction.is_none() {
        return Err(Error::NoAuction);
    }
    sheet.watch();
    sheet.require_weighty_prices(Use::Settlement, &[])?;
    let written_off = write_off_if_lost(sheet)?;
    if written_off.bad_debt.is_empty() {
        return Err(Error::StillCovered);
    }
    Ok((written_off, sheet.cure()))
}

/// Whether nobody would buy what is left: it is worth no more than dust, or no lot of it pays for one
/// whole unit of any debt, where units are that dear (§ 4.6). What can't be sold for now holds a loss
/// back only where it is weighty (§ 4.11).
#[inline(never)]
fn is_lost(sheet: &Sheet, health: &Health) -> Result<bool, Error> {
    let dust_wad = sheet.params.dust_wad;
    if sheet.weighty_collateral_wad(health.debt_wad)? <= dust_wad {
        return Ok(true);
    }
    let mut unit_wad = u128::MAX;
    for owed in sheet.account.debts() {
        let line = sheet.line(owed.asset)?;
        unit_wad =
            value_down(1, line.price()?.mid_wad, line.reserve.config.decimals)?.min(unit_wad);
    }
    if unit_wad <= dust_wad {
        return Ok(false);
    }
    for held in sheet.account.collaterals() {
        let line = sheet.line(held.asset)?;
        if line.lot_wad(held)? >= unit_wad {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes all of the account's debt off the books if its collateral is gone, or as good as gone.
#[inline(never)]
pub(super) fn write_off_if_lost(sheet: &mut Sheet) -> Result<WrittenOff, Error> {
    let mut done = WrittenOff::default();
    isolation::release_lost(sheet)?;
    let health = sheet.health()?;
    if health.collateral_wad >= health.debt_wad || !is_lost(sheet, &health)? {
        return Ok(done);
    }
    let (now_ms, window_ms) = (sheet.now_ms, sheet.params.breaker.window_ms);
    for mut position in sheet.account.positions.clone() {
        if !position.bears_risk() {
            continue;
        }
        let asset = position.asset;
        let reserve = sheet.reserve_mut(asset)?;
        if position.collateral != 0 {
            let books = &mut reserve.books;
            books.collateral = sub(books.collateral, position.collateral)?;
            books.protocol_collateral = add(books.protocol_collateral, position.collateral)?;
            done.dust.push((asset, position.collateral));
            position.collateral = 0;
        }
        if position.debt_shares != 0 {
            let shares = position.debt_shares;
            let assets = to_assets_up(shares, reserve.books.owed())?;
            let borne = reserve.write_off(assets, shares, window_ms, now_ms)?;
            done.bad_debt.push(BadDebt { asset, assets, shares, borne });
            position.debt_shares = 0;
        }
        sheet.account.set_position(position)?;
    }
    isolation::release_lost(sheet)?;
    Ok(done)
}
