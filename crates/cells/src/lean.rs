//! Cells with a small codec.

use breakwater_protocol::cell::{self, CellCodec};
use ink::prelude::boxed::Box;
use scale::{Decode, Encode, Input, Output};

/// As a [`Cell`](crate::Cell), with the core's own codec, which is smaller and shorter ([`cell`]). It is another
/// than that of messages' arguments: in a code that has arguments of the same types it makes the code larger.
#[derive(Debug)]
pub struct LeanCell<T>(Box<T>);

impl<T> LeanCell<T> {
    /// What is in the cell.
    pub fn into_inner(self) -> T {
        *self.0
    }
}

impl<T: CellCodec> Decode for LeanCell<T> {
    fn decode<I: Input>(input: &mut I) -> Result<Self, scale::Error> {
        cell::decode(input).map(Self)
    }
}

impl<T: CellCodec> Encode for LeanCell<T> {
    fn encode_to<O: Output + ?Sized>(&self, output: &mut O) {
        cell::encode(&*self.0, output);
    }
}

/// A core type to be stored as a [`LeanCell`], without a copy.
#[derive(Debug)]
pub struct LeanStored<'a, T>(pub &'a T);

impl<T: CellCodec> Encode for LeanStored<'_, T> {
    fn encode_to<O: Output + ?Sized>(&self, output: &mut O) {
        cell::encode(self.0, output);
    }
}

impl<T: CellCodec> scale::EncodeLike<LeanCell<T>> for LeanStored<'_, T> {}

/// ink! wants it for whatever is stored; it is never read.
impl<T> Decode for LeanStored<'_, T> {
    fn decode<I: Input>(_: &mut I) -> Result<Self, scale::Error> {
        Err("only for writing".into())
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
