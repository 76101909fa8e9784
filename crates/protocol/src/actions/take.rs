use super::{
    nonzero,
    repay::repay,
    write_off::{write_off_if_lost, WrittenOff},
    Order, Outcome,
};
use crate::{
    auction::{fill, sales_limit, terms, Fill, Terms},
    math::{add, sub},
    price::Use,
    AccountId, AssetId, Auction, Error, Sheet,
};

/// What a take, or a fill by the backstop, did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    pub terms: Terms,
    pub fill: Fill,
    /// Debt shares burned.
    pub shares: u128,
    /// Units of collateral that go to the taker: what they have bought, and the reward where they
    /// started the auction themselves. Nothing goes out where the backstop buys.
    pub paid_out: u128,
    /// Who may claim the reward, where that is not the taker.
    pub reward_to: Option<AccountId>,
    /// Debt that nobody will repay.
    pub written_off: WrittenOff,
    /// The auction, where it ended with this.
    pub ended: Option<Auction>,
}

/// Buys collateral of an account in auction by repaying its debt (§ 4.3). Each take raises the
/// account's health as long as the account is solvent.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NoAuction`], [`Error::InsufficientBalance`] without such
/// collateral, [`Error::NoDebt`], [`Error::Healthy`] (call cure),
/// [`Error::ReceivedTooLittle`], those of [`fill`], price errors.
#[inline(never)]
pub fn take(sheet: &mut Sheet, taker: AccountId, order: &Order) -> Result<Taken, Error> {
    let Order { collateral, debt, max_repay, .. } = *order;
    nonzero(max_repay)?;
    let terms = offer(sheet, collateral, debt)?;
    let fill = fill(sheet, &terms, collateral, debt, max_repay)?;
    if fill.received < order.least_for_up(fill.repaid)? {
        return Err(Error::ReceivedTooLittle);
    }
    let Outcome::Repaid { shares, .. } = repay(sheet, debt, fill.repaid)? else {
        return Err(Error::NoDebt);
    };
    let (now_ms, window_ms) = (sheet.now_ms, sheet.params.breaker.window_ms);
    let sales_limit = sales_limit(sheet, collateral)?;
    let reserve = sheet.reserve_mut(collateral)?;
    reserve.books.sales.pour(&sales_limit, now_ms, fill.received)?;
    reserve.books.breaker.sold.add(fill.received, window_ms, now_ms)?;

    let reward_to = hand_over(sheet, &fill, [collateral, debt], Some(taker))?;
    let paid_out = if reward_to.is_some() { 0 } else { fill.reward };
    let paid_out = add(fill.received, paid_out)?;
    let written_off = write_off_if_lost(sheet)?;
    let ended = sheet.cure();
    Ok(Taken { terms, fill, shares, paid_out, reward_to, written_off, ended })
}

/// The terms for a pair, if it may be sold now.
#[inline(never)]
pub(super) fn offer(sheet: &mut Sheet, collateral: AssetId, debt: AssetId) -> Result<Terms, Error> {
    sheet.watch();
    if sheet.account.auction.is_none() {
        return Err(Error::NoAuction);
    }
    if sheet.account.position(collateral).collateral == 0 {
        return Err(Error::InsufficientBalance);
    }
    if sheet.account.position(debt).debt_shares == 0 {
        return Err(Error::NoDebt);
    }
    sheet.require_weighty_prices(Use::Settlement, &[collateral, debt])?;
    terms(sheet, &sheet.health()?, collateral, debt)
}

/// Takes what was sold, fee and reward off the account, and moves the pair's clocks on. Who may
/// claim the reward, where that is not the taker.
#[inline(never)]
pub(super) fn hand_over(
    sheet: &mut Sheet,
    fill: &Fill,
    [collateral, debt]: [AssetId; 2],
    taker: Option<AccountId>,
) -> Result<Option<AccountId>, Error> {
    let auction = sheet.account.auction.as_mut().ok_or(Error::NoAuction)?;
    auction.unearned_wad = auction.unearned_wad.saturating_sub(fill.earned_wad);
    let starter = auction.starter;
    let reward_to = (fill.reward != 0 && Some(starter) != taker).then_some(starter);
    let sold = add(fill.received, fill.fee)?;
    let (lot_clock, debt_clock) = (sheet.clock(collateral)?, sheet.clock(debt)?);
    sheet.reserve_mut(debt)?.books.clock = debt_clock;
    let books = &mut sheet.reserve_mut(collateral)?.books;
    books.clock = lot_clock;
    books.collateral = sub(books.collateral, sold)?;
    let to_protocol = sub(fill.fee, fill.reward)?;
    books.protocol_collateral = add(books.protocol_collateral, to_protocol)?;
    if reward_to.is_some() {
        books.rewards = add(books.rewards, fill.reward)?;
    }
    let mut position = sheet.account.position(collateral);
    position.collateral = sub(position.collateral, sold)?;
    sheet.account.set_position(position)?;
    Ok(reward_to)
}
