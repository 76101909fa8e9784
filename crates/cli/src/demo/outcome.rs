//! From what was seen to a report.

use super::{
    cascade,
    seen::{FillSeen, GasSeen, Run},
};
use breakwater_protocol::Level;
use breakwater_report::{
    Backstop, BreakerSpan, Buyer, DemoReport, Fill, GasRow, HealthSample, Outcome, PricePoint,
};

/// A run on chain for the comparison.
pub fn compared(run: &Run, name: &str, rules: &str) -> breakwater_report::Run {
    let outcome = outcome(run, 0.0);
    breakwater_report::Run {
        name: name.into(),
        rules: rules.into(),
        pool_usd: run.prices.iter().map(|price| (price.time_ms, price.pool)).collect(),
        lowest_usd: outcome.lowest_pool_usd,
        bad_debt_usd: outcome.bad_debt_usd,
        repaid_usd: outcome.repaid_usd,
        borrower_cost_usd: outcome.borrower_cost_usd,
        accounts_liquidated: outcome.accounts_liquidated,
    }
}

/// The cascade for the comparison.
pub fn cascade(seen: &cascade::Seen) -> breakwater_report::Run {
    breakwater_report::Run {
        name: "a fixed bonus of 5 %".into(),
        rules: "half of a debt at once, to the first taker (Aave v3.7)".into(),
        pool_usd: seen.prices.iter().map(|price| (price.time_ms, price.pool)).collect(),
        lowest_usd: seen.prices.iter().map(|price| price.pool).fold(f64::MAX, f64::min),
        bad_debt_usd: seen.bad_debt_usd,
        repaid_usd: seen.repaid_usd,
        borrower_cost_usd: seen.borrower_cost_usd,
        accounts_liquidated: seen.liquidated.len() as u32,
    }
}

/// What the report says of the run besides its figures.
pub struct Facts {
    pub command: String,
    pub chain: String,
    pub seed: u64,
    pub load: f64,
    pub backstop_percent: f64,
    pub half_life_minutes: f64,
    pub wall_seconds: f64,
}

/// Sums up a run.
pub fn report(run: &Run, facts: Facts) -> DemoReport {
    let start_unix_ms = run.prices.first().map_or(0, |price| price.time_ms);
    DemoReport {
        title: format!("A crash on Breakwater: ETH/USD from {}", utc(start_unix_ms)),
        notes: notes(run, &facts),
        command: facts.command,
        chain: facts.chain,
        seed: facts.seed,
        version: env!("CARGO_PKG_VERSION").into(),
        start_unix_ms,
        outcome: outcome(run, facts.wall_seconds),
        price: run
            .prices
            .iter()
            .map(|price| PricePoint {
                time_ms: price.time_ms,
                exogenous_usd: price.exogenous,
                pool_usd: price.pool,
                oracle_usd: price.oracle,
            })
            .collect(),
        health: run
            .health
            .iter()
            .map(|(time_ms, factors, idle)| health(*time_ms, factors, *idle))
            .collect(),
        fills: run.fills.iter().map(fill).collect(),
        runs: Vec::new(),
        gauge: run.gauge.clone(),
        breaker: spans(run),
        gas: gas(run),
    }
}

fn outcome(run: &Run, wall_seconds: f64) -> Outcome {
    // A borrower's debt is repaid once: what the backstop bought and sold again counts as bought.
    let of_accounts = || run.fills.iter().filter(|fill| fill.buyer != Buyer::OfStock);
    let sum = |part: fn(&FillSeen) -> f64| of_accounts().map(part).sum::<f64>();
    let lowest = |part: fn(&super::seen::PriceSeen) -> f64| {
        run.prices.iter().map(part).fold(f64::MAX, f64::min)
    };
    let repaid_usd = sum(|fill| fill.paid_usd);
    let borrower_cost_usd = sum(|fill| fill.fair_usd - fill.paid_usd + fill.fee_usd);
    Outcome {
        borrowers: run.borrowers as u32,
        liquidations_started: run.started as u32,
        fills: run.fills.len() as u32,
        accounts_liquidated: run.liquidated.len() as u32,
        cured: run.closed_by_borrowers as u32,
        repaid_usd,
        collateral_sold_usd: sum(|fill| fill.fair_usd),
        initial_debt_usd: run.initial_debt_usd,
        bad_debt_usd: run.bad_debt_usd,
        borne_usd: run.borne_usd,
        backstop: backstop(run),
        borrower_cost_usd,
        borrower_cost_bps_of_repaid: if repaid_usd > 0.0 {
            borrower_cost_usd / repaid_usd * 10_000.0
        } else {
            0.0
        },
        lowest_exogenous_usd: lowest(|price| price.exogenous),
        lowest_pool_usd: lowest(|price| price.pool),
        breaker_not_normal_ms: spans(run).iter().map(|span| span.to_ms - span.from_ms).sum(),
        wall_seconds,
        blocks: run.blocks,
        transactions: run.transactions as u64,
    }
}

