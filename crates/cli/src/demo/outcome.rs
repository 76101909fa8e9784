//! From what was seen to a report.

use super::seen::{FillSeen, GasSeen, Run};
use breakwater_protocol::Level;
use breakwater_report::{
    Backstop, BreakerSpan, Buyer, DemoReport, Fill, GasRow, HealthSample, Lane, Outcome, PricePoint,
};

/// What the report says of the run besides its figures.
pub struct Facts {
    pub command: String,
    pub chain: String,
    pub seed: u64,
    pub load: f64,
    pub backstop_percent: f64,
    pub backstop_from_bps: u16,
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
        breaker: spans(run),
        gas: gas(run),
    }
}

fn outcome(run: &Run, wall_seconds: f64) -> Outcome {
    let sum = |part: fn(&FillSeen) -> f64| run.fills.iter().map(part).sum::<f64>();
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
    let bought: Vec<&FillSeen> = run.fills.iter().filter(|fill| fill.backstop).collect();
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
        elapsed_ms: seen.elapsed_ms,
        bonus_bps: seen.bonus_bps,
        lane: if seen.urgent { Lane::Urgent } else { Lane::Ordinary },
        buyer: if seen.backstop { Buyer::Backstop } else { Buyer::Market },
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
            "The load is {}: all collateral together may carry {} times the debt that a sale moving \
             the pool by 1 % is worth. A sale's effect on the pool's price halves every {} minutes.",
            facts.load, facts.load, facts.half_life_minutes
        ),
        "The pool is the only market place and the oracle's only source: every forced sale moves \
         the price at which the next account is judged."
            .into(),
        format!(
            "The backstop pool has {} % of all loans. It buys {} what nobody else has bought by then, \
             without a token being moved: those who staked give up claims on lent money. Each \
             hour they sell of what it bought a tenth of what would move the price by 1 %, and stake \
             the proceeds.",
            facts.backstop_percent,
            match facts.backstop_from_bps {
                0 => "at the oracle's price".into(),
                bps => format!("at a bonus of {} %", f64::from(bps) / 100.0),
            }
        ),
        "The circuit breaker has its default thresholds. In Guarded sales are paced and less may be \
         borrowed; in Stressed only loans close to insolvency are put into auction; in Halted (at \
         most five minutes) nothing is sold. Urgent fills are those of loans close to insolvency, \
         which pacing does not hold back."
            .into(),
        "Gas is the mean of the first ten calls of each message, by dry run; a call of liquidate_many \
         starts several auctions."
            .into(),
    ];
    if run.failed > 0 {
        notes.push(format!(
            "{} of {} transactions failed: a keeper's calculation was overtaken by another \
             transaction. Nothing was lost but their fees.",
            run.failed, run.transactions
        ));
    }
    notes.push(if run.index_exact {
        "At the end, the accounts that the keepers know from events alone equalled the market's \
         books to the unit."
            .into()
    } else {
        "At the end, the accounts that the keepers know from events differed from the market's books."
            .into()
    });
    notes
}

/// A time as `12 Mar 2020 00:00 UTC`.
pub fn utc(unix_ms: u64) -> String {
    breakwater_report::utc(unix_ms)
}
