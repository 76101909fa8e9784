//! Sales: takes, fills by the backstop, write-offs.

use super::{before, index, load, payable, rewards, Payment, Store};
use crate::{
    actions::{self, Taken, WrittenOff},
    breaker::Transition,
    health::{value_down, value_up},
    AccountId, AssetId, Error, Order, Sheet,
};
use alloc::{boxed::Box, vec::Vec};

/// Collateral that was sold for debt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    // Boxed: on the chain every byte of an answer is copied in each function it passes through.
    pub taken: Box<Taken>,
    /// Value of what the buyer has received, wad dollars at the oracle's price, rounded down.
    pub fair_wad: u128,
    /// Value of what was repaid, wad dollars at the oracle's price, rounded up.
    pub paid_wad: u128,
}

/// A take: what is sold, what moves for it, and who gets the collateral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    pub filled: Filled,
    /// Of the debt's token.
    pub debt_payment: Payment,
    /// Of the collateral's token.
    pub lot_payment: Payment,
    pub receiver: AccountId,
    pub transitions: Vec<Transition>,
}

/// A fill by the backstop: no token moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bought {
    pub filled: Filled,
    pub transitions: Vec<Transition>,
}

/// Debt that was written off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    pub written_off: WrittenOff,
    pub transitions: Vec<Transition>,
    pub cured: bool,
}

/// Buys collateral of an account in auction (§ 4.3).
///
/// # Errors
/// [`Error::DeadlinePassed`], [`Error::BadReceiver`]; those of [`actions::take`], of prices.
#[inline(never)]
pub fn take<S: Store>(
    store: &mut S,
    taker: &AccountId,
    account: &AccountId,
    order: &Order,
    deadline_ms: Option<u64>,
    receiver: Option<AccountId>,
) -> Result<Sale, Error> {
    before(store, deadline_ms)?;
    let receiver = payable(store, taker, receiver)?;
    let mut sheet = load::priced_sheet(store, account)?;
    let taken = Box::new(actions::take(&mut sheet, *taker, order)?);
    let token = |asset| Ok::<_, Error>(sheet.line(asset)?.reserve.config.token);
    let (paid_in, paid_out) = (taken.fill.repaid, taken.paid_out);
    let (collateral, debt) = (order.collateral, order.debt);
    let debt_payment = Payment { asset: debt, token: token(debt)?, paid_in, paid_out: 0 };
    let lot_payment =
        Payment { asset: collateral, token: token(collateral)?, paid_in: 0, paid_out };
    let pair = (collateral, debt);
    let (filled, transitions) = settle(store, account, &mut sheet, pair, taken)?;
    Ok(Sale { filled, debt_payment, lot_payment, receiver, transitions })
}

/// Has the backstop of `debt` buy collateral of an account in auction (§ 4.9). Anyone may.
///
/// # Errors
/// Those of [`actions::backstop_fill`], of prices.
#[inline(never)]
pub fn backstop_fill<S: Store>(
    store: &mut S,
    account: &AccountId,
    collateral: AssetId,
    debt: AssetId,
) -> Result<Bought, Error> {
    let mut sheet = load::priced_sheet(store, account)?;
    let mut pool = store.pool(debt);
    let taken = Box::new(actions::backstop_fill(&mut sheet, &mut pool, collateral, debt)?);
    let (filled, transitions) = settle(store, account, &mut sheet, (collateral, debt), taken)?;
    store.put_pool(debt, &pool);
    Ok(Bought { filled, transitions })
}

/// Writes off the debt of an account in auction whose collateral is worth next to nothing (§ 4.6). Anyone
/// may.
///
/// # Errors
/// Those of [`actions::recognise`], of prices.
#[inline(never)]
pub fn recognise_bad_debt<S: Store>(store: &mut S, account: &AccountId) -> Result<Lost, Error> {
    let mut sheet = load::priced_sheet(store, account)?;
    let (written_off, ended) = actions::recognise(&mut sheet)?;
    let transitions = load::keep(store, account, &mut sheet);
    if let Some(ended) = &ended {
        index::remove(store, &[(*account, ended.page)]);
    }
    Ok(Lost { written_off, transitions, cured: ended.is_some() })
}

/// Stores a sale.
#[inline(never)]
fn settle<S: Store>(
    store: &mut S,
    account: &AccountId,
    sheet: &mut Sheet,
    pair: (AssetId, AssetId),
    taken: Box<Taken>,
) -> Result<(Filled, Vec<Transition>), Error> {
    let earned = rewards::earned(store, pair.0, &taken)?;
    let filled = filled(sheet, pair, taken)?;
    if let Some((starter, earned)) = &earned {
        store.put_rewards(starter, earned);
    }
    let transitions = load::keep(store, account, sheet);
    if let Some(ended) = &filled.taken.ended {
        index::remove(store, &[(*account, ended.page)]);
    }
    Ok((filled, transitions))
}

/// What is to be said of a sale of collateral for debt.
///
/// # Errors
/// [`Error::UnknownAsset`], those of prices, [`Error::Overflow`].
pub(super) fn filled(
    sheet: &Sheet,
    (collateral, debt): (AssetId, AssetId),
    taken: Box<Taken>,
) -> Result<Filled, Error> {
    let value = |asset, units, value: fn(u128, u128, u8) -> Result<u128, Error>| {
        let line = sheet.line(asset)?;
        value(units, line.price()?.mid_wad, line.reserve.config.decimals)
    };
    let fair_wad = value(collateral, taken.fill.received, value_down)?;
    let paid_wad = value(debt, taken.fill.repaid, value_up)?;
    Ok(Filled { taken, fair_wad, paid_wad })
}
