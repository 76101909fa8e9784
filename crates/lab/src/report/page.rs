//! The pages.

use super::{plots, Facts};
use crate::{
    compare::{Group, Results},
    metrics::{Metric, METRICS},
    output::{metric, ratio, yardstick, RATIOS},
};
use anyhow::{Context, Result};
use breakwater_report::house::{self, figure, wide};
use maud::{html as markup, Markup, PreEscaped};

/// A comparison as a page that needs nothing from elsewhere.
///
/// # Errors
/// Plots that can't be drawn.
pub fn compared(results: &[Results], facts: &Facts) -> Result<String> {
    let ours = results.iter().find(|result| result.group == Group::Ours);
    let ours = ours.context("there is nothing to report")?;
    let other = yardstick(results);
    let of = |group: Group| results.iter().filter(move |result| result.group == group);
    let main: Vec<&Results> = of(Group::Ours).chain(of(Group::Peer)).collect();
    let mut stages: Vec<&Results> = of(Group::Ablation).collect();
    stages.push(ours);
    let title = format!("The same crash, {} ways to liquidate: {}", main.len(), facts.name);
    let body = markup! {
        p.lead { (lead(ours, other, facts)) }
        (tiles(ours, other))
        (figure(
            "The price, with and without forced sales",
            "Grey is the price without forced sales. Each coloured line adds the forced sales of \
             one protocol. The band at the bottom is Breakwater's circuit breaker: yellow \
             Guarded, orange Stressed, red Halted. The first of the runs.",
            plots::price(ours, other)?,
        ))
        (figure(
            "How much each protocol's sales added to the fall",
            "The distance of each line from the grey one, all on the same scale. Where it grows, \
             sales push the price down faster than the market recovers.",
            plots::impacts(&main)?,
        ))
        (figure(
            "Overshoot against the lenders' loss",
            "The lower left corner is best. A dot is a mean over all runs; its whiskers reach from \
             the 5th to the 95th percentile.",
            plots::frontier(results, (|f| f.bad_debt_bps, "bad debt, bps of all debt"))?,
        ))
        (figure(
            "Overshoot against everybody's loss",
            "The same, plus the losses of pools and storefronts on collateral that they bought and \
             still hold, at the last price and after the cost of their capital: the price of \
             keeping collateral off the market.",
            plots::frontier(results, (|f| f.system_loss_bps, "system loss, bps of all debt"))?,
        ))
        (figure(
            "The cost of liquidated borrowers",
            "Each liquidated loan of each run: the collateral that the borrower gave beyond the debt \
             settled for it. The box is the middle half, the thick line the median, and the thin \
             line reaches from the 5th to the 95th percentile.",
            plots::costs(&main)?,
        ))
        @if stages.len() > 1 {
            section {
                h2 { "The effect of each part of the design" }
                p {
                    "Breakwater's parts switched on one by one; the last bar has all of them. Black \
                     marks are 95 % intervals of the mean."
                }
                @for key in ["overshoot_bps", "bad_debt_bps", "cost_bps_of_repaid"] {
                    figure { (PreEscaped(plots::bars(&stages, metric(key)?)?)) }
                }
            }
        }
        (figures_table(results, other))
        (mechanisms(&main))
        (limits())
        (glossary())
    };
    Ok(page(&title, &body, facts))
}

/// A sweep as a page.
///
/// # Errors
/// Plots that can't be drawn.
pub fn swept(key: &str, swept: &[(f64, Vec<Results>)], facts: &Facts) -> Result<String> {
    let plotted = [
        "bad_debt_bps",
        "system_loss_bps",
        "overshoot_bps",
        "cost_bps_of_repaid",
        "fill_to_oracle_percent",
        "amplification",
    ];
    let title = format!("{}, for several values of {key}", facts.name);
    let body = markup! {
        p.lead {
            "Everything else is the same: " (facts.borrowers) " borrowers, " (facts.seeds)
            " runs of each mechanism for each value."
        }
        @for name in plotted {
            @let metric = metric(name)?;
            (figure(metric.title, metric.meaning, plots::sweep((key, swept), metric)?))
        }
        @for (value, results) in swept {
            h2 { code { (key) " = " (value) } }
            (figures_table(results, yardstick(results)))
        }
        (glossary())
    };
    Ok(page(&title, &body, facts))
}

fn page(title: &str, body: &Markup, facts: &Facts) -> String {
    let body = markup! {
        (body)
        section {
            h2 { "The scenario" }
            p { "Run this again with " code { (facts.command) } ", or from these keys:" }
            details { summary { "all keys" } pre { (facts.scenario) } }
        }
    };
    let footer = markup! {
        "Breakwater " (env!("CARGO_PKG_VERSION")) ", " (facts.runs) " runs in "
        (format!("{:.0}", facts.wall_seconds)) " s. Made by "
        code { (facts.command) } "."
    };
    house::page(title, &body, &footer)
}

