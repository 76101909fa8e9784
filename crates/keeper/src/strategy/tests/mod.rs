//! Strategies by hand-worked numbers.

mod auctions;
mod stake;
mod starts;
mod takes;
mod upkeep;

use super::*;
use crate::{
    action::{Action, Proposal},
    ranking::Unhealthy,
    snapshot::{MarketSnapshot, Observations, Pending, Settings},
};
use breakwater_chain::AccountId;
use breakwater_client::LocalPlan;
use breakwater_protocol::{
    actions::start_liquidation, math::WAD, shares::VIRTUAL_SHARES, time::MINUTE_MS, Account,
    AssetId, BreakerConfig, Guard, MarketParams, Position, Price, Reserve, Sheet,
};
use std::collections::BTreeMap;

const NOW_MS: u64 = 1_700_000_000_000;
const USD: u128 = 1_000_000;
const US: AccountId = [9; 32];
const POOL: AccountId = [8; 32];
const TAKER: AccountId = [7; 32];
const ETH_ASSET: AssetId = 0;
const USD_ASSET: AssetId = 1;

/// The local market with round numbers and without bonus by health, at a price of ETH, `minutes`
/// after the beginning. There are 1,000,000 dollars, and what borrowers owe.
fn snapshot(eth_dollars: u128, minutes: u64) -> MarketSnapshot {
    let plan = LocalPlan::default();
    let now_ms = NOW_MS + minutes * MINUTE_MS;
    let mut eth = plan.eth;
    eth.auction.health_bonus_wad = 0;
    eth.auction.start_premium_bps = 100;
    eth.auction.fee_bps = 50;
    let reserves = [eth, plan.usd].map(|config| Reserve::new(config, NOW_MS).expect("a reserve"));
    let prices = [eth_dollars * WAD, WAD];
    let mut lines = Vec::new();
    for ((asset, mut reserve), price_wad) in (0..).zip(reserves).zip(prices) {
        if asset == USD_ASSET {
            reserve.books.cash = 1_000_000 * USD;
            reserve.books.supply_shares = 1_000_000 * USD * VIRTUAL_SHARES;
            // One unit for a million shares.
            reserve.books.borrowed = 100_000 * USD;
            reserve.books.debt_shares = 100_000 * USD * VIRTUAL_SHARES;
        } else {
            reserve.books.collateral = 1_000 * WAD;
        }
        reserve.books.accrued_ms = now_ms;
        // There was a price at the beginning, good for an hour.
        reserve.books.clock.price_ms = NOW_MS;
        let price = Some(Price::exact(price_wad, now_ms));
        lines.push(Line { asset, reserve, price, now_ms, changed: false });
    }
    let params = MarketParams { breaker: BreakerConfig::by_hand(), ..MarketParams::default() };
    let settings = Settings {
        count: 2,
        oracle: [6; 32],
        params,
        guard: Guard::default(),
        pools: [ETH_ASSET, USD_ASSET].map(|asset| (asset, Default::default())).into(),
    };
    MarketSnapshot {
        block: Default::default(),
        now_ms,
        market: [5; 32],
        us: US,
        settings,
        lines,
        unhealthy: Vec::new(),
        auctions: Vec::new(),
        reports: Vec::new(),
        pending: Pending::default(),
        seen: Observations::default(),
    }
}

/// 10 ETH against a debt in dollars.
fn loan(dollars: u128) -> Account {
    let eth = Position { asset: ETH_ASSET, collateral: 10 * WAD, ..Position::default() };
    let debt_shares = dollars * USD * VIRTUAL_SHARES;
    let usd = Position { asset: USD_ASSET, debt_shares, ..Position::default() };
    Account { positions: vec![eth, usd], ..Account::default() }
}

/// The same in an auction that was started at the beginning.
fn in_auction(dollars: u128, eth_dollars: u128, starter: AccountId) -> Account {
    let mut sheet: Sheet = snapshot(eth_dollars, 0).sheet(loan(dollars)).expect("a sheet");
    start_liquidation(&mut sheet, starter, 0).expect("starts");
    sheet.account
}

/// The same market with accounts in auction.
fn with_auctions<const N: usize>(
    mut on: MarketSnapshot,
    auctions: [(AccountId, Account); N],
) -> MarketSnapshot {
    on.auctions = auctions.into();
    on
}

/// What a strategy proposes that looks at nobody's positions.
fn proposals(strategy: &dyn Strategy, on: &mut MarketSnapshot) -> Vec<Proposal> {
    strategy.propose(on, &AccountIndex::default())
}

/// A pool with so many ETH and dollars.
fn pool(eth: u128, dollars: u128) -> Venue {
    Venue { address: POOL, assets: [ETH_ASSET, USD_ASSET], reserves: [eth * WAD, dollars * USD] }
}
