//! The people behind a pool that is lent to a protocol which has none: what they do with the collateral
//! that it has bought.
//!
//! They sell it at a pace that the market hardly feels, and put in again what it brings, so that the pool
//! does not run dry in a long fall. At a pace of nothing they hold to the end. Breakwater's own pool is
//! sold by its contract.

use crate::{keepers::usd, market::Market, mechanisms::TOKEN};

/// How often they stake what they have sold.
const STAKES_EVERY_MS: u64 = 60 * 60 * 1_000;

/// What they hold outside the protocol, and what they have sold.
#[derive(Clone, Debug)]
pub struct Stakers {
    /// The pool lent to a protocol that has none: what it may still spend, dollars; none where the
    /// protocol's own is at work.
    lent_usd: Option<f64>,
    /// What the lent pool has spent, dollars.
    spent_usd: f64,
    /// Tokens taken out and not sold yet.
    held: Vec<f64>,
    /// Proceeds: all, and those not staked again yet, dollars.
    sold_usd: f64,
    waiting_usd: f64,
    staked_at_ms: u64,
}

impl Stakers {
    /// At the opening. `lent_usd` as in the field.
    pub fn new(assets: usize, lent_usd: Option<f64>, now_ms: u64) -> Self {
        Self {
            lent_usd,
            spent_usd: 0.0,
            held: vec![0.0; assets],
            sold_usd: 0.0,
            waiting_usd: 0.0,
            staked_at_ms: now_ms,
        }
    }

    /// What the lent pool may spend, dollars.
    pub fn lent_usd(&self) -> f64 {
        self.lent_usd.unwrap_or(0.0)
    }

    /// The lent pool has bought.
    pub fn bought(&mut self, asset: usize, received: u128, paid: u128) {
        if let Some(left_usd) = &mut self.lent_usd {
            *left_usd -= usd(paid);
        }
        self.spent_usd += usd(paid);
        self.held[asset] += received as f64 / TOKEN as f64;
    }

    /// Tokens of an asset outside the protocol.
    pub fn held(&self, asset: usize) -> f64 {
        self.held[asset]
    }

    /// Dollars that are tied up in collateral: spent, by the lent pool or by the protocol's own
    /// (`own_usd`), less proceeds.
    pub fn tied_usd(&self, own_usd: f64) -> f64 {
        self.spent_usd + own_usd - self.sold_usd
    }

    /// Sells for some minutes at `depths_per_h` times the market's present depth an hour, and stakes
    /// the proceeds once an hour. Tokens sold.
    pub fn act(
        &mut self,
        markets: &mut [Market],
        depths_per_h: f64,
        (minutes, now_ms): (f64, u64),
    ) -> f64 {
        if depths_per_h == 0.0 {
            return 0.0;
        }
        let mut sold = 0.0;
        for (asset, market) in markets.iter_mut().enumerate() {
            let most = depths_per_h * market.depth() * minutes / 60.0;
            let tokens = self.held[asset].min(most);
            if tokens > 0.0 {
                let brought_usd = market.sell(tokens);
                self.waiting_usd += brought_usd;
                self.sold_usd += brought_usd;
                self.held[asset] -= tokens;
                sold += tokens;
            }
        }
        if self.waiting_usd > 0.0 && now_ms - self.staked_at_ms >= STAKES_EVERY_MS {
            self.stake(now_ms);
        }
        sold
    }

    fn stake(&mut self, now_ms: u64) {
        self.staked_at_ms = now_ms;
        if let Some(left_usd) = &mut self.lent_usd {
            *left_usd += std::mem::take(&mut self.waiting_usd);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{mechanisms::USD, scenario::MarketModel};

    /// 50 tokens move the price of 200 dollars by 1 %; the pool of 5,000 dollars buys 20 for 3,900.
    #[test]
    fn a_lent_pool_sells_at_its_pace_and_buys_again_with_the_proceeds() {
        let mut market = [Market::new(&MarketModel::default(), 50.0, 200.0, false)];
        let mut stakers = Stakers::new(1, Some(5_000.0), 0);
        stakers.bought(0, 20 * TOKEN, 3_900 * USD);
        assert_eq!((stakers.lent_usd(), stakers.tied_usd(0.0)), (1_100.0, 3_900.0));

        let mut act = |pace: f64, minutes: f64, now_ms| {
            stakers.act(&mut market, pace, (minutes, now_ms));
            (stakers.held(0), stakers.lent_usd(), stakers.tied_usd(0.0))
        };
        assert_eq!(act(0.0, 60.0, 0), (20.0, 1_100.0, 3_900.0), "they hold");
        // A tenth of the depth an hour: 2.5 tokens in half an hour, 500 dollars.
        assert_eq!(act(0.1, 30.0, STAKES_EVERY_MS / 2), (17.5, 1_100.0, 3_400.0), "not yet staked");
        assert_eq!(act(0.1, 30.0, STAKES_EVERY_MS), (15.0, 2_100.0, 2_900.0));
        assert_eq!(act(1.0, 60.0, 3 * STAKES_EVERY_MS), (0.0, 5_100.0, -100.0), "all is sold");
    }
}
