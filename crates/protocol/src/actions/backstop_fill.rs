use super::{
    repay::burn_debt,
    take::{hand_over, offer, Taken},
    write_off::write_off_if_lost,
};
use crate::{
    auction::{fill, Terms},
    backstop::Pool,
    math::{add, bps_to_wad},
    AssetId, Error, Sheet,
};

/// The backstop of `debt` buys collateral of an account in auction, as much as it can and may, and
/// holds it for its stakes (§ 4.9). It pays with supply shares that it gives up: no token moves, and
/// nothing is sold to the market, so the velocity limit does not count it.
///
/// # Errors
/// [`Error::BackstopLevelNotReached`], [`Error::BackstopEmpty`]; those of a take.
#[inline(never)]
pub fn backstop_fill(
    sheet: &mut Sheet,
    pool: &mut Pool,
    collateral: AssetId,
    debt: AssetId,
) -> Result<Taken, Error> {
    let terms = Terms { max_sale: u128::MAX, ..offer(sheet, collateral, debt)? };
    let reserve = &sheet.line(debt)?.reserve;
    let decimals = reserve.config.decimals;
    if !is_reached(&terms, reserve.config.backstop.level_bps)? {
        return Err(Error::BackstopLevelNotReached);
    }
    let funds = reserve.backstop_assets_down()?;
    if funds == 0 || pool.shares == 0 {
        return Err(Error::BackstopEmpty);
    }
    let fill = fill(sheet, &terms, collateral, debt, funds)?;
    sheet.reserve_mut(debt)?.burn_backstop_up(fill.repaid)?;
    let (_, shares) = burn_debt(sheet, debt, fill.repaid)?;
    let reward_to = hand_over(sheet, &fill, [collateral, debt], None)?;
    let lot = sheet.reserve_mut(collateral)?;
    lot.books.backstop_collateral = add(lot.books.backstop_collateral, fill.received)?;
    pool.gain(collateral, fill.received, lot.config.decimals, decimals)?;

    let written_off = write_off_if_lost(sheet)?;
    let ended = sheet.cure();
    Ok(Taken { terms, fill, shares, paid_out: 0, reward_to, written_off, ended })
}

/// Whether the pool may buy on these terms: at its level, or where none can ever be better.
fn is_reached(terms: &Terms, level_bps: u16) -> Result<bool, Error> {
    let level_wad = i128::try_from(bps_to_wad(level_bps)).map_err(|_| Error::Overflow)?;
    Ok(terms.at_bound || terms.bonus_wad >= level_wad)
}
