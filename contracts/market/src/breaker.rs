//! The circuit breaker's messages, and the market's parameters.

use crate::{
    events::{send, BreakerRaised, BreakerReset, GuardianSet, ParamsSet},
    market::{Market, Result},
    storage::{unchanged, Cell},
};
use breakwater_protocol::{Account, AssetId, Guard, Level, MarketParams, Sheet};
use ink::{codegen::Env, prelude::vec::Vec, primitives::AccountId};

impl Market {
    #[inline(never)]
    pub(crate) fn do_set_params(&mut self, params: MarketParams) -> Result<()> {
        self.only_owner()?;
        params.validate()?;
        self.params = Cell(params);
        send(ParamsSet { params });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_set_guardian(&mut self, guardian: AccountId, until_ms: u64) -> Result<()> {
        self.only_owner()?;
        self.guardian = (guardian, until_ms);
        send(GuardianSet { guardian, until_ms });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_poke(&mut self, assets: Vec<AssetId>) -> Result<()> {
        let sheet = self.poked(&assets)?;
        self.store_reserves(&sheet);
        unchanged(())
    }

    #[inline(never)]
    pub(crate) fn do_raise_breaker(
        &mut self,
        asset: Option<AssetId>,
        level: Level,
        lasts_ms: u64,
    ) -> Result<()> {
        let (by, now_ms) = (self.env().caller(), self.env().block_timestamp());
        self.offices().may_raise(by.as_ref(), now_ms)?;
        let longest_ms = self.params.0.breaker.guardian_max_ms;
        let until_ms = now_ms.saturating_add(lasts_ms);
        let mut episode = self.episode.0;
        let mut raise = |guard: &mut Guard| {
            guard.raise_within(&mut episode, level, lasts_ms, longest_ms, now_ms)
        };
        match asset {
            None => raise(&mut self.guard.0)?,
            Some(asset) => {
                let mut sheet = self.poked(&[asset])?;
                raise(&mut sheet.reserve_mut(asset)?.books.breaker.guard)?;
                self.store_reserves(&sheet);
            }
        }
        self.episode = Cell(episode);
        send(BreakerRaised { asset, by, level, until_ms });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_reset_breaker(&mut self, asset: Option<AssetId>) -> Result<()> {
        self.only_owner()?;
        match asset {
            None => self.guard = Cell(Guard::default()),
            Some(asset) => {
                let mut sheet = self.poked(&[asset])?;
                let now_ms = sheet.now_ms;
                sheet.reserve_mut(asset)?.books.breaker.reset(now_ms);
                self.store_reserves(&sheet);
            }
        }
        send(BreakerReset { asset });
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn view_guard(&self) -> (AccountId, u64, Guard) {
        (self.guardian.0, self.guardian.1, self.guard.0)
    }

    /// Some reserves with their prices, their breakers and clocks up to date.
    fn poked(&self, assets: &[AssetId]) -> Result<Sheet> {
        let mut sheet = self.load_sheet(Account::default(), assets)?;
        self.try_load_prices(&mut sheet)?;
        sheet.poke();
        Ok(sheet)
    }
}
