//! The page.

use crate::{
    format::{dollars, utc},
    look::{figure, page, wide},
    plots, runs,
    table::{gas_cells, rows},
    DemoReport, ReportError,
};
use maud::{html as markup, Markup};

/// The report as a page that needs nothing from elsewhere.
///
/// # Errors
/// [`ReportError`]: no prices, figures that are not numbers.
pub fn html(report: &DemoReport) -> Result<String, ReportError> {
    check(report)?;
    let body = markup! {
        p.lead { (lead(report)) }
        (tiles(report))
        (figure(
            "One crash, by the rules of each market",
            "All lines follow the same outside market and the same loans. Each also has \
             the impact of its own forced sales, which push the AMM pool's price down \
             for everybody. A cascade is a gap that widens by itself.",
            runs::prices(report)?,
        ))
        (compared(report))
        (figure(
            "How much the forced sales added to the fall",
            "The gaps between the lines above and the outside market, enlarged. Each \
             sale pushes the price down; the market recovers with time.",
            runs::impact(report)?,
        ))
        @if !report.gauge.is_empty() {
            (figure(
                "How Breakwater sold",
                "Above, the common bonus: it rises slowly while lots wait and falls \
                 with every sale. Below, the meter: the impact of recent sales, and \
                 its cap.",
                runs::gauge(report)?,
            ))
        }
        (figure(
            "The health of the loans",
            "Every borrower is in one band. A loan with a health factor below 1.0 (dark \
             orange) can be liquidated; a liquidation sells just enough to restore 1.05.",
            plots::health(report)?,
        ))
        (figure(
            "What buyers paid",
            "Each dot is a purchase in an auction; its size is the value. At 100 % the \
             buyer paid exactly the oracle price; the distance below 100 % is the \
             borrower's loss, apart from a small fee.",
            plots::fills(report)?,
        ))
        (breaker(report))
        (summary(report))
        (gas(report))
        (notes(report))
        (glossary())
    };
    let footer = markup! {
        "Breakwater " (report.version) ", " (report.chain) ", seed " (report.seed)
        ". Made by " code { (report.command) } "."
    };
    Ok(page(&report.title, &body, &footer))
}

fn lead(report: &DemoReport) -> String {
    let outcome = &report.outcome;
    format!(
        "{} people had borrowed {} against Ether when its price fell. {} of them were liquidated, \
         in {} sales by auction. Lenders lost {}; liquidated borrowers lost {:.1} % of the debt \
         repaid for them.",
        outcome.borrowers,
        dollars(outcome.initial_debt_usd),
        outcome.accounts_liquidated,
        outcome.fills,
        dollars(outcome.bad_debt_usd),
        outcome.borrower_cost_bps_of_repaid / 100.0
    )
}

fn tiles(report: &DemoReport) -> Markup {
    let outcome = &report.outcome;
    let deeper = (1.0 - outcome.lowest_pool_usd / outcome.lowest_exogenous_usd) * 100.0;
    let tiles = [
        (dollars(outcome.bad_debt_usd), "bad debt"),
        (format!("{deeper:.2} %"), "deeper low than without liquidations"),
        (
            format!("{:.0} bps", outcome.borrower_cost_bps_of_repaid),
            "borrower cost, of the debt repaid",
        ),
        (outcome.accounts_liquidated.to_string(), "loans liquidated"),
    ];
    markup! {
        div.tiles {
            @for (value, label) in tiles {
                div.tile { div.value { (value) } div.label { (label) } }
            }
        }
    }
}

/// The runs side by side.
fn compared(report: &DemoReport) -> Markup {
    let outside = report.outcome.lowest_exogenous_usd;
    markup! {
        @if !report.runs.is_empty() {
            section {
                (wide("The runs side by side", &markup! {
                    table {
                        thead {
                            tr {
                                th scope="col" { "rules" }
                                th.number scope="col" { "low" }
                                th.number scope="col" { "deeper by" }
                                th.number scope="col" { "bad debt" }
                                th.number scope="col" { "liquidated" }
                                th.number scope="col" { "borrowers lost" }
                            }
                        }
                        @for run in &report.runs {
                            tr {
                                th scope="row" { (run.name) br; small { (run.rules) } }
                                td.number { (format!("${:.2}", run.lowest_usd)) }
                                td.number {
                                    (format!("{:.2} %", (1.0 - run.lowest_usd / outside) * 100.0))
                                }
                                td.number { (dollars(run.bad_debt_usd)) }
                                td.number { (run.accounts_liquidated) }
                                td.number { (dollars(run.borrower_cost_usd)) }
                            }
                        }
                    }
                }))
            }
        }
    }
}

/// What the circuit breaker did, and why; nothing where there was none.
fn breaker(report: &DemoReport) -> Markup {
    markup! {
        @if !report.breaker.is_empty() {
            section {
                h2 { "The circuit breaker" }
                p {
                    "The coloured band at the foot of the first plot. It measures how fast things \
                     move, never where the price is: here is what it measured, in multiples of what \
                     is usual, when it changed its level."
                }
                (wide("Levels of the breaker", &markup! { table {
                    thead {
                        tr {
                            th scope="col" { "from" }
                            th scope="col" { "level" }
                            th.number scope="col" { "minutes" }
                            th scope="col" { "trigger" }
                        }
                    }
                    @for span in &report.breaker {
                        tr {
                            td { (utc(span.from_ms)) }
                            td { (format!("{:?}", span.level)) }
                            td.number { ((span.to_ms.saturating_sub(span.from_ms)) / 60_000) }
                            td { (span.reason) }
                        }
                    }
                } }))
            }
        }
    }
}

