//! What lenders and borrowers do.

use crate::{
    effects::bytes,
    events,
    market::{Market, Result},
};
use breakwater_protocol::{
    actions::Action,
    market::{self, Acted},
    AccountId,
};
use ink::{prelude::vec::Vec, primitives::AccountId as Address};

impl Market {
    /// One action for whomever the caller pays for.
    pub(crate) fn act_for(&mut self, on_behalf_of: Option<Address>, action: Action) -> Result<()> {
        let (caller, on_behalf_of) = (self.caller(), on_behalf_of.map(bytes));
        let done = market::act_for(self, &caller, on_behalf_of, &[action])?;
        self.acted(&caller, &done)
    }

    /// One action on the caller's own account.
    pub(crate) fn act_own(&mut self, receiver: Option<Address>, action: Action) -> Result<()> {
        self.act(&[action], None, receiver)
    }

    /// Several of them.
    pub(crate) fn do_batch(
        &mut self,
        actions: Vec<Action>,
        deadline_ms: Option<u64>,
        receiver: Option<Address>,
    ) -> Result<()> {
        self.act(&actions, deadline_ms, receiver)
    }

    #[inline(never)]
    fn act(
        &mut self,
        actions: &[Action],
        deadline_ms: Option<u64>,
        receiver: Option<Address>,
    ) -> Result<()> {
        let (caller, receiver) = (self.caller(), receiver.map(bytes));
        let done = market::act_own(self, &caller, receiver, actions, deadline_ms)?;
        self.acted(&caller, &done)
    }

    #[inline(never)]
    fn acted(&mut self, caller: &AccountId, done: &Acted) -> Result<()> {
        self.report(&done.transitions);
        self.pay(&done.payments, caller, &done.receiver)?;
        events::acted(done, caller);
        if done.cured {
            events::closed(done.account.into());
        }
        Ok(())
    }
}
