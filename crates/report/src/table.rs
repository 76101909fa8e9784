//! The summary printed in a terminal.

use crate::{format::dollars, DemoReport, GasRow};
use comfy_table::{presets::UTF8_HORIZONTAL_ONLY, CellAlignment, Table};

/// The outcome and the gas table as text, at most 100 columns wide.
pub fn text_table(report: &DemoReport) -> String {
    let mut summary = Table::new();
    summary.load_preset(UTF8_HORIZONTAL_ONLY);
    for (label, value, note) in rows(report) {
        summary.add_row([label.to_owned(), value, note]);
    }
    align(&mut summary, 1);

    let mut gas = Table::new();
    gas.load_preset(UTF8_HORIZONTAL_ONLY);
    gas.set_header(["message", "calls", "ref_time (µs)", "proof (KiB)", "x transfer"]);
    for row in &report.gas {
        gas.add_row(gas_cells(row));
    }
    (1..5).for_each(|column| align(&mut gas, column));
    if report.runs.is_empty() {
        return format!("{summary}\n{gas}");
    }
    format!("{}\n{summary}\n{gas}", compared(report))
}

/// Rounded, so that what is less than a hundredth below nothing is 0 and not "-0.00".
fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0 + 0.0
}

/// The crash under each of the rules.
fn compared(report: &DemoReport) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["the same crash by", "low", "deeper by", "bad debt", "liquidated"]);
    for run in &report.runs {
        let deeper = (1.0 - run.lowest_usd / report.outcome.lowest_exogenous_usd) * 100.0;
        table.add_row([
            run.name.clone(),
            format!("${:.2}", run.lowest_usd),
            format!("{:.2} %", hundredths(deeper)),
            dollars(run.bad_debt_usd),
            run.accounts_liquidated.to_string(),
        ]);
    }
    (1..5).for_each(|column| align(&mut table, column));
    table
}

/// The outcome: label, value, remark.
pub(crate) fn rows(report: &DemoReport) -> Vec<(&'static str, String, String)> {
    let outcome = &report.outcome;
    let extra = if outcome.lowest_exogenous_usd > 0.0 {
        (1.0 - outcome.lowest_pool_usd / outcome.lowest_exogenous_usd) * 100.0
    } else {
        0.0
    };
    let mut rows = vec![
        (
            "Liquidations started",
            outcome.liquidations_started.to_string(),
            format!("{} of {} borrowers sold to", outcome.accounts_liquidated, outcome.borrowers),
        ),
        ("Auctions ended by the borrower", outcome.cured.to_string(), "by repaying in time".into()),
        (
            "Debt repaid in auctions",
            dollars(outcome.repaid_usd),
            format!(
                "in {} fills; all debt at the start {}",
                outcome.fills,
                dollars(outcome.initial_debt_usd)
            ),
        ),
        ("Bad debt", dollars(outcome.bad_debt_usd), borne(outcome.borne_usd)),
        (
            "Borrower cost",
            dollars(outcome.borrower_cost_usd),
            format!("{:.0} bps of the debt repaid", outcome.borrower_cost_bps_of_repaid),
        ),
        (
            "Lowest price",
            format!("${:.2}", outcome.lowest_pool_usd),
            format!(
                "{:.2} % below the path's own low of ${:.2}",
                hundredths(extra),
                outcome.lowest_exogenous_usd
            ),
        ),
    ];
    let pool = &outcome.backstop;
    if pool.fills > 0 || pool.left_usd > 0.0 {
        rows.push((
            "Bought by the backstop",
            dollars(pool.paid_usd),
            format!("in {} fills, for {} of collateral", pool.fills, dollars(pool.bought_usd)),
        ));
        rows.push((
            "Sold of that since",
            dollars(pool.sold_usd),
            "by the contract, supplied again".into(),
        ));
        rows.push((
            "Backstop at the end",
            dollars(pool.left_usd),
            format!(
                "and {:.2} {}, {} at the last price",
                pool.held,
                pool.held_asset,
                dollars(pool.held_usd)
            ),
        ));
    }
    if !report.breaker.is_empty() {
        let minutes = outcome.breaker_not_normal_ms / 60_000;
        rows.push(("Breaker not Normal", format!("{minutes} min"), String::new()));
    }
    rows.push((
        "Chain",
        format!("{} blocks", outcome.blocks),
        format!("{} transactions in {:.0} s", outcome.transactions, outcome.wall_seconds),
    ));
    rows
}

/// Who bore a loss.
fn borne([protocol, backstop, lenders]: [f64; 3]) -> String {
    if protocol + backstop + lenders == 0.0 {
        return "nobody lost anything".into();
    }
    format!(
        "protocol {}, backstop {}, lenders {}",
        dollars(protocol),
        dollars(backstop),
        dollars(lenders)
    )
}

pub(crate) fn gas_cells(row: &GasRow) -> [String; 5] {
    [
        row.message.clone(),
        row.calls.to_string(),
        format!("{:.1}", row.ref_time_ps as f64 / 1e6),
        format!("{:.1}", row.proof_bytes as f64 / 1024.0),
        format!("{:.2}", row.transfers),
    ]
}

fn align(table: &mut Table, column: usize) {
    if let Some(column) = table.column_mut(column) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_nothing() {
        let text = |number| format!("{:.2}", hundredths(number));
        assert_eq!(
            [text(-0.001), text(0.0), text(-0.006), text(1.234)],
            ["0.00", "0.00", "-0.01", "1.23"]
        );
    }
}
