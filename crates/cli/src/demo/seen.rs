//! What is seen of a run: prices, health, fills, losses, gas.

use breakwater_chain::{AccountId, Receipt};
use breakwater_client::MarketEvent;
use breakwater_protocol::{AssetId, Trigger};
use breakwater_report::Buyer;
use std::collections::{BTreeMap, BTreeSet};

/// What was seen, in order of time.
#[derive(Default)]
pub struct Run {
    pub prices: Vec<PriceSeen>,
    pub health: Vec<(u64, Vec<f64>, usize)>,
    pub fills: Vec<FillSeen>,
    pub gas: BTreeMap<&'static str, GasSeen>,
    pub borrowers: usize,
    pub initial_debt_usd: f64,
    pub started: usize,
    pub closed_by_borrowers: usize,
    pub liquidated: BTreeSet<AccountId>,
    pub bad_debt_usd: f64,
    /// ETH's level from each change on: time, level, why.
    pub breaker: Vec<(u64, breakwater_protocol::Level, String)>,
    /// Of which borne by the protocol, the backstop, lenders.
    pub borne_usd: [f64; 3],
    pub transactions: usize,
    pub failed: usize,
    pub blocks: u64,
    /// What sales of what the backstop bought have brought, dollars.
    pub backstop_sold_usd: f64,
    /// How ETH was sold, over time.
    pub gauge: Vec<breakwater_report::GaugePoint>,
    /// What the backstop holds at the end, in ETH, and what it has left in dollars.
    pub backstop_eth: f64,
    pub backstop_usd: f64,
    /// Price of ETH at the end.
    pub last_usd: f64,
    /// Whether the accounts that keepers know from events equal the market's balances at the end.
    pub index_exact: bool,
}

/// One step's prices in dollars.
pub struct PriceSeen {
    pub time_ms: u64,
    pub exogenous: f64,
    pub pool: f64,
    pub oracle: f64,
}

/// One fill, from its event.
pub struct FillSeen {
    pub time_ms: u64,
    pub account: AccountId,
    pub paid_usd: f64,
    pub fair_usd: f64,
    pub fee_usd: f64,
    pub own_ms: u64,
    pub bonus_bps: i32,
    pub buyer: Buyer,
}

/// Gas of a message over its samples.
#[derive(Default)]
pub struct GasSeen {
    pub calls: u32,
    pub samples: u32,
    pub ref_time: u64,
    pub proof_size: u64,
    pub deposit: i128,
}

/// Adds what receipts say.
pub fn observe(run: &mut Run, (time_ms, eth): (u64, AssetId), eth_usd: f64, receipts: &[Receipt]) {
    run.transactions += receipts.len();
    run.failed += receipts.iter().filter(|receipt| receipt.result.is_err()).count();
    for event in receipts.iter().flat_map(|receipt| &receipt.events) {
        match MarketEvent::decode(event) {
            Some(MarketEvent::LiquidationStarted(_)) => run.started += 1,
            Some(MarketEvent::Taken(taken)) => {
                let account: AccountId = *taken.account.as_ref();
                run.liquidated.insert(account);
                run.fills.push(FillSeen {
                    time_ms,
                    account,
                    paid_usd: taken.paid_wad as f64 / 1e18,
                    fair_usd: taken.fair_wad as f64 / 1e18,
                    fee_usd: taken.fee as f64 / 1e18 * eth_usd,
                    own_ms: taken.own_ms,
                    bonus_bps: (taken.bonus_wad / 100_000_000_000_000) as i32,
                    buyer: if taken.backstop { Buyer::Backstop } else { Buyer::Market },
                });
            }
            Some(MarketEvent::StockSold(sold)) => {
                let paid_usd = sold.paid as f64 / 1e6;
                run.backstop_sold_usd += paid_usd;
                run.fills.push(FillSeen {
                    time_ms,
                    account: *sold.buyer.as_ref(),
                    paid_usd,
                    fair_usd: sold.received as f64 / 1e18 * eth_usd,
                    fee_usd: 0.0,
                    own_ms: 0,
                    bonus_bps: (sold.bonus_wad / 100_000_000_000_000) as i32,
                    buyer: Buyer::OfStock,
                });
            }
            Some(MarketEvent::BadDebtRecognised(lost)) => {
                run.bad_debt_usd += lost.assets as f64 / 1e6;
            }
            Some(MarketEvent::BreakerChanged(change)) if change.asset == eth => {
                let why = match change.measure_bps {
                    _ if change.trigger == Trigger::Calm => "calmer for ten minutes".into(),
                    0 => format!("{:?}", change.trigger),
                    bps => format!("{:?} {:.2}", change.trigger, bps as f64 / 1e4),
                };
                run.breaker.push((time_ms, change.to, why));
            }
            Some(MarketEvent::LossBorneByProtocol(e)) => {
                run.borne_usd[0] += e.assets as f64 / 1e6;
            }
            Some(MarketEvent::LossBorneByBackstop(e)) => {
                run.borne_usd[1] += e.assets as f64 / 1e6;
            }
            Some(MarketEvent::LossBorneByLenders(e)) => {
                run.borne_usd[2] += e.assets as f64 / 1e6;
            }
            _ => {}
        }
    }
}

/// Counts the auctions that their borrowers have ended, by what they did.
pub fn observe_borrowers(run: &mut Run, receipts: &[Receipt]) {
    let events = receipts.iter().flat_map(|receipt| &receipt.events);
    let closed = events
        .filter_map(MarketEvent::decode)
        .filter(|event| matches!(event, MarketEvent::AuctionClosed(_)));
    run.closed_by_borrowers += closed.count();
}
