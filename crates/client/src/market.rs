//! The market: its messages as calls, its views as functions.

use crate::{abi, ClientError};
use breakwater_chain::{AccountId, Chain, ContractCall, Hash};
use breakwater_protocol::{
    governance::CodeInfo, Account, AccountSnapshot, Action, AssetId, Health, Income, Level,
    ManualLevel, MarketParams, Order, PricedReserve, Reserve, ReserveConfig, Vault, VaultStake,
};

/// The market at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Market {
    pub address: AccountId,
}

impl Market {
    /// Constructor arguments; `auctions` and `admin` are the market's other codes.
    pub fn constructor(oracle: AccountId, auctions: Hash, admin: Hash) -> Vec<u8> {
        abi::input("new", (oracle, auctions, admin))
    }

    pub fn list_reserve(&self, config: &ReserveConfig) -> ContractCall {
        abi::call(self.address, "list_reserve", (config,))
    }

    pub fn configure_reserve(&self, asset: AssetId, config: &ReserveConfig) -> ContractCall {
        abi::call(self.address, "configure_reserve", (asset, config))
    }

    /// Offers the market to another owner, who must accept.
    pub fn transfer_ownership(&self, to: AccountId) -> ContractCall {
        abi::call(self.address, "transfer_ownership", (to,))
    }

    pub fn accept_ownership(&self) -> ContractCall {
        abi::call(self.address, "accept_ownership", ())
    }

    /// Replaces codes of the market: the front, auctions, admin.
    pub fn upgrade(
        &self,
        front: Option<Hash>,
        auctions: Option<Hash>,
        admin: Option<Hash>,
    ) -> ContractCall {
        abi::call(self.address, "upgrade", (front, auctions, admin))
    }

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

    pub fn supply(
        &self,
        asset: AssetId,
        assets: u128,
        on_behalf_of: Option<AccountId>,
    ) -> ContractCall {
        abi::call(self.address, "supply", (asset, assets, on_behalf_of))
    }

    /// Withdraws to the caller.
    pub fn withdraw(&self, asset: AssetId, assets: u128) -> ContractCall {
        abi::call(self.address, "withdraw", (asset, assets, None::<AccountId>))
    }

    /// Deposits all or nothing: what a cap has no room for is refused.
    pub fn deposit_collateral(
        &self,
        asset: AssetId,
        amount: u128,
        on_behalf_of: Option<AccountId>,
    ) -> ContractCall {
        abi::call(self.address, "deposit_collateral", (asset, amount, false, on_behalf_of))
    }

    /// Withdraws to the caller.
    pub fn withdraw_collateral(&self, asset: AssetId, amount: u128) -> ContractCall {
        abi::call(self.address, "withdraw_collateral", (asset, amount, None::<AccountId>))
    }

    /// Borrows to the caller.
    pub fn borrow(&self, asset: AssetId, assets: u128) -> ContractCall {
        abi::call(self.address, "borrow", (asset, assets, None::<AccountId>))
    }

    pub fn repay(
        &self,
        asset: AssetId,
        assets: u128,
        on_behalf_of: Option<AccountId>,
    ) -> ContractCall {
        abi::call(self.address, "repay", (asset, assets, on_behalf_of))
    }

    /// Several actions at once, paid out to the caller, without a deadline.
    pub fn batch(&self, actions: &[Action]) -> ContractCall {
        abi::call(self.address, "batch", (actions, None::<u64>, None::<AccountId>))
    }

    pub fn liquidate(&self, account: AccountId) -> ContractCall {
        abi::call(self.address, "liquidate", (account,))
    }

    pub fn liquidate_many(&self, accounts: &[AccountId]) -> ContractCall {
        abi::call(self.address, "liquidate_many", (accounts,))
    }

    /// Takes for the caller, without a deadline and without a callback.
    pub fn take(
        &self,
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
        max_repay: u128,
        min_receive: u128,
    ) -> ContractCall {
        let order = Order { collateral, debt, max_repay, min_receive };
        self.take_with(account, order, None, None, None)
    }

