//! What a message does to the world once its cells are stored: payments, events, and the end.

use crate::{
    calls, events,
    market::{Market, Result},
};
use breakwater_protocol::{breaker::Transition, market::Payment, AccountId};
use ink::{codegen::Env, primitives::AccountId as Address};
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

    /// Ends a message.
    ///
    /// ink! writes the market's own cell back after every message that takes `&mut self`. Where it is
    /// as it was, that would be an item written in vain, a sixth of the cost of a deposit: the message
    /// then returns to the chain from here. Everything else is in mappings, which write at once.
    pub(crate) fn end<T: Encode>(&self, answer: T) -> Result<T> {
        if self.own.has_changed() {
            return Ok(answer);
        }
        leave(answer)
    }
}

/// An address as the core knows it.
pub(crate) fn bytes(address: Address) -> AccountId {
    *address.as_ref()
}

/// Returns to the chain.
fn leave<T: Encode>(answer: T) -> Result<T> {
    #[cfg(not(feature = "std"))]
    {
        type Answer<T> = core::result::Result<Result<T>, ink::LangError>;
        let answer: Answer<T> = Ok(Ok(answer));
        ink::env::return_value(ink::env::ReturnFlags::empty(), &answer)
    }
    #[cfg(feature = "std")]
    Ok(answer)
}
