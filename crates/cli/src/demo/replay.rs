//! The run itself: one step a minute, each a few transactions.

use super::{
    keeper::{self, Deed},
    pool::{Pool, Trade},
    refused,
    setup::{Cast, USD},
    stakers::Stakers,
};
use anyhow::{ensure, Result};
use breakwater_chain::{AccountId, Chain, ContractCall, Receipt, Transaction, Weight};
use breakwater_client::{
    mirror::{mirror, refresh, refresh_account},
    MarketEvent,
};
use breakwater_lab::prices::candles::Tick;
use breakwater_model::Model;
use breakwater_protocol::{math::WAD, AssetId, Price, Trigger};
use std::collections::{BTreeMap, BTreeSet};

/// Gas that any of the demo's transactions gets along with.
pub const GAS: Weight = Weight { ref_time: 150_000_000_000, proof_size: 4 * 1024 * 1024 };
/// How often a message is dry-run to learn its gas.
const GAS_SAMPLES: u32 = 10;
/// Steps between two looks at everybody's health.
const HEALTH_EVERY: usize = 10;
/// Health factor at which a watchful borrower repays.
const WATCHFUL_BELOW: f64 = 1.05;

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
    /// What the backstop and those who staked hold at the end, in ETH, and what it has left in
    /// dollars.
    pub backstop_eth: f64,
    pub backstop_usd: f64,
    /// Price of ETH at the end.
    pub last_usd: f64,
    /// Whether the pool off chain equals the pool on chain at the end, to the unit.
    pub mirror_exact: bool,
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
    pub elapsed_ms: u64,
    pub bonus_bps: i32,
    pub urgent: bool,
    pub backstop: bool,
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

