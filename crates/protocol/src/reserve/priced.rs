//! A reserve on the table, with its price.

use crate::{
    breaker::{BreakerConfig, Level, ManualLevel, Measures, Transition},
    num::math::{bps_to_wad, WAD},
    oracle::price::Price,
    reserve::Reserve,
    risk::tiers::Schedule,
    AssetId, Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// How often in a dwell a level that is held is stored as held: its end is that much out of date at most.
const HOLDS_IN_A_DWELL: u64 = 4;

/// One reserve on a [`AccountSnapshot`](crate::AccountSnapshot), with interest up to date, and its price if it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct PricedReserve {
    pub asset: AssetId,
    pub reserve: Reserve,
    pub price: Option<Price>,
    /// Time of the block.
    pub now_ms: u64,
    /// Whether an action has changed the reserve, so that it must be stored.
    pub changed: bool,
}

impl PricedReserve {
    /// Liquidation thresholds that hold now.
    pub fn thresholds(&self) -> Result<Schedule, Error> {
        self.reserve.thresholds(self.now_ms)
    }

    /// Notes halts that are over or go on, looks at the measures, and acts on them.
    #[inline(never)]
    pub(crate) fn watch(
        &mut self,
        config: &BreakerConfig,
        guard: &ManualLevel,
        now_ms: u64,
    ) -> Option<Transition> {
        self.settle_halts(guard);
        // Measures that can't be had are none: repaying must never fail for them.
        let price = self.price.as_ref();
        let measures = Measures::of(&self.reserve, price, config, now_ms).unwrap_or_default();
        self.act_on(&measures, config, now_ms)
    }

    /// Remembers up to when the asset is halted, as far as that is known now: nobody pays for a time in
    /// which nothing could be bought (§ G3).
    fn settle_halts(&mut self, guard: &ManualLevel) {
        let balances = &mut self.reserve.balances;
        let own = ManualLevel {
            level: balances.breaker.level,
            from_ms: balances.breaker.since_ms,
            until_ms: balances.breaker.until_ms,
        };
        for halt in [own, balances.breaker.guard, *guard] {
            if halt.level == Level::Halted {
                let until_ms = &mut balances.gradual.halted_until_ms;
                *until_ms = halt.until_ms.max(*until_ms);
            }
        }
    }

    /// Moves the breaker's level to what the measures ask for.
    fn act_on(
        &mut self,
        measures: &Measures,
        config: &BreakerConfig,
        now_ms: u64,
    ) -> Option<Transition> {
        let tiers = &self.reserve.config.tiers;
        let threshold_wad =
            tiers.first().map_or(0, |tier| bps_to_wad(tier.liquidation_threshold_bps));
        let breaker = &mut self.reserve.balances.breaker;
        let until_ms = breaker.until_ms;
        let change = breaker.update(measures, config, threshold_wad, now_ms);
        if let Some(price) = self.price.as_ref().filter(|_| !measures.bad_price) {
            breaker.note_price(price.mid_wad, config.window_ms, now_ms);
        }
        // A level that is held must be stored as held, but not at every touch.
        let longer_ms = breaker.until_ms.saturating_sub(until_ms);
        let held = longer_ms >= config.dwell_ms / HOLDS_IN_A_DWELL;
        self.changed |= change.is_some() || (held && breaker.level != Level::Normal);
        change.map(|(from, trigger, measure_bps)| Transition {
            asset: self.asset,
            from,
            to: breaker.level,
            trigger,
            measure_bps,
            until_ms: breaker.until_ms,
        })
    }

    /// What part of the LTV new risk does without (§ 3.4), wad, rounded up.
    pub fn haircut_up(&self) -> Result<u128, Error> {
        let exposure = self.reserve.balances.collateral;
        self.reserve.config.liquidity.haircut_up(exposure, self.price()?.volatility_wad())
    }

    /// What part of its LTV the asset carries for new risk after what came in of late (§ G10), wad,
    /// rounded down.
    pub fn fuse_down_wad(&self) -> u128 {
        let fuse = &self.reserve.config.liquidity.fuse;
        if fuse.is_never() {
            return WAD;
        }
        let mut inflow = self.reserve.balances.inflow;
        inflow.touch(fuse, self.now_ms);
        inflow.carries_down_wad(fuse)
    }

    /// The price, checked.
    ///
    /// # Errors
    /// [`Error::PriceMissing`], [`Error::PriceInvalid`].
    pub fn price(&self) -> Result<&Price, Error> {
        let price = self.price.as_ref().ok_or(Error::PriceMissing)?;
        price.validate()?;
        Ok(price)
    }
}
