//! Events of the governor: one for each change of its state.

use super::signed;
use alloc::vec::Vec;
use breakwater_protocol::{
    governance::{Operation, Role, Settings},
    AssetId,
};
use ink_primitives::{AccountId, Hash};

/// An operation was queued. Only this tells what it is: the governor keeps its hash.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct OperationQueued {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub id: Hash,
    #[cfg_attr(feature = "ink", ink(topic))]
    pub proposer: AccountId,
    pub operation: Operation,
    /// From when on it may be executed and until when, in Unix milliseconds.
    pub ready_ms: u64,
    pub expires_ms: u64,
}

/// An operation was executed, all of its calls.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct OperationExecuted {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub id: Hash,
    pub by: AccountId,
}

/// An operation was cancelled; by the governor itself where its proposer was removed.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct OperationCancelled {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub id: Hash,
    pub by: AccountId,
}

/// The governor has accepted the ownership of a contract.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct OwnershipAccepted {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub of: AccountId,
    pub by: AccountId,
}

/// The governor's delays and bounds were set.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct SettingsSet {
    pub settings: Settings,
}

/// The members of a role were set.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct MembersSet {
    pub role: Role,
    pub members: Vec<AccountId>,
}

/// A steward has moved parameters of a reserve: the market's own event says which.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct ReserveSteered {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub market: AccountId,
    #[cfg_attr(feature = "ink", ink(topic))]
    pub asset: AssetId,
    pub steward: AccountId,
}

signed! {
    OperationQueued("Hash,AccountId,Operation,u64,u64"),
    OperationExecuted("Hash,AccountId"),
    OperationCancelled("Hash,AccountId"),
    OwnershipAccepted("AccountId,AccountId"),
    SettingsSet("Settings"),
    MembersSet("Role,Vec<AccountId>"),
    ReserveSteered("AccountId,AssetId,AccountId"),
}