fn summary(report: &DemoReport) -> Markup {
    markup! {
        section {
            h2 { "The run in figures" }
            (wide("The run in figures", &markup! { table {
                @for (label, value, note) in rows(report) {
                    tr { th scope="row" { (label) } td.number { (value) } td { (note) } }
                }
            } }))
        }
    }
}

fn gas(report: &DemoReport) -> Markup {
    markup! {
        section {
            h2 { "What it cost to run" }
            p {
                "Gas per message, exact, as the chain meters it. The last column compares it with a \
                 plain token transfer in the same run."
            }
            (wide("Gas of each message", &markup! {
                table {
                    thead {
                        tr {
                            @for (index, head) in
                                ["message", "calls", "ref_time (µs)", "proof (KiB)", "x transfer"]
                                    .iter().enumerate()
                            {
                                th scope="col" class=[(index > 0).then_some("number")] { (head) }
                            }
                        }
                    }
                    @for row in &report.gas {
                        tr {
                            @for (index, cell) in gas_cells(row).iter().enumerate() {
                                td class=[(index > 0).then_some("number")] { (cell) }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn notes(report: &DemoReport) -> Markup {
    markup! {
        section {
            h2 { "How to read it, and its limits" }
            ul {
                li { "Start: " (utc(report.start_unix_ms)) "." }
                @for note in &report.notes { li { (note) } }
            }
        }
    }
}

fn glossary() -> Markup {
    let words = [
        ("Health factor", "The debt that a loan's collateral supports, divided by its debt. Below 1 the loan can be liquidated."),
        ("Liquidation", "Selling part of a borrower's collateral to repay part of their debt, because its price fell."),
        ("Auction", "All lots of a collateral share one price: the oracle price less a bonus that rises slowly while a lot waits and falls with every sale."),
        ("Bonus", "How far below the oracle price a buyer gets the collateral: their reward, the borrower's loss. A negative bonus is a premium."),
        ("Backstop", "A small pool of staked supply that buys from accounts near insolvency at the oracle price. The contract sells its stock, at the same pace as everything else. Stakers earn a premium and bear losses before other lenders."),
        ("Bad debt", "Debt without collateral left. The protocol, the backstop and the lenders bear it, in this order."),
        ("Meter", "The impact of recent sales on the price, with a half-life of half an hour. While it is full, nothing is sold."),
        ("Circuit breaker", "Reduces new risk when volatility, withdrawals or losses are unusual, in three levels: Guarded, Stressed, Halted. It recovers by itself and never stops anybody from repaying."),
        ("Cascade", "Forced sales push the price down, which forces further sales."),
        ("Keeper", "A program that starts liquidations and buys in auctions for profit."),
        ("bps", "Basis points: hundredths of a per cent."),
    ];
    markup! {
        section {
            h2 { "Words" }
            dl { @for (word, meaning) in words { dt { (word) } dd { (meaning) } } }
        }
    }
}

/// Refuses figures that would draw or print nonsense.
fn check(report: &DemoReport) -> Result<(), ReportError> {
    if report.price.is_empty() {
        return Err(ReportError::NoPrices);
    }
    let o = &report.outcome;
    let outcome = [
        o.repaid_usd,
        o.collateral_sold_usd,
        o.initial_debt_usd,
        o.bad_debt_usd,
        o.borrower_cost_usd,
        o.borrower_cost_bps_of_repaid,
        o.lowest_exogenous_usd,
        o.lowest_pool_usd,
        o.wall_seconds,
        o.borne_usd.iter().sum(),
        o.backstop.paid_usd,
        o.backstop.bought_usd,
        o.backstop.sold_usd,
        o.backstop.held,
        o.backstop.held_usd,
        o.backstop.left_usd,
    ];
    finite("outcome", outcome.into_iter())?;
    finite("price", report.price.iter().flat_map(|p| [p.exogenous_usd, p.pool_usd, p.oracle_usd]))?;
    finite("health", report.health.iter().flat_map(|h| [h.min, h.median]))?;
    let runs = report.runs.iter().flat_map(|run| {
        let pool = run.pool_usd.iter().map(|(_, usd)| *usd);
        pool.chain([run.lowest_usd, run.bad_debt_usd, run.repaid_usd, run.borrower_cost_usd])
    });
    finite("runs", runs)?;
    let gauge =
        report.gauge.iter().flat_map(|p| [p.bonus_bps, p.impact_bps, p.cap_bps, p.stock_usd]);
    finite("gauge", gauge)?;
    finite("fills", report.fills.iter().flat_map(|f| [f.repaid_usd, f.fair_value_usd]))?;
    finite("gas", report.gas.iter().map(|row| row.transfers))
}

fn finite(field: &'static str, mut values: impl Iterator<Item = f64>) -> Result<(), ReportError> {
    if values.all(f64::is_finite) {
        Ok(())
    } else {
        Err(ReportError::NotFinite { field })
    }
}
