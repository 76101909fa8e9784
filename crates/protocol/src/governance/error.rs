//! Every way in which the governor can refuse.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use crate::Error;
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Why the governor refused. Nothing has changed when one of these is returned.
///
/// The numbers are part of the ABI: they are never reused for another meaning.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum GovernanceError {
    // Authority.
    /// Only a proposer may do this.
    #[codec(index = 1)]
    NotProposer,
    /// Only an executor may do this.
    #[codec(index = 2)]
    NotExecutor,
    /// Only a guardian, or the proposer of the operation, may do this.
    #[codec(index = 3)]
    NotCanceller,
    /// Only a steward may do this.
    #[codec(index = 4)]
    NotSteward,
    /// Only the governor itself may do this, by an operation.
    #[codec(index = 5)]
    NotGovernor,
    /// A guardian can't cancel the operation that replaces the guardians.
    #[codec(index = 6)]
    ReplacesGuardian,
    /// Only a proposer, a guardian or a named executor may do this.
    #[codec(index = 7)]
    NotMember,

    // State of an operation.
    /// No operation has this id.
    #[codec(index = 10)]
    Unknown,
    /// There was an operation with this id: choose another salt.
    #[codec(index = 11)]
    IdUsed,
    /// Its delay is not over.
    #[codec(index = 12)]
    TooEarly,
    /// Its grace is over.
    #[codec(index = 13)]
    TooLate,
    /// It was executed already.
    #[codec(index = 14)]
    Done,
    /// It was cancelled.
    #[codec(index = 15)]
    Cancelled,
    /// The operation that must come before it is not done.
    #[codec(index = 16)]
    PredecessorNotDone,
    /// The proposer has as many operations open as one may have.
    #[codec(index = 17)]
    TooManyOpen,
    /// A replacement of the guardians is open already: cancel it first.
    #[codec(index = 18)]
    ReplacementOpen,

    // What is queued.
    /// No call, too many, or more bytes than an operation may have.
    #[codec(index = 20)]
    SizeOutOfRange,
    /// The delay is below the lane's least or above the longest.
    #[codec(index = 21)]
    DelayOutOfRange,
    /// Of the governor's own messages, operations may call those of its settings and roles only.
    #[codec(index = 22)]
    BadSelfCall,
    /// The short delay is for changes of parameters only.
    #[codec(index = 23)]
    NotAChange,

    // Execution.
    /// A change with the short delay does not lower risk, as the parameters are now.
    #[codec(index = 30)]
    RaisesRisk,
    /// The parameters that a change replaces can't be read.
    #[codec(index = 31)]
    PresentUnknown,
    /// A call was refused by its target: its place, and the first bytes of the answer.
    #[codec(index = 32)]
    CallReverted { place: u8, answer: Vec<u8> },
    /// A call trapped, ran out of gas, was not allowed, or its target is no contract.
    #[codec(index = 33)]
    CallFailed { place: u8 },

    // Steward.
    /// The steward may not move this parameter.
    #[codec(index = 40)]
    NotForSteward,
    /// A parameter would move by more than its bound.
    #[codec(index = 41)]
    BeyondBound,
    /// A parameter was moved less than a day ago.
    #[codec(index = 42)]
    MovedToday,
    /// The market has refused the steward's change.
    #[codec(index = 43)]
    MarketRefused(Error),
    /// The governor has not accepted the ownership of this contract.
    #[codec(index = 44)]
    NotOwned,

    // Configuration.
    /// Delays, grace or bounds are out of their range.
    #[codec(index = 50)]
    SettingsOutOfRange,
    /// A role has too many members, one twice, or there would be no proposer.
    #[codec(index = 51)]
    RolesOutOfRange,
}
