use super::{nonzero, repay::repay, Outcome};
use crate::{
    auction::{fill, terms, Fill, Terms},
    config::MarketParams,
    isolation,
    math::{add, sub},
    price::Use,
    shares::to_assets_up,
    AccountId, AssetId, Error, Sheet,
};
use alloc::vec::Vec;

/// What a take did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub terms: Terms,
    pub fill: Fill,
    /// Debt shares burned.
    pub shares: u128,
    /// Units of collateral that go to the taker: what he has bought, and the reward where he
    /// started the auction himself.
    pub paid_out: u128,
    /// Who may claim the reward, where that is not the taker.
    pub reward_to: Option<AccountId>,
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
#[allow(clippy::too_many_arguments)]
pub fn take(
    params: &MarketParams,
    sheet: &mut Sheet,
    taker: AccountId,
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
    let terms = terms(params, sheet, &health, collateral, debt)?;
    let fill = fill(sheet, &terms, collateral, debt, max_repay)?;
    if fill.received < min_receive {
        return Err(Error::ReceivedTooLittle);
    }

    let Outcome::Repaid { shares, .. } = repay(sheet, debt, fill.repaid)? else {
        return Err(Error::NoDebt);
    };
    let auction = sheet.account.auction.as_mut().ok_or(Error::NoAuction)?;
    auction.rewarded |= fill.reward != 0;
    let reward_to = (fill.reward != 0 && auction.starter != taker).then_some(auction.starter);
    let (kept, paid_out) = match reward_to {
        Some(_) => (fill.reward, fill.received),
        None => (0, add(fill.received, fill.reward)?),
    };
    let sold = add(fill.received, fill.fee)?;
    let (lot_clock, debt_clock) = (sheet.line(collateral)?.clock()?, sheet.line(debt)?.clock()?);
    sheet.reserve_mut(debt)?.books.clock = debt_clock;
    let now_ms = sheet.now_ms;
    let reserve = sheet.reserve_mut(collateral)?;
    let sales_limit = reserve.config.sales_limit();
    let books = &mut reserve.books;
    books.clock = lot_clock;
    books.sales.pour(&sales_limit, now_ms, fill.received)?;
    books.collateral = sub(books.collateral, sold)?;
    let to_protocol = sub(fill.fee, fill.reward)?;
    books.protocol_collateral = add(books.protocol_collateral, to_protocol)?;
    books.rewards = add(books.rewards, kept)?;
    let mut position = sheet.account.position(collateral);
    position.collateral = sub(position.collateral, sold)?;
    sheet.account.set_position(position)?;

    let bad_debt = if sheet.account.has_collateral() { Vec::new() } else { write_off(sheet)? };
    let closed = sheet.cure();
    Ok(Taken { terms, fill, shares, paid_out, reward_to, closed, bad_debt })
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
