//! What a market's code says of itself, so that an upgrade can't put in one that doesn't fit.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use crate::Error;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// One of the market's three codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum Part {
    /// The contract's own code.
    #[codec(index = 0)]
    Front,
    #[codec(index = 1)]
    Auctions,
    #[codec(index = 2)]
    Admin,
}

/// A code's answer to `version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct CodeInfo {
    pub part: Part,
    /// Number of its storage layout: keys, and the encoding of what is under them. Codes of one
    /// layout can read each other's storage.
    pub layout: u32,
    /// Counts releases. Of no consequence on chain.
    pub version: u32,
}

impl CodeInfo {
    /// Whether this code may become a part of a market.
    ///
    /// # Errors
    /// [`Error::WrongCode`] if it is another part or has another layout.
    pub fn must_be(&self, part: Part, layout: u32) -> Result<(), Error> {
        if self.part != part || self.layout != layout {
            return Err(Error::WrongCode);
        }
        Ok(())
    }
}
