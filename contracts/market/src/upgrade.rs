//! What code the market runs.

use crate::{
    events::{send, Upgraded},
    market::{Market, Result},
    storage::LAYOUT,
};
use breakwater_protocol::{
    governance::{CodeInfo, Part},
    market, Error,
};
use ink::{
    codegen::Env,
    env::{
        call::{build_call, ExecutionInput, Selector},
        DefaultEnvironment,
    },
    primitives::Hash,
};

impl Market {
    /// The new codes are asked before anything changes. A delegate that is asked could write what it
    /// likes; it is no more than it may once it is in.
    #[inline(never)]
    pub(crate) fn do_upgrade(
        &mut self,
        front: Option<Hash>,
        auctions: Option<Hash>,
        admin: Option<Hash>,
    ) -> Result<()> {
        market::only_owner(self, &self.caller())?;
        for (code, part) in [(front, Part::Front), (auctions, Part::Auctions), (admin, Part::Admin)]
        {
            if let Some(code) = code {
                ask(code)?.must_be(part, LAYOUT)?;
            }
        }
        if let Some(front) = front {
            self.env().set_code_hash(&front).map_err(|_| Error::CodeMissing)?;
        }
        for (code, place) in [(auctions, &mut self.auctions), (admin, &mut self.admin)] {
            if let Some(code) = code.filter(|code| code != place) {
                // No code is two parts, so the one that goes is not needed by the other.
                ink::env::lock_delegate_dependency::<DefaultEnvironment>(&code);
                ink::env::unlock_delegate_dependency::<DefaultEnvironment>(place);
                *place = code;
                self.own.note_change();
            }
        }
        send(Upgraded { front, auctions, admin });
        Ok(())
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
