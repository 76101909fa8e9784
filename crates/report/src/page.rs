//! The page.

use crate::{
    format::{dollars, utc},
    plots, runs,
    table::{gas_cells, rows},
    DemoReport, ReportError,
};
use maud::{html as markup, Markup, PreEscaped, DOCTYPE};

/// The report as a page that needs nothing from elsewhere.
///
/// # Errors
/// [`ReportError`]: no prices, figures that are not numbers.
pub fn html(report: &DemoReport) -> Result<String, ReportError> {
    check(report)?;
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (report.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (report.title) }
                    p.lead { (lead(report)) }
                    (tiles(report))
                    (figure(
                        "One crash, by the rules of each market",
                        "All lines follow the same outside market and the same loans. Each also \
                         bears its own forced sales, which push the pool's price down for \
                         everybody. A cascade is a gap that widens by itself.",
                        runs::prices(report)?,
                    ))
                    (compared(report))
                    (figure(
                        "How much the forced sales added to the fall",
                        "The gaps between the lines above and the outside market, enlarged. Each \
                         sale pushes the price down; the market forgets it with time.",
                        runs::impact(report)?,
                    ))
                    @if !report.gauge.is_empty() {
                        (figure(
                            "How Breakwater sold",
                            "Above, the common bonus: it rises slowly while lots wait and falls \
                             with every sale. Below, what went to the market of late, against the \
                             most it may be.",
                            runs::gauge(report)?,
                        ))
                    }
                    (figure(
                        "How healthy the loans were",
                        "Every borrower is in one band. A health factor below 1.0 (dark orange) may \
                         be liquidated; a liquidation sells just enough to lift the loan back to \
                         1.05.",
                        plots::health(report)?,
                    ))
                    (figure(
                        "What buyers paid",
                        "Each dot is a purchase in an auction, as large as its value. At 100 % the \
                         buyer paid exactly the oracle's price; what is missing to 100 % is the \
                         borrower's loss, apart from a small fee.",
                        plots::fills(report)?,
                    ))
                    (breaker(report))
                    (summary(report))
                    (gas(report))
                    (notes(report))
                    (glossary())
                    footer {
                        "Breakwater " (report.version) ", " (report.chain) ", seed " (report.seed)
                        ". Made by " code { (report.command) } "."
                    }
                }
            }
        }
    };
    Ok(page.into_string())
}

fn lead(report: &DemoReport) -> String {
    let outcome = &report.outcome;
    format!(
        "{} people had borrowed {} against Ether when its price fell. {} of them were liquidated, \
         in {} sales by auction. Lenders lost {}; the liquidated paid {:.1} % of the debt that was \
         settled for them.",
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
            "borrower cost of what was repaid",
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
                div.wide {
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
                }
            }
        }
    }
}

/// A plot with a heading and what it shows.
pub fn figure(title: &str, text: &str, svg: String) -> Markup {
    markup! {
        section {
            h2 { (title) }
            p { (text) }
            figure { (PreEscaped(svg)) }
        }
    }
}

/// What the circuit breaker did, and why; nothing where there was none.
fn breaker(report: &DemoReport) -> Markup {
    markup! {
        @if !report.breaker.is_empty() {
            section {
                h2 { "What the circuit breaker did" }
                p {
                    "The coloured band at the foot of the first plot. It measures how fast things \
                     move, never where the price is: here is what it measured, in multiples of what \
                     is usual, when it changed its level."
                }
                table {
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
                }
            }
        }
    }
}

fn summary(report: &DemoReport) -> Markup {
    markup! {
        section {
            h2 { "The run in figures" }
            table {
                @for (label, value, note) in rows(report) {
                    tr { th scope="row" { (label) } td.number { (value) } td { (note) } }
                }
            }
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
            div.wide {
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
            }
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
        ("Health factor", "The debt that a loan's collateral may carry, divided by the debt. Below 1 the loan may be liquidated."),
        ("Liquidation", "Selling part of a borrower's collateral to repay part of their debt, because its price fell."),
        ("Auction", "All lots of a collateral are offered at one price: the oracle's less a bonus that rises slowly while somebody waits and falls with every sale."),
        ("Bonus", "How much below the oracle's price a buyer gets the collateral: their reward, the borrower's loss. Negative, it is a premium."),
        ("Backstop", "A small pool of lenders' money that buys from loans near insolvency, at the oracle's price. The contract sells what it bought, as slowly as all else. It is paid a premium, and stands in first for losses."),
        ("Bad debt", "Debt whose collateral is gone. The lenders lose it."),
        ("Meter", "What went to the market of late, as impact on its price, forgotten by half in half an hour. When it is full nothing is sold."),
        ("Circuit breaker", "Slows the market when sales or volatility are unusual, in three levels: Guarded, Stressed, Halted. It recovers by itself and never keeps anybody from repaying."),
        ("Cascade", "Forced sales push the price down, which forces the next sales."),
        ("Keeper", "Somebody, usually a program, who starts liquidations and buys in auctions for profit."),
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

/// The page's style sheet.
pub const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1d2429; --soft: #5a6670; --page: #f5f6f4; --card: #fff;
  --line: #dfe3e0; --accent: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaec; --soft: #a3adb4; --page: #14181b;
  --card: #1d2327; --line: #333c42; --accent: #6cb6e6; } }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 1060px; margin: 0 auto; padding: 2rem 1.2rem 3rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .6rem; }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .3rem; }
p { max-width: 46rem; margin: .3rem 0 .8rem; }
.lead { font-size: 1.08rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: .8rem;
  margin: 1.4rem 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: .8rem 1rem; }
.tile .value { font-size: 1.7rem; font-weight: 650; color: var(--accent); }
.tile .label { color: var(--soft); font-size: .9rem; }
figure { margin: 0; background: #fff; border: 1px solid var(--line); border-radius: 8px;
  overflow-x: auto; }
figure svg { display: block; width: 100%; min-width: 640px; height: auto; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; background: var(--card); font-size: .95rem; }
th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid var(--line);
  font-weight: 400; }
thead th { color: var(--soft); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; max-width: 46rem; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .88rem; }
code { font-size: .92em; overflow-wrap: anywhere; }
";