fn lead(ours: &Results, other: Option<&Results>, facts: &Facts) -> String {
    let mean = |result: &Results, key: &str| {
        metric(key).map(|metric| result.summary(metric.of).mean).unwrap_or_default()
    };
    let mut says = format!(
        "{} people have borrowed against their collateral when its price falls. Loans are \
         liquidated when the debt exceeds {:.0} % of the collateral's value, and all forced sales \
         push the market down. The debt is {} times the sale that moves that market by 1 %. \
         Every protocol meets the same prices, borrowers and buyers, in {} runs. Breakwater's \
         sales pushed the price at most {:.2} % below the price without them; its lenders lost \
         {:.2} hundredths of a per cent; liquidated borrowers lost {:.2} % of the debt settled \
         for them (minus: gained); the pool that buys off the market ended {:.2} % of all \
         debt up (minus: down)",
        facts.borrowers,
        facts.threshold_percent,
        facts.load,
        facts.seeds,
        mean(ours, "overshoot_bps") / 100.0,
        mean(ours, "bad_debt_bps"),
        mean(ours, "cost_bps_of_repaid") / 100.0,
        mean(ours, "holding_bps") / 100.0,
    );
    if let Some(other) = other {
        says += &format!(
            ". With {} it was {:.2} % below, {:.2} hundredths and {:.2} %",
            other.name,
            mean(other, "overshoot_bps") / 100.0,
            mean(other, "bad_debt_bps"),
            mean(other, "cost_bps_of_repaid") / 100.0,
        );
    }
    says + "."
}

fn tiles(ours: &Results, other: Option<&Results>) -> Markup {
    let value =
        |key: &str| metric(key).map(|metric| ours.summary(metric.of).mean).unwrap_or_default();
    let mut tiles = vec![
        (format!("{:.2} bps", value("bad_debt_bps")), "bad debt of all debt".to_owned()),
        (format!("{:.2} %", value("overshoot_bps") / 100.0), "overshoot".to_owned()),
        (format!("{:.0} bps", value("median_cost_bps")), "cost of the median borrower".to_owned()),
    ];
    let holding = format!("{:.0} bps", value("holding_bps"));
    tiles.push((holding, "result of the pool, of all debt".to_owned()));
    if let Some(other) = other {
        for (key, title) in RATIOS {
            if let Ok(metric) = metric(key) {
                let says = format!("{:.2} x", ratio(ours, other, metric));
                tiles.push((says, format!("{title}, against {}", other.name)));
            }
        }
    }
    markup! {
        div.tiles {
            @for (value, label) in tiles {
                div.tile { div.value { (value) } div.label { (label) } }
            }
        }
    }
}

/// Every figure of every mechanism: the mean, and the 5th to the 95th percentile.
fn figures_table(results: &[Results], other: Option<&Results>) -> Markup {
    let cell = |result: &Results, metric: &Metric| {
        let summary = result.summary(metric.of);
        let digits = metric.digits;
        markup! {
            td.number {
                (format!("{:.digits$}", summary.mean))
                br;
                small { (format!("{:.digits$} to {:.digits$}", summary.p5, summary.p95)) }
            }
        }
    };
    markup! {
        section {
            h2 { "All figures" }
            p { "The mean over all runs; below it the 5th to the 95th percentile." }
            (wide("All figures", &markup! {
                table {
                    thead {
                        tr {
                            th scope="col" { "mechanism" }
                            @for metric in &METRICS { th.number scope="col" title=(metric.meaning) { (metric.title) } }
                            @if let Some(other) = other {
                                @for (_, title) in RATIOS {
                                    th.number scope="col" { (title) " / " (other.name) }
                                }
                            }
                        }
                    }
                    @for result in results {
                        tr {
                            th scope="row" { (result.name) }
                            @for metric in &METRICS { (cell(result, metric)) }
                            @if let Some(other) = other {
                                @for (key, _) in RATIOS {
                                    td.number {
                                        @if let Ok(metric) = metric(key) {
                                            (format!("{:.2}", ratio(result, other, metric)))
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }))
            dl { @for metric in &METRICS { dt { (metric.title) } dd { (metric.meaning) } } }
        }
    }
}

fn mechanisms(results: &[&Results]) -> Markup {
    markup! {
        section {
            h2 { "The ways to liquidate" }
            dl { @for result in results { dt { (result.name) } dd { (result.about) } } }
        }
    }
}

fn limits() -> Markup {
    let limits = [
        "Prices, liquidation thresholds, borrowers (their loans, attention and means) and keepers are the same for all protocols; each protocol decides by its own rules in its own integers. Breakwater runs the contracts' own code.",
        "A flash keeper borrows the money within a transaction and sells at once, as much as pays; a holder buys with their own money and sells little by little. All protocols have the same keepers.",
        "\"+ backstop\" is another protocol with a pool as large as Breakwater's, which buys before keepers and sells at the same pace. It separates the effect of a pool from that of an auction.",
        "Loans have one collateral each, debts are in dollars, there is no interest, and nobody takes new loans during the run.",
        "Each run has a twin in which sales do not move the price. Amplification compares the two.",
    ];
    markup! {
        section {
            h2 { "How to read it, and its limits" }
            ul { @for limit in limits { li { (limit) } } }
        }
    }
}

fn glossary() -> Markup {
    let words = [
        ("Liquidation", "Selling part of a borrower's collateral to repay part of their debt, because its price fell."),
        ("Cascade", "Forced sales push the price down, which forces further sales."),
        ("Bad debt", "Debt that its collateral no longer covers. The lenders lose it."),
        ("Overshoot", "The farthest that forced sales pushed the price below the price without them."),
        ("Oracle", "A protocol's source of prices."),
        ("Keeper", "A program that liquidates for profit."),
        ("Backstop", "A pool of staked money that buys collateral at the oracle price and sells it little by little."),
        ("Circuit breaker", "Reduces new risk when volatility, withdrawals or losses are unusual: Guarded, Stressed, Halted."),
        ("Load", "The debt that all collateral may support, in multiples of the sale that moves the market's price by 1 %."),
        ("bps", "Basis points: hundredths of a per cent."),
    ];
    markup! {
        section {
            h2 { "Words" }
            dl { @for (word, meaning) in words { dt { (word) } dd { (meaning) } } }
        }
    }
}
