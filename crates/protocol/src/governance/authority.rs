//! Who may do what with a market besides its users.

use crate::{AccountId, Error};

/// A market's owner and its guardian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authority {
    pub owner: AccountId,
    /// To whom the market is offered.
    pub offered: Option<AccountId>,
    pub guardian: AccountId,
    /// Until when the guardian is one, in Unix milliseconds.
    pub guardian_until_ms: u64,
}

impl Authority {
    /// A new market's: the owner is its guardian without end.
    pub const fn new(owner: AccountId) -> Self {
        Self { owner, offered: None, guardian: owner, guardian_until_ms: u64::MAX }
    }

    /// # Errors
    /// [`Error::NotOwner`].
    pub fn only_owner(&self, who: &AccountId) -> Result<(), Error> {
        if self.owner == *who {
            Ok(())
        } else {
            Err(Error::NotOwner)
        }
    }

    /// Who may raise a level of the breaker: the owner, and the guardian while their time runs.
    ///
    /// # Errors
    /// [`Error::NotGuardian`].
    pub fn may_raise(&self, who: &AccountId, now_ms: u64) -> Result<(), Error> {
        let guards = self.guardian == *who && now_ms < self.guardian_until_ms;
        if guards || self.owner == *who {
            Ok(())
        } else {
            Err(Error::NotGuardian)
        }
    }

    /// The owner offers the market to somebody; to themselves to take that back.
    ///
    /// # Errors
    /// [`Error::NotOwner`].
    pub fn offer(&mut self, by: &AccountId, to: AccountId) -> Result<(), Error> {
        self.only_owner(by)?;
        self.offered = (to != self.owner).then_some(to);
        Ok(())
    }

    /// Makes the caller the owner. The one before; the guardian stays.
    ///
    /// # Errors
    /// [`Error::NotPendingOwner`].
    pub fn accept(&mut self, by: &AccountId) -> Result<AccountId, Error> {
        if self.offered != Some(*by) {
            return Err(Error::NotPendingOwner);
        }
        self.offered = None;
        Ok(core::mem::replace(&mut self.owner, *by))
    }
}
