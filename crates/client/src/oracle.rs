//! The price-oracle adapter.

use crate::{abi, ClientError};
use breakwater_chain::{AccountId, Chain, ContractCall};
use breakwater_protocol::Price;

/// The oracle adapter at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oracle {
    pub address: AccountId,
}

impl Oracle {
    /// Constructor arguments.
    pub fn constructor(feeder: AccountId, max_age_ms: u64, band_bps: u16) -> Vec<u8> {
        abi::input("new", (feeder, max_age_ms, band_bps))
    }

    /// Reports prices: token, wad dollars, time in Unix milliseconds.
    pub fn push(&self, reports: &[(AccountId, u128, u64)]) -> ContractCall {
        abi::call(self.address, "push", (reports,))
    }

    pub fn prices(
        &self,
        chain: &mut dyn Chain,
        tokens: &[AccountId],
    ) -> Result<Vec<Option<Price>>, ClientError> {
        abi::query(chain, self.address, self.address, "prices", (tokens,))
    }
}
