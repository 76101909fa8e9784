//! What a message would do: it is run on a copy of the market, by the core's own messages.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use crate::{
    store::{Cells, Key, Table},
    views,
};
use breakwater_protocol::{
    actions::Action,
    breaker::Transition,
    lens::{AccountView, Quote},
    market::{self, Filled, Payment, Store},
    AccountId, AssetId, Error, Level, Order, VaultStake,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A message to the market.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum Message {
    /// Actions on the caller's own account, with one judgement at the end.
    Act { actions: Vec<Action>, receiver: Option<AccountId>, deadline_ms: Option<u64> },
    /// One action for somebody else's account.
    ActFor { account: AccountId, action: Action },
    /// Starts the auction of an unhealthy account.
    Liquidate { account: AccountId },
    /// Buys collateral of an account in auction.
    Take { account: AccountId, order: Order, deadline_ms: Option<u64>, receiver: Option<AccountId> },
    /// Has a backstop buy of an account near insolvency.
    BackstopFill { account: AccountId, collateral: AssetId, debt: AssetId },
    /// Ends the auction of an account that is healthy again.
    Cure { account: AccountId },
    /// Writes off what nobody will repay.
    RecogniseBadDebt { account: AccountId },
    /// Pays out the caller's rewards.
    ClaimReward { asset: AssetId, receiver: Option<AccountId> },
    /// Lends and stakes.
    BackstopDeposit { asset: AssetId, assets: u128 },
    /// Gives notice of a stake's withdrawal.
    BackstopGiveNotice { asset: AssetId },
    /// Takes a stake out.
    BackstopWithdraw { asset: AssetId, shares: u128, receiver: Option<AccountId> },
    /// Buys what a backstop holds.
    BuyStock { order: Order, deadline_ms: Option<u64>, receiver: Option<AccountId> },
}

/// Units that move between the market and somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Transfer {
    pub asset: AssetId,
    pub token: AccountId,
    /// From the caller.
    pub paid_in: u128,
    /// To the receiver.
    pub paid_out: u128,
}

/// A cell that is stored.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Written {
    /// Its key in the market's storage, before the chain hashes it.
    pub key: Vec<u8>,
    /// What is in it then; nothing where it is removed. Of the market's own cell, the part behind oracle
    /// and codes.
    pub value: Option<Vec<u8>>,
}

/// What a message does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct WhatIf {
    /// Whose account it is about: the caller's, or the one in auction.
    pub account: AccountId,
    /// The account before and after; nothing where a debt has no price.
    pub before: Option<AccountView>,
    pub after: Option<AccountView>,
    pub payments: Vec<Transfer>,
    /// Changes of the breaker's levels.
    pub transitions: Vec<Transition>,
    /// After it, the level of each asset whose reserve it stores or that the account holds.
    pub levels: Vec<(AssetId, Level)>,
    /// It ends the account's auction.
    pub cured: bool,
    /// What is sold.
    pub quote: Option<Quote>,
    /// The caller's stake after it.
    pub stake: Option<VaultStake>,
    pub cells: Vec<Written>,
}

/// What is common to the answers of the core's messages.
#[derive(Default)]
struct Effects {
    payments: Vec<Payment>,
    transitions: Vec<Transition>,
    quote: Option<Quote>,
    stake_of: Option<AssetId>,
}

impl Message {
    /// Whose account it is about.
    fn account(&self, caller: AccountId) -> AccountId {
        match self {
            Self::ActFor { account, .. }
            | Self::Liquidate { account }
            | Self::Take { account, .. }
            | Self::BackstopFill { account, .. }
            | Self::Cure { account }
            | Self::RecogniseBadDebt { account } => *account,
            _ => caller,
        }
    }
}

/// Runs a message by `caller` on the market with the cells given.
///
/// # Errors
/// Those with which the market would refuse it.
pub fn what_if(
    table: &Table,
    caller: AccountId,
    message: Message,
    cells: Cells,
) -> Result<WhatIf, Error> {
    let mut table = Table { cells, written: Vec::new(), ..table.clone() };
    let who = message.account(caller);
    let was_in_auction = table.account(&who).auction.is_some();
    let before = views::account(&table, &who).ok();
    let Effects { payments, transitions, quote, stake_of } = run(&mut table, &caller, message)?;
    let held = table.account(&who);
    let cured = was_in_auction && held.auction.is_none();
    let mut touched: Vec<AssetId> = held.positions.iter().map(|position| position.asset).collect();
    touched.extend(table.written.iter().filter_map(|key| match key {
        Key::Reserve(asset) if !held.holds(*asset) => Some(*asset),
        _ => None,
    }));
    let levels = touched.into_iter().filter_map(|asset| Some((asset, level(&table, asset)?)));
    let written = |key: &Key| Written { key: key.encoded(), value: table.stored(*key) };
    Ok(WhatIf {
        account: who,
        before,
        after: views::account(&table, &who).ok(),
        payments: payments.into_iter().filter_map(moved).collect(),
        transitions,
        levels: levels.collect(),
        cured,
        quote,
        stake: stake_of.map(|asset| table.stake(asset, &caller)),
        cells: table.written.iter().map(written).collect(),
    })
}

