//! The market's three codes.
//!
//! The market is deployed as three codes of this one source, one for each feature. The *front* code
//! is the market's own: what borrowers and lenders do daily, and the start of an auction. It hands
//! the other messages over: takes, fills and write-offs to the *auctions* code; the owner's, stakes,
//! claims, the breaker and views to the *office* code. Those run as delegates on the market's
//! storage. A message then loads only the code it needs, and each code keeps within the size that
//! chains allow. Without any of the features all of it is in one code: for the metadata, which is
//! the same for all, and for tests. Of several features the first of front, auctions, office counts:
//! clippy is run with all.

/// A message of the front code: the others refuse it.
macro_rules! daily {
    ($market:ident.$message:ident($($argument:expr),*)) => {{
        #[cfg(all(not(feature = "front"), any(feature = "auctions", feature = "office")))]
        {
            let _ = ($(&$argument,)*);
            $market.refuse()
        }
        #[cfg(any(feature = "front", not(any(feature = "auctions", feature = "office"))))]
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
        #[cfg(all(feature = "office", not(any(feature = "front", feature = "auctions"))))]
        {
            let _ = ($(&$argument,)*);
            $market.refuse()
        }
        #[cfg(not(any(
            feature = "front",
            all(feature = "office", not(feature = "auctions"))
        )))]
        {
            $market.$message($($argument.0),*)
        }
    }};
    (office: $market:ident.$message:ident($($argument:expr),*)) => {{
        #[cfg(feature = "front")]
        {
            let _ = ($(&$argument,)*);
            $market.hand_over($market.office)
        }
        #[cfg(all(feature = "auctions", not(feature = "front")))]
        {
            let _ = ($(&$argument,)*);
            $market.refuse()
        }
        #[cfg(not(any(feature = "front", feature = "auctions")))]
        {
            $market.$message($($argument.0),*)
        }
    }};
}
pub(crate) use {daily, rare};

use scale::{Decode, Encode};

/// An argument of a rare message. The front code leaves it undecoded; in the metadata it is what it
/// stands for.
#[cfg(not(feature = "front"))]
#[derive(Clone, Debug)]
pub struct Later<T>(pub T);
#[cfg(feature = "front")]
pub struct Later<T>(core::marker::PhantomData<T>);

#[cfg(not(feature = "front"))]
impl<T> From<T> for Later<T> {
    fn from(argument: T) -> Self {
        Self(argument)
    }
}

impl<T: Decode> Decode for Later<T> {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        #[cfg(not(feature = "front"))]
        return T::decode(input).map(Self);
        #[cfg(feature = "front")]
        {
            let _ = input;
            Ok(Self(core::marker::PhantomData))
        }
    }
}

impl<T: Encode> Encode for Later<T> {
    fn encode_to<O: scale::Output + ?Sized>(&self, output: &mut O) {
        #[cfg(not(feature = "front"))]
        self.0.encode_to(output);
        #[cfg(feature = "front")]
        let _ = output;
    }
}

impl<T: scale_info::TypeInfo + 'static> scale_info::TypeInfo for Later<T> {
    type Identity = T::Identity;

    fn type_info() -> scale_info::Type {
        T::type_info()
    }
}

impl crate::market::Market {
    /// Runs another code on this message in the place of this one.
    #[cfg(feature = "front")]
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
        self.refuse()
    }

    /// Ends a message that this code does not have.
    #[cfg(any(feature = "front", feature = "auctions", feature = "office"))]
    #[inline(never)]
    pub(crate) fn refuse(&self) -> ! {
        let refused: core::result::Result<(), _> = Err(ink::LangError::CouldNotReadInput);
        ink::env::return_value(ink::env::ReturnFlags::REVERT, &refused)
    }
}
