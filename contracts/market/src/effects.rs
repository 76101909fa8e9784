//! What a message does to the world once its cells are stored: payments, events, and the end.

use crate::{
    calls,
    early::Answer,
    events,
    market::{Market, Result},
};
use breakwater_protocol::{breaker::Transition, market::Payment, AccountId};
use ink::{
    codegen::Env, env::ReturnFlags, primitives::AccountId as Address, storage::traits::StorageKey,
};
use scale::Encode;

impl Market {
    pub(crate) fn caller(&self) -> AccountId {
        bytes(self.env().caller())
    }

    /// Makes payments, in their order: from the caller, to the receiver.
    #[inline(never)]
    pub(crate) fn pay(
        &self,
        payments: &[Payment],
        caller: &AccountId,
        receiver: &AccountId,
    ) -> Result<()> {
        for Payment { token, paid_in, paid_out, .. } in payments {
            if *paid_in != 0 {
                calls::pull(*token, caller, self.env().account_id(), *paid_in)?;
            }
            if *paid_out != 0 {
                calls::push(*token, receiver, *paid_out)?;
            }
        }
        Ok(())
    }

    /// Reports what the breaker has done.
    pub(crate) fn report(&self, transitions: &[Transition]) {
        for change in transitions {
            events::breaker(change);
        }
    }

    /// Ends a message here, with its answer or its refusal.
    ///
    /// ink! writes the market's own cell back after every message that takes `&mut self`. Where it is
    /// as it was, that would be an item written in vain, a sixth of the cost of a deposit. Everything else
    /// is in mappings, which write at once. And what never returns leaves nothing to do to ink!'s dispatch,
    /// a function that every message pays for.
    pub(crate) fn end<T: Encode + Answer>(&self, answer: &T) -> ! {
        let is_refusal = answer.is_refusal();
        let answer: core::result::Result<_, ink::LangError> = Ok(answer);
        if is_refusal {
            ink::env::return_value(ReturnFlags::REVERT, &answer)
        }
        if self.own.has_changed() {
            ink::env::set_contract_storage(&<Self as StorageKey>::KEY, self);
        }
        ink::env::return_value(ReturnFlags::empty(), &answer)
    }
}

/// An address as the core knows it.
pub(crate) fn bytes(address: Address) -> AccountId {
    *address.as_ref()
}
