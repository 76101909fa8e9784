use super::{nonzero, Outcome};
use crate::{
    math::sub,
    shares::{to_assets_down, to_shares_up},
    AssetId, Error, Sheet, ALL,
};

/// Takes lent money back, with interest; [`ALL`] for all of it.
///
/// Lent money is no collateral, so this needs neither health nor prices.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::InsufficientBalance`], [`Error::InsufficientCash`] when too much
/// is lent out, [`Error::OutflowLimitReached`], [`Error::AmountTooSmall`] when all of it is worth
/// less than a unit.
#[inline(never)]
pub(super) fn withdraw(sheet: &mut Sheet, asset: AssetId, assets: u128) -> Result<Outcome, Error> {
    nonzero(assets)?;
    let now_ms = sheet.now_ms;
    let mut position = sheet.account.position(asset);
    let (level, config) = (sheet.level(asset)?, sheet.params.breaker);
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
    if assets == 0 {
        return Err(Error::AmountTooSmall);
    }
    if assets > reserve.books.cash {
        return Err(Error::InsufficientCash);
    }
    let limit = reserve.outflow_limit(level, &config)?;
    reserve.draw_outflow(&limit, now_ms, assets)?;
    reserve.books.cash = sub(reserve.books.cash, assets)?;
    reserve.books.supply_shares = sub(reserve.books.supply_shares, shares)?;
    position.supply_shares = sub(position.supply_shares, shares)?;
    sheet.account.set_position(position)?;
    Ok(Outcome::Withdrawn { asset, assets, shares })
}
