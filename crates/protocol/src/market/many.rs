//! Auctions, many at a time: each reserve and price is read once, what fails is passed over.

use super::{
    before,
    index::{self, Page},
    load, payable,
    rewards::{self, Earnings},
    sale, Filled, Payment, Store,
};
use crate::{
    actions, breaker::Transition, num::math::add, Account, AccountId, AccountSnapshot, AssetId,
    Error, Order,
};
use alloc::vec::Vec;

/// Most accounts whose auctions are started at once: the list must fit ink!'s buffer of 16 KiB, which traps
/// without a word where it does not.
pub const MAX_STARTS: usize = 256;
/// Most orders at once: as many as fit the same buffer, and their answers.
pub const MAX_TAKES: usize = 128;

/// Auctions that were started together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartedMany {
    pub accounts: Vec<AccountId>,
    /// What backstops bought at once, with the account.
    pub bought: Vec<(AccountId, Filled)>,
    pub started_ms: u64,
    pub transitions: Vec<Transition>,
}

/// What became of several orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenMany {
    /// In the order of the orders: nothing where the backstop has left nothing.
    pub orders: Vec<Result<Option<Filled>, Error>>,
    /// What backstops bought before takers did, with the place of the order.
    pub bought: Vec<(usize, Filled)>,
    /// Of each token, the sum moves once.
    pub payments: Vec<Payment>,
    /// Who gets what is paid out.
    pub receiver: AccountId,
    pub transitions: Vec<Transition>,
}

/// Starts the auctions of those of the accounts that are unhealthy; the others are passed over.
///
/// # Errors
/// [`Error::BatchOutOfRange`] for more than [`MAX_STARTS`]; those of prices.
#[inline(never)]
pub fn liquidate_many<S: Store>(
    store: &mut S,
    starter: &AccountId,
    accounts: &[AccountId],
) -> Result<StartedMany, Error> {
    if accounts.len() > MAX_STARTS {
        return Err(Error::BatchOutOfRange);
    }
    let held: Vec<Account> = accounts.iter().map(|who| store.account(who)).collect();
    let mut snapshot = load::priced_lines(store, &held)?;
    let (mut started, mut bought, mut lots) = (Vec::new(), Vec::new(), Vec::new());
    let mut page = Page::with_room(store);
    for (account, held) in accounts.iter().zip(held) {
        // Twice in the list is once.
        if started.contains(account) {
            continue;
        }
        let collaterals: Vec<AssetId> = held.collaterals().map(|held| held.asset).collect();
        snapshot.account = held;
        let was_running = snapshot.account.auction.is_some();
        let start = actions::start_liquidation(&mut snapshot, *starter, page.number);
        let purchase = match start {
            Ok(true) => actions::buy_tail(&mut snapshot)?,
            Ok(false) => None,
            // What refuses has changed nothing.
            Err(_) if was_running || snapshot.account.auction.is_none() => continue,
            Err(error) => return Err(error),
        };
        let purchase = purchase.map(|bought| sale::of_pool(&snapshot, bought)).transpose()?;
        lots.extend(collaterals);
        store.put_account(account, &snapshot.account);
        bought.extend(purchase.map(|sale| (*account, sale)));
        started.push(*account);
        if snapshot.account.auction.is_none() {
            continue;
        }
        page.add(account);
        if page.is_full() {
            page.keep(store);
            page = Page::with_room(store);
        }
    }
    if !started.is_empty() {
        page.keep(store);
        rewards::make_room(store, starter, &lots);
    }
    let mut earned = Earnings::default();
    for (_, sale) in &bought {
        earned.note(store, sale.collateral, &sale.taken)?;
    }
    earned.keep(store);
    let transitions = load::keep_reserves(store, &mut snapshot);
    Ok(StartedMany { accounts: started, bought, started_ms: snapshot.now_ms, transitions })
}

