//! The same crash by the usual rule: a fixed bonus of 5 % for whoever repays half of a debt (Aave v3.7,
//! in its own integers). Same loans, same pool, same outside market; off chain, for no such market is
//! deployed here.

use super::{
    pool::Pool,
    refused,
    replay::{Decay, WATCHFUL_BELOW},
    seen::PriceSeen,
    setup::{pooled_eth, usd_for, Borrower, Scale, ETH, POOL_PER_DEPTH, USD},
};
use anyhow::{anyhow, Result};
use breakwater_keeper::strategy::ConstantProduct;
use breakwater_lab::{
    mechanisms::{
        aave_v3::AaveV3, AssetSpec, Design, Fill, Lot, Market, Mechanism, Position, Quote,
    },
    prices::candles::Tick,
};
use breakwater_protocol::Price;
use std::collections::BTreeSet;

/// What was seen of it.
#[derive(Default)]
pub struct Seen {
    pub prices: Vec<PriceSeen>,
    pub repaid_usd: f64,
    pub borrower_cost_usd: f64,
    pub bad_debt_usd: f64,
    pub liquidated: BTreeSet<usize>,
}

/// LTV and liquidation threshold, as the demo's market has them.
const LTV_BPS: u16 = 7_500;
const THRESHOLD_BPS: u16 = 8_000;
/// Halvings of a purchase that the pool does not pay for whole.
const HALVINGS: u32 = 12;

/// Walks the price path.
pub fn replay(scale: &Scale, borrowers: &[Borrower], ticks: &[Tick], decay: Decay) -> Result<Seen> {
    let pooled = pooled_eth(scale, borrowers);
    let mut pool = Pool { eth: pooled, usd: usd_for(pooled, scale.eth_usd)? };
    let positions: Vec<Position> = borrowers
        .iter()
        .map(|one| Position { asset: 0, collateral: one.collateral, debt: one.debt })
        .collect();
    let market = Market {
        assets: vec![AssetSpec {
            name: "ETH".into(),
            price_wad: pool.price_wad()?,
            ltv_bps: LTV_BPS,
            threshold_bps: THRESHOLD_BPS,
            depth: pooled / POOL_PER_DEPTH,
        }],
        supplied: positions.iter().map(|one| one.debt).sum::<u128>() * 2,
        staked: 0,
        min_debt: 100 * USD,
        now_ms: ticks.first().map_or(0, |tick| tick.time_ms),
        reaction_ms: 0,
    };
    let mut balances =
        AaveV3::default().open(&market, &positions).map_err(|why| anyhow!("{why}"))?;
    let (mut seen, mut rescued, mut last_usd) = (Seen::default(), BTreeSet::new(), scale.eth_usd);
    for tick in ticks {
        if let Some(trade) = pool.trade_to(tick.usd * decay.left(&pool, last_usd)) {
            pool = pool.after(trade)?;
        }
        last_usd = tick.usd;
        let price_wad = pool.price_wad()?;
        let judged = Price::exact(price_wad, tick.time_ms);
        balances.observe(tick.time_ms, &[Quote { price_wad, time_ms: tick.time_ms, judged }]);
        let oracle_usd = pool.price_usd();
        watchful(balances.as_mut(), borrowers, oracle_usd, &mut rescued);
        let below: Vec<usize> = (0..borrowers.len())
            .filter(|account| health(balances.as_ref(), *account, oracle_usd) < 1.0)
            .collect();
        let mut lots = Vec::new();
        balances.lots(&below, &mut lots);
        for lot in lots {
            if let Some(fill) = take(balances.as_mut(), lot, &mut pool)? {
                seen.note(lot, &fill, oracle_usd);
            }
        }
        seen.prices.push(PriceSeen {
            time_ms: tick.time_ms,
            exogenous: tick.usd,
            pool: pool.price_usd(),
            oracle: oracle_usd,
        });
    }
    Ok(seen)
}

/// Buys what a keeper without money can sell on the pool for more than it costs, as much as possible.
fn take(balances: &mut dyn Mechanism, lot: Lot, pool: &mut Pool) -> Result<Option<Fill>> {
    let venue =
        ConstantProduct { address: [0; 32], assets: [0, 1], reserves: [pool.eth, pool.usd] };
    let Ok(whole) = balances.quote(lot, u128::MAX >> 64) else { return Ok(None) };
    let mut pay = whole.paid;
    for _ in 0..HALVINGS {
        let brings = |fill: &Fill| venue.sale_down(0, fill.received).map_err(refused);
        if let Ok(fill) = balances.quote(lot, pay) {
            if brings(&fill)? > fill.paid {
                let fill = balances.take(lot, pay, 0).map_err(|why| anyhow!("{why}"))?;
                let [eth, usd] = venue.after_sale(0, fill.received).map_err(refused)?.reserves;
                *pool = Pool { eth, usd };
                return Ok(Some(fill));
            }
        }
        pay /= 2;
    }
    Ok(None)
}

fn health(balances: &dyn Mechanism, account: usize, usd: f64) -> f64 {
    let Position { collateral, debt, .. } = balances.position(account);
    let carries = collateral as f64 / ETH as f64 * usd * f64::from(THRESHOLD_BPS) / 1e4;
    carries / (debt as f64 / USD as f64)
}

/// As on chain: a quarter of the debt, once, near liquidation.
fn watchful(
    balances: &mut dyn Mechanism,
    borrowers: &[Borrower],
    usd: f64,
    rescued: &mut BTreeSet<usize>,
) {
    for (account, borrower) in borrowers.iter().enumerate().filter(|(_, one)| one.watchful) {
        let is_near = health(balances, account, usd) < WATCHFUL_BELOW;
        if is_near && rescued.insert(account) {
            // Who owes nothing any more repays nothing.
            let _ = balances.repay(account, borrower.debt / 4);
        }
    }
}

impl Seen {
    fn note(&mut self, lot: Lot, fill: &Fill, usd: f64) {
        let paid_usd = fill.paid as f64 / USD as f64;
        self.repaid_usd += paid_usd;
        self.borrower_cost_usd += fill.seized as f64 / ETH as f64 * usd - paid_usd;
        self.bad_debt_usd += fill.bad_debt as f64 / USD as f64;
        self.liquidated.extend(lot.account);
    }
}
