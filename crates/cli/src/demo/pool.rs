//! The pool as the world's traders see it.

use anyhow::{Context, Result};
use breakwater_keeper::strategy::ConstantProduct;
use breakwater_protocol::num::math::mul_div_down;

/// Holdings of the constant-product pool, in units: ETH with 18 decimals, USD with 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    pub eth: u128,
    pub usd: u128,
}

/// A trade somebody else makes to bring the pool to another price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trade {
    SellEth(u128),
    SellUsd(u128),
}

impl Pool {
    /// Dollars for one ETH, at the margin.
    pub fn price_usd(&self) -> f64 {
        (self.usd as f64 / 1e6) / (self.eth as f64 / 1e18)
    }

    /// The same in wad dollars, rounded down.
    pub fn price_wad(&self) -> Result<u128> {
        // USD units to wad: 10^12; over ETH in units: 10^18 more.
        let usd_wad = self.usd.checked_mul(1_000_000_000_000).context("pool too large")?;
        mul_div_down(usd_wad, 1_000_000_000_000_000_000, self.eth)
            .map_err(|error| anyhow::anyhow!("pool price: {error:?}"))
    }

    /// The pool after a trade, as the contract computes it.
    pub fn after(&self, trade: Trade) -> Result<Self> {
        let venue =
            ConstantProduct { address: [0; 32], assets: [0, 1], reserves: [self.eth, self.usd] };
        let (sold, units) = match trade {
            Trade::SellEth(units) => (0, units),
            Trade::SellUsd(units) => (1, units),
        };
        let [eth, usd] = venue.after_sale(sold, units).map_err(super::refused)?.reserves;
        Ok(Self { eth, usd })
    }

    /// The trade that brings the price to about `usd`; `None` if it is there to a millionth.
    pub fn trade_to(&self, usd: f64) -> Option<Trade> {
        let root = (self.price_usd() / usd).sqrt();
        if (root - 1.0).abs() < 5e-7 {
            return None;
        }
        // eth' = eth x sqrt(p / p'), usd' = usd / sqrt(p / p').
        Some(if root > 1.0 {
            Trade::SellEth((self.eth as f64 * (root - 1.0)) as u128)
        } else {
            Trade::SellUsd((self.usd as f64 * (1.0 / root - 1.0)) as u128)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOL: Pool = Pool { eth: 1_000 * 1_000_000_000_000_000_000, usd: 200_000_000_000 };

    #[test]
    fn trades_reach_the_price_asked_for() {
        for target in [100.0, 199.0, 201.0, 400.0] {
            let trade = POOL.trade_to(target).expect("far enough");
            let reached = POOL.after(trade).expect("a pool").price_usd();
            assert!((reached / target - 1.0).abs() < 1e-6, "{target}: {reached}");
        }
        assert_eq!(POOL.trade_to(200.0), None);
    }

    #[test]
    fn a_half_percent_of_the_pool_moves_the_price_by_one() {
        let sold = POOL.after(Trade::SellEth(POOL.eth / 200)).expect("a pool");
        assert!((sold.price_usd() / 200.0 - 0.99).abs() < 1e-4);
    }
}
