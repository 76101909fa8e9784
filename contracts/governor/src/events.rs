//! One event for each change of the governor's.

use breakwater_protocol::{
    governance::{Operation, Role, Settings},
    AssetId,
};
use ink::primitives::{AccountId, Hash};

/// An operation was queued. Only this tells what it is: the governor keeps its hash.
#[ink::event]
pub struct OperationQueued {
    #[ink(topic)]
    pub id: Hash,
    #[ink(topic)]
    pub proposer: AccountId,
    pub operation: Operation,
    /// From when on it may be executed and until when, in Unix milliseconds.
    pub ready_ms: u64,
    pub expires_ms: u64,
}

/// An operation was executed, all of its calls.
#[ink::event]
pub struct OperationExecuted {
    #[ink(topic)]
    pub id: Hash,
    pub by: AccountId,
}

/// An operation was cancelled; by the governor itself where its proposer was removed.
#[ink::event]
pub struct OperationCancelled {
    #[ink(topic)]
    pub id: Hash,
    pub by: AccountId,
}

/// The governor has accepted the ownership of a contract.
#[ink::event]
pub struct OwnershipAccepted {
    #[ink(topic)]
    pub of: AccountId,
    pub by: AccountId,
}

/// The governor's delays and bounds were set.
#[ink::event]
pub struct SettingsSet {
    pub settings: Settings,
}

/// The members of a role were set.
#[ink::event]
pub struct MembersSet {
    pub role: Role,
    pub members: ink::prelude::vec::Vec<AccountId>,
}

/// A steward has moved parameters of a reserve: the market's own event says which.
#[ink::event]
pub struct ReserveSteered {
    #[ink(topic)]
    pub market: AccountId,
    #[ink(topic)]
    pub asset: AssetId,
    pub steward: AccountId,
}
