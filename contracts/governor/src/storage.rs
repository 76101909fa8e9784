//! Where the governor keeps its cells. Its own cell is empty: a message that the governor calls on
//! itself must not be overwritten by the one that called it.

pub use breakwater_cells::{Cell, Stored};
use breakwater_protocol::{
    governance::{Entry, Moved, OperationId, Roles, Settings},
    AssetId,
};
use ink::{
    prelude::vec::Vec,
    primitives::AccountId,
    storage::{traits::ManualKey, Lazy, Mapping},
};

pub type SettingsCell = Lazy<Cell<Settings>, ManualKey<0x4756_0001>>;
pub type RolesCell = Lazy<Cell<Roles>, ManualKey<0x4756_0002>>;
/// One cell an operation, for good.
pub type Entries = Mapping<OperationId, Cell<Entry>, ManualKey<0x4756_0003>>;
/// Operations that wait or are ready, with the end of their grace in Unix milliseconds. Those that
/// have expired go with the next that is queued.
pub type Open = Lazy<Vec<(OperationId, u64)>, ManualKey<0x4756_0004>>;
/// When stewards have moved the parameters of a market's reserve.
pub type Moves = Mapping<(AccountId, AssetId), Cell<Moved>, ManualKey<0x4756_0005>>;
