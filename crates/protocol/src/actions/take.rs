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
    num::math::{add, sub},
    oracle::price::Use,
    AccountId, AccountSnapshot, AssetId, Auction, Error,
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
    /// What was taken: nothing where the backstop's purchase has made the account healthy, has left nothing of
    /// what the order names, or there is no room on the meter for more.
    pub taken: Option<Taken>,
}

/// Buys collateral of an account in auction by repaying its debt (§ 4.3). Each take raises the
/// account's health as long as the account is solvent.
///
/// Of an account that is near insolvency the backstop buys first (§ 4.9). Where that makes it healthy
/// nothing is left to take, and the message has done its work: it answers without a sale. So it does where
/// the meter has no room for the taker's own: what the backstop has bought went to no market.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NoAuction`], [`Error::InsufficientBalance`] without such
/// collateral, [`Error::NoDebt`], [`Error::Healthy`] (call cure),
/// [`Error::ReceivedTooLittle`], those of [`fill`], price errors.
#[inline(never)]
pub fn take(
    snapshot: &mut AccountSnapshot,
    taker: AccountId,
    order: &Order,
) -> Result<Taking, Error> {
    let Order { collateral, debt, max_repay, .. } = *order;
    nonzero(max_repay)?;
    require_pair(snapshot, collateral, debt)?;
    let bought = buy_tail(snapshot)?;
    if bought.as_ref().is_some_and(|bought| bought.taken.ended.is_some()) {
        return Ok(Taking { bought, taken: None });
    }
    let taken = match sell(snapshot, taker, order) {
        // Of what the order names the backstop has left nothing, or there is no room to sell it. Nothing of
        // the sale has been booked then.
        Err(Error::InsufficientBalance | Error::NoDebt | Error::VelocityLimitReached)
            if bought.is_some() =>
        {
            None
        }
        taken => Some(taken?),
    };
    Ok(Taking { bought, taken })
}

#[inline(never)]
fn sell(snapshot: &mut AccountSnapshot, taker: AccountId, order: &Order) -> Result<Taken, Error> {
    let Order { collateral, debt, max_repay, .. } = *order;
    let terms = terms(snapshot, &snapshot.health()?, collateral, debt)?;
    let fill = fill(snapshot, &terms, collateral, debt, max_repay)?;
    if fill.received < order.least_for_up(fill.repaid)? {
        return Err(Error::ReceivedTooLittle);
    }
    // Before the repayment: that moves the pace (§ G8), and with it what there is room for.
    snapshot.touch(collateral)?;
    note_sale(snapshot, collateral, Seller::Account, fill.received)?;
    let Outcome::Repaid { shares, .. } = repay(snapshot, debt, fill.repaid)? else {
        return Err(Error::NoDebt);
    };
    let reward_to = hand_over(snapshot, &fill, collateral, Some(taker))?;
    let paid_out = if reward_to.is_some() { 0 } else { fill.reward };
    let paid_out = add(fill.received, paid_out)?;
    let written_off = write_off_if_lost(snapshot)?;
    let ended = snapshot.cure();
    Ok(Taken { terms, fill, shares, paid_out, reward_to, written_off, ended })
}

/// Refuses a pair that may not be sold now.
#[inline(never)]
pub(super) fn require_pair(
    snapshot: &mut AccountSnapshot,
    collateral: AssetId,
    debt: AssetId,
) -> Result<(), Error> {
    snapshot.watch();
    if snapshot.account.auction.is_none() {
        return Err(Error::NoAuction);
    }
    if snapshot.account.position(collateral).collateral == 0 {
        return Err(Error::InsufficientBalance);
    }
    if snapshot.account.position(debt).debt_shares == 0 {
        return Err(Error::NoDebt);
    }
    snapshot.require_weighty_prices(Use::Settlement, &[collateral, debt])
}

/// Takes what was sold, fee and reward off the account. Who may claim the reward, where that is not
/// the taker.
#[inline(never)]
pub(super) fn hand_over(
    snapshot: &mut AccountSnapshot,
    fill: &Fill,
    collateral: AssetId,
    taker: Option<AccountId>,
) -> Result<Option<AccountId>, Error> {
    let auction = snapshot.account.auction.as_mut().ok_or(Error::NoAuction)?;
    auction.unearned_wad = auction.unearned_wad.saturating_sub(fill.earned_wad);
    let starter = auction.starter;
    let reward_to = (fill.reward != 0 && Some(starter) != taker).then_some(starter);
    let sold = add(fill.received, fill.fee)?;
    let balances = &mut snapshot.reserve_mut(collateral)?.balances;
    balances.collateral = sub(balances.collateral, sold)?;
    let to_protocol = sub(fill.fee, fill.reward)?;
    balances.protocol_collateral = add(balances.protocol_collateral, to_protocol)?;
    if reward_to.is_some() {
        balances.rewards = add(balances.rewards, fill.reward)?;
    }
    let mut position = snapshot.account.position(collateral);
    position.collateral = sub(position.collateral, sold)?;
    snapshot.account.set_position(position)?;
    Ok(reward_to)
}