fn run(table: &mut Table, caller: &AccountId, message: Message) -> Result<Effects, Error> {
    let none = Effects::default();
    Ok(match message {
        Message::Act { actions, receiver, deadline_ms } => {
            let done = market::act_own(table, caller, receiver, &actions, deadline_ms)?;
            Effects { payments: done.payments, transitions: done.transitions, ..none }
        }
        Message::ActFor { account, action } => {
            let done = market::act_for(table, caller, Some(account), &[action])?;
            Effects { payments: done.payments, transitions: done.transitions, ..none }
        }
        Message::Liquidate { account } => {
            let done = market::liquidate(table, caller, &account)?;
            let quote = done.bought.as_ref().map(|bought| sold(None, Some(bought)));
            Effects { transitions: done.transitions, quote, ..none }
        }
        Message::Take { account, order, deadline_ms, receiver } => {
            let done = market::take(table, caller, &account, &order, deadline_ms, receiver)?;
            let quote = Some(sold(done.filled.as_ref(), done.bought.as_ref()));
            let payments = vec![done.debt_payment, done.lot_payment];
            Effects { payments, transitions: done.transitions, quote, ..none }
        }
        Message::BackstopFill { account, collateral, debt } => {
            let done = market::backstop_fill(table, &account, collateral, debt)?;
            let quote = Some(sold(None, Some(&done.filled)));
            Effects { transitions: done.transitions, quote, ..none }
        }
        Message::Cure { account } => {
            Effects { transitions: market::cure(table, &account)?.transitions, ..none }
        }
        Message::RecogniseBadDebt { account } => {
            let done = market::recognise_bad_debt(table, &account)?;
            Effects { transitions: done.transitions, ..none }
        }
        Message::ClaimReward { asset, receiver } => {
            let paid = market::claim_reward(table, caller, asset, receiver)?;
            Effects { payments: vec![paid.payment], transitions: paid.transitions, ..none }
        }
        Message::BackstopDeposit { asset, assets } => {
            let done = market::backstop_deposit(table, caller, asset, assets)?;
            let (payments, stake_of) = (vec![done.payment], Some(asset));
            Effects { payments, transitions: done.transitions, stake_of, ..none }
        }
        Message::BackstopGiveNotice { asset } => {
            market::backstop_give_notice(table, caller, asset)?;
            Effects { stake_of: Some(asset), ..none }
        }
        Message::BackstopWithdraw { asset, shares, receiver } => {
            let done = market::backstop_withdraw(table, caller, asset, shares, receiver)?;
            let (payments, stake_of) = (done.payments, Some(asset));
            Effects { payments, transitions: done.transitions, stake_of, ..none }
        }
        Message::BuyStock { order, deadline_ms, receiver } => {
            let done = market::buy_stock(table, caller, &order, deadline_ms, receiver)?;
            let quote = Some(Quote {
                repaid: done.sold.paid,
                received: done.sold.received,
                bonus_wad: done.sold.bonus_wad,
                backstop_repaid: 0,
            });
            let payments = vec![done.debt_payment, done.lot_payment];
            Effects { payments, transitions: done.transitions, quote, ..none }
        }
    })
}

/// What a taker and the backstop before them buy.
fn sold(filled: Option<&Filled>, bought: Option<&Filled>) -> Quote {
    let repaid = |filled: &Filled| filled.taken.fill.repaid;
    let taken = filled.map_or(Quote::default(), |filled| Quote {
        repaid: repaid(filled),
        received: filled.taken.fill.received,
        bonus_wad: filled.taken.fill.bonus_wad,
        backstop_repaid: 0,
    });
    Quote { backstop_repaid: bought.map_or(0, repaid), ..taken }
}

fn moved(payment: Payment) -> Option<Transfer> {
    let Payment { asset, token, paid_in, paid_out } = payment;
    let moves = paid_in != 0 || paid_out != 0;
    moves.then_some(Transfer { asset, token, paid_in, paid_out })
}

fn level(table: &Table, asset: AssetId) -> Option<Level> {
    let own = table.reserve(asset)?.balances.breaker.level(table.now_ms);
    Some(own.max(table.root.guard.level(table.now_ms)))
}
