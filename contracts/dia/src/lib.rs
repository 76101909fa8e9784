//! A contract that speaks DIA's oracle interface, for tests: what the adapter asks is asked in the
//! form in which DIA's own contract answers.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

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
    use ink::{
        prelude::{string::String, vec::Vec},
        storage::Mapping,
    };

    #[ink(storage)]
    #[derive(Default)]
    pub struct Dia {
        prices: Mapping<String, (u64, u128)>,
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
    }

    impl OracleGetters for Dia {
        #[ink(message)]
        fn get_latest_price(&self, key: String) -> Option<(u64, u128)> {
            self.prices.get(key)
        }

        #[ink(message)]
        fn get_latest_prices(&self, keys: Vec<String>) -> Vec<Option<(u64, u128)>> {
            keys.into_iter().map(|key| self.prices.get(key)).collect()
        }
    }
}