/// Walks the price path.
pub fn replay(
    chain: &mut dyn Chain,
    cast: &Cast,
    ticks: &[Tick],
    half_life_minutes: f64,
    progress: &dyn Fn(u64, String),
) -> Result<Run> {
    let first_block = chain.block_number()?;
    let mut run = Run { borrowers: cast.borrowers.len(), ..Run::default() };
    // A node's clock is today's: the path is moved so that it begins soon.
    let (begin_ms, now_ms) = (ticks[0].time_ms, chain.now_ms()?);
    let shift_ms = if now_ms < begin_ms { 0 } else { now_ms + 60_000 - begin_ms };

    let (eth, usd) = cast.on.amm.reserves(chain)?;
    let mut pool = Pool { eth, usd };
    let accounts = cast.borrowers.iter().map(|borrower| borrower.signer.account());
    let mut world = mirror(chain, &cast.on.market, accounts)?;
    quote(&mut world, cast, pool, now_ms)?;
    run.initial_debt_usd = world.debt_usd().map_err(refused)?;
    let mut rescued = BTreeSet::new();
    let mut stakers = Stakers::default();
    let mut last_usd = ticks[0].usd;
    let minutes = ticks[1].time_ms.saturating_sub(begin_ms) as f64 / 60_000.0;
    let stays = 0.5f64.powf(minutes / half_life_minutes);
    sample_transfer(chain, cast, &mut run)?;

    for (step, tick) in ticks.iter().enumerate() {
        let time_ms = tick.time_ms + shift_ms;
        chain.travel_to_ms(time_ms)?;

        // The world trades: the pool follows the exogenous price, and what is left of the impact
        // of earlier sales decays.
        let impact = (pool.price_usd() / last_usd).powf(stays);
        last_usd = tick.usd;
        let mut morning = Vec::new();
        if let Some(trade) = pool.trade_to(tick.usd * impact) {
            let call = match trade {
                Trade::SellEth(eth) => cast.on.amm.swap(cast.on.eth.address, eth, 0),
                Trade::SellUsd(usd) => cast.on.amm.swap(cast.on.usd.address, usd, 0),
            };
            pool = pool.after(trade);
            morning.push(Transaction::new(&cast.world, call.with_gas(GAS)));
        }
        let oracle_usd = pool.price_usd();
        let push = cast.on.push_prices(pool.price_wad()?, time_ms);
        sample(chain, &mut run, "oracle push (2 prices)", cast.admin.account(), &push)?;
        morning.push(Transaction::new(&cast.admin, push.with_gas(GAS)));
        let receipts = chain.submit_all(&morning)?;
        observe(&mut run, (tick, cast.on.eth_asset), oracle_usd, &receipts, &[]);
        ensure!(
            receipts.iter().all(|receipt| receipt.result.is_ok()),
            "the price could not be updated: {:?}",
            receipts.iter().find_map(|receipt| receipt.result.clone().err())
        );

        // Borrowers and keepers answer to what the oracle says, volatility included.
        let tokens = [cast.on.eth.address, cast.on.usd.address];
        let assets = [cast.on.eth_asset, cast.on.usd_asset];
        for (asset, price) in assets.into_iter().zip(cast.on.oracle.prices(chain, &tokens)?) {
            if let Some(price) = price {
                world.set_price(asset, price);
            }
        }
        world.now_ms = chain.now_ms()?;
        let mut answers = watchful(cast, &world, &mut rescued)?;
        let repaying = answers.len();
        let business = keeper::Terms {
            eth: cast.on.eth_asset,
            usd: cast.on.usd_asset,
            min_profit: USD,
            capital: 200_000 * USD,
        };
        let deeds = keeper::deeds(&world, pool, &business)?;
        for (index, deed) in deeds.iter().enumerate() {
            let keeper = &cast.keepers[index % cast.keepers.len()];
            answers.push((deed_account(deed), Transaction::batch(keeper, act(cast, deed))));
        }
        if !answers.is_empty() {
            for (index, (_, transaction)) in answers.iter().enumerate() {
                let name = match deeds.get(index.wrapping_sub(repaying)) {
                    _ if index < repaying => "repay",
                    Some(Deed::Start(_) | Deed::StartAndFill(_)) => "liquidate (start)",
                    Some(Deed::Backstop(_)) => "backstop_fill",
                    _ => "take",
                };
                sample(chain, &mut run, name, transaction.signer.account(), &transaction.calls[0])?;
            }
            let transactions: Vec<_> = answers.iter().map(|(_, tx)| tx.clone()).collect();
            let receipts = chain.submit_all(&transactions)?;
            for (receipt, deed) in receipts.iter().skip(repaying).zip(&deeds) {
                if let (Ok(()), Deed::Take { received, .. }) = (&receipt.result, deed) {
                    pool = pool.after(Trade::SellEth(*received));
                }
            }
            let touched: Vec<AccountId> = answers.iter().map(|(account, _)| *account).collect();
            observe(&mut run, (tick, cast.on.eth_asset), oracle_usd, &receipts, &touched);
            for account in touched {
                refresh_account(chain, &cast.on.market, &mut world, account)?;
            }
            refresh(chain, &cast.on.market, &mut world)?;
        }
        let (after, acted) = stakers.act(chain, cast, &world, (pool, time_ms))?;
        pool = after;
        if acted {
            refresh(chain, &cast.on.market, &mut world)?;
        }

        run.prices.push(PriceSeen {
            time_ms: tick.time_ms,
            exogenous: tick.usd,
            pool: pool.price_usd(),
            oracle: oracle_usd,
        });
        if step % HEALTH_EVERY == 0 || step + 1 == ticks.len() {
            let factors = world.health_factors().map_err(refused)?;
            let factors: Vec<f64> = factors.into_iter().map(|(_, f)| f).collect();
            let idle = run.borrowers - factors.len();
            run.health.push((tick.time_ms, factors, idle));
        }
        progress(
            step as u64 + 1,
            format!(
                "ETH {:.2}  fills {}  bad debt {:.0}",
                tick.usd,
                run.fills.len(),
                run.bad_debt_usd
            ),
        );
    }
    let books = |asset: AssetId| &world.reserves[usize::from(asset)];
    let held = books(cast.on.eth_asset).books.backstop_collateral + stakers.held;
    run.backstop_eth = held as f64 / 1e18;
    run.backstop_sold_usd = stakers.sold as f64 / 1e6;
    run.transactions += stakers.transactions;
    let left = books(cast.on.usd_asset).backstop_assets_down().map_err(refused)?;
    run.backstop_usd = left as f64 / 1e6;
    run.last_usd = pool.price_usd();
    run.blocks = chain.block_number()? - first_block;
    run.mirror_exact = cast.on.amm.reserves(chain)? == (pool.eth, pool.usd);
    Ok(run)
}

/// Tells the observer what the oracle will say: the pool's price now, and a dollar a dollar.
fn quote(world: &mut Model, cast: &Cast, pool: Pool, time_ms: u64) -> Result<()> {
    world.set_price(cast.on.eth_asset, Price::exact(pool.price_wad()?, time_ms));
    world.set_price(cast.on.usd_asset, Price::exact(WAD, time_ms));
    Ok(())
}

