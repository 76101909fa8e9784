//! Where the adapter keeps its feeds. The key is written out: an upgrade must find them again.

use breakwater_protocol::oracle::Feed;
use ink::{
    primitives::AccountId,
    storage::{traits::ManualKey, Mapping},
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// One cell a token: configuration, last values, the confirmed price, volatility.
pub type Feeds = Mapping<AccountId, Cell<Feed>, ManualKey<0x4F52_0001>>;

/// A core type as one storage cell. The core knows nothing of ink!, so the layout that ink! wants
/// in its metadata is given here.
#[derive(Debug, Encode, Decode, TypeInfo)]
pub struct Cell<T>(pub T);

/// A core type to be stored as a [`Cell`] without a copy.
#[derive(Encode)]
pub struct Stored<'a, T>(pub &'a T);

impl<T: Encode> scale::EncodeLike<Cell<T>> for Stored<'_, T> {}

/// ink! wants it for whatever is stored; it is never read.
impl<T> Decode for Stored<'_, T> {
    fn decode<I: scale::Input>(_: &mut I) -> Result<Self, scale::Error> {
        Err("only for writing".into())
    }
}

#[cfg(feature = "std")]
impl<T: TypeInfo + 'static> ink::storage::traits::StorageLayout for Cell<T> {
    fn layout(key: &ink::primitives::Key) -> ink::metadata::layout::Layout {
        use ink::metadata::layout::{Layout, LayoutKey, LeafLayout};
        Layout::Leaf(LeafLayout::from_key::<T>(LayoutKey::from(key)))
    }
}
