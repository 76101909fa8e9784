//! The lens: views of a market that need computing.

use crate::{abi, ClientError};
use breakwater_chain::{AccountId, Chain};
use breakwater_protocol::{
    lens::{AccountView, BackstopView, BreakerView, RatesView, RiskView, SaleView, ShockView},
    AssetId, Reserve,
};

pub use breakwater_protocol::lens::Quote;

/// The lens at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lens {
    pub address: AccountId,
}

/// Accounts that one call looks at: as many fit a block's gas however much each of them holds.
const ACCOUNTS_AT_ONCE: usize = 32;

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

    /// All reserves, with interest up to the newest block: as many pages as it takes.
    pub fn reserves(&self, chain: &mut dyn Chain) -> Result<Vec<(AssetId, Reserve)>, ClientError> {
        let (mut reserves, mut first) = (Vec::new(), 0);
        loop {
            let page = self.reserves_from(chain, first, AssetId::MAX)?;
            let Some((last, _)) = page.last().filter(|(last, _)| *last >= first) else {
                return Ok(reserves);
            };
            first = last.saturating_add(1);
            reserves.extend(page);
        }
    }

    /// A page of the reserves, by number: those of `count` numbers from `first` on that are listed, fewer
    /// where more don't fit one answer, none behind the last.
    pub fn reserves_from(
        &self,
        chain: &mut dyn Chain,
        first: AssetId,
        count: AssetId,
    ) -> Result<Vec<(AssetId, Reserve)>, ClientError> {
        abi::query_result(chain, self.address, self.address, "reserves", (first, count))
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

    /// Debt that could be liquidated after a fall of all collateral, of however many accounts.
    pub fn shock(
        &self,
        chain: &mut dyn Chain,
        accounts: &[AccountId],
        fall_bps: u16,
    ) -> Result<ShockView, ClientError> {
        let mut sum = ShockView::default();
        for some in accounts.chunks(ACCOUNTS_AT_ONCE) {
            let arguments = (some, fall_bps);
            let part: ShockView =
                abi::query_result(chain, self.address, self.address, "shock", arguments)?;
            sum.already_wad = sum.already_wad.saturating_add(part.already_wad);
            sum.new_wad = sum.new_wad.saturating_add(part.new_wad);
            sum.new_accounts = sum.new_accounts.saturating_add(part.new_accounts);
        }
        Ok(sum)
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

    /// What a purchase of a backstop's stock would move now.
    pub fn quote_stock(
        &self,
        chain: &mut dyn Chain,
        collateral: AssetId,
        debt: AssetId,
        max_pay: u128,
    ) -> Result<Quote, ClientError> {
        let arguments = (collateral, debt, max_pay);
        abi::query_result(chain, self.address, self.address, "quote_stock", arguments)
    }

    /// How a collateral is sold now.
    pub fn sale(&self, chain: &mut dyn Chain, asset: AssetId) -> Result<SaleView, ClientError> {
        abi::query_result(chain, self.address, self.address, "sale", (asset,))
    }

    /// The backstop of an asset.
    pub fn backstop(
        &self,
        chain: &mut dyn Chain,
        asset: AssetId,
    ) -> Result<BackstopView, ClientError> {
        abi::query_result(chain, self.address, self.address, "backstop", (asset,))
    }
}
