//! A contract that speaks DIA's oracle interface, for tests: what the adapter asks is asked in the
//! form in which DIA's own contract answers. On command it misbehaves.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use ink::prelude::{string::String, vec::Vec};

/// DIA's interface. ink! derives its selectors from the names.
#[ink::trait_definition]
pub trait OracleGetters {
    /// Time in milliseconds and price with 18 decimals of a pair such as `ETH/USD`.
    #[ink(message)]
    fn get_latest_price(&self, key: String) -> Option<(u64, u128)>;

    /// Several at once.
    #[ink(message)]
    fn get_latest_prices(&self, keys: Vec<String>) -> Vec<Option<(u64, u128)>>;
}

#[ink::contract]
pub mod dia {
    use crate::OracleGetters;
    use breakwater_cells::Raw;
    use ink::{
        env::ReturnFlags,
        prelude::{string::String, vec::Vec},
        storage::Mapping,
    };

    /// How it answers, for tests of whoever asks.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    #[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
    pub enum Mood {
        #[default]
        Honest,
        Traps,
        /// Runs until the gas is gone.
        Loops,
        /// Answers with so many bytes of nonsense.
        Babbles {
            bytes: u32,
        },
    }

    #[ink(storage)]
    #[derive(Default)]
    pub struct Dia {
        prices: Mapping<String, (u64, u128)>,
        mood: Mood,
    }

    impl Dia {
        /// Without prices.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self::default()
        }

        /// Sets a price: anyone may, it is a fixture.
        #[ink(message)]
        pub fn set_price(&mut self, key: String, time_ms: u64, price: u128) {
            self.prices.insert(key, &(time_ms, price));
        }

        /// Sets how it answers from now on.
        #[ink(message)]
        pub fn arm(&mut self, mood: Mood) {
            self.mood = mood;
        }

        fn act(&self) {
            match self.mood {
                Mood::Honest => {}
                Mood::Traps => panic!("a trap"),
                Mood::Loops => {
                    let mut gas = self.env().gas_left();
                    while gas > 0 {
                        gas = self.env().gas_left();
                    }
                }
                Mood::Babbles { bytes } => {
                    let nonsense = ink::prelude::vec![7u8; usize::try_from(bytes).unwrap_or(0)];
                    ink::env::return_value(ReturnFlags::empty(), &Raw(nonsense))
                }
            }
        }
    }

    impl OracleGetters for Dia {
        #[ink(message)]
        fn get_latest_price(&self, key: String) -> Option<(u64, u128)> {
            self.act();
            self.prices.get(key)
        }

        #[ink(message)]
        fn get_latest_prices(&self, keys: Vec<String>) -> Vec<Option<(u64, u128)>> {
            keys.into_iter().map(|key| self.prices.get(key)).collect()
        }
    }
}
