//! The price-oracle adapter.

use crate::{abi, ClientError};
use breakwater_chain::{AccountId, Chain, ContractCall, Hash};
pub use breakwater_interface::report::SignedReport;
use breakwater_protocol::{
    oracle::{Feed, FeedConfig, Value, Verdict},
    Price,
};

/// The oracle adapter at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oracle {
    pub address: AccountId,
}

impl Oracle {
    /// Constructor arguments.
    /// `chain` is the chain's genesis hash: signed reports are good for no other.
    pub fn constructor(chain: Hash) -> Vec<u8> {
        abi::input("new", (chain,))
    }

    /// Sets up a token's feed or replaces its configuration.
    pub fn configure(&self, token: AccountId, config: &FeedConfig) -> ContractCall {
        abi::call(self.address, "configure", (token, config))
    }

    /// Offers the adapter to another owner, who must accept.
    pub fn transfer_ownership(&self, to: AccountId) -> ContractCall {
        abi::call(self.address, "transfer_ownership", (to,))
    }

    pub fn accept_ownership(&self) -> ContractCall {
        abi::call(self.address, "accept_ownership", ())
    }

    /// The owner, the chain that reports must be signed for, and to whom the adapter is offered.
    pub fn settings(
        &self,
        chain: &mut dyn Chain,
    ) -> Result<(AccountId, Hash, Option<AccountId>), ClientError> {
        abi::query(chain, self.address, self.address, "settings", ())
    }

    /// Looks at the sources and settles their price.
    pub fn poke(&self, tokens: &[AccountId]) -> ContractCall {
        abi::call(self.address, "poke", (tokens,))
    }

    /// Relays signed reports.
    pub fn relay(&self, reports: &[SignedReport]) -> ContractCall {
        abi::call(self.address, "relay", (reports,))
    }

    /// Relays RedStone's signed packages for the feeds of `tokens`.
    pub fn relay_redstone(&self, tokens: &[AccountId], payload: &[u8]) -> ContractCall {
        abi::call(self.address, "relay_redstone", (tokens, payload))
    }

    /// A token's feed as it is kept.
    pub fn feed(
        &self,
        chain: &mut dyn Chain,
        token: AccountId,
    ) -> Result<Option<Feed>, ClientError> {
        abi::query(chain, self.address, self.address, "feed", (token,))
    }

    /// Each source's last value, and why it counts or not.
    pub fn sources(
        &self,
        chain: &mut dyn Chain,
        token: AccountId,
    ) -> Result<Vec<(Value, Verdict)>, ClientError> {
        abi::query_result(chain, self.address, self.address, "sources", (token,))
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
