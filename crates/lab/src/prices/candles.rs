//! The exogenous price: hourly (or any) candles, walked through in steps of a minute.

use crate::limits::PRICES;
use anyhow::{bail, ensure, Context, Result};
use serde::Deserialize;
use std::path::Path;

/// ETH/USD, hourly, 12 March 2020 00:00 UTC onward.
const BUILT_IN: &str = include_str!("../../data/eth_usd_2020-03-12.csv");

/// One candle. Prices in dollars, time of its opening in Unix seconds.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
pub struct Candle {
    pub unix_s: u64,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
}

/// A price at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tick {
    pub time_ms: u64,
    pub usd: f64,
}

/// Candles from a CSV file with the columns `unix_s,open,high,low,close` (others are ignored), or
/// the ones built in.
pub fn load(path: Option<&Path>) -> Result<Vec<Candle>> {
    let text = match path {
        Some(path) => std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the price file {}", path.display()))?,
        None => BUILT_IN.into(),
    };
    parse(&text).and_then(begun).with_context(|| match path {
        Some(path) => format!("malformed price file {}", path.display()),
        None => "malformed built-in prices".into(),
    })
}

/// The year 3000: later times are milliseconds by mistake.
const LATEST_S: u64 = 32_503_680_000;
/// Longest path walked: two years of minutes.
const MAX_STEPS: u64 = 1_051_200;

/// Columns that a file must have.
const COLUMNS: [&str; 5] = ["unix_s", "open", "high", "low", "close"];

fn parse(text: &str) -> Result<Vec<Candle>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers()?;
    let missing = COLUMNS.into_iter().find(|column| !names.iter().any(|name| name == *column));
    if let Some(missing) = missing {
        bail!("the first line must name the columns {}: {missing} is missing", COLUMNS.join(","));
    }
    let candles = reader.deserialize().collect::<Result<Vec<Candle>, _>>()?;
    ensure!(candles.len() >= 2, "at least two candles are needed");
    for (index, candle) in candles.iter().enumerate() {
        let line = index + 2;
        let Candle { open, high, low, close, .. } = *candle;
        let sane = [open, high, low, close].iter().all(|price| price.is_finite() && *price > 0.0);
        ensure!(sane, "line {line}: prices must be positive numbers");
        let in_bounds = [high, low].iter().all(|price| PRICES.contains(price));
        ensure!(
            in_bounds || low > high,
            "line {line}: prices must be within {} and {} dollars",
            PRICES.start(),
            PRICES.end()
        );
        ensure!(candle.unix_s <= LATEST_S, "line {line}: the time is beyond the year 3000");
        if low > open.min(close) || high < open.max(close) {
            bail!("line {line}: low and high must enclose open and close");
        }
        if index > 0 && candles[index - 1].unix_s >= candle.unix_s {
            bail!("line {line}: times must rise");
        }
    }
    Ok(candles)
}

/// A path that begins after 1970: at 0 the protocol has no past that its limits could look at.
fn begun(candles: Vec<Candle>) -> Result<Vec<Candle>> {
    let first = candles.first().map_or(0, |candle| candle.unix_s);
    ensure!(first > 0, "line 2: times are seconds since 1970, the first above 0");
    Ok(candles)
}

/// Walks through the candles, `step_s` seconds at a time: a falling candle by its high and then
/// its low, a rising one by its low first; between these, straight in the logarithm.
///
/// # Errors
/// More than two years of minutes.
pub fn ticks(candles: &[Candle], step_s: u64) -> Result<Vec<Tick>> {
    // Each lasts until the next; the last as long as most.
    let lengths = lengths_s(candles);
    let last = usual_s(&lengths).unwrap_or(step_s);
    let lengths = lengths.into_iter().chain([last]);
    let points: Vec<(f64, f64)> =
        candles.iter().zip(lengths).flat_map(|(candle, length_s)| way(candle, length_s)).collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Ok(Vec::new()) };
    let steps = ((last.0 - first.0) / step_s as f64) as u64;
    ensure!(steps <= MAX_STEPS, "the price path has {steps} steps, {MAX_STEPS} at most");
    let mut segment = 0;
    let ticks = (0..=steps)
        .map(|step| {
            let at = first.0 + (step * step_s) as f64;
            while segment + 2 < points.len() && points[segment + 1].0 <= at {
                segment += 1;
            }
            let ((from_s, from), (to_s, to)) = (points[segment], points[segment + 1]);
            let part =
                if to_s > from_s { ((at - from_s) / (to_s - from_s)).clamp(0.0, 1.0) } else { 1.0 };
            let usd = (from.ln() + part * (to.ln() - from.ln())).exp();
            Tick { time_ms: (at * 1_000.0) as u64, usd }
        })
        .collect();
    Ok(ticks)
}

/// From each candle but the last to the next.
fn lengths_s(candles: &[Candle]) -> Vec<u64> {
    let next = candles.iter().skip(1);
    candles.iter().zip(next).map(|(a, b)| b.unix_s.saturating_sub(a.unix_s)).collect()
}

/// The interval that most candles have; the shortest of several.
fn usual_s(lengths: &[u64]) -> Option<u64> {
    let mut counts = std::collections::BTreeMap::<u64, usize>::new();
    for length in lengths {
        *counts.entry(*length).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(length, _)| length)
}

