//! Whose the market is, and what code it runs.

use crate::{
    events::{send, OwnershipOffered, OwnershipTransferred, Upgraded},
    market::{Market, Result},
    storage::{unchanged, LAYOUT},
};
use breakwater_protocol::{
    governance::{CodeInfo, Part},
    Error,
};
use ink::{
    codegen::Env,
    env::{
        call::{build_call, ExecutionInput, Selector},
        DefaultEnvironment,
    },
    primitives::{AccountId, Hash},
};

impl Market {
    #[inline(never)]
    pub(crate) fn do_transfer_ownership(&mut self, to: AccountId) -> Result<()> {
        let mut offices = self.offices();
        offices.offer(self.env().caller().as_ref(), *to.as_ref())?;
        let offered = offices.offered.map(AccountId::from);
        self.pending_owner.set(&offered);
        send(OwnershipOffered { from: self.owner, to: offered });
        unchanged(())
    }

    #[inline(never)]
    pub(crate) fn do_accept_ownership(&mut self) -> Result<()> {
        let caller = self.env().caller();
        let mut offices = self.offices();
        offices.offered = self.pending_owner.get_or_default().map(|to| *to.as_ref());
        let from = AccountId::from(offices.accept(caller.as_ref())?);
        self.pending_owner.set(&None);
        self.owner = caller;
        send(OwnershipTransferred { from, to: caller });
        Ok(())
    }

    /// The new codes are asked before anything changes. A delegate that is asked could write what it
    /// likes; it is no more than it may once it is in.
    #[inline(never)]
    pub(crate) fn do_upgrade(
        &mut self,
        front: Option<Hash>,
        auctions: Option<Hash>,
        office: Option<Hash>,
    ) -> Result<()> {
        self.only_owner()?;
        for (code, part) in
            [(front, Part::Front), (auctions, Part::Auctions), (office, Part::Office)]
        {
            if let Some(code) = code {
                ask(code)?.must_be(part, LAYOUT)?;
            }
        }
        if let Some(front) = front {
            self.env().set_code_hash(&front).map_err(|_| Error::CodeMissing)?;
        }
        for (code, place) in [(auctions, &mut self.auctions), (office, &mut self.office)] {
            if let Some(code) = code.filter(|code| code != place) {
                // No code is two parts, so the one that goes is not needed by the other.
                ink::env::lock_delegate_dependency::<DefaultEnvironment>(&code);
                ink::env::unlock_delegate_dependency::<DefaultEnvironment>(place);
                *place = code;
            }
        }
        send(Upgraded { front, auctions, office });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn view_succession(&self) -> (Option<AccountId>, Hash, Hash) {
        (self.pending_owner.get_or_default(), self.auctions, self.office)
    }
}

/// What a code says of itself, run as a delegate.
fn ask(code: Hash) -> Result<CodeInfo> {
    let answer = build_call::<DefaultEnvironment>()
        .delegate(code)
        .exec_input(ExecutionInput::new(Selector::new(ink::selector_bytes!("version"))))
        .returns::<CodeInfo>()
        .try_invoke();
    match answer {
        Ok(Ok(info)) => Ok(info),
        _ => Err(Error::CodeMissing),
    }
}
