//! The messages as functions of a [`Sheet`], one file each (§ 1.5, § 3, § 4).
//!
//! Lending, borrowing and repaying are [`Action`]s: a message runs one of them, a batch several,
//! with one check of the account at the end. [`plan`] says what a shell must load for them and
//! [`run`] does them. Each changes the sheet and returns what happened: the amounts to move and
//! to report. A sheet on which an action failed is half changed and must be thrown away.

mod action;
mod backstop_fill;
mod borrow;
mod collateral;
mod liquidate;
mod repay;
mod supply;
mod take;
mod withdraw;
mod write_off;

pub use action::{transfers, Action, Order, Outcome, Plan, Sold, Transfer, MAX_ACTIONS};
pub use backstop_fill::backstop_fill;
pub use liquidate::start_liquidation;
pub use take::{take, Taken};
pub use write_off::{recognise, BadDebt, WrittenOff};

use crate::{
    breaker::Level,
    liquidity::LiquidityConfig,
    math::{bps_to_wad, part_down, WAD},
    outflow,
    price::Use,
    Account, AssetId, Auction, Error, Sheet, MAX_POSITIONS,
};
use alloc::vec::Vec;

/// Refuses what one may not do with somebody else's account: take from it, borrow for it, or use
/// up its few places. Others may repay its debt, add to collateral that it holds, and lend for it
/// while at least half of its places are free.
///
/// # Errors
/// [`Error::NotYourAccount`].
#[inline(never)]
pub fn permit_others(account: &Account, actions: &[Action]) -> Result<(), Error> {
    let roomy = account.positions.len() < MAX_POSITIONS / 2;
    let allowed = |action: &Action| match action {
        Action::Repay { .. } => true,
        Action::Supply { asset, .. } => roomy || account.holds(*asset),
        Action::DepositCollateral { asset, excess_to_supply, .. } => {
            account.position(*asset).collateral != 0 && !excess_to_supply
        }
        Action::Withdraw { .. } | Action::WithdrawCollateral { .. } | Action::Borrow { .. } => {
            false
        }
    };
    if actions.iter().all(allowed) {
        Ok(())
    } else {
        Err(Error::NotYourAccount)
    }
}

/// What must be on the sheet for the actions.
///
/// # Errors
/// [`Error::BatchOutOfRange`] without actions or with more than [`MAX_ACTIONS`].
#[inline(never)]
pub fn plan(account: &Account, actions: &[Action]) -> Result<Plan, Error> {
    if actions.is_empty() || actions.len() > MAX_ACTIONS {
        return Err(Error::BatchOutOfRange);
    }
    let borrows = actions.iter().any(|action| matches!(action, Action::Borrow { .. }));
    let risky = actions.iter().any(Action::takes_risk) && (borrows || account.has_debt());
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

/// Does the actions in order, then checks the account once and ends its auction if it has become
/// healthy: the second part of the answer is the auction that has ended.
///
/// # Errors
/// Those of the actions; [`Error::InsufficientCollateral`], [`Error::LoadCapExceeded`] and price
/// errors at the end.
pub fn run(
    sheet: &mut Sheet,
    actions: &[Action],
) -> Result<(Vec<Outcome>, Option<Auction>), Error> {
    sheet.watch();
    let mut outcomes = Vec::with_capacity(actions.len());
    for action in actions {
        apply(sheet, action, &mut outcomes)?;
    }
    if actions.iter().any(Action::takes_risk) {
        let borrowed = outcomes.iter().any(|done| matches!(done, Outcome::Borrowed { .. }));
        check_risk(sheet, borrowed)?;
    }
    outflow::judge(sheet, &outcomes)?;
    let ended = sheet.cure();
    Ok((outcomes, ended))
}

fn apply(sheet: &mut Sheet, action: &Action, outcomes: &mut Vec<Outcome>) -> Result<(), Error> {
    let done = match *action {
        Action::Supply { asset, assets } => supply::supply(sheet, asset, assets)?,
        Action::Withdraw { asset, assets } => withdraw::withdraw(sheet, asset, assets)?,
        Action::DepositCollateral { asset, amount, excess_to_supply } => {
            return collateral::deposit(sheet, asset, amount, excess_to_supply, outcomes);
        }
        Action::WithdrawCollateral { asset, amount } => collateral::withdraw(sheet, asset, amount)?,
        Action::Borrow { asset, assets } => borrow::borrow(sheet, asset, assets)?,
        Action::Repay { asset, assets } => repay::repay(sheet, asset, assets)?,
    };
    outcomes.push(done);
    Ok(())
}

/// Refuses to leave an account with more debt than its collateral may carry, at cautious prices
/// that are good enough to take risk on (§ 3.2), or new debt on a market too shallow for what
/// stands against it (§ 3.5), or as much as usual when the breaker is up (§ 7.1). An account without debt needs no price.
#[inline(never)]
fn check_risk(sheet: &Sheet, borrowed: bool) -> Result<(), Error> {
    if !sheet.account.has_debt() {
        return Ok(());
    }
    sheet.require_prices(Use::Risk)?;
    let level = sheet.risk_level()?;
    if level >= Level::Stressed {
        return Err(Error::BreakerRefusesRisk);
    }
    let mut power = sheet.borrowing_power()?;
    if level == Level::Guarded {
        let config = &sheet.params.breaker;
        let kept_wad = WAD.saturating_sub(bps_to_wad(config.guarded_cut_bps));
        power.limit_wad = part_down(power.limit_wad, kept_wad)?;
        let least_wad = bps_to_wad(config.guarded_health_bps);
        if !borrowed && sheet.health()?.health_factor_wad() < least_wad {
            return Err(Error::BreakerRefusesRisk);
        }
    }
    if !power.covers_debt() {
        return Err(Error::InsufficientCollateral);
    }
    if borrowed {
        for held in sheet.account.collaterals() {
            if collateral_room_down(sheet, held.asset)?.is_none() {
                return Err(Error::LoadCapExceeded);
            }
        }
    }
    Ok(())
}

/// Units of collateral that still fit under the load cap; `None` if it is exceeded already.
#[inline(never)]
fn collateral_room_down(sheet: &Sheet, asset: AssetId) -> Result<Option<u128>, Error> {
    let line = sheet.line(asset)?;
    // The lowest bracket's rate is the highest: the load is not understated.
    let threshold_wad = line.thresholds()?.rate_at_wad(0);
    let liquidity: &LiquidityConfig = &line.reserve.config.liquidity;
    let most = liquidity.max_collateral_down(threshold_wad)?;
    Ok(most.checked_sub(line.reserve.books.collateral))
}

/// Refuses a zero amount.
fn nonzero(amount: u128) -> Result<u128, Error> {
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    Ok(amount)
}
