//! Delays and roles.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use super::{operation::Fate, Bounds, Entry, GovernanceError as Error, Lane, Operation};
use crate::num::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::AccountId;
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// The longest delay and the longest grace.
pub const MAX_DELAY_MS: u64 = 30 * DAY_MS;
/// Most members of a role.
pub const MAX_MEMBERS: usize = 8;
/// Most operations of all proposers together that wait or are ready at once, besides a replacement of
/// the guardians. Each has an equal part of it ([`Roles::places_each`]).
pub const MAX_OPEN: usize = 32;

/// What the governor goes by. It changes by an operation only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Settings {
    /// Least delay of an operation, an hour to 30 days. Default two days.
    pub delay_ms: u64,
    /// Least delay of one that lowers risk, a minute at least and no longer than the other.
    /// Default an hour.
    pub lowering_delay_ms: u64,
    /// For how long an operation may be executed once its delay is over, an hour to 30 days.
    /// Default seven days.
    pub grace_ms: u64,
    /// How far a steward may move parameters.
    pub steward: Bounds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delay_ms: 2 * DAY_MS,
            lowering_delay_ms: HOUR_MS,
            grace_ms: 7 * DAY_MS,
            steward: Bounds::default(),
        }
    }
}

impl Settings {
    /// # Errors
    /// [`Error::SettingsOutOfRange`].
    pub fn validate(&self) -> Result<(), Error> {
        if !(HOUR_MS..=MAX_DELAY_MS).contains(&self.delay_ms)
            || !(MINUTE_MS..=self.delay_ms).contains(&self.lowering_delay_ms)
            || !(HOUR_MS..=MAX_DELAY_MS).contains(&self.grace_ms)
        {
            return Err(Error::SettingsOutOfRange);
        }
        self.steward.validate()
    }

    /// The least delay in a lane, milliseconds.
    pub const fn least_delay_ms(&self, lane: Lane) -> u64 {
        match lane {
            Lane::Standard => self.delay_ms,
            Lane::Lowering => self.lowering_delay_ms,
        }
    }

    /// What is kept of an operation that somebody queues now.
    ///
    /// # Errors
    /// [`Error::DelayOutOfRange`], those of [`Operation::validate`].
    pub fn queue(
        &self,
        operation: &Operation,
        governor: AccountId,
        proposer: AccountId,
        delay_ms: u64,
        now_ms: u64,
    ) -> Result<Entry, Error> {
        operation.validate(governor)?;
        if !(self.least_delay_ms(operation.lane)..=MAX_DELAY_MS).contains(&delay_ms) {
            return Err(Error::DelayOutOfRange);
        }
        let ready_ms = now_ms.saturating_add(delay_ms);
        Ok(Entry {
            proposer,
            queued_ms: now_ms,
            ready_ms,
            expires_ms: ready_ms.saturating_add(self.grace_ms),
            fate: Fate::Open,
            replaces_guardians: operation.replaces_guardians(governor),
        })
    }
}

/// What an account may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum Role {
    /// Queues operations; may cancel its own, and any that replaces the guardians.
    #[codec(index = 0)]
    Proposer,
    /// Executes operations that are ready. Without any, everybody does.
    #[codec(index = 1)]
    Executor,
    /// Cancels operations, but not the one that replaces the guardians.
    #[codec(index = 2)]
    Guardian,
    /// Moves parameters within bounds without the queue.
    #[codec(index = 3)]
    Steward,
}

/// The members of each role, at most [`MAX_MEMBERS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Roles {
    pub proposers: Vec<AccountId>,
    /// Nobody here means everybody.
    pub executors: Vec<AccountId>,
    pub guardians: Vec<AccountId>,
    pub stewards: Vec<AccountId>,
}

impl Roles {
    /// # Errors
    /// [`Error::RolesOutOfRange`]: too many members, one twice, or no proposer, for then the
    /// governor could do nothing ever again.
    pub fn validate(&self) -> Result<(), Error> {
        let distinct = |members: &Vec<AccountId>| {
            let mut rest = members.as_slice();
            while let Some((first, others)) = rest.split_first() {
                if others.contains(first) {
                    return false;
                }
                rest = others;
            }
            members.len() <= MAX_MEMBERS
        };
        let all = [&self.proposers, &self.executors, &self.guardians, &self.stewards];
        if self.proposers.is_empty() || !all.into_iter().all(distinct) {
            return Err(Error::RolesOutOfRange);
        }
        Ok(())
    }

    /// The members of a role.
    pub fn members(&self, role: Role) -> &Vec<AccountId> {
        match role {
            Role::Proposer => &self.proposers,
            Role::Executor => &self.executors,
            Role::Guardian => &self.guardians,
            Role::Steward => &self.stewards,
        }
    }

    /// Replaces the members of a role.
    ///
    /// # Errors
    /// As [`Roles::validate`].
    pub fn set(&mut self, role: Role, members: Vec<AccountId>) -> Result<(), Error> {
        let place = match role {
            Role::Proposer => &mut self.proposers,
            Role::Executor => &mut self.executors,
            Role::Guardian => &mut self.guardians,
            Role::Steward => &mut self.stewards,
        };
        *place = members;
        self.validate()
    }

    /// # Errors
    /// [`Error::NotProposer`].
    pub fn may_propose(&self, who: &AccountId) -> Result<(), Error> {
        if self.proposers.contains(who) {
            Ok(())
        } else {
            Err(Error::NotProposer)
        }
    }

    /// # Errors
    /// [`Error::NotExecutor`].
    pub fn may_execute(&self, who: &AccountId) -> Result<(), Error> {
        let open = self.executors.is_empty() || self.executors.contains(who);
        if open {
            Ok(())
        } else {
            Err(Error::NotExecutor)
        }
    }

    /// # Errors
    /// [`Error::NotSteward`].
    pub fn may_steer(&self, who: &AccountId) -> Result<(), Error> {
        if self.stewards.contains(who) {
            Ok(())
        } else {
            Err(Error::NotSteward)
        }
    }

    /// Who may have the governor accept a contract that is offered to it: members that act for it. With
    /// open executors, an executor is nobody in particular.
    ///
    /// # Errors
    /// [`Error::NotMember`].
    pub fn may_accept(&self, who: &AccountId) -> Result<(), Error> {
        let acting = [&self.proposers, &self.guardians, &self.executors];
        if acting.into_iter().any(|members| members.contains(who)) {
            Ok(())
        } else {
            Err(Error::NotMember)
        }
    }

    /// Who has queued an operation may cancel it; a guardian any that does not replace the
    /// guardians, and every proposer any that does. So no guardian can keep their role, and no
    /// proposer can get rid of the guardians alone.
    ///
    /// # Errors
    /// [`Error::NotCanceller`], [`Error::ReplacesGuardian`].
    pub fn may_cancel(&self, who: &AccountId, entry: &Entry) -> Result<(), Error> {
        let is_own = entry.proposer == *who || entry.replaces_guardians;
        if is_own && self.proposers.contains(who) {
            return Ok(());
        }
        if !self.guardians.contains(who) {
            return Err(Error::NotCanceller);
        }
        if entry.replaces_guardians {
            Err(Error::ReplacesGuardian)
        } else {
            Ok(())
        }
    }
}
