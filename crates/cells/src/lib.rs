//! What our contracts need between ink! and the core, which knows nothing of ink!.
#![cfg_attr(not(feature = "std"), no_std)]

mod lean;

pub use lean::{LeanCell, LeanStored};

use ink::prelude::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A core type as one storage cell, with the layout that ink! wants in its metadata.
#[derive(Debug, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Cell<T>(pub T);

impl<T> Cell<T> {
    /// What is in the cell.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// A core type to be stored as a [`Cell`], or a slice as a `Vec`, without a copy.
pub struct Stored<'a, T: ?Sized>(pub &'a T);

impl<T: Encode + ?Sized> Encode for Stored<'_, T> {
    fn encode_to<O: scale::Output + ?Sized>(&self, output: &mut O) {
        self.0.encode_to(output);
    }
}

impl<T: Encode> scale::EncodeLike<Cell<T>> for Stored<'_, T> {}
impl<T: Encode> scale::EncodeLike<Vec<T>> for Stored<'_, [T]> {}

/// ink! wants it for whatever is stored; it is never read.
impl<T: ?Sized> Decode for Stored<'_, T> {
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

/// Arguments of a call that are encoded already.
pub struct Raw(pub Vec<u8>);

impl Encode for Raw {
    fn encode_to<T: scale::Output + ?Sized>(&self, output: &mut T) {
        output.write(&self.0);
    }
}
