//! The backstop: what it buys and when, how stakes share gains and losses, and how one leaves.

use crate::common::*;
use breakwater_protocol::{
    actions::{backstop_fill, Taken},
    backstop::{self, Deposited, Sums},
    math::WAD,
    shares::to_assets_down,
    Error, Pool, Sheet, Stake, ALL,
};

/// A pool over the sheet of a market, with the sums of its past epochs.
#[derive(Clone, Default)]
struct Backstop {
    pool: Pool,
    ended: Vec<Sums>,
}

impl Backstop {
    fn deposit(&mut self, sheet: &mut Sheet, stake: &mut Stake, dollars: u128) -> Deposited {
        let (ended, now_ms) = (self.ended.get(stake.epoch as usize).cloned(), sheet.now_ms);
        let reserve = sheet.reserve_mut(USD).unwrap();
        let assets = dollars * DOLLAR;
        let done =
            backstop::deposit(reserve, &mut self.pool, stake, ended.as_ref(), assets, now_ms)
                .unwrap();
        if let Some((epoch, sums)) = &done.ended {
            assert_eq!(*epoch as usize, self.ended.len());
            self.ended.push(sums.clone());
        }
        done
    }

    fn settle(&self, stake: &mut Stake) {
        stake.settle(&self.pool, self.ended.get(stake.epoch as usize), 6).unwrap();
    }

    /// Units of ETH that a stake may claim.
    fn gain(&self, stake: &Stake) -> u128 {
        let mut stake = stake.clone();
        self.settle(&mut stake);
        stake.claimable_down(ETH, 18).unwrap()
    }

    fn fill(&mut self, sheet: &mut Sheet) -> Result<Taken, Error> {
        let (mut next, mut pool) = (sheet.clone(), self.pool.clone());
        let taken = backstop_fill(&mut next, &mut pool, ETH, USD)?;
        (*sheet, self.pool) = (next, pool);
        Ok(taken)
    }
}

/// What a stake is worth, in dollars' units.
fn worth(sheet: &Sheet, backstop: &Backstop, stake: &Stake) -> u128 {
    let books = reserve(sheet, USD).books;
    let held = backstop.pool.held_down(stake.shares, books.backstop_shares).unwrap();
    to_assets_down(held, books.supplied().unwrap()).unwrap()
}

fn share_price(sheet: &Sheet) -> f64 {
    let pot = reserve(sheet, USD).books.supplied().unwrap();
    pot.assets as f64 / pot.shares as f64
}

/// 10 ETH against 1,500 dollars, at 180 in auction; 50 dollars in the backstop.
fn scene() -> (Sheet, Backstop, Stake) {
    let mut sheet = auctioned(1_500, 180 * WAD);
    let (mut backstop, mut stake) = (Backstop::default(), Stake::default());
    backstop.deposit(&mut sheet, &mut stake, 50);
    (sheet, backstop, stake)
}

#[test]
fn the_pool_buys_from_its_level_on_and_no_token_moves() {
    let (mut sheet, mut backstop, stake) = scene();
    // -2 % + 12 % x 6 / 20 = 1.6 %, below the level of 2 %.
    pass(&mut sheet, 6 * MINUTE_MS);
    assert_eq!(backstop.fill(&mut sheet).unwrap_err(), Error::BackstopLevelNotReached);
    // 2.2 % after seven minutes.
    pass(&mut sheet, MINUTE_MS);
    let before = sheet.clone();
    let taken = backstop.fill(&mut sheet).unwrap();
    assert_eq!(taken.fill.bonus_wad, 22_000_000_000_000_000);
    // Up to the target it would be (1.05 x 1,500 - 1,440) / (1.05 - 1.032 x 0.8) = 601.6 dollars;
    // the pool has 50, and is paid for a unit less.
    assert_eq!(taken.fill.repaid, 50 * DOLLAR);
    assert_eq!(taken.fill.received / 1_000_000_000, 49_999_999 * 1_022 / 180);
    assert_eq!(taken.paid_out, 0);

    let (was, is) = (reserve(&before, USD).books, reserve(&sheet, USD).books);
    assert_eq!((was.cash, was.borrowed - is.borrowed), (is.cash, 50 * DOLLAR));
    assert_eq!(is.backstop_shares, 0);
    assert!(share_price(&sheet) >= share_price(&before));
    let lot = reserve(&sheet, ETH).books;
    assert_eq!(lot.backstop_collateral, taken.fill.received);
    // The whole balance of ETH is accounted for: nothing has left.
    assert_eq!(lot.backing().unwrap(), reserve(&before, ETH).books.backing().unwrap());
    // Sums are rounded down.
    let gained = backstop.gain(&stake);
    assert!((taken.fill.received - 1_000..=taken.fill.received).contains(&gained), "{gained}");
    assert_eq!(worth(&sheet, &backstop, &stake), 0);
    assert_eq!(backstop.fill(&mut sheet).unwrap_err(), Error::BackstopEmpty);
}

