//! What the market answers without changing anything.

use crate::market::{Market, Result};
use breakwater_protocol::{
    market::{self, Store},
    Account, AccountSnapshot, AssetId, Error, ManualLevel, MarketParams, PricedReserve, Vault,
    VaultStake,
};
use ink::{
    prelude::vec::Vec,
    primitives::{AccountId as Address, Hash},
};

impl Market {
    #[inline(never)]
    pub(crate) fn view_settings(&self) -> (Address, Address, MarketParams) {
        let root = self.root();
        (root.owner.into(), self.oracle, root.params)
    }

    #[inline(never)]
    pub(crate) fn view_guard(&self) -> (Address, u64, ManualLevel) {
        let root = self.root();
        (root.guardian.into(), root.guardian_until_ms, root.guard)
    }

    #[inline(never)]
    pub(crate) fn view_succession(&self) -> (Option<Address>, Hash, Hash) {
        (self.offered().map(Into::into), self.auctions, self.admin)
    }

    pub(crate) fn view_priced_reserves(&self, assets: Vec<AssetId>) -> Result<Vec<PricedReserve>> {
        market::priced_reserves(self, &assets)
    }

    pub(crate) fn view_reward(&self, account: Address, asset: AssetId) -> u128 {
        market::reward(self, account.as_ref(), asset)
    }

    pub(crate) fn view_asset_of(&self, token: Address) -> Option<AssetId> {
        Store::asset_of(self, token.as_ref())
    }

    pub(crate) fn view_account(&self, account: Address) -> Account {
        Store::account(self, account.as_ref())
    }

    pub(crate) fn view_snapshot(&self, account: Address) -> Result<AccountSnapshot> {
        market::account_snapshot(self, account.as_ref())
    }

    pub(crate) fn view_auctions(&self, page: u32) -> (u32, Vec<Address>) {
        let accounts = self.page(page).into_iter().map(Address::from).collect();
        (self.root().auction_pages, accounts)
    }

    pub(crate) fn view_backstop(&self, asset: AssetId) -> Result<Vault> {
        Ok(self.reserve(asset).ok_or(Error::UnknownAsset)?.vault)
    }

    pub(crate) fn view_stake(&self, asset: AssetId, account: Address) -> Result<VaultStake> {
        let vault = self.view_backstop(asset)?;
        let mut stake = Store::stake(self, asset, account.as_ref());
        vault.refresh(&mut stake);
        Ok(stake)
    }
}
