use super::{
    backstop_fill::{buy_tail, Bought},
    nonzero,
    repay::repay,
    write_off::{write_off_if_lost, WrittenOff},
    Order, Outcome,
};
use crate::{
    auction::{fill, note_sale, terms, Fill, Terms},
    gradual::Seller,
    math::{add, sub},
    price::Use,
    AccountId, AssetId, Auction, Error, Sheet,
};

/// What a purchase from an account in auction did: a take, or the backstop's.
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

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taking {
    /// What the backstop bought before.
    pub bought: Option<Bought>,
    /// What was taken: nothing where the backstop's purchase has made the account healthy.
    pub taken: Option<Taken>,
}

/// Buys collateral of an account in auction by repaying its debt (§ 4.3). Each take raises the
/// account's health as long as the account is solvent.
///
/// Of an account that is near insolvency the backstop buys first (§ 4.9). Where that makes it healthy
/// nothing is left to take, and the message has done its work: it answers without a sale.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NoAuction`], [`Error::InsufficientBalance`] without such
/// collateral, [`Error::NoDebt`], [`Error::Healthy`] (call cure),
/// [`Error::ReceivedTooLittle`], those of [`fill`], price errors.
#[inline(never)]
pub fn take(sheet: &mut Sheet, taker: AccountId, order: &Order) -> Result<Taking, Error> {
    let Order { collateral, debt, max_repay, .. } = *order;
    nonzero(max_repay)?;
    require_pair(sheet, collateral, debt)?;
    let bought = buy_tail(sheet)?;
    if bought.as_ref().is_some_and(|bought| bought.taken.ended.is_some()) {
        return Ok(Taking { bought, taken: None });
    }
    let taken = match sell(sheet, taker, order) {
        // Of what the order names the backstop has left nothing.
        Err(Error::InsufficientBalance | Error::NoDebt) if bought.is_some() => None,
        taken => Some(taken?),
    };
    Ok(Taking { bought, taken })
}

#[inline(never)]
fn sell(sheet: &mut Sheet, taker: AccountId, order: &Order) -> Result<Taken, Error> {
    let Order { collateral, debt, max_repay, .. } = *order;
    let terms = terms(sheet, &sheet.health()?, collateral, debt)?;
    let fill = fill(sheet, &terms, collateral, debt, max_repay)?;
    if fill.received < order.least_for_up(fill.repaid)? {
        return Err(Error::ReceivedTooLittle);
    }
    // Before the repayment: that moves the pace (§ G8), and with it what there is room for.
    sheet.touch(collateral)?;
    note_sale(sheet, collateral, Seller::Account, fill.received)?;
    let Outcome::Repaid { shares, .. } = repay(sheet, debt, fill.repaid)? else {
        return Err(Error::NoDebt);
    };
    let reward_to = hand_over(sheet, &fill, collateral, Some(taker))?;
    let paid_out = if reward_to.is_some() { 0 } else { fill.reward };
    let paid_out = add(fill.received, paid_out)?;
    let written_off = write_off_if_lost(sheet)?;
    let ended = sheet.cure();
    Ok(Taken { terms, fill, shares, paid_out, reward_to, written_off, ended })
}

/// Refuses a pair that may not be sold now.
#[inline(never)]
pub(super) fn require_pair(
    sheet: &mut Sheet,
    collateral: AssetId,
    debt: AssetId,
) -> Result<(), Error> {
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
    sheet.require_weighty_prices(Use::Settlement, &[collateral, debt])
}

/// Takes what was sold, fee and reward off the account. Who may claim the reward, where that is not
/// the taker.
#[inline(never)]
pub(super) fn hand_over(
    sheet: &mut Sheet,
    fill: &Fill,
    collateral: AssetId,
    taker: Option<AccountId>,
) -> Result<Option<AccountId>, Error> {
    let auction = sheet.account.auction.as_mut().ok_or(Error::NoAuction)?;
    auction.unearned_wad = auction.unearned_wad.saturating_sub(fill.earned_wad);
    let starter = auction.starter;
    let reward_to = (fill.reward != 0 && Some(starter) != taker).then_some(starter);
    let sold = add(fill.received, fill.fee)?;
    let books = &mut sheet.reserve_mut(collateral)?.books;
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
