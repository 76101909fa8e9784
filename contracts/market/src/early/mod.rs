//! Messages that end where their first argument is decoded.
//!
//! ink!'s dispatch is one function that every message pays for, and with it for what it does for the others: decode
//! their arguments, read the market's own cell, answer. The type of a message's first argument does all of
//! that here, in functions of the message's own. In a code that does not have the message it hands it over, so that
//! nothing of it is in that code's dispatch, and no cell is decoded that only the other code needs.

pub mod messages;

use crate::{
    codes::{refuse, Home},
    market::{Market, Result},
};
use core::{marker::PhantomData, result};
use scale::{Decode, Encode};

/// What a message does, by its first argument.
pub trait Message<First> {
    /// The code that does it.
    type Home: Home;
    /// Its other arguments.
    type Rest: Decode;
    /// What it answers.
    type Answer: Encode + Answer;

    /// Does it.
    fn run(market: &mut Market, first: First, rest: Self::Rest) -> Self::Answer;
}

/// What a message answers.
pub trait Answer {
    /// Whether nothing of what it did may stand.
    fn is_refusal(&self) -> bool {
        false
    }
}

impl<T> Answer for Result<T> {
    fn is_refusal(&self) -> bool {
        self.is_err()
    }
}

/// A first argument with which a message ends on a chain: who decodes it does the message, or hands it over. In the
/// metadata it is what it stands for.
pub struct Early<T, M>(T, PhantomData<M>);

impl<T, M: Message<T>> Early<T, M> {
    /// The message with its other arguments: nobody comes here.
    pub fn done(self, _: M::Rest) -> M::Answer {
        refuse()
    }
}

impl<T, M> From<T> for Early<T, M> {
    fn from(argument: T) -> Self {
        Self(argument, PhantomData)
    }
}

impl<T: Clone, M> Clone for Early<T, M> {
    fn clone(&self) -> Self {
        self.0.clone().into()
    }
}

impl<T: Decode, M: Message<T>> Decode for Early<T, M> {
    // Never to return is what leaves nothing of the message in ink!'s dispatch.
    #[inline(always)]
    fn decode<I: scale::Input>(input: &mut I) -> result::Result<Self, scale::Error> {
        #[cfg(feature = "front")]
        if !M::Home::IS_HERE {
            crate::codes::hand_over_undecoded(M::Home::PART)
        }
        run::<T, M, I>(input)
    }
}

/// Decodes all of a message's arguments, does it and ends it.
#[inline(never)]
fn run<T: Decode, M: Message<T>, I: scale::Input>(input: &mut I) -> ! {
    let (Ok(first), Ok(rest)) = (T::decode(input), M::Rest::decode(input)) else { refuse() };
    let mut market = Market::load();
    let answer = M::run(&mut market, first, rest);
    market.end(&answer)
}

impl<T: Encode, M> Encode for Early<T, M> {
    fn encode_to<O: scale::Output + ?Sized>(&self, output: &mut O) {
        self.0.encode_to(output);
    }
}

impl<T: scale_info::TypeInfo + 'static, M: 'static> scale_info::TypeInfo for Early<T, M> {
    type Identity = T::Identity;

    fn type_info() -> scale_info::Type {
        T::type_info()
    }
}
