//! The constant-product pool.

use crate::{abi, ClientError};
use breakwater_chain::{AccountId, Chain, ContractCall};

/// The pool at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amm {
    pub address: AccountId,
}

impl Amm {
    /// Constructor arguments.
    pub fn constructor(base: AccountId, quote: AccountId) -> Vec<u8> {
        abi::input("new", (base, quote))
    }

    pub fn add_liquidity(&self, base: u128, quote: u128) -> ContractCall {
        abi::call(self.address, "add_liquidity", (base, quote))
    }

    pub fn swap(&self, token_in: AccountId, amount_in: u128, min_out: u128) -> ContractCall {
        abi::call(self.address, "swap", (token_in, amount_in, min_out))
    }

    /// What the pool holds: (base, quote).
    pub fn reserves(&self, chain: &mut dyn Chain) -> Result<(u128, u128), ClientError> {
        abi::query(chain, self.address, self.address, "reserves", ())
    }
}
