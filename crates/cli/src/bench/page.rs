//! The tables of `docs/performance.md`: written between marks, and read again to see whether anything has
//! become dearer.

use super::{
    bars::{in_a_block, BARS},
    floor, Bench,
};
use anyhow::{bail, Context, Result};
use breakwater_pages::Page;
use breakwater_report::thousands;
use comfy_table::{presets::ASCII_MARKDOWN, CellAlignment, Table};
use std::{collections::BTreeMap, path::Path};

/// The mark between which the tables stand.
const PART: &str = "breakwater bench";
/// What a figure may be above the page's, in parts of itself.
const ALLOWED: f64 = 0.01;

/// All tables, as Markdown.
pub fn tables(bench: &Bench) -> String {
    let mut sizes = table(&["contract", "wasm bytes"]);
    for size in &bench.contracts {
        sizes.add_row([size.contract.to_owned(), thousands(size.wasm_bytes as u128)]);
    }
    let head =
        ["message", "ref_time (µs)", "proof (KiB)", "deposit (milli-unit)", "frames", "x transfer"];
    let mut costs = table(&head);
    for cost in &bench.messages {
        costs.add_row([
            cost.message.clone(),
            format!("{:.1}", cost.ref_time_ps as f64 / 1e6),
            format!("{:.1}", kib(cost.proof_bytes)),
            format!("{:.3}", cost.deposit_planck as f64 / 1e9),
            cost.frames.to_string(),
            format!("{:.2}", cost.transfers),
        ]);
    }
    let head = ["against its bar", "x transfer", "bar", "proof (KiB)", "bar of proof", "kept"];
    let mut bars = table(&head);
    let kept: Vec<_> = BARS.iter().filter_map(|bar| bar.against(&bench.messages)).collect();
    for bar in &kept {
        let whole = |kib: Option<f64>| kib.map(|kib| format!("{kib:.0}")).unwrap_or_default();
        bars.add_row([
            bar.name.clone(),
            format!("{:.3}", bar.transfers),
            format!("{:.2}", bar.most),
            whole(bar.proof_kib),
            whole(bar.most_kib),
            if bar.is_kept() { "yes" } else { "**no**" }.to_owned(),
        ]);
    }
    let missed = kept.iter().filter(|bar| !bar.is_kept()).count();
    let said = format!(
        "{missed} of {} bars are missed. `--check` fails on what is dearer than this page, not on a missed bar.\n\n\
         3.75 MiB of declared proof, a parachain's block, hold {}. Of recorded proof, which counts where a chain gives \
         back what was not needed, they hold {}, each counted alone: messages of a block share codes and paths.",
        kept.len(),
        in_a_block(&bench.messages, |cost| cost.proof_bytes),
        in_a_block(&bench.messages, |cost| cost.recorded_proof_bytes)
    );
    let (parts, proofs) = (made_of(bench), proofs(bench));
    format!("{sizes}\n\n{costs}\n\n{parts}\n\n{proofs}\n\n{bars}\n\n{said}")
}

/// Messages whose proof is shown as declared and as recorded.
const PROVEN: [&str; 8] = [
    "PSP22 transfer",
    "supply, again",
    "borrow, again",
    "liquidate (start)",
    "take, closes the auction",
    "liquidate_many, 50 starts",
    "take_many, 10 takes",
    "take_many, 40 takes",
];

fn proofs(bench: &Bench) -> Table {
    let mut proofs = table(&["proof (KiB)", "declared", "recorded"]);
    for cost in bench.messages.iter().filter(|cost| PROVEN.contains(&cost.message.as_str())) {
        let figures =
            [cost.proof_bytes, cost.recorded_proof_bytes].map(|bytes| format!("{:.1}", kib(bytes)));
        let [declared, recorded] = figures;
        proofs.add_row([cost.message.clone(), declared, recorded]);
    }
    proofs
}

/// What time is made of, in microseconds.
fn made_of(bench: &Bench) -> Table {
    let mut parts = table(&[
        "of which (µs)",
        "code loaded",
        "items read",
        "items written",
        "events",
        "calls",
        "compiled and executed",
    ]);
    for (message, of) in
        bench.messages.iter().filter_map(|cost| Some((&cost.message, cost.parts.as_ref()?)))
    {
        let us = |ps: u64| format!("{:.0}", ps as f64 / 1e6);
        let with = |ps, count: u64| format!("{} ({count})", us(ps));
        parts.add_row([
            message.clone(),
            us(of.load_ps()),
            with(of.reads_ps(), of.reads),
            with(of.writes_ps(), of.writes),
            with(of.events_ps(), of.topics),
            with(of.calls_ps(), of.calls + of.delegate_calls),
            us(of.rest_ps()),
        ]);
    }
    parts
}

/// Puts the tables between the page's marks.
pub fn write(page: &Path, bench: &Bench) -> Result<()> {
    save_part(page, PART, &tables(bench))?;
    save_part(page, floor::PART, &floor::written(bench))
}

