//! The market's three codes.
//!
//! The market is deployed as three codes of this one source, one for each feature. The *front* code
//! is the market's own: what borrowers and lenders do daily, and the start of an auction. It hands
//! the other messages over: takes, fills and write-offs to the *auctions* code; the owner's, stakes,
//! claims, the breaker and views to the *admin* code. Those run as delegates on the market's
//! storage. A message then loads only the code it needs, and each code keeps within the size that
//! chains allow. Those two have no messages but their own. Without any of the features all of it is in
//! one code: for the metadata, which is the same for all, and for tests. Of several features the first
//! of front, auctions, admin counts: clippy is run with all.

/// A message of another code: the front code hands it over. One with arguments is gone by then: see
/// [`Elsewhere`].
macro_rules! rare {
    ($code:ident: $market:ident.$message:ident($($argument:expr),*)) => {{
        #[cfg(feature = "front")]
        {
            let _ = ($(&$argument,)*);
            $crate::codes::hand_over($market.$code.as_ref())
        }
        #[cfg(not(feature = "front"))]
        {
            let done = $market.$message($($argument.get()),*);
            $market.finish(done)
        }
    }};
    ($code:ident view: $market:ident.$message:ident($($argument:expr),*)) => {{
        #[cfg(feature = "front")]
        {
            let _ = ($(&$argument,)*);
            $crate::codes::hand_over($market.$code.as_ref())
        }
        #[cfg(not(feature = "front"))]
        {
            $market.$message($($argument.get()),*)
        }
    }};
}
pub(crate) use rare;

use crate::storage::{LAYOUT, VERSION};
use breakwater_protocol::governance::{CodeInfo, Part};
use core::marker::PhantomData;
use scale::{Decode, Encode};

/// What this code is; all in one is a front.
pub const THIS_CODE: CodeInfo = CodeInfo {
    part: if cfg!(feature = "front") {
        Part::Front
    } else if cfg!(feature = "auctions") {
        Part::Auctions
    } else if cfg!(feature = "admin") {
        Part::Admin
    } else {
        Part::Front
    },
    layout: LAYOUT,
    version: VERSION,
};

/// The code in which a message is done.
pub trait Home {
    /// Which that is.
    const PART: Part;
    /// Whether that is this code.
    const IS_HERE: bool;
}

/// The auctions code.
pub enum Auctions {}
impl Home for Auctions {
    const PART: Part = Part::Auctions;
    const IS_HERE: bool =
        !cfg!(any(feature = "front", all(feature = "admin", not(feature = "auctions"))));
}

/// The admin code.
pub enum Admin {}
impl Home for Admin {
    const PART: Part = Part::Admin;
    const IS_HERE: bool = !cfg!(any(feature = "front", feature = "auctions"));
}

