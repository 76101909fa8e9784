//! Sales: takes, fills by the backstop, write-offs.

use super::{before, index, load, payable, rewards::Earnings, Payment, Store};
use crate::{
    actions::{self, Taken, WrittenOff},
    breaker::Transition,
    health::{value_down, value_up},
    AccountId, AssetId, Error, Order, Sheet,
};
use alloc::vec::Vec;

/// Collateral that was sold for debt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    pub account: AccountId,
    /// Who gets the collateral; nobody outside where the backstop has bought.
    pub receiver: Option<AccountId>,
    pub collateral: AssetId,
    pub debt: AssetId,
    pub taken: Taken,
    /// Value of what the buyer has received, wad dollars at the oracle's price, rounded down.
    pub fair_wad: u128,
    /// Value of what was repaid, wad dollars at the oracle's price, rounded up.
    pub paid_wad: u128,
    /// What the taker pays for the debt, and gets of the collateral. Nothing moves where the backstop
    /// has bought.
    pub debt_payment: Payment,
    pub lot_payment: Payment,
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
) -> Result<Filled, Error> {
    before(store, deadline_ms)?;
    let receiver = payable(store, taker, receiver)?;
    let mut sheet = load::priced_sheet(store, account)?;
    let taken = actions::take(&mut sheet, *taker, order)?;
    let paid = (taken.fill.repaid, taken.paid_out);
    let sale = Sale { pair: (order.collateral, order.debt), receiver: Some(receiver), paid };
    settle(store, account, &mut sheet, &sale, taken)
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
) -> Result<Filled, Error> {
    let mut sheet = load::priced_sheet(store, account)?;
    let mut pool = store.pool(debt);
    let taken = actions::backstop_fill(&mut sheet, &mut pool, collateral, debt)?;
    let sale = Sale { pair: (collateral, debt), receiver: None, paid: (0, 0) };
    let done = settle(store, account, &mut sheet, &sale, taken)?;
    store.put_pool(debt, &pool);
    Ok(done)
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
        index::remove(store, account, ended.page);
    }
    Ok(Lost { written_off, transitions, cured: ended.is_some() })
}

/// What is sold to whom.
pub(super) struct Sale {
    /// Collateral and debt.
    pub pair: (AssetId, AssetId),
    pub receiver: Option<AccountId>,
    /// Units of the debt that are paid in, and of the collateral that are paid out.
    pub paid: (u128, u128),
}

/// Stores a sale.
#[inline(never)]
fn settle<S: Store>(
    store: &mut S,
    account: &AccountId,
    sheet: &mut Sheet,
    sale: &Sale,
    taken: Taken,
) -> Result<Filled, Error> {
    let mut earned = Earnings::default();
    earned.note(store, sale.pair.0, &taken)?;
    let mut done = filled(sheet, account, sale, taken)?;
    earned.keep(store);
    done.transitions = load::keep(store, account, sheet);
    if let Some(ended) = &done.taken.ended {
        index::remove(store, account, ended.page);
    }
    Ok(done)
}

/// What is to be said of a sale.
#[inline(never)]
pub(super) fn filled(
    sheet: &Sheet,
    account: &AccountId,
    sale: &Sale,
    taken: Taken,
) -> Result<Filled, Error> {
    let ((collateral, debt), (paid_in, paid_out)) = (sale.pair, sale.paid);
    let (lot, owed) = (sheet.line(collateral)?, sheet.line(debt)?);
    let (bought, paid_for) = (&lot.reserve.config, &owed.reserve.config);
    Ok(Filled {
        account: *account,
        receiver: sale.receiver,
        collateral,
        debt,
        fair_wad: value_down(taken.fill.received, lot.price()?.mid_wad, bought.decimals)?,
        paid_wad: value_up(taken.fill.repaid, owed.price()?.mid_wad, paid_for.decimals)?,
        taken,
        debt_payment: Payment { token: paid_for.token, paid_in, paid_out: 0 },
        lot_payment: Payment { token: bought.token, paid_in: 0, paid_out },
        transitions: Vec::new(),
    })
}
