//! Messages that are called rarely: the owner's, claims, the backstop's stakes, views.
//!
//! The market is deployed as two codes of this one source. The *front* code is the market's own; in
//! it, the bodies of rare messages are a hand-over to the *full* code, which runs as a delegate on
//! the market's storage. What users do daily then loads less code, and the market keeps within the
//! size that chains allow.

/// In the front code, hands the message over; in the full code, does it.
macro_rules! rare {
    ($market:ident.$message:ident($($argument:expr),*)) => {{
        #[cfg(feature = "front")]
        {
            let _ = ($(&$argument,)*);
            $market.hand_over()
        }
        #[cfg(not(feature = "front"))]
        {
            $market.$message($($argument.0),*)
        }
    }};
}
pub(crate) use rare;

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

#[cfg(feature = "front")]
impl crate::market::Market {
    /// Runs the full code on this message in the place of this one.
    #[inline(never)]
    pub(crate) fn hand_over(&self) -> ! {
        use ink::env::{
            call::{build_call, ExecutionInput, Selector},
            CallFlags, DefaultEnvironment, ReturnFlags,
        };
        // The answer goes straight to the caller: nothing after it is reached if it succeeds.
        let _ = build_call::<DefaultEnvironment>()
            .delegate(self.full)
            .call_flags(CallFlags::FORWARD_INPUT.union(CallFlags::TAIL_CALL))
            .exec_input(ExecutionInput::new(Selector::new([0; 4])))
            .returns::<()>()
            .try_invoke();
        let failed: core::result::Result<(), _> = Err(ink::LangError::CouldNotReadInput);
        ink::env::return_value(ReturnFlags::REVERT, &failed)
    }
}
