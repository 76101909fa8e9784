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

/// A message without arguments, of another code: the front code hands it over. Others end where their first
/// argument is decoded ([`early`](crate::early)).
macro_rules! rare {
    ($code:ident: $market:ident.$message:ident()) => {{
        #[cfg(feature = "front")]
        $crate::codes::hand_over($market.$code.as_ref());
        #[cfg(not(feature = "front"))]
        {
            let answer = $market.$message();
            $market.end(&answer)
        }
    }};
    ($code:ident view: $market:ident.$message:ident()) => {{
        #[cfg(feature = "front")]
        $crate::codes::hand_over($market.$code.as_ref());
        #[cfg(not(feature = "front"))]
        $market.$message()
    }};
}
pub(crate) use rare;

use crate::storage::{LAYOUT, VERSION};
use breakwater_protocol::governance::{CodeInfo, Part};

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

/// Whichever code has it.
pub enum Daily {}
impl Home for Daily {
    const PART: Part = Part::Front;
    const IS_HERE: bool = true;
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
/// As [`hand_over`].
#[cfg(all(feature = "front", feature = "std"))]
pub(crate) fn hand_over_undecoded(_: Part) -> ! {
    refuse()
}

/// Hands a message over before the market's own cell is decoded, which only the other code needs: of it, no
/// more is looked at than where that code is named.
#[cfg(all(feature = "front", not(feature = "std")))]
#[inline(never)]
pub(crate) fn hand_over_undecoded(part: Part) -> ! {
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