/// What is to be told of candles that are missing: their neighbours before are walked until the next
/// one there is.
pub fn gaps(candles: &[Candle]) -> Option<String> {
    let lengths = lengths_s(candles);
    let usual = usual_s(&lengths)?;
    let longer = || candles.iter().zip(&lengths).filter(|(_, length)| **length > usual);
    let (candle, length) = longer().max_by_key(|(_, length)| **length)?;
    Some(format!(
        "{} of {} candles last longer than the usual {usual} s, the one at {} for {length} s: if \
         candles are missing there, their moves are too",
        longer().count(),
        candles.len(),
        candle.unix_s
    ))
}

/// The four points of a candle with their times in seconds.
fn way(candle: &Candle, length_s: u64) -> [(f64, f64); 4] {
    let Candle { unix_s, open, high, low, close } = *candle;
    let (second, third) = if close < open { (high, low) } else { (low, high) };
    let at = |part: f64| unix_s as f64 + part * length_s as f64;
    [(at(0.0), open), (at(1.0 / 3.0), second), (at(2.0 / 3.0), third), (at(1.0), close)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_path_is_the_crash() {
        let ticks = ticks(&load(None).unwrap(), 60).unwrap();
        assert_eq!(ticks.len(), 42 * 60 + 1);
        let lowest = ticks.iter().map(|tick| tick.usd).fold(f64::MAX, f64::min);
        assert!((lowest - 86.0).abs() < 1e-9, "{lowest}");
        assert_eq!((ticks[0].time_ms, ticks[0].usd.round()), (1_583_971_200_000, 195.0));
    }

    #[test]
    fn malformed_files_name_the_line() {
        let say = |rows: &str| {
            parse(&format!("unix_s,open,high,low,close\n{rows}")).unwrap_err().to_string()
        };
        assert!(say("0,1,1,1,1\n60,1,1,1,0\n").contains("line 3"));
        assert!(say("0,1,1,1,1\n0,1,1,1,1\n").contains("line 3: times must rise"));
        assert!(say("0,1,1,2,1\n60,1,1,1,1\n").contains("line 2"));
        assert!(say("0,1,1,1,1\n").contains("two candles"));
        assert!(say("0,1,1,1,1\n99999999999,1,1,1,1\n").contains("line 3: the time"));
        let headless = parse("60,1,1,1,1\n120,1,1,1,1\n").unwrap_err().to_string();
        assert!(headless.contains("first line") && headless.contains("unix_s"), "{headless}");
    }

    /// Before: "can't be opened: a limit or a pause holds it back".
    #[test]
    fn a_path_begins_after_1970() {
        let at = |first: u64| {
            let rows = format!("unix_s,open,high,low,close\n{first},1,1,1,1\n60,1,1,1,1\n");
            begun(parse(&rows).unwrap())
        };
        assert!(at(0).unwrap_err().to_string().contains("above 0"));
        assert!(at(1).is_ok());
    }

    /// Before: the first interval was taken for all, and 35 hours of candles were walked as 60.
    #[test]
    fn each_candle_lasts_until_the_next_and_gaps_are_told() {
        // 26 hours are missing after the first; then ten candles of an hour.
        let hour = 3_600;
        let mut rows = String::from("unix_s,open,high,low,close\n0,100,100,100,100\n");
        for index in 0..10 {
            rows += &format!("{},100,110,100,110\n", 26 * hour + index * hour);
        }
        let candles = parse(&rows).unwrap();
        let ticks = ticks(&candles, 3_600).unwrap();
        assert_eq!(ticks.len(), 36 + 1, "26 hours and ten of one");
        assert_eq!(ticks[36], Tick { time_ms: 36 * 3_600_000, usd: ticks[36].usd });
        assert!((ticks[26].usd - 100.0).abs() < 1e-9 && (ticks[36].usd - 110.0).abs() < 1e-9);
        let told = gaps(&candles).unwrap();
        assert!(told.contains("1 of 11") && told.contains("at 0 for 93600 s"), "{told}");
        assert_eq!(gaps(&load(None).unwrap()), None);
        // A first interval that is shorter than the others.
        let uneven =
            "unix_s,open,high,low,close\n0,1,1,1,1\n60,1,1,1,1\n3660,1,1,1,1\n7260,1,1,1,1\n";
        let uneven = parse(uneven).unwrap();
        assert_eq!(super::ticks(&uneven, 60).unwrap().len(), (7_260 + 3_600) / 60 + 1);
        assert_eq!(gaps(&uneven), None);
    }

    #[test]
    fn prices_that_overflow_are_refused() {
        for price in ["1e300", "1e10", "1e-9"] {
            let rows = format!(
                "unix_s,open,high,low,close\n0,{price},{price},{price},{price}\n60,1,1,1,1\n"
            );
            assert!(parse(&rows).unwrap_err().to_string().contains("line 2: prices"), "{price}");
        }
    }

    #[test]
    fn a_path_without_end_is_refused() {
        let candles = parse("unix_s,open,high,low,close\n0,1,1,1,1\n9000000000,1,1,1,1\n").unwrap();
        assert!(ticks(&candles, 60).is_err());
    }
}
