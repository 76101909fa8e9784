//! What lenders and borrowers do: one action, or several in a batch.

use super::{before, index, load, payable, Payment, Store};
use crate::{
    actions::{self, Action, Outcome},
    breaker::Transition,
    AccountId, Error,
};
use alloc::vec::Vec;

/// What actions did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acted {
    /// Whose account it is.
    pub account: AccountId,
    /// Who gets what is paid out.
    pub receiver: AccountId,
    pub outcomes: Vec<Outcome>,
    pub payments: Vec<Payment>,
    pub transitions: Vec<Transition>,
    /// The account was in auction and is healthy again.
    pub cured: bool,
}

/// Actions for whomever the caller pays for.
///
/// # Errors
/// [`Error::NotYourAccount`]; those of the actions.
pub fn act_for<S: Store>(
    store: &mut S,
    caller: &AccountId,
    on_behalf_of: Option<AccountId>,
    actions: &[Action],
) -> Result<Acted, Error> {
    act(store, caller, on_behalf_of.unwrap_or(*caller), *caller, actions)
}

/// Actions on the caller's own account, with one judgement at the end.
///
/// # Errors
/// [`Error::BadReceiver`]; those of the actions.
pub fn act_own<S: Store>(
    store: &mut S,
    caller: &AccountId,
    receiver: Option<AccountId>,
    actions: &[Action],
    deadline_ms: Option<u64>,
) -> Result<Acted, Error> {
    before(store, deadline_ms)?;
    let receiver = payable(store, caller, receiver)?;
    act(store, caller, *caller, receiver, actions)
}

#[inline(never)]
fn act<S: Store>(
    store: &mut S,
    payer: &AccountId,
    account: AccountId,
    receiver: AccountId,
    actions: &[Action],
) -> Result<Acted, Error> {
    let held = store.account(&account);
    if *payer != account {
        actions::permit_others(&held, actions)?;
    }
    let plan = actions::plan(&held, actions)?;
    let in_auction = held.auction.is_some();
    let mut snapshot = load::snapshot_of(store, held, &plan.assets)?;
    if in_auction {
        // What the account lets go of is looked at, at the pace that the pool behind it sets.
        load::add_backing(store, &mut snapshot)?;
    }
    // Without prices an action may still succeed: repaying and adding collateral never fail for want
    // of one.
    let priced = if plan.prices { load::load_prices(store, &mut snapshot) } else { Ok(()) };
    let (outcomes, ended) = actions::run(&mut snapshot, actions).map_err(|error| match priced {
        Err(cause) if error == Error::PriceMissing => cause,
        _ => error,
    })?;
    let payments = actions::payments(&snapshot, &outcomes)?;
    let transitions = load::keep(store, &account, &mut snapshot);
    let cured = ended.is_some();
    if let Some(ended) = ended {
        index::remove(store, &[(account, ended.page)]);
    }
    Ok(Acted { account, receiver, outcomes, payments, transitions, cured })
}
