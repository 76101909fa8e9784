//! Where the market keeps its cells. All keys are written out: an upgrade must find them again.

use breakwater_protocol::{Account, AssetId, Reserve};
use ink::{
    primitives::AccountId,
    storage::{traits::ManualKey, Mapping},
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// One cell a reserve: configuration and books.
pub type Reserves = Mapping<AssetId, Cell<Reserve>, ManualKey<0x4257_0001>>;
/// One cell an account; none for an empty one.
pub type Accounts = Mapping<AccountId, Cell<Account>, ManualKey<0x4257_0002>>;
/// The reserve of a token.
pub type AssetsByToken = Mapping<AccountId, AssetId, ManualKey<0x4257_0003>>;

/// A core type as one storage cell. The core knows nothing of ink!, so the layout that ink! wants
/// in its metadata is given here.
#[derive(Debug, Encode, Decode, TypeInfo)]
pub struct Cell<T>(pub T);

#[cfg(feature = "std")]
impl<T: TypeInfo + 'static> ink::storage::traits::StorageLayout for Cell<T> {
    fn layout(key: &ink::primitives::Key) -> ink::metadata::layout::Layout {
        use ink::metadata::layout::{Layout, LayoutKey, LeafLayout};
        Layout::Leaf(LeafLayout::from_key::<T>(LayoutKey::from(key)))
    }
}
