//! Who has how many places in the queue.
//!
//! A bounded queue that many share is a weapon: who fills it keeps the others out. So each proposer has
//! an equal part of it that nobody else can take, and the one kind of operation that guardians can't
//! cancel has one place for all.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use super::{policy::MAX_OPEN, Entry, GovernanceError as Error, OperationId, Roles};
use crate::AccountId;
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// An operation that waits or is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Place {
    pub id: OperationId,
    pub proposer: AccountId,
    /// The end of its grace, in Unix milliseconds: the place is free from then on.
    pub expires_ms: u64,
    pub replaces_guardians: bool,
}

/// All of them, in the order in which they were queued. Those that have expired go with the next that
/// is queued.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Queue(Vec<Place>);

impl Queue {
    /// What waits or is ready at a time.
    pub fn open(&self, now_ms: u64) -> impl Iterator<Item = &Place> {
        self.0.iter().filter(move |place| now_ms <= place.expires_ms)
    }

    /// Gives an operation a place. The replacement of the guardians has one of its own, so that it can
    /// be queued by who has no other left.
    ///
    /// # Errors
    /// [`Error::TooManyOpen`] if its proposer has no place left,
    /// [`Error::ReplacementOpen`] for a second replacement of the guardians.
    pub fn add(
        &mut self,
        id: OperationId,
        entry: &Entry,
        roles: &Roles,
        now_ms: u64,
    ) -> Result<(), Error> {
        let Entry { proposer, expires_ms, replaces_guardians, .. } = *entry;
        self.0.retain(|place| now_ms <= place.expires_ms);
        if replaces_guardians {
            if self.0.iter().any(|place| place.replaces_guardians) {
                return Err(Error::ReplacementOpen);
            }
        } else {
            let is_like = |place: &&Place| place.proposer == proposer && !place.replaces_guardians;
            if self.0.iter().filter(is_like).count() >= roles.places_each() {
                return Err(Error::TooManyOpen);
            }
        }
        self.0.push(Place { id, proposer, expires_ms, replaces_guardians });
        Ok(())
    }

    /// Frees the place of an operation that is done or cancelled.
    pub fn remove(&mut self, id: &OperationId) {
        self.0.retain(|place| place.id != *id);
    }

    /// Frees the places of all who are no proposers any more: their operations, to be cancelled.
    #[must_use]
    pub fn drop_orphans(&mut self, roles: &Roles, now_ms: u64) -> Vec<OperationId> {
        let is_orphan = |place: &&Place| roles.may_propose(&place.proposer).is_err();
        let orphans = self.open(now_ms).filter(is_orphan).map(|place| place.id).collect();
        self.0.retain(|place| !is_orphan(&place));
        orphans
    }
}

impl Roles {
    /// How many operations a proposer may have open: an equal part of [`MAX_OPEN`], rounded down.
    pub fn places_each(&self) -> usize {
        MAX_OPEN.checked_div(self.proposers.len()).unwrap_or(MAX_OPEN)
    }
}
