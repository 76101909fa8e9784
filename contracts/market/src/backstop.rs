//! Stakes in backstops, and rewards of those who start auctions.

use crate::{
    effects::bytes,
    events::{send, BackstopDeposited, BackstopNoticeGiven, BackstopWithdrawn, RewardClaimed},
    market::{Market, Result},
};
use breakwater_protocol::{
    backstop::{Deposited, Left},
    gradual::Notice,
    market, AssetId,
};
use ink::primitives::AccountId;

impl Market {
    #[inline(never)]
    pub(crate) fn do_backstop_deposit(&mut self, asset: AssetId, assets: u128) -> Result<u128> {
        let caller = self.caller();
        let done = market::backstop_deposit(self, &caller, asset, assets)?;
        self.report(&done.transitions);
        self.pay(&[done.payment], &caller, &caller)?;
        let Deposited { supply_shares, shares, generation } = done.deposited;
        let account = caller.into();
        send(BackstopDeposited { account, asset, assets, supply_shares, shares, generation });
        Ok(shares)
    }

    #[inline(never)]
    pub(crate) fn do_backstop_give_notice(&mut self, asset: AssetId) -> Result<()> {
        let caller = self.caller();
        let Notice { opens_ms, closes_ms, .. } =
            market::backstop_give_notice(self, &caller, asset)?;
        send(BackstopNoticeGiven { account: caller.into(), asset, opens_ms, closes_ms });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_backstop_withdraw(
        &mut self,
        asset: AssetId,
        shares: u128,
        receiver: Option<AccountId>,
    ) -> Result<u128> {
        let (caller, receiver) = (self.caller(), receiver.map(bytes));
        let done = market::backstop_withdraw(self, &caller, asset, shares, receiver)?;
        self.report(&done.transitions);
        self.pay(&done.payments, &caller, &done.receiver)?;
        let Left { shares, supply_shares, stocks } = done.left;
        let (account, receiver) = (caller.into(), done.receiver.into());
        send(BackstopWithdrawn { account, asset, receiver, shares, supply_shares, stocks });
        Ok(supply_shares)
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
        Ok(amount)
    }
}
