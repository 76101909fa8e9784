//! PSP22 tokens.

use crate::{abi, ClientError};
use breakwater_chain::{AccountId, Chain, ContractCall};

/// A PSP22 token at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub address: AccountId,
}

impl Token {
    /// Constructor arguments of the local token.
    pub fn constructor(supply: u128, name: &str, symbol: &str, decimals: u8) -> Vec<u8> {
        abi::input("new", (supply, Some(name), Some(symbol), decimals))
    }

    pub fn mint(&self, to: AccountId, value: u128) -> ContractCall {
        abi::call(self.address, "mint", (to, value))
    }

    pub fn transfer(&self, to: AccountId, value: u128) -> ContractCall {
        abi::call(self.address, "PSP22::transfer", (to, value, Vec::<u8>::new()))
    }

    pub fn approve(&self, spender: AccountId, value: u128) -> ContractCall {
        abi::call(self.address, "PSP22::approve", (spender, value))
    }

    pub fn decimals(&self, chain: &mut dyn Chain) -> Result<u8, ClientError> {
        abi::query(chain, self.address, self.address, "PSP22Metadata::token_decimals", ())
    }

    /// What the token calls itself, if it says.
    pub fn symbol(&self, chain: &mut dyn Chain) -> Result<Option<String>, ClientError> {
        abi::query(chain, self.address, self.address, "PSP22Metadata::token_symbol", ())
    }

    pub fn name(&self, chain: &mut dyn Chain) -> Result<Option<String>, ClientError> {
        abi::query(chain, self.address, self.address, "PSP22Metadata::token_name", ())
    }

    pub fn balance_of(&self, chain: &mut dyn Chain, owner: AccountId) -> Result<u128, ClientError> {
        abi::query(chain, owner, self.address, "PSP22::balance_of", (owner,))
    }
}