/// Takes from several accounts. Later orders on the same account find it as earlier ones have left it.
///
/// # Errors
/// [`Error::DeadlinePassed`], [`Error::BatchOutOfRange`] for more than [`MAX_TAKES`],
/// [`Error::BadReceiver`], [`Error::Overflow`], those of prices.
#[inline(never)]
pub fn take_many<S: Store>(
    store: &mut S,
    taker: &AccountId,
    orders: &[(AccountId, Order)],
    deadline_ms: Option<u64>,
    receiver: Option<AccountId>,
) -> Result<TakenMany, Error> {
    before(store, deadline_ms)?;
    if orders.len() > MAX_TAKES {
        return Err(Error::BatchOutOfRange);
    }
    let receiver = payable(store, taker, receiver)?;
    let mut held: Vec<Account> = orders.iter().map(|(who, _)| store.account(who)).collect();
    let mut snapshot = load::priced_lines(store, &held)?;
    let (mut sums, mut earned): (Vec<Sum>, _) = (Vec::new(), Earnings::default());
    let (mut answers, mut bought) = (Vec::with_capacity(orders.len()), Vec::new());
    let (mut ended, mut touched): (Vec<_>, Vec<usize>) = (Vec::new(), Vec::new());
    for (place, (account, order)) in orders.iter().enumerate() {
        let before = snapshot.clone();
        snapshot.account = held.get(place).cloned().unwrap_or_default();
        let (purchase, filled) = match sale::taken(&mut snapshot, taker, order) {
            Ok(sales) => sales,
            Err(why) => {
                snapshot = before;
                answers.push(Err(why));
                continue;
            }
        };
        for ((who, _), later) in orders.iter().zip(&mut held) {
            if who == account {
                later.clone_from(&snapshot.account);
            }
        }
        for sale in purchase.iter().chain(&filled) {
            earned.note(store, sale.collateral, &sale.taken)?;
            if let Some(auction) = &sale.taken.ended {
                ended.push((*account, auction.page));
            }
        }
        if let Some(sale) = &filled {
            note_payment(&mut sums, order.debt, sale.taken.fill.repaid, 0)?;
            note_payment(&mut sums, order.collateral, 0, sale.taken.paid_out)?;
        }
        bought.extend(purchase.map(|sale| (place, sale)));
        if !touched.contains(&place_of(orders, account)) {
            touched.push(place_of(orders, account));
        }
        answers.push(Ok(filled));
    }
    let payments = payments(&snapshot, &sums)?;
    earned.keep(store);
    for place in touched {
        // Orders on one account have all left it as the last one has.
        if let (Some((account, _)), Some(held)) = (orders.get(place), held.get(place)) {
            store.put_account(account, held);
        }
    }
    index::remove(store, &ended);
    let transitions = load::keep_reserves(store, &mut snapshot);
    Ok(TakenMany { orders: answers, bought, payments, receiver, transitions })
}

/// Where an account stands first among the orders.
fn place_of(orders: &[(AccountId, Order)], account: &AccountId) -> usize {
    orders.iter().position(|(who, _)| who == account).unwrap_or(usize::MAX)
}

/// What moves of an asset in all: in, out.
type Sum = (AssetId, u128, u128);

fn note_payment(
    sums: &mut Vec<Sum>,
    asset: AssetId,
    paid_in: u128,
    paid_out: u128,
) -> Result<(), Error> {
    match sums.iter_mut().find(|(of, _, _)| *of == asset) {
        Some((_, in_all, out_all)) => {
            *in_all = add(*in_all, paid_in)?;
            *out_all = add(*out_all, paid_out)?;
        }
        None => sums.push((asset, paid_in, paid_out)),
    }
    Ok(())
}

/// First what comes in, of all tokens, then what goes out.
fn payments(snapshot: &AccountSnapshot, sums: &[Sum]) -> Result<Vec<Payment>, Error> {
    let mut payments = Vec::new();
    for (asset, paid_in, _) in sums {
        let token = snapshot.priced(*asset)?.reserve.config.token;
        payments.push(Payment { asset: *asset, token, paid_in: *paid_in, paid_out: 0 });
    }
    for (asset, _, paid_out) in sums {
        let token = snapshot.priced(*asset)?.reserve.config.token;
        payments.push(Payment { asset: *asset, token, paid_in: 0, paid_out: *paid_out });
    }
    Ok(payments)
}
