//! Stakes in backstops.

use crate::{
    events::{send, BackstopClaimed, BackstopDeposited, BackstopNoticeGiven, BackstopWithdrawn},
    market::{Market, Result},
    storage::{unchanged, Cell, Stored},
};
use breakwater_protocol::{backstop, backstop::Sums, AssetId, Pool, Stake};
use ink::{codegen::Env, primitives::AccountId};

impl Market {
    #[inline(never)]
    pub(crate) fn do_backstop_deposit(&mut self, asset: AssetId, assets: u128) -> Result<u128> {
        let (account, now_ms) = (self.env().caller(), self.env().block_timestamp());
        let mut reserve = self.load_reserve(asset)?;
        reserve.accrue(now_ms)?;
        let (mut pool, mut stake, ended) = self.load_stake(asset, account);
        let done =
            backstop::deposit(&mut reserve, &mut pool, &mut stake, ended.as_ref(), assets, now_ms)?;
        let epoch = pool.epoch;
        self.reserves.insert(asset, &Stored(&reserve));
        self.pools.insert(asset, &Stored(&pool));
        self.store_stake(asset, account, stake);
        if let Some((over, sums)) = &done.ended {
            self.ended_epochs.insert((asset, *over), sums);
        }
        self.pull(&reserve, account, assets)?;
        let backstop::Deposited { supply_shares, shares, .. } = done;
        send(BackstopDeposited { account, asset, assets, supply_shares, shares, epoch });
        unchanged(shares)
    }

    #[inline(never)]
    pub(crate) fn do_backstop_give_notice(&mut self, asset: AssetId) -> Result<()> {
        let (account, notice_ms) = (self.env().caller(), self.env().block_timestamp());
        let mut stake = self.settled_stake(asset, account)?.1;
        stake.give_notice(notice_ms)?;
        self.store_stake(asset, account, stake);
        send(BackstopNoticeGiven { account, asset, notice_ms });
        unchanged(())
    }

    #[inline(never)]
    pub(crate) fn do_backstop_withdraw(&mut self, asset: AssetId, shares: u128) -> Result<u128> {
        let account = self.env().caller();
        let (mut pool, mut stake) = self.settled_stake(asset, account)?;
        let mut sheet = self.load_sheet(self.load_account(account), &[asset])?;
        let (shares, supply_shares) =
            backstop::withdraw(&mut sheet, asset, &mut pool, &mut stake, shares)?;
        self.store(account, &sheet);
        self.pools.insert(asset, &Stored(&pool));
        self.store_stake(asset, account, stake);
        send(BackstopWithdrawn { account, asset, shares, supply_shares });
        unchanged(supply_shares)
    }

    #[inline(never)]
    pub(crate) fn do_backstop_claim(
        &mut self,
        asset: AssetId,
        collateral: AssetId,
        receiver: Option<AccountId>,
    ) -> Result<u128> {
        let account = self.env().caller();
        let receiver = self.payable(receiver)?;
        let mut stake = self.settled_stake(asset, account)?.1;
        let mut lot = self.load_reserve(collateral)?;
        let amount = stake.claim(collateral, &mut lot)?;
        self.reserves.insert(collateral, &Stored(&lot));
        self.store_stake(asset, account, stake);
        self.push(&lot, receiver, amount)?;
        send(BackstopClaimed { account, asset, collateral, amount });
        unchanged(amount)
    }

    #[inline(never)]
    pub(crate) fn view_stake(&self, asset: AssetId, account: AccountId) -> Result<Stake> {
        Ok(self.settled_stake(asset, account)?.1)
    }

    /// A pool, a stake in it, and the last sums of the stake's epoch where that is over.
    fn load_stake(&self, asset: AssetId, account: AccountId) -> (Pool, Stake, Option<Sums>) {
        let pool = self.load_pool(asset);
        let stake = self.stakes.get((asset, account)).map(|Cell(stake)| stake);
        let stake: Stake = stake.unwrap_or_default();
        let ended = if stake.epoch == pool.epoch {
            None
        } else {
            self.ended_epochs.get((asset, stake.epoch))
        };
        (pool, stake, ended)
    }

    /// A pool, and a stake in it with gains up to now.
    fn settled_stake(&self, asset: AssetId, account: AccountId) -> Result<(Pool, Stake)> {
        let (pool, mut stake, ended) = self.load_stake(asset, account);
        let decimals = self.load_reserve(asset)?.config.decimals;
        stake.settle(&pool, ended.as_ref(), decimals)?;
        Ok((pool, stake))
    }

    fn store_stake(&mut self, asset: AssetId, account: AccountId, stake: Stake) {
        if stake.is_empty() {
            self.stakes.remove((asset, account));
        } else {
            self.stakes.insert((asset, account), &Stored(&stake));
        }
    }
}
