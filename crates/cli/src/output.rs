//! Tables for people, and where everything that is said goes.

use anyhow::{Context as _, Result};
use breakwater_report::terminal_columns;
use comfy_table::{presets, Cell, CellAlignment, Table};
use std::io::{ErrorKind, Write};

/// Writes an answer.
///
/// # Errors
/// If it is lost, as on a full disk. A reader who has gone, as `head` does, wants no more: then the
/// process ends here, quietly.
pub fn say(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(why) if why.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        outcome => outcome.context("cannot write the answer"),
    }
}

/// Sends off what was printed so far.
///
/// # Errors
/// As [`say`].
pub fn flush() -> Result<()> {
    match std::io::stdout().flush() {
        Err(why) if why.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        outcome => outcome.context("cannot write the answer"),
    }
}

/// Says something on the side. It may be lost: what is done must go on.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// An error with its causes, the outermost first; one that the last has said already is not said again.
pub fn causes(error: &anyhow::Error) -> String {
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.ends_with(&cause) {
            said.push_str(": ");
            said.push_str(&cause);
        }
    }
    said
}

/// `println!` panics where it can't write. This ends the process instead: quietly if the reader has
/// gone, with an error if the disk is full.
pub fn mind_lost_output() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        match text.or(payload.downcast_ref::<&str>().copied()).and_then(lost) {
            Some(Lost::NoReader) => std::process::exit(0),
            Some(Lost::Failed(why)) => {
                note(&format!("error: cannot write the answer: {why}"));
                std::process::exit(1);
            }
            None => usual(info),
        }
    }));
}

#[derive(Debug, PartialEq, Eq)]
enum Lost<'a> {
    NoReader,
    Failed(&'a str),
}

/// What the standard library's panic says of a lost line.
fn lost(panic: &str) -> Option<Lost<'_>> {
    let why = panic.strip_prefix("failed printing to std")?.split_once(": ")?.1;
    Some(if why.contains("Broken pipe") { Lost::NoReader } else { Lost::Failed(why) })
}

/// A table with a head; the first column is text, the others are numbers. Where the columns don't
/// fit side by side, each row is a block of its own.
pub fn table<R: IntoIterator<Item = String>>(
    head: &[&str],
    rows: impl IntoIterator<Item = R>,
) -> String {
    let rows = rows.into_iter().map(|row| row.into_iter().collect()).collect();
    table_within(terminal_columns(), head, rows)
}

fn table_within(columns: usize, head: &[&str], rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    table.set_header(head.iter().map(Cell::new));
    for row in &rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let wide = table.to_string();
    if wide.lines().all(|line| line.chars().count() <= columns) {
        return wide;
    }
    let blocks = rows.iter().map(|row| {
        let named = head.iter().zip(row).filter(|(_, value)| !value.is_empty());
        let pairs: Vec<_> = named.map(|(name, value)| (*name, value.clone())).collect();
        list_within(columns, &pairs)
    });
    // An empty line after each: what follows is of all of them.
    blocks.map(|block| block + "\n").collect::<Vec<_>>().join("\n")
}

/// Names and values, one pair a line; long values go on below.
pub fn list(pairs: &[(&str, String)]) -> String {
    list_within(terminal_columns(), pairs)
}

fn list_within(columns: usize, pairs: &[(&str, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let room = columns.saturating_sub(width).saturating_sub(2).max(1);
    let mut lines = Vec::new();
    for (name, value) in pairs {
        for (index, part) in wrapped(value, room).into_iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            lines.push(format!("{name:width$}  {part}"));
        }
    }
    lines.join("\n")
}

/// A text in lines of at most so many characters, broken between words only: an address or a number
/// in two parts can't be copied.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let fits = |line: &String| {
            line.chars().count().saturating_add(word.chars().count()).saturating_add(1) <= room
        };
        match lines.last_mut().filter(|line| fits(line)) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.into()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> (Vec<&'static str>, Vec<Vec<String>>) {
        let head = "asset price supplied borrowed used borrow lend collateral LTV/LT load breaker";
        let row = "ETH $1,800.00 123,456,789.12 12,345,678.90 82.50% 12.34% 10.01% 99,999.99 \
                   75.00%/80.00% 0.01of8 Normal";
        let row: Vec<String> = row.split(' ').map(String::from).collect();
        (head.split(' ').collect(), vec![row.clone(), row])
    }

    /// Before: below 125 columns the terminal tore each line in two.
    #[test]
    fn a_table_fits_however_narrow_the_terminal_is() {
        let (head, rows) = status();
        for columns in [40, 60, 80, 100, 124, 125, 200] {
            let text = table_within(columns, &head, rows.clone());
            for line in text.lines() {
                assert!(line.chars().count() <= columns, "{columns}: {line}");
            }
            for whole in ["123,456,789.12", "75.00%/80.00%", "$1,800.00"] {
                assert_eq!(text.matches(whole).count(), 2, "{columns}: {text}");
            }
        }
        assert!(table_within(200, &head, rows.clone()).starts_with('┌'));
        assert!(table_within(80, &head, rows).starts_with("asset       ETH\n"));
    }

    /// Before: "inability to pay some fees: inability to pay some fees".
    #[test]
    fn each_cause_is_said_once() {
        let inner = std::io::Error::other("the disk is full");
        let error = anyhow::Error::from(inner).context("cannot write: the disk is full");
        assert_eq!(causes(&error), "cannot write: the disk is full");
        assert_eq!(causes(&error.context("deploy")), "deploy: cannot write: the disk is full");
        let error = anyhow::anyhow!("no such file").context("cannot read x");
        assert_eq!(causes(&error), "cannot read x: no such file");
    }

    #[test]
    fn long_values_go_on_below() {
        let address = "5".repeat(48);
        let pairs = [("who", format!("{address}, {address}")), ("delay", "1 h".into())];
        let text = list_within(80, &pairs);
        assert_eq!(text, format!("who    {address},\n       {address}\ndelay  1 h"));
        assert_eq!(list_within(10, &[("a", "5".repeat(20))]), format!("a  {}", "5".repeat(20)));
    }

    #[test]
    fn the_panic_of_a_lost_line_is_known() {
        let broken = "failed printing to stdout: Broken pipe (os error 32)";
        assert_eq!(lost(broken), Some(Lost::NoReader));
        let full = "failed printing to stdout: No space left on device (os error 28)";
        assert_eq!(lost(full), Some(Lost::Failed("No space left on device (os error 28)")));
        assert_eq!(lost("index out of bounds: the len is 0"), None);
    }
}
