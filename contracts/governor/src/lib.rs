//! The governor: a queue of calls that owns the market.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
pub mod governor {
    #[ink(storage)]
    #[derive(Default)]
    pub struct Governor {}

    impl Governor {
        #[ink(constructor)]
        pub fn new() -> Self {
            Self {}
        }

        /// The version of this code's storage.
        #[ink(message)]
        pub fn version(&self) -> u32 {
            1
        }
    }
}
