//! What the breaker's triggers measure for a reserve (§ 7.2).

use crate::{
    breaker::{BreakerConfig, Measures},
    num::math::{mul_div_down, BPS},
    oracle::price::{Price, Use},
    reserve::Reserve,
    Error,
};

impl Measures {
    /// What the triggers measure for a reserve now.
    #[inline(never)]
    pub fn of(
        reserve: &Reserve,
        price: Option<&Price>,
        config: &BreakerConfig,
        now_ms: u64,
    ) -> Result<Self, Error> {
        let Reserve { config: reserve_config, balances, .. } = reserve;
        let breaker = &balances.breaker;
        let lost = breaker.lost.read(config.window_ms, now_ms)?;
        let bad_debt_bps = if lost == 0 { 0 } else { ratio_bps(lost, balances.supplied()?.assets) };
        let limit = &reserve_config.outflow;
        let outflow_bps = if limit.is_none() {
            0
        } else {
            let room = balances.outflow.room(limit, now_ms)?;
            ratio_bps(limit.capacity.saturating_sub(room), limit.capacity)
        };
        let mut measures = Self { outflow_bps, bad_debt_bps, ..Self::default() };
        let Some(price) = price else { return Ok(measures) };
        measures.bad_price = price.validate().is_err() || !price.is_good_for(Use::Settlement);
        // Against a calm past everything is much: the least volatility stands in for it.
        let usual_wad = price.slow_volatility_wad.max(config.min_volatility_wad);
        measures.volatility_bps = ratio_bps(price.fast_volatility_wad, usual_wad);
        Ok(measures)
    }
}

/// A part of a whole, in basis points, rounded down; much where there is no whole.
fn ratio_bps(part: u128, whole: u128) -> u128 {
    match part {
        0 => 0,
        _ => mul_div_down(part, BPS, whole).unwrap_or(u128::MAX),
    }
}