/// Repayments of watchful borrowers who come near liquidation, once each.
fn watchful(
    cast: &Cast,
    world: &Model,
    rescued: &mut BTreeSet<AccountId>,
) -> Result<Vec<(AccountId, Transaction)>> {
    let near: BTreeMap<_, _> = world
        .health_factors()
        .map_err(refused)?
        .into_iter()
        .filter(|(_, health)| *health < WATCHFUL_BELOW)
        .collect();
    Ok(cast
        .borrowers
        .iter()
        .filter(|borrower| borrower.watchful && near.contains_key(&borrower.signer.account()))
        .filter(|borrower| rescued.insert(borrower.signer.account()))
        .map(|borrower| {
            let call = cast.on.market.repay(cast.on.usd_asset, borrower.debt / 4, None);
            let transaction = Transaction::new(&borrower.signer, call.with_gas(GAS));
            (borrower.signer.account(), transaction)
        })
        .collect())
}

fn deed_account(deed: &Deed) -> AccountId {
    match deed {
        Deed::Start(account)
        | Deed::StartAndFill(account)
        | Deed::Take { account, .. }
        | Deed::Backstop(account) => *account,
    }
}

/// A keeper's calls, all or none: take and sell at once, so that nobody is left with ETH.
fn act(cast: &Cast, deed: &Deed) -> Vec<ContractCall> {
    let on = &cast.on;
    let start = |account| on.market.liquidate(account).with_gas(GAS);
    let fill = |account| on.market.backstop_fill(account, on.eth_asset, on.usd_asset).with_gas(GAS);
    match *deed {
        Deed::Start(account) => vec![start(account)],
        Deed::StartAndFill(account) => vec![start(account), fill(account)],
        Deed::Backstop(account) => vec![fill(account)],
        Deed::Take { account, limit, repaid, received } => vec![
            on.market.take(account, on.eth_asset, on.usd_asset, limit, received).with_gas(GAS),
            on.amm.swap(on.eth.address, received, repaid).with_gas(GAS),
        ],
    }
}

/// Adds what receipts say.
fn observe(
    run: &mut Run,
    (tick, eth): (&Tick, AssetId),
    eth_usd: f64,
    receipts: &[Receipt],
    touched: &[AccountId],
) {
    run.transactions += receipts.len();
    run.failed += receipts.iter().filter(|receipt| receipt.result.is_err()).count();
    for event in receipts.iter().flat_map(|receipt| &receipt.events) {
        match MarketEvent::decode(event) {
            Some(MarketEvent::LiquidationStarted(_)) => run.started += 1,
            Some(MarketEvent::Taken(taken)) => {
                let account: AccountId = *taken.account.as_ref();
                run.liquidated.insert(account);
                run.fills.push(FillSeen {
                    time_ms: tick.time_ms,
                    account,
                    paid_usd: taken.paid_wad as f64 / 1e18,
                    fair_usd: taken.fair_wad as f64 / 1e18,
                    fee_usd: taken.fee as f64 / 1e18 * eth_usd,
                    elapsed_ms: taken.elapsed_ms,
                    bonus_bps: (taken.bonus_wad / 100_000_000_000_000) as i32,
                    urgent: taken.urgent,
                    backstop: taken.backstop,
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
                run.breaker.push((tick.time_ms, change.to, why));
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
    // An auction that closes in a transaction without a fill was closed by its borrower.
    run.closed_by_borrowers += receipts
        .iter()
        .zip(touched)
        .filter(|(receipt, _)| {
            let events: Vec<_> = receipt.events.iter().filter_map(MarketEvent::decode).collect();
            let closed = events.iter().any(|event| matches!(event, MarketEvent::AuctionClosed(_)));
            closed && !events.iter().any(|event| matches!(event, MarketEvent::Taken(_)))
        })
        .count();
}

/// Dry-runs a call to learn its gas, the first few times.
fn sample(
    chain: &mut dyn Chain,
    run: &mut Run,
    name: &'static str,
    origin: AccountId,
    call: &ContractCall,
) -> Result<()> {
    let seen = run.gas.entry(name).or_default();
    seen.calls += 1;
    if seen.samples >= GAS_SAMPLES {
        return Ok(());
    }
    let dry_run = chain.dry_run(origin, call)?;
    if matches!(&dry_run.result, Ok(output) if !output.reverted) {
        seen.samples += 1;
        seen.ref_time += dry_run.gas_consumed.ref_time;
        seen.proof_size += dry_run.gas_consumed.proof_size;
        seen.deposit += dry_run.storage_deposit;
    }
    Ok(())
}

/// The yardstick: a PSP22 transfer between two accounts that both have some.
fn sample_transfer(chain: &mut dyn Chain, cast: &Cast, run: &mut Run) -> Result<()> {
    let [keeper, other] = [0, cast.keepers.len() - 1].map(|index| cast.keepers[index].account());
    let to = if keeper == other { cast.world.account() } else { other };
    sample(chain, run, "PSP22 transfer", keeper, &cast.on.usd.transfer(to, USD))
}
