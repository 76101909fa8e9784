//! The chain's own coin as a PSP22 token, so that it can be listed: a unit is a planck, and for each unit this
//! contract holds one. Nobody owns it, and nothing but its holders' `withdraw` takes coins out of it.
//!
//! Amounts are 128 bits wide here; on a chain whose coin has 64 they are read and written in full.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
pub mod native {
    use breakwater_psp22::{Change, PSP22Data, PSP22Error, PSP22Metadata, PSP22};
    use ink::prelude::{string::String, vec::Vec};

    #[ink(storage)]
    pub struct Native {
        data: PSP22Data,
        name: String,
        symbol: String,
        decimals: u8,
    }

    impl Native {
        /// A wrapper of the coin, with what the token is to say of itself: the coin's decimals, or amounts
        /// will be read wrong.
        #[ink(constructor)]
        pub fn new(name: String, symbol: String, decimals: u8) -> Self {
            Self { data: PSP22Data::default(), name, symbol, decimals }
        }

        /// Wraps the coins that come with the call: as many units are the caller's.
        #[ink(message, payable)]
        pub fn deposit(&mut self) -> Result<(), PSP22Error> {
            let (to, planck) = (self.env().caller(), self.env().transferred_value());
            let changes = self.data.mint(to, planck)?;
            self.emit(changes);
            Ok(())
        }

        /// Burns units of the caller's and pays as many planck.
        ///
        /// # Errors
        /// `InsufficientBalance`; `Custom("TransferFailed")` if the chain does not pay, for instance less
        /// than an account needs to exist.
        #[ink(message)]
        pub fn withdraw(&mut self, value: u128) -> Result<(), PSP22Error> {
            let from = self.env().caller();
            let changes = self.data.burn(from, value)?;
            self.env()
                .transfer(from, value)
                .map_err(|_| PSP22Error::Custom(String::from("TransferFailed")))?;
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

    impl PSP22 for Native {
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
            let allowed = self.data.allowance(owner, spender);
            let value =
                allowed.checked_sub(delta_value).ok_or(PSP22Error::InsufficientAllowance)?;
            let changes = self.data.approve(owner, spender, value);
            self.emit(changes);
            Ok(())
        }
    }

    impl PSP22Metadata for Native {
        /// The token's name.
        #[ink(message)]
        fn token_name(&self) -> Option<String> {
            Some(self.name.clone())
        }

        /// The token's symbol.
        #[ink(message)]
        fn token_symbol(&self) -> Option<String> {
            Some(self.symbol.clone())
        }

        /// Decimals of one whole token.
        #[ink(message)]
        fn token_decimals(&self) -> u8 {
            self.decimals
        }
    }
}