#[test]
fn it_does_not_wait_for_the_velocity_limit_nor_fill_it() {
    let (mut sheet, mut backstop, _) = scene();
    config(&mut sheet, ETH).auction.sales_capacity_wad = 0;
    pass(&mut sheet, 7 * MINUTE_MS);
    assert_eq!(take(&mut sheet.clone(), ALL).unwrap_err(), Error::VelocityLimitReached);
    backstop.fill(&mut sheet).unwrap();
    assert_eq!(reserve(&sheet, ETH).books.sales.used, 0);
}

#[test]
fn at_the_health_bound_it_buys_below_its_level() {
    // At 154: C/D = 1,540 / 1,500, bound HF/LT - 1 = 2.67 %. With a level of 5 % nobody could ever
    // reach, the pool buys at the bound, and not before.
    let mut sheet = auctioned(1_500, 154 * WAD);
    config(&mut sheet, USD).backstop.level_bps = 500;
    let (mut backstop, mut stake) = (Backstop::default(), Stake::default());
    backstop.deposit(&mut sheet, &mut stake, 10_000);
    assert_eq!(backstop.fill(&mut sheet.clone()).unwrap_err(), Error::BackstopLevelNotReached);
    pass(&mut sheet, 20 * MINUTE_MS);
    let taken = backstop.fill(&mut sheet).unwrap();
    assert!(taken.terms.at_bound && !taken.terms.insolvent);
    assert_eq!(taken.fill.bonus_wad / 100_000_000_000_000, 266);
}

#[test]
fn an_insolvent_account_is_bought_whole_at_the_floor() {
    let mut sheet = auctioned(1_500, 120 * WAD);
    let (mut backstop, mut stake) = (Backstop::default(), Stake::default());
    backstop.deposit(&mut sheet, &mut stake, 10_000);
    let taken = backstop.fill(&mut sheet).unwrap();
    // 1,200 / 1.02, up, and a unit, as for a taker.
    assert_eq!((taken.fill.repaid, taken.fill.received), (1_176_470_590, 10 * ETHER));
    let lost = taken.written_off.bad_debt[0];
    assert_eq!(lost.assets, 1_500 * DOLLAR - 1_176_470_590);
    // There is no reserve of the protocol's, and the pool can bear it all.
    assert_eq!((lost.borne.by_backstop, lost.borne.by_lenders), (lost.assets, 0));
    assert!(sheet.account.is_empty() && taken.ended.is_some());
    let left = 10_000 * DOLLAR - 1_176_470_590 - lost.assets;
    assert!(left - worth(&sheet, &backstop, &stake) <= 2);
}

#[test]
fn a_small_pool_leaves_the_minimum_debt() {
    // 150 owed, 100 is the minimum: the pool of 120 repays 50.
    let mut sheet = auctioned(150, 18 * WAD);
    let (mut backstop, mut stake) = (Backstop::default(), Stake::default());
    backstop.deposit(&mut sheet, &mut stake, 120);
    pass(&mut sheet, 10 * MINUTE_MS);
    assert_eq!(backstop.fill(&mut sheet).unwrap().fill.repaid, 50 * DOLLAR);
}

#[test]
fn gains_and_losses_go_by_stake_and_only_to_those_who_were_there() {
    let mut sheet = auctioned(1_500, 180 * WAD);
    let mut backstop = Backstop::default();
    let (mut a, mut b, mut late) = (Stake::default(), Stake::default(), Stake::default());
    backstop.deposit(&mut sheet, &mut a, 30);
    backstop.deposit(&mut sheet, &mut b, 10);
    pass(&mut sheet, 7 * MINUTE_MS);
    let first = backstop.fill(&mut sheet).unwrap().fill.received;
    assert!(backstop.gain(&a).abs_diff(first / 4 * 3) < 1_000);
    assert!(backstop.gain(&b).abs_diff(first / 4) < 1_000);

    // Emptied: the next stake begins a new epoch, and does not bear or gain what was before.
    let done = backstop.deposit(&mut sheet, &mut late, 1_000);
    assert_eq!((done.ended.is_some(), backstop.pool.epoch), (true, 1));
    assert_eq!(backstop.gain(&late), 0);
    assert!(worth(&sheet, &backstop, &late) >= 1_000 * DOLLAR - 1);
    // The old ones still claim what they had gained, and nothing of what comes.
    let second = backstop.fill(&mut sheet).unwrap().fill.received;
    assert!(backstop.gain(&late).abs_diff(second) < 1_000);
    assert!(backstop.gain(&a).abs_diff(first / 4 * 3) < 1_000);
    backstop.settle(&mut b);
    assert_eq!(b.shares, 0);
    // And may begin anew.
    backstop.deposit(&mut sheet, &mut b, 50);
    assert!(backstop.gain(&b).abs_diff(first / 4) < 1_000);

    // Claims pay out once, no more than is held.
    let held = reserve(&sheet, ETH).books.backstop_collateral;
    let mut paid = 0;
    for mut stake in [a, b, late] {
        backstop.settle(&mut stake);
        let lot = sheet.reserve_mut(ETH).unwrap();
        paid += stake.claim(ETH, lot).unwrap();
        assert_eq!(stake.claim(ETH, lot).unwrap_err(), Error::NoReward);
    }
    assert!(paid <= held && held - paid < 3_000, "{paid} of {held}");
}

