//! The run itself: one step a minute, each a few transactions.

use super::{
    keepers::Keepers,
    pool::{Pool, Trade},
    refused,
    seen::{observe, observe_borrowers, PriceSeen, Run},
    setup::{Cast, USD},
    LiveChain,
};
use anyhow::{ensure, Result};
use breakwater_chain::{AccountId, Chain, ContractCall, Receipt, Transaction, Weight};
use breakwater_keeper::{action::Action, snapshot::MarketSnapshot};
use breakwater_lab::prices::candles::Tick;
use breakwater_protocol::{lens, Order};
use breakwater_report::GaugePoint;
use std::collections::BTreeSet;

/// Gas that any of the demo's transactions gets along with.
pub const GAS: Weight = Weight { ref_time: 150_000_000_000, proof_size: 4 * 1024 * 1024 };
/// How often a message is dry-run to learn its gas.
const GAS_SAMPLES: u32 = 10;
/// A message that nobody sends here: these keepers have no money.
const TAKE: &str = "take (dry runs only)";
/// Steps between two looks at everybody's health.
const HEALTH_EVERY: usize = 10;
/// Health factor at which a watchful borrower repays.
pub const WATCHFUL_BELOW: f64 = 1.05;
/// Most steps after the path, at its last price, until all stock is sold and no auction is open.
const MOST_AFTER: usize = 24 * 60;

/// How the impact of sales is forgotten.
#[derive(Clone, Copy, Debug)]
pub struct Decay {
    /// What is left of it after a step.
    stays: f64,
}

impl Decay {
    /// Of a half-life, over the steps of a path.
    pub fn of(ticks: &[Tick], half_life_minutes: f64) -> Self {
        let step_ms = match ticks {
            [first, second, ..] => second.time_ms.saturating_sub(first.time_ms),
            _ => 60_000,
        };
        Self { stays: 0.5f64.powf(step_ms as f64 / 60_000.0 / half_life_minutes) }
    }

    /// The factor by which a pool's price is off the outside market's a step after it was
    /// `last_usd` there.
    pub fn left(&self, pool: &Pool, last_usd: f64) -> f64 {
        (pool.price_usd() / last_usd).powf(self.stays)
    }
}

