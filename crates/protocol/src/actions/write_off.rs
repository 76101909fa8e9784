use crate::{
    isolation,
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
    sheet.require_prices(Use::Settlement)?;
    let written_off = write_off_if_lost(sheet)?;
    if written_off.bad_debt.is_empty() {
        return Err(Error::StillCovered);
    }
    Ok((written_off, sheet.cure()))
}

/// Takes all of the account's debt off the books if its collateral is gone, or as good as gone.
#[inline(never)]
pub(super) fn write_off_if_lost(sheet: &mut Sheet) -> Result<WrittenOff, Error> {
    let mut done = WrittenOff::default();
    isolation::release_lost(sheet)?;
    let health = sheet.health()?;
    if health.collateral_wad >= health.debt_wad || health.collateral_wad > sheet.params.dust_wad {
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