/// Arguments of a code's messages, under the names of what they stand for: ink! puts the written name
/// into the metadata.
macro_rules! arguments {
    ($(#[$docs:meta])* $place:ident: $home:ident) => {
        $(#[$docs])*
        #[allow(non_camel_case_types)]
        pub mod $place {
            use super::{Elsewhere, $home};
            use breakwater_protocol as core_types;
            use ink::{prelude::vec, primitives};

            pub type AccountId = Elsewhere<primitives::AccountId, $home>;
            pub type AssetId = Elsewhere<core_types::AssetId, $home>;
            pub type Income = Elsewhere<core_types::Income, $home>;
            pub type Level = Elsewhere<core_types::Level, $home>;
            pub type MarketParams = Elsewhere<core_types::MarketParams, $home>;
            pub type Option<T> = Elsewhere<core::option::Option<T>, $home>;
            pub type ReserveConfig = Elsewhere<core_types::ReserveConfig, $home>;
            pub type Vec<T> = Elsewhere<vec::Vec<T>, $home>;
            pub type u128 = Elsewhere<core::primitive::u128, $home>;
            pub type u32 = Elsewhere<core::primitive::u32, $home>;
            pub type u64 = Elsewhere<core::primitive::u64, $home>;
        }
    };
}
arguments! {
    /// Of messages of the auctions code.
    at_auctions: Auctions
}
arguments! {
    /// Of messages of the admin code.
    at_admin: Admin
}

/// An argument that only the message's home decodes; in the metadata it is what it stands for. The front
/// code hands the message over where it would decode it, so that it neither decodes the market's own cell
/// nor has anything of the message in its dispatch.
pub struct Elsewhere<T, H>(Option<T>, PhantomData<H>);

impl<T, H: Home> Elsewhere<T, H> {
    /// The argument, in its home.
    pub fn get(self) -> T {
        match self.0 {
            Some(argument) => argument,
            None => refuse(),
        }
    }
}

impl<T, H> From<T> for Elsewhere<T, H> {
    fn from(argument: T) -> Self {
        Self(Some(argument), PhantomData)
    }
}

impl<T: Clone, H> Clone for Elsewhere<T, H> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<T: Decode, H: Home> Decode for Elsewhere<T, H> {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        #[cfg(all(feature = "front", not(feature = "std")))]
        if !H::IS_HERE {
            hand_over_undecoded(H::PART)
        }
        let argument = if H::IS_HERE { Some(T::decode(input)?) } else { None };
        Ok(Self(argument, PhantomData))
    }
}

impl<T: Encode, H: Home> Encode for Elsewhere<T, H> {
    fn encode_to<O: scale::Output + ?Sized>(&self, output: &mut O) {
        if let Some(argument) = self.0.as_ref().filter(|_| H::IS_HERE) {
            argument.encode_to(output);
        }
    }
}

impl<T: scale_info::TypeInfo + 'static, H: 'static> scale_info::TypeInfo for Elsewhere<T, H> {
    type Identity = T::Identity;

    fn type_info() -> scale_info::Type {
        T::type_info()
    }
}

/// Ends a message that this code does not have.
#[inline(never)]
pub fn refuse() -> ! {
    let refused: core::result::Result<(), _> = Err(ink::LangError::CouldNotReadInput);
    ink::env::return_value(ink::env::ReturnFlags::REVERT, &refused)
}

/// Runs another code on this message in the place of this one. The answer goes straight to the caller:
/// nothing after it is reached if it succeeds.
#[cfg(all(feature = "front", not(feature = "std")))]
#[inline(never)]
pub(crate) fn hand_over(code: &[u8]) -> ! {
    use pallet_contracts_uapi::{CallFlags, HostFn, HostFnImpl};
    let flags = CallFlags::FORWARD_INPUT.union(CallFlags::TAIL_CALL);
    let _ = HostFnImpl::delegate_call(flags, code, &[], None);
    refuse()
}

/// The native build is for metadata and types: it has no chain, and no other code.
#[cfg(all(feature = "front", feature = "std"))]
pub(crate) fn hand_over(_: &[u8]) -> ! {
    refuse()
}

/// Hands a message over before the market's own cell is decoded, which only the other code needs: of it, no
/// more is looked at than where that code is named.
#[cfg(all(feature = "front", not(feature = "std")))]
#[inline(never)]
fn hand_over_undecoded(part: Part) -> ! {
    use crate::storage::{ADMIN_AT, AUCTIONS_AT, MOST_OWN_BYTES, OWN_KEY};
    use pallet_contracts_uapi::{HostFn, HostFnImpl};
    let mut cell = [0; MOST_OWN_BYTES];
    let read = HostFnImpl::get_storage_v1(&OWN_KEY, &mut cell.as_mut_slice());
    let place = if part == Part::Auctions { AUCTIONS_AT } else { ADMIN_AT };
    match cell.get(place) {
        Some(code) if read.is_ok() => hand_over(code),
        _ => refuse(),
    }
}
