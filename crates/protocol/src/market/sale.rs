//! Sales: takes, purchases by the backstop, write-offs.

use super::{before, index, load, payable, rewards::Earnings, Payment, Store};
use crate::{
    account::health::{value_down, value_up},
    actions::{self, Bought, Taken, WrittenOff},
    breaker::Transition,
    AccountId, AccountSnapshot, AssetId, Error, Order,
};
use alloc::{boxed::Box, vec::Vec};

/// Collateral of an account that was sold for its debt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    pub collateral: AssetId,
    pub debt: AssetId,
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
    /// What the backstop bought first.
    pub bought: Option<Filled>,
    /// What the taker bought: nothing where the backstop has left nothing.
    pub filled: Option<Filled>,
    /// Of the debt's token.
    pub debt_payment: Payment,
    /// Of the collateral's token.
    pub lot_payment: Payment,
    pub receiver: AccountId,
    pub transitions: Vec<Transition>,
}

/// A purchase by the backstop: no token moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolSale {
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
    let mut snapshot = load::priced_sheet(store, account)?;
    let (bought, filled) = taken(&mut snapshot, taker, order)?;
    let moved =
        filled.as_ref().map_or((0, 0), |filled| (filled.taken.fill.repaid, filled.taken.paid_out));
    let token = |asset| Ok::<_, Error>(snapshot.priced(asset)?.reserve.config.token);
    let (paid_in, paid_out) = moved;
    let (collateral, debt) = (order.collateral, order.debt);
    let debt_payment = Payment { asset: debt, token: token(debt)?, paid_in, paid_out: 0 };
    let lot_payment =
        Payment { asset: collateral, token: token(collateral)?, paid_in: 0, paid_out };
    let sales = bought.iter().chain(&filled);
    let transitions = settle(store, account, &mut snapshot, sales)?;
    Ok(Sale { bought, filled, debt_payment, lot_payment, receiver, transitions })
}

/// Does what an order asks for; what the backstop bought, and the taker.
///
/// # Errors
/// Those of [`actions::take`].
#[inline(never)]
pub(super) fn taken(
    snapshot: &mut AccountSnapshot,
    taker: &AccountId,
    order: &Order,
) -> Result<(Option<Filled>, Option<Filled>), Error> {
    let taking = actions::take(snapshot, *taker, order)?;
    let bought = taking.bought.map(|bought| of_pool(snapshot, bought)).transpose()?;
    let pair = (order.collateral, order.debt);
    let filled = taking.taken.map(|taken| filled(snapshot, pair, Box::new(taken))).transpose()?;
    Ok((bought, filled))
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
) -> Result<PoolSale, Error> {
    let mut snapshot = load::priced_sheet(store, account)?;
    let bought = actions::backstop_fill(&mut snapshot, collateral, debt)?;
    let filled = of_pool(&snapshot, bought)?;
    let transitions = settle(store, account, &mut snapshot, core::iter::once(&filled))?;
    Ok(PoolSale { filled, transitions })
}

/// Writes off the debt of an account in auction whose collateral is worth next to nothing (§ 4.6). Anyone
/// may.
///
/// # Errors
/// Those of [`actions::recognise`], of prices.
#[inline(never)]
pub fn recognise_bad_debt<S: Store>(store: &mut S, account: &AccountId) -> Result<Lost, Error> {
    let mut snapshot = load::priced_sheet(store, account)?;
    let (written_off, ended) = actions::recognise(&mut snapshot)?;
    let transitions = load::keep(store, account, &mut snapshot);
    if let Some(ended) = &ended {
        index::remove(store, &[(*account, ended.page)]);
    }
    Ok(Lost { written_off, transitions, cured: ended.is_some() })
}

/// Stores the sales of one account.
#[inline(never)]
fn settle<'a, S: Store>(
    store: &mut S,
    account: &AccountId,
    snapshot: &mut AccountSnapshot,
    sales: impl Iterator<Item = &'a Filled>,
) -> Result<Vec<Transition>, Error> {
    let (mut earned, mut ended) = (Earnings::default(), None);
    for sale in sales {
        earned.note(store, sale.collateral, &sale.taken)?;
        ended = sale.taken.ended.as_ref().map(|auction| auction.page).or(ended);
    }
    earned.keep(store);
    let transitions = load::keep(store, account, snapshot);
    if let Some(page) = ended {
        index::remove(store, &[(*account, page)]);
    }
    Ok(transitions)
}

/// What is to be said of a purchase by a backstop.
///
/// # Errors
/// As [`filled`].
pub(super) fn of_pool(snapshot: &AccountSnapshot, bought: Bought) -> Result<Filled, Error> {
    filled(snapshot, (bought.collateral, bought.debt), Box::new(bought.taken))
}

/// What is to be said of a sale of collateral for debt.
///
/// # Errors
/// [`Error::UnknownAsset`], those of prices, [`Error::Overflow`].
fn filled(
    snapshot: &AccountSnapshot,
    (collateral, debt): (AssetId, AssetId),
    taken: Box<Taken>,
) -> Result<Filled, Error> {
    let value = |asset, units, value: fn(u128, u128, u8) -> Result<u128, Error>| {
        let priced = snapshot.priced(asset)?;
        value(units, priced.price()?.mid_wad, priced.reserve.config.decimals)
    };
    let fair_wad = value(collateral, taken.fill.received, value_down)?;
    let paid_wad = value(debt, taken.fill.repaid, value_up)?;
    Ok(Filled { collateral, debt, taken, fair_wad, paid_wad })
}
