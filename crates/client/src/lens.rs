//! The lens: views of a market that need computing.

use crate::{abi, ClientError};
use breakwater_chain::{AccountId, Chain};
use breakwater_protocol::{
    lens::{AccountView, BreakerView, RatesView, RiskView, ShockView},
    AssetId, Reserve,
};
use scale::Decode;

/// The lens at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lens {
    pub address: AccountId,
}

/// What a taker would get now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Decode)]
pub struct Quote {
    /// Units of the debt asset a take would repay.
    pub repaid: u128,
    /// Units of the collateral asset the taker would get.
    pub received: u128,
    /// Discount to the oracle price as a signed wad fraction; negative is a premium.
    pub bonus_wad: i128,
    /// Whether the account need not wait for the velocity limit.
    pub urgent: bool,
    /// Time on the auction's clock.
    pub elapsed_ms: u64,
}

impl Lens {
    /// Constructor arguments.
    pub fn constructor(market: AccountId) -> Vec<u8> {
        abi::input("new", (market,))
    }

    /// Positions, health, limits, liquidation prices and sensitivities.
    pub fn account(
        &self,
        chain: &mut dyn Chain,
        account: AccountId,
    ) -> Result<AccountView, ClientError> {
        abi::query_result(chain, self.address, self.address, "account", (account,))
    }

    /// All reserves, with interest up to the newest block.
    pub fn reserves(&self, chain: &mut dyn Chain) -> Result<Vec<Reserve>, ClientError> {
        abi::query_result(chain, self.address, self.address, "reserves", ())
    }

    /// One reserve, with interest up to the newest block.
    pub fn reserve(&self, chain: &mut dyn Chain, asset: AssetId) -> Result<Reserve, ClientError> {
        abi::query_result(chain, self.address, self.address, "reserve", (asset,))
    }

    /// A reserve's limits and how much of each is used.
    pub fn risk(&self, chain: &mut dyn Chain, asset: AssetId) -> Result<RiskView, ClientError> {
        abi::query_result(chain, self.address, self.address, "risk", (asset,))
    }

    /// A reserve's circuit breaker.
    pub fn breaker(
        &self,
        chain: &mut dyn Chain,
        asset: AssetId,
    ) -> Result<BreakerView, ClientError> {
        abi::query_result(chain, self.address, self.address, "breaker", (asset,))
    }

    /// A reserve's utilisation and rates.
    pub fn rates(&self, chain: &mut dyn Chain, asset: AssetId) -> Result<RatesView, ClientError> {
        abi::query_result(chain, self.address, self.address, "rates", (asset,))
    }

    /// Debt that could be liquidated after a fall of all collateral.
    pub fn shock(
        &self,
        chain: &mut dyn Chain,
        accounts: &[AccountId],
        fall_bps: u16,
    ) -> Result<ShockView, ClientError> {
        abi::query_result(chain, self.address, self.address, "shock", (accounts, fall_bps))
    }

    /// What a take would move now.
    pub fn quote(
        &self,
        chain: &mut dyn Chain,
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
        max_repay: u128,
    ) -> Result<Quote, ClientError> {
        let arguments = (account, collateral, debt, max_repay);
        abi::query_result(chain, self.address, self.address, "quote", arguments)
    }
}