/// Walks the price path.
pub fn replay(
    chain: &mut dyn LiveChain,
    cast: &Cast,
    ticks: &[Tick],
    decay: Decay,
    progress: &dyn Fn(u64, String),
) -> Result<Run> {
    let first_block = chain.block_number()?;
    let mut run = Run { borrowers: cast.borrowers.len(), ..Run::default() };
    // A node's clock is today's: the path is moved so that it begins soon.
    let (begin_ms, now_ms) = (ticks[0].time_ms, chain.now_ms()?);
    let shift_ms = if now_ms < begin_ms { 0 } else { now_ms + 60_000 - begin_ms };

    let mut keepers = Keepers::new(chain, cast)?;
    let mut rescued = BTreeSet::new();
    let (mut pool, mut last_usd) = (pool(chain, cast)?, ticks[0].usd);
    let step_ms = ticks[1].time_ms.saturating_sub(begin_ms);
    sample_transfer(chain, cast, &mut run)?;

    let mut path = ticks.to_vec();
    let mut step = 0;
    while let Some(tick) = path.get(step).copied() {
        let time_ms = tick.time_ms + shift_ms;
        chain.travel_to_ms(time_ms)?;

        // The world trades: the pool follows the exogenous price, and what is left of the impact
        // of earlier sales decays.
        let trade = pool.trade_to(tick.usd * decay.left(&pool, last_usd));
        last_usd = tick.usd;
        pool = trade_and_report(chain, cast, &mut run, (pool, trade), time_ms)?;
        let oracle_usd = pool.price_usd();

        // Borrowers and keepers answer to what the oracle says, volatility included.
        let mut on = keepers.look(chain)?;
        run.gauge.push(gauge(&on, cast, tick.time_ms, oracle_usd)?);
        if step == 0 {
            let debts = keepers.everybody(&on, cast)?;
            run.initial_debt_usd = debts.iter().map(|(debt_usd, _)| debt_usd).sum();
        }
        let mut answers = watchful(cast, &keepers, &on, &mut rescued);
        let repaying = answers.len();
        for transaction in &answers {
            let who = transaction.signer.account();
            sample(chain, &mut run, "repay", who, &transaction.calls[0])?;
        }
        for deal in keepers.answer(chain, cast, &mut on)? {
            let who = deal.transaction.signer.account();
            sample(chain, &mut run, message(&deal.action), who, &deal.transaction.calls[0])?;
            sample_take(chain, &mut run, cast, &deal.action)?;
            answers.push(deal.transaction);
        }
        if !answers.is_empty() {
            let receipts = chain.submit_all(&answers)?;
            observe(&mut run, (tick.time_ms, cast.on.eth_asset), oracle_usd, &receipts);
            observe_borrowers(&mut run, &receipts[..repaying]);
            learn(&mut keepers, &receipts)?;
            // Keepers have sold on it; the world's trade it has as we know it.
            pool = self::pool(chain, cast)?;
        }

        run.prices.push(PriceSeen {
            time_ms: tick.time_ms,
            exogenous: tick.usd,
            pool: pool.price_usd(),
            oracle: oracle_usd,
        });
        if step % HEALTH_EVERY == 0 || step + 1 == path.len() {
            // Where nobody has done anything it is what they have seen.
            let on = if answers.is_empty() { on } else { keepers.look(chain)? };
            let everybody = keepers.everybody(&on, cast)?;
            let factors: Vec<f64> = everybody.into_iter().map(|(_, factor)| factor).collect();
            let idle = run.borrowers - factors.len();
            run.health.push((tick.time_ms, factors, idle));
        }
        let (fills, lost) = (run.fills.len(), run.bad_debt_usd);
        let said = format!("ETH {:.2}  fills {fills}  bad debt {lost:.0}", tick.usd);
        progress(step as u64 + 1, said);
        step += 1;
        // What is in stock, and who is in auction, is not cut off with the path.
        let waits = run.gauge.last().is_some_and(|at| at.waiting != 0 || at.stock_usd >= 1.0);
        if step == path.len() && waits && step < ticks.len() + MOST_AFTER {
            path.push(Tick { time_ms: tick.time_ms + step_ms, ..tick });
        }
    }
    run.last_usd = pool.price_usd();
    run.blocks = chain.block_number()? - first_block;
    close(chain, cast, &mut keepers, &mut run)?;
    Ok(run)
}

/// What is left at the end.
fn close(
    chain: &mut dyn LiveChain,
    cast: &Cast,
    keepers: &mut Keepers,
    run: &mut Run,
) -> Result<()> {
    let on = keepers.look(chain)?;
    let priced = |asset| on.priced(asset).map_err(refused);
    let held = priced(cast.on.eth_asset)?.reserve.balances.backstop_collateral;
    run.backstop_eth = held as f64 / 1e18;
    let left = priced(cast.on.usd_asset)?.reserve.backstop_assets_down().map_err(refused)?;
    run.backstop_usd = left as f64 / 1e6;
    run.index_exact = keepers.are_right(&on);
    Ok(())
}

/// How ETH is sold now, as the keepers see it.
fn gauge(on: &MarketSnapshot, cast: &Cast, time_ms: u64, usd: f64) -> Result<GaugePoint> {
    let view = lens::sale(on.whole_sheet(), cast.on.eth_asset).map_err(refused)?;
    let bps = |wad: f64| wad / 1e14;
    Ok(GaugePoint {
        time_ms,
        bonus_bps: bps(view.bonus_wad as f64),
        impact_bps: bps(view.impact_wad as f64),
        cap_bps: bps(view.cap_wad as f64),
        waiting: view.waiting,
        stock_usd: view.stock as f64 / 1e18 * usd,
    })
}

/// The pool as it stands.
fn pool(chain: &mut dyn Chain, cast: &Cast) -> Result<Pool> {
    let (eth, usd) = cast.on.amm.reserves(chain)?;
    Ok(Pool { eth, usd })
}

