//! The owner's and the guardian's messages, and poking the breaker.

use crate::{
    effects::bytes,
    events::{
        send, BreakerRaised, BreakerReset, GuardianSet, IncomeCollected, OwnershipOffered,
        OwnershipTransferred, ParamsSet, ReserveConfigured, ReserveDelisted, ReserveListed,
    },
    market::{Market, Result},
};
use breakwater_protocol::{
    market::{self, Store},
    AssetId, Income, Level, MarketParams, ReserveConfig,
};
use ink::{prelude::vec::Vec, primitives::AccountId};

impl Market {
    #[inline(never)]
    pub(crate) fn do_list(&mut self, config: ReserveConfig) -> Result<AssetId> {
        let asset = market::list_reserve(self, &self.caller(), config.clone())?;
        send(ReserveListed { asset, token: config.token.into(), config });
        Ok(asset)
    }

    #[inline(never)]
    pub(crate) fn do_configure(&mut self, asset: AssetId, config: ReserveConfig) -> Result<()> {
        market::configure_reserve(self, &self.caller(), asset, config.clone())?;
        send(ReserveConfigured { asset, config });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_delist(&mut self, asset: AssetId) -> Result<()> {
        let token = market::delist_reserve(self, &self.caller(), asset)?;
        send(ReserveDelisted { asset, token: token.into() });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_collect(
        &mut self,
        asset: AssetId,
        income: Income,
        amount: u128,
        receiver: AccountId,
    ) -> Result<u128> {
        let caller = self.caller();
        let paid = market::collect(self, &caller, asset, income, amount, bytes(receiver))?;
        self.report(&paid.transitions);
        self.pay(&[paid.payment], &caller, &paid.receiver)?;
        let (amount, shares) = (paid.payment.paid_out, paid.shares);
        send(IncomeCollected { asset, income, receiver: paid.receiver.into(), amount, shares });
        Ok(amount)
    }

    #[inline(never)]
    pub(crate) fn do_set_params(&mut self, params: MarketParams) -> Result<()> {
        market::set_params(self, &self.caller(), &params)?;
        send(ParamsSet { params });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_set_guardian(&mut self, guardian: AccountId, until_ms: u64) -> Result<()> {
        market::set_guardian(self, &self.caller(), bytes(guardian), until_ms)?;
        send(GuardianSet { guardian, until_ms });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_poke(&mut self, assets: Vec<AssetId>) -> Result<()> {
        let transitions = market::poke(self, &assets)?;
        self.report(&transitions);
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_raise_breaker(
        &mut self,
        asset: Option<AssetId>,
        level: Level,
        lasts_ms: u64,
    ) -> Result<()> {
        let caller = self.caller();
        let done = market::raise_breaker(self, &caller, asset, level, lasts_ms)?;
        self.report(&done.transitions);
        send(BreakerRaised { asset, by: caller.into(), level, until_ms: done.until_ms });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_reset_breaker(&mut self, asset: Option<AssetId>) -> Result<()> {
        let transitions = market::reset_breaker(self, &self.caller(), asset)?;
        self.report(&transitions);
        send(BreakerReset { asset });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_transfer_ownership(&mut self, to: AccountId) -> Result<()> {
        let offered = market::transfer_ownership(self, &self.caller(), bytes(to))?;
        let from = self.root().owner.into();
        send(OwnershipOffered { from, to: offered.map(Into::into) });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_accept_ownership(&mut self) -> Result<()> {
        let caller = self.caller();
        let from = market::accept_ownership(self, &caller)?;
        send(OwnershipTransferred { from: from.into(), to: caller.into() });
        Ok(())
    }
}