    /// A take with everything that it can have: a deadline, a receiver, and data with which the
    /// receiver is called back before the debt is pulled.
    pub fn take_with(
        &self,
        account: AccountId,
        order: Order,
        deadline_ms: Option<u64>,
        receiver: Option<AccountId>,
        callback: Option<Vec<u8>>,
    ) -> ContractCall {
        abi::call(self.address, "take", (account, order, deadline_ms, receiver, callback))
    }

    /// Takes for the caller, without a deadline.
    pub fn take_many(&self, orders: &[(AccountId, Order)]) -> ContractCall {
        abi::call(self.address, "take_many", (orders, None::<u64>, None::<AccountId>))
    }

    pub fn backstop_fill(
        &self,
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
    ) -> ContractCall {
        abi::call(self.address, "backstop_fill", (account, collateral, debt))
    }

    pub fn set_params(&self, params: &MarketParams) -> ContractCall {
        abi::call(self.address, "set_params", (params,))
    }

    pub fn set_guardian(&self, guardian: AccountId, until_ms: u64) -> ContractCall {
        abi::call(self.address, "set_guardian", (guardian, until_ms))
    }

    pub fn poke(&self, assets: &[AssetId]) -> ContractCall {
        abi::call(self.address, "poke", (assets,))
    }

    /// Raises the breaker of an asset, or of the whole market.
    pub fn raise_breaker(
        &self,
        asset: Option<AssetId>,
        level: Level,
        lasts_ms: u64,
    ) -> ContractCall {
        abi::call(self.address, "raise_breaker", (asset, level, lasts_ms))
    }

    pub fn reset_breaker(&self, asset: Option<AssetId>) -> ContractCall {
        abi::call(self.address, "reset_breaker", (asset,))
    }

    /// The guardian, until when they are, and the level raised for the whole market.
    pub fn guard(
        &self,
        chain: &mut dyn Chain,
    ) -> Result<(AccountId, u64, ManualLevel), ClientError> {
        abi::query(chain, self.address, self.address, "guard", ())
    }

    pub fn recognise_bad_debt(&self, account: AccountId) -> ContractCall {
        abi::call(self.address, "recognise_bad_debt", (account,))
    }

    pub fn backstop_deposit(&self, asset: AssetId, assets: u128) -> ContractCall {
        abi::call(self.address, "backstop_deposit", (asset, assets))
    }

    pub fn backstop_give_notice(&self, asset: AssetId) -> ContractCall {
        abi::call(self.address, "backstop_give_notice", (asset,))
    }

    pub fn backstop_withdraw(&self, asset: AssetId, shares: u128) -> ContractCall {
        abi::call(self.address, "backstop_withdraw", (asset, shares, None::<AccountId>))
    }

    /// Buys what the backstop of the order's debt asset has in stock, to the caller.
    pub fn buy_stock(&self, order: Order) -> ContractCall {
        self.buy_stock_with(order, None, None, None)
    }

    /// The same with a deadline, a receiver and data for its callback.
    pub fn buy_stock_with(
        &self,
        order: Order,
        deadline_ms: Option<u64>,
        receiver: Option<AccountId>,
        callback: Option<Vec<u8>>,
    ) -> ContractCall {
        let Order { collateral, debt, max_repay, min_receive } = order;
        let arguments = (collateral, debt, max_repay, min_receive, deadline_ms, receiver, callback);
        abi::call(self.address, "buy_stock", arguments)
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

    /// Claims to the caller.
    pub fn claim_reward(&self, asset: AssetId) -> ContractCall {
        abi::call(self.address, "claim_reward", (asset, None::<AccountId>))
    }

    pub fn reward(
        &self,
        chain: &mut dyn Chain,
        account: AccountId,
        asset: AssetId,
    ) -> Result<u128, ClientError> {
        abi::query(chain, self.address, self.address, "reward", (account, asset))
    }

    pub fn cure(&self, account: AccountId) -> ContractCall {
        abi::call(self.address, "cure", (account,))
    }

    /// The owner's: pays out income of the protocol's.
    pub fn collect(
        &self,
        asset: AssetId,
        income: Income,
        amount: u128,
        receiver: AccountId,
    ) -> ContractCall {
        abi::call(self.address, "collect", (asset, income, amount, receiver))
    }

    /// The owner's: takes an empty reserve off the market.
    pub fn delist_reserve(&self, asset: AssetId) -> ContractCall {
        abi::call(self.address, "delist_reserve", (asset,))
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