/// Puts a part between the page's marks of that name.
pub(super) fn save_part(page: &Path, name: &str, part: &str) -> Result<()> {
    let mut page = read(page)?;
    page.replace(name, &format!("\n{part}\n\n"))?;
    page.save().context("cannot write the page")
}

/// Fails where something has become dearer than the page says, or is not on it.
pub fn check(page: &Path, bench: &Bench) -> Result<()> {
    let dearer = dearer(&figures(read(page)?.part(PART)?), &figures(&tables(bench)));
    if dearer.is_empty() {
        println!("nothing is dearer than {} says", page.display());
        return Ok(());
    }
    bail!("{}:\n{}", page.display(), dearer.join("\n"))
}

fn read(page: &Path) -> Result<Page> {
    Page::read(page.to_owned()).with_context(|| format!("cannot read {}", page.display()))
}

/// The size of each contract; time and proof of each message.
fn figures(tables: &str) -> BTreeMap<String, Vec<f64>> {
    let rows = tables.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        // The third table repeats what the second says.
        let counts = match cells.len() {
            2 => 1,
            6 if cells[4].parse::<u32>().is_ok() && cells[3].contains('.') => 2,
            _ => return None,
        };
        let numbers = cells[1..=counts].iter().map(|cell| cell.replace(',', "").parse().ok());
        Some((cells[0].to_owned(), numbers.collect::<Option<Vec<f64>>>()?))
    });
    rows.collect()
}

fn dearer(page: &BTreeMap<String, Vec<f64>>, measured: &BTreeMap<String, Vec<f64>>) -> Vec<String> {
    let mut found = Vec::new();
    for (what, now) in measured {
        let Some(then) = page.get(what) else {
            found.push(format!("{what} is not on the page"));
            continue;
        };
        for (now, then) in now.iter().zip(then) {
            if *now > then * (1.0 + ALLOWED) {
                found.push(format!("{what}: {now} instead of {then}"));
            }
        }
    }
    found
}

pub(super) fn kib(bytes: u64) -> f64 {
    bytes as f64 / 1024.0
}

pub(super) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(head);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_embedded::Profile;

    const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/performance.md");

    /// What ships costs what the page says. Where this fails for a good reason: `breakwater bench
    /// --write docs/performance.md`.
    #[test]
    fn nothing_is_dearer_than_the_page_says() {
        let bench = crate::bench::bench(Profile::Node).unwrap();
        check(Path::new(PAGE), &bench).unwrap();
        let page = read(Path::new(PAGE)).unwrap();
        let page = figures(page.part(PART).unwrap());
        assert_eq!(page.len(), bench.contracts.len() + bench.messages.len());
        // The floor was written with the rest: other figures of a message are on no page.
        let floor = floor::written(&bench);
        let said = read(Path::new(PAGE)).unwrap();
        assert_eq!(cells(said.part(floor::PART).unwrap()).len(), cells(&floor).len());
        for (said, now) in cells(said.part(floor::PART).unwrap()).iter().zip(cells(&floor)) {
            match (said.parse::<f64>(), now.parse::<f64>()) {
                // As shown, to a unit of the last place and a hundredth of itself.
                (Ok(said), Ok(now)) => {
                    assert!((said - now).abs() <= 0.011 + now * ALLOWED, "{said} {now}")
                }
                _ => assert_eq!(*said, now),
            }
        }
        // What a node records is part of what is declared, and has the market's code in it.
        for cost in bench.messages.iter().filter(|cost| PROVEN[1..].contains(&&*cost.message)) {
            assert!(cost.recorded_proof_bytes < cost.proof_bytes, "{}", cost.message);
            let code = bench.contracts.iter().find(|size| size.contract == "market").unwrap();
            assert!(cost.recorded_proof_bytes > code.wasm_bytes as u64, "{}", cost.message);
        }
    }

    /// The cells of a table's rows, without lines.
    fn cells(table: &str) -> Vec<String> {
        let rows = table.lines().filter(|line| line.starts_with('|') && !line.contains("--"));
        rows.flat_map(|row| row.split('|').map(|cell| cell.trim().to_owned())).collect()
    }

    #[test]
    fn what_is_a_hundredth_dearer_or_unknown_is_found() {
        let figures_of = |time: &str, size: &str| {
            figures(&format!("| lens | {size} |\n| take | {time} | 635.4 | 0.000 | 3 | 6.25 |"))
        };
        let page = figures_of("1000.0", "113,361");
        assert_eq!(page["take"], [1000.0, 635.4]);
        assert_eq!(page["lens"], [113_361.0]);
        assert!(dearer(&page, &figures_of("1009.9", "113,361")).is_empty());
        assert_eq!(dearer(&page, &figures_of("1010.1", "113,361")).len(), 1);
        assert_eq!(dearer(&page, &figures_of("900.0", "114,600")).len(), 1);
        assert_eq!(dearer(&BTreeMap::new(), &page).len(), 2);
    }
}
