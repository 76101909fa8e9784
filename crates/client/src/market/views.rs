//! The market's views, asked of a chain.

use super::Market;
use crate::{abi, ClientError};
use breakwater_chain::{AccountId, Chain, Hash};
use breakwater_protocol::{
    governance::CodeInfo, Account, AccountSnapshot, AssetId, Health, ManualLevel, MarketParams,
    PricedReserve, Reserve, Vault, VaultStake,
};

impl Market {
    /// What the market's own code says of itself.
    pub fn version(&self, chain: &mut dyn Chain) -> Result<CodeInfo, ClientError> {
        abi::query(chain, self.address, self.address, "version", ())
    }

    /// To whom the market is offered, and the hashes of its codes auctions and admin.
    pub fn succession(
        &self,
        chain: &mut dyn Chain,
    ) -> Result<(Option<AccountId>, Hash, Hash), ClientError> {
        abi::query(chain, self.address, self.address, "succession", ())
    }

    /// The guardian, until when they are, and the level raised for the whole market.
    pub fn guard(
        &self,
        chain: &mut dyn Chain,
    ) -> Result<(AccountId, u64, ManualLevel), ClientError> {
        abi::query(chain, self.address, self.address, "guard", ())
    }

    /// What the backstop of an asset holds beside its money.
    pub fn backstop(&self, chain: &mut dyn Chain, asset: AssetId) -> Result<Vault, ClientError> {
        abi::query_result(chain, self.address, self.address, "backstop", (asset,))
    }

    /// A stake in the backstop of an asset.
    pub fn stake(
        &self,
        chain: &mut dyn Chain,
        asset: AssetId,
        account: AccountId,
    ) -> Result<VaultStake, ClientError> {
        abi::query_result(chain, self.address, self.address, "stake", (asset, account))
    }

    /// How many pages the index of open auctions has, and the accounts on one of them.
    pub fn auctions(
        &self,
        chain: &mut dyn Chain,
        page: u32,
    ) -> Result<(u32, Vec<AccountId>), ClientError> {
        abi::query(chain, self.address, self.address, "auctions", (page,))
    }

    pub fn reward(
        &self,
        chain: &mut dyn Chain,
        account: AccountId,
        asset: AssetId,
    ) -> Result<u128, ClientError> {
        abi::query(chain, self.address, self.address, "reward", (account, asset))
    }

    /// One above the highest number of a listed reserve.
    pub fn reserve_count(&self, chain: &mut dyn Chain) -> Result<AssetId, ClientError> {
        abi::query(chain, self.address, self.address, "reserve_count", ())
    }

    /// Some reserves as they are stored, without interest since, and their prices: as many answers as
    /// it takes. Numbers that no reserve has are passed over.
    pub fn priced_reserves(
        &self,
        chain: &mut dyn Chain,
        assets: &[AssetId],
    ) -> Result<Vec<PricedReserve>, ClientError> {
        let ask = |rest: &[AssetId]| {
            abi::query_result(chain, self.address, self.address, "priced_reserves", (rest,))
        };
        in_pages(assets, ask)
    }

    /// One reserve, with interest up to the newest block.
    pub fn reserve(&self, chain: &mut dyn Chain, asset: AssetId) -> Result<Reserve, ClientError> {
        let mut priced = self
            .priced_reserves(chain, &[asset])?
            .pop()
            .ok_or(ClientError::Decode("priced_reserves"))?;
        priced.reserve.accrue(priced.now_ms).map_err(ClientError::Protocol)?;
        Ok(priced.reserve)
    }

    /// An account with all reserves it uses and their prices.
    pub fn snapshot(
        &self,
        chain: &mut dyn Chain,
        account: AccountId,
    ) -> Result<AccountSnapshot, ClientError> {
        abi::query_result(chain, self.address, self.address, "snapshot", (account,))
    }

    pub fn account(
        &self,
        chain: &mut dyn Chain,
        account: AccountId,
    ) -> Result<Account, ClientError> {
        abi::query(chain, self.address, self.address, "account", (account,))
    }

    /// An account's totals, computed here from what the market answers.
    pub fn health(&self, chain: &mut dyn Chain, account: AccountId) -> Result<Health, ClientError> {
        self.snapshot(chain, account)?.health().map_err(ClientError::Protocol)
    }

    pub fn asset_of(
        &self,
        chain: &mut dyn Chain,
        token: AccountId,
    ) -> Result<Option<AssetId>, ClientError> {
        abi::query(chain, self.address, self.address, "asset_of", (token,))
    }

    /// Owner, oracle and parameters.
    pub fn settings(
        &self,
        chain: &mut dyn Chain,
    ) -> Result<(AccountId, AccountId, MarketParams), ClientError> {
        abi::query(chain, self.address, self.address, "settings", ())
    }
}

/// Lines of the assets that are listed, from answers that have the first of those.
///
/// # Errors
/// Those of `ask`; [`ClientError::Decode`] if an answer has others than those asked for, or in another
/// order.
pub fn in_pages(
    assets: &[AssetId],
    mut ask: impl FnMut(&[AssetId]) -> Result<Vec<PricedReserve>, ClientError>,
) -> Result<Vec<PricedReserve>, ClientError> {
    let (mut reserves, mut rest) = (Vec::with_capacity(assets.len()), assets);
    while !rest.is_empty() {
        let page = ask(rest)?;
        if page.is_empty() {
            break;
        }
        for priced in page {
            let place = rest.iter().position(|asset| *asset == priced.asset);
            rest = place
                .and_then(|at| rest.get(at + 1..))
                .ok_or(ClientError::Decode("priced_reserves"))?;
            reserves.push(priced);
        }
    }
    Ok(reserves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_protocol::{Reserve, ReserveConfig};

    fn priced(asset: AssetId) -> PricedReserve {
        let config = ReserveConfig { token: [asset; 32], ..crate::LocalPlan::default().usd };
        let reserve = Reserve::new(config, 0).unwrap();
        PricedReserve { asset, reserve, price: None, now_ms: 0, changed: false }
    }

    #[test]
    fn reserves_come_in_pages_and_in_order() {
        let all: Vec<AssetId> = (0..20).collect();
        let mut asked = Vec::new();
        let reserves = in_pages(&all, |rest| {
            asked.push(rest.len());
            Ok(rest.iter().take(8).map(|asset| priced(*asset)).collect())
        });
        let numbers: Vec<AssetId> = reserves.unwrap().iter().map(|priced| priced.asset).collect();
        assert_eq!((numbers, asked), (all.clone(), vec![20, 12, 4]));
        assert!(in_pages(&[], |_| panic!("nothing to ask")).unwrap().is_empty());
        // An answer that would never end, that has too much, or that has something else.
        // Numbers without a reserve are passed over.
        let holes = in_pages(&[1, 2, 3], |rest| {
            Ok(rest
                .iter()
                .filter(|asset| **asset != 2)
                .take(1)
                .map(|asset| priced(*asset))
                .collect())
        });
        assert_eq!(holes.unwrap().iter().map(|priced| priced.asset).collect::<Vec<_>>(), [1, 3]);
        assert!(in_pages(&all, |_| Ok(Vec::new())).unwrap().is_empty());
        assert!(in_pages(&[1], |_| Ok(vec![priced(1), priced(2)])).is_err());
        assert!(in_pages(&[1, 2], |_| Ok(vec![priced(2), priced(1)])).is_err());
    }
}