/// Times at which the breaker was not Normal, each level apart.
fn spans(run: &Run) -> Vec<BreakerSpan> {
    let end_ms = run.prices.last().map_or(0, |price| price.time_ms);
    let ends = run.breaker.iter().skip(1).map(|(time_ms, ..)| *time_ms).chain([end_ms]);
    let levels = run.breaker.iter().zip(ends).filter_map(|((from_ms, level, why), to_ms)| {
        let level = match level {
            Level::Normal => return None,
            Level::Guarded => breakwater_report::Level::Guarded,
            Level::Stressed => breakwater_report::Level::Stressed,
            Level::Halted => breakwater_report::Level::Halted,
        };
        Some(BreakerSpan { from_ms: *from_ms, to_ms, level, reason: why.clone() })
    });
    levels.filter(|span| span.to_ms > span.from_ms).collect()
}

fn backstop(run: &Run) -> Backstop {
    let bought: Vec<&FillSeen> =
        run.fills.iter().filter(|fill| fill.buyer == Buyer::Backstop).collect();
    Backstop {
        fills: bought.len() as u32,
        paid_usd: bought.iter().map(|fill| fill.paid_usd).sum(),
        bought_usd: bought.iter().map(|fill| fill.fair_usd).sum(),
        sold_usd: run.backstop_sold_usd,
        held: run.backstop_eth,
        held_asset: "ETH".into(),
        held_usd: run.backstop_eth * run.last_usd,
        left_usd: run.backstop_usd,
    }
}

fn fill(seen: &FillSeen) -> Fill {
    let account: String = seen.account[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    Fill {
        time_ms: seen.time_ms,
        account,
        collateral: "ETH".into(),
        debt: "USD".into(),
        repaid_usd: seen.paid_usd,
        fair_value_usd: seen.fair_usd,
        own_ms: seen.own_ms,
        bonus_bps: seen.bonus_bps,
        buyer: seen.buyer,
    }
}

/// Sorts health factors into the report's buckets; the last bucket is "no debt".
fn health(time_ms: u64, factors: &[f64], idle: usize) -> HealthSample {
    let edges = HealthSample::EDGES;
    let mut counts = vec![0u32; edges.len() + 2];
    for factor in factors {
        let bucket = edges.iter().filter(|edge| *factor >= **edge).count();
        counts[bucket] += 1;
    }
    if let Some(last) = counts.last_mut() {
        *last = idle as u32;
    }
    let mut sorted = factors.to_vec();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    HealthSample { time_ms, counts, min: sorted.first().copied().unwrap_or(0.0), median }
}

fn gas(run: &Run) -> Vec<GasRow> {
    let mean = |seen: &GasSeen| seen.ref_time / u64::from(seen.samples.max(1));
    let yardstick = run.gas.get("PSP22 transfer").map_or(1, mean).max(1);
    run.gas
        .iter()
        .filter(|(_, seen)| seen.samples > 0)
        .map(|(message, seen)| GasRow {
            message: (*message).into(),
            calls: seen.calls,
            ref_time_ps: mean(seen),
            proof_bytes: seen.proof_size / u64::from(seen.samples),
            deposit_planck: seen.deposit / i128::from(seen.samples),
            transfers: mean(seen) as f64 / yardstick as f64,
        })
        .collect()
}

fn notes(run: &Run, facts: &Facts) -> Vec<String> {
    let mut notes = vec![
        format!(
            "The load is {}: all collateral together may support a debt of {} times the sale that \
             moves the AMM pool by 1 %. A sale's impact on its price halves every {} minutes.",
            facts.load, facts.load, facts.half_life_minutes
        ),
        "The AMM pool is the only market and the oracle's only source: every forced sale moves \
         the price at which the next account is judged."
            .into(),
        format!(
            "The backstop has {} % of all loans. It buys from accounts near insolvency at the oracle \
             price, without moving a token: its stakers give up supply shares. The contract sells \
             its stock to anyone who calls, at the same price and under the same meter as \
             everything else.",
            facts.backstop_percent
        ),
        "A fixed bonus is Aave v3.7's rule (5 %, half of a debt at a time, all of a debt that is small or \
         far below health 1) in its own integers, on the same loans, AMM pool and outside market, off \
         chain. Day one is this protocol without a backstop: it sells faster. Both have the same keepers, \
         who have no capital and sell on the AMM pool at once."
            .into(),
        "The runs continue at the last price until nothing waits and all stock is sold.".into(),
        "Gas is the mean of the first ten calls of each message, by dry run; a call of liquidate_many \
         starts several auctions. A take with own money is the cost of the same purchase for a keeper with \
         capital: nobody sends one here."
            .into(),
    ];
    if run.failed > 0 {
        notes.push(format!(
            "{} of {} transactions failed because another transaction came first. They cost only \
             their fees.",
            run.failed, run.transactions
        ));
    }
    notes.push(if run.index_exact {
        "At the end, the accounts that the keepers know from events alone matched the market's \
         balances to the unit."
            .into()
    } else {
        "At the end, the accounts that the keepers know from events did not match the market's balances."
            .into()
    });
    notes
}

/// A time as `12 Mar 2020 00:00 UTC`.
pub fn utc(unix_ms: u64) -> String {
    breakwater_report::utc(unix_ms)
}
