//! The messages as functions of a [`AccountSnapshot`], one file each (§ 1.5, § 3, § 4).
//!
//! Lending, borrowing and repaying are [`Action`]s: a message runs one of them, a batch several,
//! with one check of the account at the end. [`plan`] says what a shell must load for them and
//! [`run`] does them. Each changes the snapshot and returns what happened: the amounts to move and
//! to report. A snapshot on which an action failed is half changed and must be thrown away.

mod action;
mod backstop_fill;
mod borrow;
mod buy_stock;
mod collateral;
mod isolation;
mod judge;
mod liquidate;
mod outflow;
mod power;
mod repay;
mod supply;
mod take;
mod withdraw;
mod write_off;

pub use action::{payments, Action, Order, Outcome, Payment, Plan, TakeCallback, MAX_ACTIONS};
pub use backstop_fill::{backstop_fill, buy_tail, Bought};
pub use buy_stock::{buy_stock, StockSold};
pub use liquidate::start_liquidation;
pub use power::available_down;
pub use take::{take, Taken, Taking};
pub use write_off::{recognise, BadDebt, WrittenOff};

use crate::{
    reserve::priced::PricedReserve, Account, AccountSnapshot, AssetId, Auction, Error,
    MAX_POSITIONS,
};
use alloc::vec::Vec;
use judge::{judge, Before};

/// Refuses what one may not do with somebody else's account: take from it, borrow for it, or use
/// up its few places. Others may repay its debt, add to collateral that it holds, and lend for it
/// while at least half of its places are free, however many of the actions take one.
///
/// # Errors
/// [`Error::NotYourAccount`].
#[inline(never)]
pub fn permit_others(account: &Account, actions: &[Action]) -> Result<(), Error> {
    let mut held: Vec<AssetId> = account.positions.iter().map(|held| held.asset).collect();
    for action in actions {
        let allowed = match *action {
            Action::Repay { .. } => true,
            Action::Supply { asset, .. } if held.contains(&asset) => true,
            Action::Supply { asset, .. } => {
                held.push(asset);
                held.len() <= MAX_POSITIONS / 2
            }
            Action::DepositCollateral { asset, excess_to_supply, .. } => {
                account.position(asset).collateral != 0 && !excess_to_supply
            }
            Action::Withdraw { .. } | Action::WithdrawCollateral { .. } | Action::Borrow { .. } => {
                false
            }
        };
        if !allowed {
            return Err(Error::NotYourAccount);
        }
    }
    Ok(())
}

/// What must be on the snapshot for the actions.
///
/// # Errors
/// [`Error::BatchOutOfRange`] without actions or with more than [`MAX_ACTIONS`].
#[inline(never)]
pub fn plan(account: &Account, actions: &[Action]) -> Result<Plan, Error> {
    if actions.is_empty() || actions.len() > MAX_ACTIONS {
        return Err(Error::BatchOutOfRange);
    }
    let borrows = actions.iter().any(|action| matches!(action, Action::Borrow { .. }));
    let in_debt = borrows || account.has_debt();
    let takes_or_opens = |action: &Action| match action {
        Action::DepositCollateral { asset, .. } => account.position(*asset).collateral == 0,
        _ => action.takes_risk(),
    };
    let risky = in_debt && actions.iter().any(takes_or_opens);
    let mut plan = Plan { assets: Vec::new(), prices: risky || account.auction.is_some() };
    let mut add = |asset| {
        if !plan.assets.contains(&asset) {
            plan.assets.push(asset);
        }
    };
    actions.iter().for_each(|action| add(action.asset()));
    if let Some(isolation) = account.isolation {
        add(isolation.asset);
    }
    if plan.prices {
        account.positions.iter().filter(|held| held.bears_risk()).for_each(|held| add(held.asset));
    }
    Ok(plan)
}

/// Does the actions in order, then judges once what they leave behind and ends the account's auction
/// if it has become healthy: the second part of the answer is the auction that has ended.
///
/// # Errors
/// Those of the actions; [`Error::AuctionRunning`] for borrowing or taking collateral back in an
/// auction that the message does not end; those of the judgement (§ 3.10).
pub fn run(
    snapshot: &mut AccountSnapshot,
    actions: &[Action],
) -> Result<(Vec<Outcome>, Option<Auction>), Error> {
    snapshot.watch();
    let before = Before::of(snapshot);
    let mut outcomes = Vec::with_capacity(actions.len());
    for action in actions {
        apply(snapshot, &before, action, &mut outcomes)?;
    }
    outflow::judge(snapshot, &outcomes)?;
    judge(snapshot, &before, actions, &outcomes)?;
    let ended = snapshot.cure();
    if snapshot.account.auction.is_some() && actions.iter().any(Action::takes_risk) {
        return Err(Error::AuctionRunning);
    }
    Ok((outcomes, ended))
}

fn apply(
    snapshot: &mut AccountSnapshot,
    before: &Before,
    action: &Action,
    outcomes: &mut Vec<Outcome>,
) -> Result<(), Error> {
    let done = match *action {
        Action::Supply { asset, assets } => supply::supply(snapshot, asset, assets)?,
        Action::Withdraw { asset, assets } => withdraw::withdraw(snapshot, asset, assets)?,
        Action::DepositCollateral { asset, amount, excess_to_supply } => {
            let top_up = before.is_top_up(asset);
            return collateral::deposit(
                snapshot,
                asset,
                amount,
                excess_to_supply,
                top_up,
                outcomes,
            );
        }
        Action::WithdrawCollateral { asset, amount } => {
            collateral::withdraw(snapshot, asset, amount)?
        }
        Action::Borrow { asset, assets } => borrow::borrow(snapshot, asset, assets)?,
        Action::Repay { asset, assets } => repay::repay(snapshot, asset, assets)?,
    };
    outcomes.push(done);
    Ok(())
}

/// Units of collateral that still fit under the load cap; `None` if it is exceeded already.
#[inline(never)]
fn collateral_room_down(priced: &PricedReserve) -> Result<Option<u128>, Error> {
    // The lowest bracket's rate is the highest: the load is not understated.
    let threshold_wad = priced.thresholds()?.rate_at_wad(0);
    let most = priced.reserve.config.liquidity.max_collateral_down(threshold_wad)?;
    Ok(most.checked_sub(priced.reserve.balances.collateral))
}

/// Refuses a zero amount.
fn nonzero(amount: u128) -> Result<u128, Error> {
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    Ok(amount)
}
