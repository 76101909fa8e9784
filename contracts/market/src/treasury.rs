//! The protocol's income, and the end of an asset.

use crate::{
    events::{send, IncomeCollected, ReserveDelisted},
    market::{Market, Result},
    storage::unchanged,
};
use breakwater_protocol::{
    treasury::{self, Collected},
    Account, AssetId, Error, Income,
};
use ink::primitives::AccountId;

impl Market {
    #[inline(never)]
    pub(crate) fn do_collect(
        &mut self,
        asset: AssetId,
        income: Income,
        amount: u128,
        receiver: AccountId,
    ) -> Result<u128> {
        self.only_owner()?;
        let receiver = self.payable(Some(receiver))?;
        let mut sheet = self.load_sheet(Account::default(), &[asset])?;
        self.try_load_prices(&mut sheet)?;
        let Collected { amount, shares } = treasury::collect(&mut sheet, asset, income, amount)?;
        self.store_reserves(&sheet);
        self.push(&sheet.line(asset)?.reserve, receiver, amount)?;
        send(IncomeCollected { asset, income, receiver, amount, shares });
        unchanged(amount)
    }

    #[inline(never)]
    pub(crate) fn do_delist(&mut self, asset: AssetId) -> Result<()> {
        self.only_owner()?;
        let reserve = self.load_reserve(asset)?;
        reserve.may_be_delisted(&self.load_pool(asset))?;
        let token = AccountId::from(reserve.config.token);
        self.reserves.remove(asset);
        self.assets_by_token.remove(token);
        self.pools.remove(asset);
        // One above the highest number that is left.
        while let Some(last) = self.reserve_count.checked_sub(1) {
            if self.reserves.contains(last) {
                break;
            }
            self.reserve_count = last;
        }
        send(ReserveDelisted { asset, token });
        Ok(())
    }

    /// The lowest number that no reserve has.
    pub(crate) fn free_number(&self) -> Result<AssetId> {
        let free = (0..self.reserve_count).find(|asset| !self.reserves.contains(asset));
        let asset = free.unwrap_or(self.reserve_count);
        if asset >= breakwater_protocol::MAX_RESERVES {
            return Err(Error::TooManyReserves);
        }
        Ok(asset)
    }
}
