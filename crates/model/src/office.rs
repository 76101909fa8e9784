//! The owner's and the guardian's messages.

use crate::{Call, Done, Model};
use breakwater_protocol::{governance::Offices, treasury, Account, AccountId, Error, Guard};

impl Model {
    /// Whether the caller may do this at all. A model without offices is for its user to say.
    pub(crate) fn authorise(&self, caller: &AccountId, call: &Call) -> Result<(), Error> {
        let Some(offices) = &self.offices else { return Ok(()) };
        match call {
            Call::Raise { .. } => offices.may_raise(caller, self.now_ms),
            Call::Configure(..)
            | Call::ResetBreaker(_)
            | Call::Collect { .. }
            | Call::List(_)
            | Call::Delist(_)
            | Call::SetGuardian { .. }
            | Call::OfferOwnership(_) => offices.only_owner(caller),
            _ => Ok(()),
        }
    }

    /// What only the owner and the guardian may do.
    pub(crate) fn apply_at_office(
        &mut self,
        caller: AccountId,
        call: &Call,
    ) -> Result<Done, Error> {
        match call {
            Call::Raise { asset, level, lasts_ms } => {
                let (now_ms, longest_ms) = (self.now_ms, self.params.breaker.guardian_max_ms);
                let mut episode = self.episode;
                let mut raise = |guard: &mut Guard| {
                    guard.raise_within(&mut episode, *level, *lasts_ms, longest_ms, now_ms)
                };
                match asset {
                    None => raise(&mut self.guard)?,
                    Some(asset) => {
                        let mut sheet = self.poked(&[*asset])?;
                        raise(&mut sheet.reserve_mut(*asset)?.books.breaker.guard)?;
                        self.keep_reserves(&sheet);
                    }
                }
                self.episode = episode;
                Ok(Done::Raised)
            }
            Call::ResetBreaker(asset) => {
                let Some(asset) = asset else {
                    self.guard = Guard::default();
                    return Ok(Done::Reset);
                };
                let mut sheet = self.poked(&[*asset])?;
                sheet.reserve_mut(*asset)?.books.breaker.reset(self.now_ms);
                self.keep_reserves(&sheet);
                Ok(Done::Reset)
            }
            Call::Configure(asset, config) => {
                let now_ms = self.now_ms;
                let reserve = self.reserve_mut(*asset)?;
                let mut next = reserve.clone();
                next.reconfigure((**config).clone(), now_ms)?;
                *reserve = next;
                Ok(Done::Configured)
            }
            Call::Collect { asset, income, amount } => {
                let mut sheet = self.sheet_of(Account::default(), &[*asset])?;
                let collected = treasury::collect(&mut sheet, *asset, *income, *amount)?;
                self.keep_reserves(&sheet);
                Ok(Done::Collected(collected))
            }
            Call::List(config) => self.list((**config).clone()).map(Done::Listed),
            Call::Delist(asset) => self.delist(*asset).map(|()| Done::Delisted),
            Call::SetGuardian { guardian, until_ms } => {
                let offices = self.offices.get_or_insert(Offices::new(caller));
                (offices.guardian, offices.guardian_until_ms) = (*guardian, *until_ms);
                Ok(Done::Appointed)
            }
            Call::OfferOwnership(to) => {
                self.offices.get_or_insert(Offices::new(caller)).offer(&caller, *to)?;
                Ok(Done::Appointed)
            }
            Call::AcceptOwnership => {
                self.offices.as_mut().ok_or(Error::NotPendingOwner)?.accept(&caller)?;
                Ok(Done::Appointed)
            }
            _ => Err(Error::NotOwner),
        }
    }
}
