//! Strategies by hand-worked numbers.

mod auctions;
mod explained;
mod snapshots;
mod starts;
mod stock;
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
    actions::start_liquidation,
    gradual::{price::PICO_PER_BPS, Stock},
    num::{math::WAD, shares::VIRTUAL_SHARES, time::MINUTE_MS},
    Account, AccountSnapshot, AssetId, BreakerConfig, ManualLevel, MarketParams, Pace, Position,
    Price, Reserve,
};
use std::collections::BTreeMap;

const NOW_MS: u64 = 1_700_000_000_000;
const USD: u128 = 1_000_000;
const US: AccountId = [9; 32];
const POOL: AccountId = [8; 32];
const TAKER: AccountId = [7; 32];
const ETH_ASSET: AssetId = 0;
const USD_ASSET: AssetId = 1;

/// The local market at a price of ETH, `minutes` after the beginning. There are 1,000,000 dollars, and
/// 100,000 that borrowers owe; nobody has staked. There is room for any sale.
fn snapshot(eth_dollars: u128, minutes: u64) -> MarketSnapshot {
    let plan = LocalPlan::default();
    let now_ms = NOW_MS + minutes * MINUTE_MS;
    let mut eth = plan.eth;
    // Paces that are easy to compute with, whatever a market is deployed with.
    eth.auction.alone = Pace { cap_ppm: 6_000, rise_mbps_per_min: 8_000, urgency_bps: 100 };
    eth.auction.backed = Pace { cap_ppm: 2_400, rise_mbps_per_min: 2_000, urgency_bps: 50 };
    eth.auction.stock_share_bps = 7_000;
    let fresh = [eth, plan.usd].map(|config| Reserve::new(config, NOW_MS).expect("a reserve"));
    let prices = [eth_dollars * WAD, WAD];
    let mut reserves = Vec::new();
    for ((asset, mut reserve), price_wad) in (0..).zip(fresh).zip(prices) {
        if asset == USD_ASSET {
            reserve.balances.cash = 1_000_000 * USD;
            // One unit for a million shares.
            reserve.balances.supply_shares = 1_100_000 * USD * VIRTUAL_SHARES;
            reserve.balances.borrowed = 100_000 * USD;
            reserve.balances.debt_shares = 100_000 * USD * VIRTUAL_SHARES;
        } else {
            reserve.balances.collateral = 1_000 * WAD;
        }
        reserve.balances.accrued_ms = now_ms;
        let price = Some(Price::exact(price_wad, now_ms));
        reserves.push(PricedReserve { asset, reserve, price, now_ms, changed: false });
    }
    let params = MarketParams { breaker: BreakerConfig::by_hand(), ..MarketParams::default() };
    let settings = Settings { count: 2, oracle: [6; 32], params, guard: ManualLevel::default() };
    MarketSnapshot {
        block: Default::default(),
        now_ms,
        market: [5; 32],
        us: US,
        settings,
        reserves,
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

/// The same in an auction that was started at the beginning, when the backstop did not buy.
fn in_auction(dollars: u128, eth_dollars: u128, starter: AccountId) -> Account {
    let mut account_snapshot: AccountSnapshot =
        snapshot(eth_dollars, 0).account_snapshot(loan(dollars)).expect("a account_snapshot");
    assert_eq!(start_liquidation(&mut account_snapshot, starter, 0), Ok(false));
    account_snapshot.account
}

/// The same market with accounts in auction, for which the price of ETH rises since the beginning.
fn with_auctions<const N: usize>(
    mut on: MarketSnapshot,
    auctions: [(AccountId, Account); N],
) -> MarketSnapshot {
    on.auctions = auctions.into();
    on.reserves[0].reserve.balances.gradual.waiting = N as u32;
    on
}

/// The same with so many dollars in their backstop.
fn with_backstop(mut on: MarketSnapshot, dollars: u128) -> MarketSnapshot {
    let reserve = &mut on.reserves[1].reserve;
    let shares = dollars * USD * VIRTUAL_SHARES;
    (reserve.balances.backstop_shares, reserve.vault.shares) = (shares, shares);
    on
}

/// The same with so many ETH in that backstop's stock, as if they had cost nothing, so that the pace is
/// that of a market that nobody backs.
fn with_stock(mut on: MarketSnapshot, ether: u128) -> MarketSnapshot {
    on.reserves[0].reserve.balances.backstop_collateral = ether * WAD;
    on.reserves[1].reserve.vault.stocks =
        vec![Stock { asset: ETH_ASSET, units: ether * WAD, cost: 0 }];
    on
}

/// The same with ETH sold at a bonus in basis points now, in a market of some depth in ETH.
fn sold_at(mut on: MarketSnapshot, bonus_bps: i64, depth: u128) -> MarketSnapshot {
    let now_ms = on.now_ms;
    let reserve = &mut on.reserves[0].reserve;
    reserve.balances.gradual.common.bonus_pico = bonus_bps * PICO_PER_BPS;
    reserve.balances.gradual.at_ms = now_ms;
    reserve.config.liquidity.depth = depth * WAD;
    on
}

/// Dollars of a wad, to the cent.
fn cents(wad: u128) -> u128 {
    wad / (WAD / 100)
}

/// So many dollars may be spent at once.
fn limit(spend_max: f64) -> Limit {
    Limit { asset: USD_ASSET, spend_max, spend_max_per_day: None, hold_max: None }
}

/// With up to 1,000,000 dollars of our own, a dollar is enough.
fn buying() -> Buying {
    let dollars = limit(1e6);
    Buying { limits: vec![dollars], least_wad: WAD, ..Buying::default() }
}

/// The same with a contract that sells on a pool, and no money.
fn selling() -> Buying {
    let venues = vec![Place::Pool(Pool { address: POOL, assets: [ETH_ASSET, USD_ASSET] })];
    Buying { taker: Some(TAKER), venues, limits: Vec::new(), ..buying() }
}

/// The same market, where we have been seen to have so many dollars.
fn with_money(mut on: MarketSnapshot, dollars: u128) -> MarketSnapshot {
    let token = on.reserves[1].reserve.config.token;
    on.seen.balances.insert(token, dollars * USD);
    on
}

/// What a strategy proposes that looks at nobody's positions.
fn proposals(strategy: &dyn Strategy, on: &mut MarketSnapshot) -> Vec<Proposal> {
    strategy.propose(on, &AccountIndex::default())
}

/// A pool with so many ETH and dollars.
fn pool(eth: u128, dollars: u128) -> ConstantProduct {
    ConstantProduct {
        address: POOL,
        assets: [ETH_ASSET, USD_ASSET],
        reserves: [eth * WAD, dollars * USD],
    }
}
