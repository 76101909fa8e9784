//! Stakes in backstops, and rewards of those who start auctions.

use crate::{
    effects::bytes,
    events::{
        send, BackstopClaimed, BackstopDeposited, BackstopNoticeGiven, BackstopWithdrawn,
        RewardClaimed,
    },
    market::{Market, Result},
};
use breakwater_protocol::{backstop::Deposited, market, AssetId};
use ink::primitives::AccountId;

impl Market {
    #[inline(never)]
    pub(crate) fn do_backstop_deposit(&mut self, asset: AssetId, assets: u128) -> Result<u128> {
        let caller = self.caller();
        let done = market::backstop_deposit(self, &caller, asset, assets)?;
        self.pay(&[done.payment], &caller, &caller)?;
        let Deposited { supply_shares, shares, .. } = done.deposited;
        let (account, epoch) = (caller.into(), done.epoch);
        send(BackstopDeposited { account, asset, assets, supply_shares, shares, epoch });
        self.end(shares)
    }

    #[inline(never)]
    pub(crate) fn do_backstop_give_notice(&mut self, asset: AssetId) -> Result<()> {
        let caller = self.caller();
        let notice_ms = market::backstop_give_notice(self, &caller, asset)?;
        send(BackstopNoticeGiven { account: caller.into(), asset, notice_ms });
        self.end(())
    }

    #[inline(never)]
    pub(crate) fn do_backstop_withdraw(&mut self, asset: AssetId, shares: u128) -> Result<u128> {
        let caller = self.caller();
        let done = market::backstop_withdraw(self, &caller, asset, shares)?;
        self.report(&done.transitions);
        let (account, shares, supply_shares) = (caller.into(), done.shares, done.supply_shares);
        send(BackstopWithdrawn { account, asset, shares, supply_shares });
        self.end(supply_shares)
    }

    #[inline(never)]
    pub(crate) fn do_backstop_claim(
        &mut self,
        asset: AssetId,
        collateral: AssetId,
        receiver: Option<AccountId>,
    ) -> Result<u128> {
        let (caller, receiver) = (self.caller(), receiver.map(bytes));
        let paid = market::backstop_claim(self, &caller, asset, collateral, receiver)?;
        self.pay(&[paid.payment], &caller, &paid.receiver)?;
        let (account, amount) = (caller.into(), paid.payment.paid_out);
        send(BackstopClaimed { account, asset, collateral, amount });
        self.end(amount)
    }

    #[inline(never)]
    pub(crate) fn do_claim_reward(
        &mut self,
        asset: AssetId,
        receiver: Option<AccountId>,
    ) -> Result<u128> {
        let (caller, receiver) = (self.caller(), receiver.map(bytes));
        let paid = market::claim_reward(self, &caller, asset, receiver)?;
        self.pay(&[paid.payment], &caller, &paid.receiver)?;
        let (account, amount) = (caller.into(), paid.payment.paid_out);
        send(RewardClaimed { account, asset, amount });
        self.end(amount)
    }
}
