//! A token, and a taker, that misbehave on command: a fixture for tests of the market, never to be
//! listed.
//!
//! It answers PSP22's transfers and a take's callback as it has been told to, keeps no balances, and can call back into
//! whoever called it.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

#[ink::contract]
pub mod hostile {
    use breakwater_cells::Raw;
    use breakwater_protocol::actions::Sold;
    use ink::{
        env::{
            call::{build_call, ExecutionInput, Selector},
            CallFlags, DefaultEnvironment, ReturnFlags,
        },
        prelude::{string::String, vec::Vec},
    };

    /// What to do when asked for a transfer.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub enum Mood {
        /// Says that it worked.
        Honest,
        /// Answers with an error.
        Refuses,
        /// Runs into a trap.
        Traps,
        /// Answers Ok, with a flag that says it did not work.
        SaysFalse,
        /// Refuses somebody, whether they pay or are paid, and serves everybody else.
        RefusesOne { account: AccountId },
        /// Calls a contract with some input, whatever comes of it, and says that it worked.
        Calls { target: AccountId, selector: [u8; 4], arguments: Vec<u8> },
    }

    /// The only error it knows, in PSP22's form.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum PSP22Error {
        Custom(String),
    }

    #[ink(storage)]
    pub struct Hostile {
        mood: Mood,
        /// Whether the last call out succeeded.
        got_in: bool,
        /// How many calls out were tried.
        tries: u32,
    }

    impl Default for Hostile {
        fn default() -> Self {
            Self::new()
        }
    }

    impl Hostile {
        /// An honest one, to begin with.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self { mood: Mood::Honest, got_in: false, tries: 0 }
        }

        /// Sets the mood.
        #[ink(message)]
        pub fn arm(&mut self, mood: Mood) {
            self.mood = mood;
            self.got_in = false;
            self.tries = 0;
        }

        /// Whether a call out has succeeded since it was armed, and how many were tried.
        #[ink(message)]
        pub fn tally(&self) -> (bool, u32) {
            (self.got_in, self.tries)
        }

        /// PSP22's `transfer`.
        #[ink(message, selector = 0xdb20f9f5)]
        pub fn transfer(
            &mut self,
            to: AccountId,
            _value: u128,
            _data: Vec<u8>,
        ) -> Result<(), PSP22Error> {
            self.act(Some(to))
        }

        /// PSP22's `transfer_from`.
        #[ink(message, selector = 0x54b3c76e)]
        pub fn transfer_from(
            &mut self,
            from: AccountId,
            _to: AccountId,
            _value: u128,
            _data: Vec<u8>,
        ) -> Result<(), PSP22Error> {
            self.act(Some(from))
        }

        /// `Taker::on_take`.
        #[ink(message, selector = 0xab1c372f)]
        pub fn on_take(&mut self, _sold: Sold, _data: Vec<u8>) -> Result<(), PSP22Error> {
            self.act(None)
        }

        /// PSP22's `balance_of`: as much as anybody could wish.
        #[ink(message, selector = 0x6568382f)]
        pub fn balance_of(&self, _owner: AccountId) -> u128 {
            u128::MAX
        }

        fn act(&mut self, whom: Option<AccountId>) -> Result<(), PSP22Error> {
            match self.mood.clone() {
                Mood::Honest => Ok(()),
                Mood::RefusesOne { account } if whom != Some(account) => Ok(()),
                Mood::Refuses | Mood::RefusesOne { .. } => {
                    Err(PSP22Error::Custom(String::from("no")))
                }
                Mood::Traps => panic!("a trap"),
                Mood::SaysFalse => {
                    type Flagged = Result<Result<bool, ()>, ink::LangError>;
                    let answer: Flagged = Ok(Ok(false));
                    ink::env::return_value(ReturnFlags::empty(), &answer)
                }
                Mood::Calls { target, selector, arguments } => {
                    self.call_out(target, selector, arguments);
                    Ok(())
                }
            }
        }

        fn call_out(&mut self, target: AccountId, selector: [u8; 4], arguments: Vec<u8>) {
            let input = ExecutionInput::new(Selector::new(selector)).push_arg(Raw(arguments));
            let outcome = build_call::<DefaultEnvironment>()
                .call(target)
                .call_flags(CallFlags::ALLOW_REENTRY)
                .exec_input(input)
                .returns::<Anything>()
                .try_invoke();
            self.tries = self.tries.saturating_add(1);
            self.got_in |= matches!(outcome, Ok(Ok(_)));
        }
    }

    /// An answer of which only that there is one matters.
    struct Anything;

    impl scale::Decode for Anything {
        fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
            while input.read_byte().is_ok() {}
            Ok(Self)
        }
    }
}
