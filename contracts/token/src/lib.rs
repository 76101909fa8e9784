//! A PSP22 token for local networks and tests: the standard's selectors, plus minting by the owner.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

mod data;
mod psp22;

pub use data::{Approval, PSP22Data, Transfer};
pub use psp22::{PSP22Error, PSP22Metadata, PSP22};

#[ink::contract]
pub mod token {
    use crate::{
        data::{Change, PSP22Data},
        psp22::{PSP22Error, PSP22Metadata, PSP22},
    };
    use ink::prelude::{string::String, vec::Vec};

    #[ink(storage)]
    pub struct Token {
        owner: AccountId,
        data: PSP22Data,
        name: Option<String>,
        symbol: Option<String>,
        decimals: u8,
    }

    impl Token {
        /// A token whose owner, the caller, holds `supply` and may mint more.
        #[ink(constructor)]
        pub fn new(
            supply: u128,
            name: Option<String>,
            symbol: Option<String>,
            decimals: u8,
        ) -> Self {
            let owner = Self::env().caller();
            let (data, change) = PSP22Data::with_supply(owner, supply);
            if let Some(change) = change {
                Self::env().emit_event(change);
            }
            Self { owner, data, name, symbol, decimals }
        }

        /// Creates `value` new units for `to`. Only the owner.
        #[ink(message)]
        pub fn mint(&mut self, to: AccountId, value: u128) -> Result<(), PSP22Error> {
            if self.env().caller() != self.owner {
                return Err(PSP22Error::Custom(String::from("NotOwner")));
            }
            let changes = self.data.mint(to, value)?;
            self.emit(changes);
            Ok(())
        }

        fn emit(&self, changes: Vec<Change>) {
            for change in changes {
                match change {
                    Change::Transfer(event) => self.env().emit_event(event),
                    Change::Approval(event) => self.env().emit_event(event),
                }
            }
        }
    }

    impl PSP22 for Token {
        /// Units in existence.
        #[ink(message)]
        fn total_supply(&self) -> u128 {
            self.data.total_supply()
        }

        /// Units that `owner` has.
        #[ink(message)]
        fn balance_of(&self, owner: AccountId) -> u128 {
            self.data.balance_of(owner)
        }

        /// Units of `owner`'s that `spender` may move.
        #[ink(message)]
        fn allowance(&self, owner: AccountId, spender: AccountId) -> u128 {
            self.data.allowance(owner, spender)
        }

        /// Moves `value` units of the caller's. To oneself or of nothing it is Ok and does nothing.
        #[ink(message)]
        fn transfer(
            &mut self,
            to: AccountId,
            value: u128,
            _data: Vec<u8>,
        ) -> Result<(), PSP22Error> {
            let changes = self.data.transfer(self.env().caller(), to, value)?;
            self.emit(changes);
            Ok(())
        }

        /// Moves `value` units of `from`'s that the caller has an allowance for.
        #[ink(message)]
        fn transfer_from(
            &mut self,
            from: AccountId,
            to: AccountId,
            value: u128,
            _data: Vec<u8>,
        ) -> Result<(), PSP22Error> {
            let changes = self.data.transfer_from(self.env().caller(), from, to, value)?;
            self.emit(changes);
            Ok(())
        }

        /// Lets `spender` move `value` units of the caller's.
        #[ink(message)]
        fn approve(&mut self, spender: AccountId, value: u128) -> Result<(), PSP22Error> {
            let changes = self.data.approve(self.env().caller(), spender, value);
            self.emit(changes);
            Ok(())
        }

        /// Adds to an allowance.
        #[ink(message)]
        fn increase_allowance(
            &mut self,
            spender: AccountId,
            delta_value: u128,
        ) -> Result<(), PSP22Error> {
            let owner = self.env().caller();
            let value = self.data.allowance(owner, spender).saturating_add(delta_value);
            let changes = self.data.approve(owner, spender, value);
            self.emit(changes);
            Ok(())
        }

        /// Takes from an allowance.
        #[ink(message)]
        fn decrease_allowance(
            &mut self,
            spender: AccountId,
            delta_value: u128,
        ) -> Result<(), PSP22Error> {
            let owner = self.env().caller();
            let value = self
                .data
                .allowance(owner, spender)
                .checked_sub(delta_value)
                .ok_or(PSP22Error::InsufficientAllowance)?;
            let changes = self.data.approve(owner, spender, value);
            self.emit(changes);
            Ok(())
        }
    }

    impl PSP22Metadata for Token {
        /// The token's name.
        #[ink(message)]
        fn token_name(&self) -> Option<String> {
            self.name.clone()
        }

        /// The token's symbol.
        #[ink(message)]
        fn token_symbol(&self) -> Option<String> {
            self.symbol.clone()
        }

        /// Decimals of one whole token.
        #[ink(message)]
        fn token_decimals(&self) -> u8 {
            self.decimals
        }
    }
}