/// The world trades, and the oracle hears the pool's price. The pool after it.
fn trade_and_report(
    chain: &mut dyn LiveChain,
    cast: &Cast,
    run: &mut Run,
    (mut pool, trade): (Pool, Option<Trade>),
    time_ms: u64,
) -> Result<Pool> {
    let mut morning = Vec::new();
    if let Some(trade) = trade {
        let call = match trade {
            Trade::SellEth(eth) => cast.on.amm.swap(cast.on.eth.address, eth, 0),
            Trade::SellUsd(usd) => cast.on.amm.swap(cast.on.usd.address, usd, 0),
        };
        pool = pool.after(trade)?;
        morning.push(Transaction::new(&cast.world, call.with_gas(GAS)));
    }
    let push = cast.on.push_prices(pool.price_wad()?, time_ms);
    sample(chain, run, "oracle push (2 prices)", cast.admin.account(), &push)?;
    morning.push(Transaction::new(&cast.admin, push.with_gas(GAS)));
    let receipts = chain.submit_all(&morning)?;
    observe(run, (time_ms, cast.on.eth_asset), pool.price_usd(), &receipts);
    ensure!(
        receipts.iter().all(|receipt| receipt.result.is_ok()),
        "the price could not be updated: {:?}",
        receipts.iter().find_map(|receipt| receipt.result.clone().err())
    );
    Ok(pool)
}

fn learn(keepers: &mut Keepers, receipts: &[Receipt]) -> Result<()> {
    keepers.learn(receipts.iter().flat_map(|receipt| &receipt.events))
}

/// Repayments of watchful borrowers who come near liquidation, once each.
fn watchful(
    cast: &Cast,
    keepers: &Keepers,
    on: &MarketSnapshot,
    rescued: &mut BTreeSet<AccountId>,
) -> Vec<Transaction> {
    let is_near = |account: &AccountId| {
        keepers.health(on, account).is_some_and(|(_, factor)| factor < WATCHFUL_BELOW)
    };
    let watchful = cast.borrowers.iter().filter(|borrower| borrower.watchful);
    watchful
        .filter(|borrower| is_near(&borrower.signer.account()))
        .filter(|borrower| rescued.insert(borrower.signer.account()))
        .map(|borrower| {
            let call = cast.on.market.repay(cast.on.usd_asset, borrower.debt / 4, None);
            Transaction::new(&borrower.signer, call.with_gas(GAS))
        })
        .collect()
}

/// The message behind an action.
fn message(action: &Action) -> &'static str {
    match action {
        Action::Start(_) => "liquidate_many (start)",
        Action::BuyStockAndSell { .. } => "buy_stock and sell",
        Action::BackstopFill { .. } => "backstop_fill",
        Action::Cure(_) => "cure",
        Action::RecogniseBadDebt(_) => "recognise_bad_debt",
        _ => "take and sell",
    }
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

/// What a take would cost a keeper who has money, as the world has.
fn sample_take(chain: &mut dyn Chain, run: &mut Run, cast: &Cast, action: &Action) -> Result<()> {
    let Action::TakeAndSell { account, order, .. } = action else { return Ok(()) };
    if run.gas.get(TAKE).is_some_and(|seen| seen.samples >= GAS_SAMPLES) {
        return Ok(());
    }
    let Order { collateral, debt, max_repay, .. } = *order;
    let take = cast.on.market.take(*account, collateral, debt, max_repay, 0);
    sample(chain, run, TAKE, cast.world.account(), &take)
}

/// The yardstick: a PSP22 transfer between two accounts that both have some.
fn sample_transfer(chain: &mut dyn Chain, cast: &Cast, run: &mut Run) -> Result<()> {
    let [keeper, other] = [0, cast.keepers.len() - 1].map(|index| cast.keepers[index].account());
    let to = if keeper == other { cast.world.account() } else { other };
    sample(chain, run, "PSP22 transfer", keeper, &cast.on.usd.transfer(to, USD))
}
