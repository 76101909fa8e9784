//! The market's three codes.
//!
//! The market is deployed as three codes of this one source, one for each feature. The *front* code
//! is the market's own: what borrowers and lenders do daily, and the start of an auction. It hands
//! the other messages over: takes, fills and write-offs to the *auctions* code; the owner's, stakes,
//! claims, the breaker and views to the *admin* code. Those run as delegates on the market's
//! storage. A message then loads only the code it needs, and each code keeps within the size that
//! chains allow. Without any of the features all of it is in one code: for the metadata, which is
//! the same for all, and for tests. Of several features the first of front, auctions, admin counts:
//! clippy is run with all.

/// A message of the front code: the others refuse it.
macro_rules! daily {
    // The auctions code has it too, for the cases in which the front hands it over.
    (auctions too: $market:ident.$message:ident($($argument:expr),*)) => {{
        #[cfg(all(feature = "admin", not(any(feature = "front", feature = "auctions"))))]
        {
            let _ = ($(&$argument,)*);
            {
                let _ = &$market;
                $crate::codes::refuse()
            }
        }
        #[cfg(not(all(feature = "admin", not(any(feature = "front", feature = "auctions")))))]
        {
            $market.$message($($argument),*)
        }
    }};
    ($market:ident.$message:ident($($argument:expr),*)) => {{
        #[cfg(all(not(feature = "front"), any(feature = "auctions", feature = "admin")))]
        {
            let _ = ($(&$argument,)*);
            {
                let _ = &$market;
                $crate::codes::refuse()
            }
        }
        #[cfg(any(feature = "front", not(any(feature = "auctions", feature = "admin"))))]
        {
            $market.$message($($argument),*)
        }
    }};
}

/// A message of another code: the front code hands it over.
macro_rules! rare {
    (auctions: $market:ident.$message:ident($($argument:expr),*)) => {{
        #[cfg(feature = "front")]
        {
            let _ = ($(&$argument,)*);
            $market.hand_over($market.auctions)
        }
        #[cfg(all(feature = "admin", not(any(feature = "front", feature = "auctions"))))]
        {
            let _ = ($(&$argument,)*);
            {
                let _ = &$market;
                $crate::codes::refuse()
            }
        }
        #[cfg(not(any(
            feature = "front",
            all(feature = "admin", not(feature = "auctions"))
        )))]
        {
            $market.$message($($argument.get()),*)
        }
    }};
    (admin: $market:ident.$message:ident($($argument:expr),*)) => {{
        #[cfg(feature = "front")]
        {
            let _ = ($(&$argument,)*);
            $market.hand_over($market.admin)
        }
        #[cfg(all(feature = "auctions", not(feature = "front")))]
        {
            let _ = ($(&$argument,)*);
            {
                let _ = &$market;
                $crate::codes::refuse()
            }
        }
        #[cfg(not(any(feature = "front", feature = "auctions")))]
        {
            $market.$message($($argument.get()),*)
        }
    }};
}
pub(crate) use {daily, rare};

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
    /// Whether that is this code.
    const IS_HERE: bool;
}

/// The auctions code.
pub enum Auctions {}
impl Home for Auctions {
    const IS_HERE: bool =
        !cfg!(any(feature = "front", all(feature = "admin", not(feature = "auctions"))));
}

/// The admin code.
pub enum Admin {}
impl Home for Admin {
    const IS_HERE: bool = !cfg!(any(feature = "front", feature = "auctions"));
}

/// An argument of a message of the auctions code.
pub type AtAuctions<T> = Elsewhere<T, Auctions>;
/// An argument of a message of the admin code.
pub type AtAdmin<T> = Elsewhere<T, Admin>;

/// An argument that only the message's home decodes; in the metadata it is what it stands for.
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

#[cfg(feature = "front")]
impl crate::market::Market {
    /// Runs another code on this message in the place of this one.
    #[inline(never)]
    pub(crate) fn hand_over(&self, code: ink::primitives::Hash) -> ! {
        use ink::env::{
            call::{build_call, ExecutionInput, Selector},
            CallFlags, DefaultEnvironment,
        };
        // The answer goes straight to the caller: nothing after it is reached if it succeeds.
        let _ = build_call::<DefaultEnvironment>()
            .delegate(code)
            .call_flags(CallFlags::FORWARD_INPUT.union(CallFlags::TAIL_CALL))
            .exec_input(ExecutionInput::new(Selector::new([0; 4])))
            .returns::<()>()
            .try_invoke();
        refuse()
    }
}
