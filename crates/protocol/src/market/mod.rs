//! The market's messages, from caller to effects, over whatever keeps its cells (§ 1.5).
//!
//! A message is a function of a [`Store`]: it loads cells, does what [`crate::actions`] and the other
//! rules say, stores what has changed, and answers with its *effects*: what was done, the
//! [`Payment`]s to make and the breaker's transitions to report. The contract is a store over a chain's
//! storage which then pays and emits events; the model, and so fuzzing and the simulator, is
//! a store over maps. Nothing of a message exists twice.
//!
//! A function that answers with an error has stored nothing: whatever may fail comes before the first
//! cell is written. All is stored before anything is paid, so that a token or a taker that calls finds
//! the balances as they will be.

mod act;
mod admin;
mod breaker;
mod index;
mod liquidation;
mod load;
mod many;
mod rehearsal;
mod rewards;
mod sale;
mod stakes;
mod store;
mod views;

pub use act::{act_for, act_own, Acted};
pub use admin::{
    accept_ownership, collect, configure_reserve, delist_reserve, list_reserve, only_owner,
    set_guardian, set_params, transfer_ownership, Paid,
};
pub use breaker::{poke, raise_breaker, reset_breaker, Raised};
pub use index::{AUCTIONS_PER_PAGE, PAGES_DROPPED_AT_ONCE};
pub use liquidation::{cure, liquidate, liquidate_alone, Cured, Started};
pub use load::snapshot_of;
pub use many::{liquidate_many, take_many, StartedMany, TakenMany, MAX_STARTS, MAX_TAKES};
pub use rewards::{claim_reward, reward};
pub use sale::{backstop_fill, recognise_bad_debt, take, Filled, Lost, PoolSale, Sale};
pub use stakes::{
    backstop_deposit, backstop_give_notice, backstop_withdraw, buy_stock, Staked, StockSale,
    Unstaked,
};
pub use store::{Root, Store};
pub use views::{account_snapshot, priced_reserves, RESERVES_AT_ONCE};

pub use crate::actions::Payment;
use crate::{AccountId, Error};

/// Where to send tokens: to the receiver, or the caller if none is named. A token's transfer to its own
/// sender does nothing and says Ok, so the market must never pay itself.
///
/// # Errors
/// [`Error::BadReceiver`].
#[inline(never)]
pub fn payable<S: Store>(
    store: &S,
    caller: &AccountId,
    receiver: Option<AccountId>,
) -> Result<AccountId, Error> {
    let receiver = receiver.unwrap_or(*caller);
    if receiver == store.this() {
        return Err(Error::BadReceiver);
    }
    Ok(receiver)
}

/// Refuses what comes too late.
///
/// # Errors
/// [`Error::DeadlinePassed`].
pub fn before<S: Store>(store: &S, deadline_ms: Option<u64>) -> Result<(), Error> {
    if deadline_ms.is_some_and(|deadline_ms| store.now_ms() > deadline_ms) {
        return Err(Error::DeadlinePassed);
    }
    Ok(())
}
