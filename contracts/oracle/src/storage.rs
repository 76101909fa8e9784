//! Where the adapter keeps its feeds. The key is written out: an upgrade must find them again.

pub use breakwater_cells::{Cell, Stored};
use breakwater_protocol::oracle::Feed;
use ink::{
    primitives::AccountId,
    storage::{traits::ManualKey, Lazy, Mapping},
};

/// One cell a token: configuration, last values, the confirmed price, volatility.
pub type Feeds = Mapping<AccountId, Cell<Feed>, ManualKey<0x4F52_0001>>;
/// To whom the adapter is offered. A cell of its own: the adapter's is read for every price.
pub type PendingOwner = Lazy<Option<AccountId>, ManualKey<0x4F52_0002>>;
