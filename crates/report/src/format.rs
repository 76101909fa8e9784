//! Numbers and times for people.

use chrono::{DateTime, Utc};

/// Columns where nobody says how many there are: the least that a terminal has.
const NARROW: usize = 80;

/// Columns there are to fill: the terminal's, or what `COLUMNS` says.
pub fn terminal_columns() -> usize {
    let said = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
    let seen = comfy_table::Table::new().width().map(usize::from);
    said.or(seen).filter(|columns| *columns != 0).unwrap_or(NARROW)
}

/// A time as `12 Mar 2020 14:00 UTC`.
pub fn utc(unix_ms: u64) -> String {
    date(unix_ms)
        .map_or_else(|| format!("{unix_ms} ms"), |d| d.format("%-d %b %Y %H:%M UTC").to_string())
}

/// A time for an axis: `12 Mar 14:00`.
pub fn axis_time(unix_ms: i64) -> String {
    u64::try_from(unix_ms)
        .ok()
        .and_then(date)
        .map_or_else(String::new, |date| date.format("%-d %b %H:%M").to_string())
}

fn date(unix_ms: u64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(i64::try_from(unix_ms).ok()?)
}

/// Dollars with thousands separated, without cents from 1,000 on.
pub fn dollars(usd: f64) -> String {
    let sign = if usd < 0.0 { "-" } else { "" };
    let cents = (usd.abs() * 100.0).round() as u128;
    let (whole, part) = (cents / 100, cents % 100);
    if whole < 1_000 {
        return format!("{sign}${whole}.{part:02}");
    }
    format!("{sign}${}", thousands(usd.abs().round() as u128))
}

/// A whole number in groups of three digits: 1,234,567.
pub fn thousands(number: u128) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_and_times_read_well() {
        assert_eq!(dollars(0.0), "$0.00");
        assert_eq!(dollars(-12.345), "-$12.35");
        assert_eq!(dollars(1_234_567.8), "$1,234,568");
        assert_eq!(utc(1_583_971_200_000), "12 Mar 2020 00:00 UTC");
        assert_eq!(axis_time(1_583_971_200_000), "12 Mar 00:00");
    }
}