#[test]
fn it_earns_interest_and_a_part_of_the_protocols() {
    let mut sheet = borrower(1_500);
    config(&mut sheet, USD).rate = flat_rate(WAD / 10);
    let (mut backstop, mut stake) = (Backstop::default(), Stake::default());
    backstop.deposit(&mut sheet, &mut stake, 1_000);
    pass(&mut sheet, 365 * DAY_MS);
    let books = reserve(&sheet, USD).books;
    // 1,500 dollars at 10 %, compounded: 157.756 of interest; a tenth is the protocol's, half of
    // that the pool's: 7.8878. The rest is shared by 1,001,000 dollars: 0.1418 for the pool.
    let earned = worth(&sheet, &backstop, &stake) - 1_000 * DOLLAR;
    assert_eq!(earned / 1_000, 8_029);
    // Without a pool all of it is the protocol's.
    let mut none = borrower(1_500);
    config(&mut none, USD).rate = flat_rate(WAD / 10);
    pass(&mut none, 365 * DAY_MS);
    let all = reserve(&none, USD).books;
    assert_eq!(all.backstop_shares, 0);
    assert!(all.protocol_shares.abs_diff(2 * books.protocol_shares) < all.protocol_shares / 1_000);
}

#[test]
fn leaving_takes_a_notice_a_cool_down_and_a_window() {
    let (mut sheet, mut backstop, mut stake) = scene();
    sheet.account = Default::default();
    let leave = |sheet: &mut Sheet, backstop: &mut Backstop, stake: &mut Stake, shares| {
        backstop::withdraw(sheet, USD, &mut backstop.pool, stake, shares)
    };
    assert_eq!(leave(&mut sheet, &mut backstop, &mut stake, ALL), Err(Error::NoticeNeeded));
    stake.give_notice(sheet.now_ms).unwrap();
    assert_eq!(leave(&mut sheet, &mut backstop, &mut stake, ALL), Err(Error::NoticeNeeded));
    pass(&mut sheet, 3 * DAY_MS - 1);
    assert_eq!(leave(&mut sheet, &mut backstop, &mut stake, ALL), Err(Error::NoticeNeeded));
    pass(&mut sheet, 1);
    // A part, then more money: that asks for a new notice.
    let (_, shares) = leave(&mut sheet, &mut backstop, &mut stake, 10 * DOLLAR).unwrap();
    assert_eq!(sheet.account.position(USD).supply_shares, shares);
    let pot = reserve(&sheet, USD).books.supplied().unwrap();
    assert!(10 * DOLLAR - to_assets_down(shares, pot).unwrap() <= 1);
    backstop.deposit(&mut sheet, &mut stake, 1);
    assert_eq!(leave(&mut sheet, &mut backstop, &mut stake, ALL), Err(Error::NoticeNeeded));
    // The window closes.
    stake.give_notice(sheet.now_ms).unwrap();
    pass(&mut sheet, 4 * DAY_MS + 1);
    assert_eq!(leave(&mut sheet, &mut backstop, &mut stake, ALL), Err(Error::NoticeNeeded));
    stake.give_notice(sheet.now_ms).unwrap();
    pass(&mut sheet, 4 * DAY_MS);
    leave(&mut sheet, &mut backstop, &mut stake, ALL).unwrap();
    assert!(stake.is_empty() && backstop.pool.shares == 0);
    assert_eq!(reserve(&sheet, USD).books.backstop_shares, 0);
    assert_eq!(leave(&mut sheet, &mut backstop, &mut stake, ALL), Err(Error::NoStake));
    assert_eq!(stake.give_notice(sheet.now_ms), Err(Error::NoStake));
}

#[test]
fn one_who_has_given_notice_still_bears_what_comes() {
    let (mut sheet, mut backstop, mut stake) = scene();
    stake.give_notice(sheet.now_ms).unwrap();
    pass(&mut sheet, 7 * MINUTE_MS);
    backstop.fill(&mut sheet).unwrap();
    assert_eq!(worth(&sheet, &backstop, &stake), 0);
    assert!(backstop.gain(&stake) > 0);
}
