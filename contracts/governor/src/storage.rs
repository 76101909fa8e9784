//! Where the governor keeps its cells. Its own cell is empty: a message that the governor calls on
//! itself must not be overwritten by the one that called it.

pub use breakwater_cells::{Cell, Stored};
use breakwater_protocol::{
    governance::{Entry, Moved, OperationId, Queue, Roles, Settings},
    AssetId,
};
use ink::{
    primitives::AccountId,
    storage::{traits::ManualKey, Lazy, Mapping},
};

pub type SettingsCell = Lazy<Cell<Settings>, ManualKey<0x4756_0001>>;
pub type RolesCell = Lazy<Cell<Roles>, ManualKey<0x4756_0002>>;
/// One cell an operation, for good.
pub type Entries = Mapping<OperationId, Cell<Entry>, ManualKey<0x4756_0003>>;
/// Operations that wait or are ready.
pub type Open = Lazy<Cell<Queue>, ManualKey<0x4756_0004>>;
/// When stewards have moved the parameters of a market's reserve.
pub type Moves = Mapping<(AccountId, AssetId), Cell<Moved>, ManualKey<0x4756_0005>>;
/// Who has deployed the governor, and until when they may have it accept what they offer it, in Unix
/// milliseconds.
pub type Founder = Lazy<(AccountId, u64), ManualKey<0x4756_0007>>;
/// Contracts whose ownership the governor has accepted.
pub type Owned = Mapping<AccountId, (), ManualKey<0x4756_0006>>;
