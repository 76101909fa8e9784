//! Stakes in backstops, and the sale of what they hold (§ 4.9).

use super::{before, load, payable, Payment, Store};
use crate::{
    actions::{self, StockSold},
    backstop::{self, Deposited, Left},
    breaker::Transition,
    gradual::Notice,
    AccountId, AssetId, Error, Order,
};
use alloc::vec::Vec;

/// What a deposit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staked {
    pub deposited: Deposited,
    pub payment: Payment,
    pub transitions: Vec<Transition>,
}

/// What a withdrawal did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unstaked {
    pub left: Left,
    /// Of each kind of stock.
    pub payments: Vec<Payment>,
    pub receiver: AccountId,
    pub transitions: Vec<Transition>,
}

/// Stock that was sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockSale {
    pub sold: StockSold,
    /// Of the debt's token.
    pub debt_payment: Payment,
    /// Of the collateral's token.
    pub lot_payment: Payment,
    pub receiver: AccountId,
    pub transitions: Vec<Transition>,
}

/// Lends `assets` units of the caller's and puts them into the backstop of the asset.
///
/// # Errors
/// [`Error::UnknownAsset`]; those of [`backstop::deposit`]; of prices, where it holds stock.
#[inline(never)]
pub fn backstop_deposit<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
    assets: u128,
) -> Result<Staked, Error> {
    let mut snapshot = load::stock_sheet(store, crate::Account::default(), asset)?;
    // What it holds may be of the asset itself.
    if !snapshot.priced(asset)?.reserve.vault.stocks.is_empty() {
        load::load_prices(store, &mut snapshot)?;
    }
    let mut stake = store.stake(asset, caller);
    let deposited = backstop::deposit(&mut snapshot, asset, &mut stake, assets)?;
    let token = snapshot.priced(asset)?.reserve.config.token;
    let transitions = load::keep_reserves(store, &mut snapshot);
    store.put_stake(asset, caller, &stake);
    let payment = Payment { asset, token, paid_in: assets, paid_out: 0 };
    Ok(Staked { deposited, payment, transitions })
}

/// Gives notice of withdrawal.
///
/// # Errors
/// [`Error::UnknownAsset`]; those of [`backstop::give_notice`].
#[inline(never)]
pub fn backstop_give_notice<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
) -> Result<Notice, Error> {
    let reserve = store.reserve(asset).ok_or(Error::UnknownAsset)?;
    let mut stake = store.stake(asset, caller);
    let notice = backstop::give_notice(&reserve, &mut stake, store.now_ms())?;
    store.put_stake(asset, caller, &stake);
    Ok(notice)
}

/// Takes at most `shares` of the caller's stake out: its part of the money becomes money that they
/// have lent, its part of each stock goes to the receiver.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::BadReceiver`]; those of [`backstop::withdraw`].
#[inline(never)]
pub fn backstop_withdraw<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
    shares: u128,
    receiver: Option<AccountId>,
) -> Result<Unstaked, Error> {
    let receiver = payable(store, caller, receiver)?;
    let mut snapshot = load::stock_sheet(store, store.account(caller), asset)?;
    let mut stake = store.stake(asset, caller);
    let left = backstop::withdraw(&mut snapshot, asset, &mut stake, shares)?;
    let mut payments = Vec::with_capacity(left.stocks.len());
    for (of, units) in &left.stocks {
        let token = snapshot.priced(*of)?.reserve.config.token;
        payments.push(Payment { asset: *of, token, paid_in: 0, paid_out: *units });
    }
    let transitions = load::keep(store, caller, &mut snapshot);
    store.put_stake(asset, caller, &stake);
    Ok(Unstaked { left, payments, receiver, transitions })
}

/// Buys collateral that the backstop of the order's debt asset holds (§ 4.9). Anyone may.
///
/// # Errors
/// [`Error::DeadlinePassed`], [`Error::BadReceiver`], [`Error::UnknownAsset`]; those of
/// [`actions::buy_stock`], of prices.
#[inline(never)]
pub fn buy_stock<S: Store>(
    store: &mut S,
    caller: &AccountId,
    order: &Order,
    deadline_ms: Option<u64>,
    receiver: Option<AccountId>,
) -> Result<StockSale, Error> {
    before(store, deadline_ms)?;
    let receiver = payable(store, caller, receiver)?;
    let Order { collateral, debt, .. } = *order;
    let pair = if collateral == debt { &[debt][..] } else { &[collateral, debt][..] };
    let mut snapshot = load::snapshot_of(store, crate::Account::default(), pair)?;
    load::add_backing(store, &mut snapshot)?;
    load::load_prices(store, &mut snapshot)?;
    let sold = actions::buy_stock(&mut snapshot, order)?;
    let token = |asset| Ok::<_, Error>(snapshot.priced(asset)?.reserve.config.token);
    let debt_payment =
        Payment { asset: debt, token: token(debt)?, paid_in: sold.paid, paid_out: 0 };
    let (token, paid_out) = (token(collateral)?, sold.received);
    let lot_payment = Payment { asset: collateral, token, paid_in: 0, paid_out };
    let transitions = load::keep_reserves(store, &mut snapshot);
    Ok(StockSale { sold, debt_payment, lot_payment, receiver, transitions })
}
