//! Cells with a small decoder.

use breakwater_protocol::cell::{self, FromCell};
use scale::{Decode, Encode, Input};

/// As a [`Cell`](crate::Cell), with the core's own decoder, which is half as large ([`cell`]). It is another
/// than that of messages' arguments: in a code that has arguments of the same types it makes the code larger.
#[derive(Debug, Encode)]
pub struct LeanCell<T>(pub T);

impl<T: FromCell> Decode for LeanCell<T> {
    fn decode<I: Input>(input: &mut I) -> Result<Self, scale::Error> {
        cell::decode(input).map(Self)
    }
}

#[cfg(feature = "std")]
impl<T: scale_info::TypeInfo + 'static> scale_info::TypeInfo for LeanCell<T> {
    type Identity = <crate::Cell<T> as scale_info::TypeInfo>::Identity;

    fn type_info() -> scale_info::Type {
        crate::Cell::<T>::type_info()
    }
}

#[cfg(feature = "std")]
impl<T: scale_info::TypeInfo + 'static> ink::storage::traits::StorageLayout for LeanCell<T> {
    fn layout(key: &ink::primitives::Key) -> ink::metadata::layout::Layout {
        crate::Cell::<T>::layout(key)
    }
}
