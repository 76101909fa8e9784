//! Messages that need nothing of the adapter's own cell.
//!
//! ink! reads and decodes that cell before every message. A price is part of most of the market's
//! messages, and needs neither owner nor chain: `prices`, in both manners, and `ask` are answered where ink!
//! would decode their argument, which spares an item read.

use crate::{
    asked::{self, Manner, Question},
    prices,
};
use core::marker::PhantomData;
use ink::{prelude::vec::Vec, primitives::AccountId};
use scale::{Decode, Encode};

/// What a message answers to its argument.
pub trait Message<T> {
    /// The answer.
    type Answer: Encode;

    /// Computes it.
    fn answer(argument: T) -> Self::Answer;
}

/// `prices`.
pub enum Prices {}
impl Message<Vec<AccountId>> for Prices {
    type Answer = Vec<Option<breakwater_protocol::Price>>;

    fn answer(tokens: Vec<AccountId>) -> Self::Answer {
        prices::of(tokens, Manner::Guarded)
    }
}

/// `prices_unguarded`.
pub enum PricesUnguarded {}
impl Message<Vec<AccountId>> for PricesUnguarded {
    type Answer = Vec<Option<breakwater_protocol::Price>>;

    fn answer(tokens: Vec<AccountId>) -> Self::Answer {
        prices::of(tokens, Manner::Unguarded)
    }
}

/// `ask`.
pub enum Ask {}
impl Message<Vec<Question>> for Ask {
    type Answer = Vec<Option<asked::Answer>>;

    fn answer(questions: Vec<Question>) -> Self::Answer {
        asked::ask(&questions)
    }
}

/// Arguments under the names of what they stand for: ink! puts the written name into the metadata.
pub mod of_prices {
    pub type Vec<T> = super::Early<ink::prelude::vec::Vec<T>, super::Prices>;
}
/// As [`of_prices`].
pub mod of_prices_unguarded {
    pub type Vec<T> = super::Early<ink::prelude::vec::Vec<T>, super::PricesUnguarded>;
}
/// As [`of_prices`].
pub mod of_ask {
    pub type Vec<T> = super::Early<ink::prelude::vec::Vec<T>, super::Ask>;
}

/// An argument with which a message ends on a chain: who decodes it answers. In the metadata it is what
/// it stands for.
pub struct Early<T, M>(T, PhantomData<M>);

impl<T, M: Message<T>> Early<T, M> {
    /// The message's answer. A chain has it from decoding already.
    pub fn answer(self) -> M::Answer {
        M::answer(self.0)
    }
}

impl<T, M> From<T> for Early<T, M> {
    fn from(argument: T) -> Self {
        Self(argument, PhantomData)
    }
}

impl<T: Decode, M: Message<T>> Decode for Early<T, M> {
    #[inline(never)]
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        let argument = T::decode(input);
        // Never to return is what leaves nothing of the message in ink!'s dispatch.
        #[cfg(not(feature = "std"))]
        match argument {
            Ok(argument) => {
                let answer: Result<_, ink::LangError> = Ok(M::answer(argument));
                ink::env::return_value(ink::env::ReturnFlags::empty(), &answer)
            }
            Err(_) => asked::refuse(),
        }
        #[cfg(feature = "std")]
        argument.map(Into::into)
    }
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
