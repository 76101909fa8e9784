//! The PSP22 interface. ink! derives the standard's selectors from the traits' names.

// What the codec derives for variants with fields casts their constant indices. Nothing else here
// computes.
#![allow(clippy::cast_possible_truncation)]

use ink::{
    prelude::{string::String, vec::Vec},
    primitives::AccountId,
};

/// Why a transfer was refused, as PSP22 defines it.
#[derive(Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
pub enum PSP22Error {
    /// Anything that is not one of the others.
    #[codec(index = 0)]
    Custom(String),
    /// The sender has less than the amount.
    #[codec(index = 1)]
    InsufficientBalance,
    /// The spender may move less than the amount.
    #[codec(index = 2)]
    InsufficientAllowance,
    /// The recipient is the zero address.
    #[codec(index = 3)]
    ZeroRecipientAddress,
    /// The sender is the zero address.
    #[codec(index = 4)]
    ZeroSenderAddress,
    /// The recipient refused the transfer.
    #[codec(index = 5)]
    SafeTransferCheckFailed(String),
}

/// PSP22: fungible token.
#[ink::trait_definition]
pub trait PSP22 {
    /// Units in existence.
    #[ink(message)]
    fn total_supply(&self) -> u128;

    /// Units that `owner` has.
    #[ink(message)]
    fn balance_of(&self, owner: AccountId) -> u128;

    /// Units of `owner`'s that `spender` may move.
    #[ink(message)]
    fn allowance(&self, owner: AccountId, spender: AccountId) -> u128;

    /// Moves `value` units of the caller's. A transfer to oneself or of nothing is Ok and does
    /// nothing.
    #[ink(message)]
    fn transfer(&mut self, to: AccountId, value: u128, data: Vec<u8>) -> Result<(), PSP22Error>;

    /// Moves `value` units of `from`'s that the caller has an allowance for.
    #[ink(message)]
    fn transfer_from(
        &mut self,
        from: AccountId,
        to: AccountId,
        value: u128,
        data: Vec<u8>,
    ) -> Result<(), PSP22Error>;

    /// Lets `spender` move `value` units of the caller's.
    #[ink(message)]
    fn approve(&mut self, spender: AccountId, value: u128) -> Result<(), PSP22Error>;

    /// Adds to an allowance.
    #[ink(message)]
    fn increase_allowance(
        &mut self,
        spender: AccountId,
        delta_value: u128,
    ) -> Result<(), PSP22Error>;

    /// Takes from an allowance.
    #[ink(message)]
    fn decrease_allowance(
        &mut self,
        spender: AccountId,
        delta_value: u128,
    ) -> Result<(), PSP22Error>;
}

/// PSP22's metadata extension.
#[ink::trait_definition]
pub trait PSP22Metadata {
    /// The token's name.
    #[ink(message)]
    fn token_name(&self) -> Option<String>;

    /// The token's symbol.
    #[ink(message)]
    fn token_symbol(&self) -> Option<String>;

    /// Decimals of one whole token.
    #[ink(message)]
    fn token_decimals(&self) -> u8;
}
