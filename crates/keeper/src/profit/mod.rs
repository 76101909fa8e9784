//! Profit and loss, from what has happened: events of blocks, and balances.
//!
//! Every transaction of ours that is in a block is an [`Entry`]: what came to us and left us by its events,
//! valued at the prices of then; its fee, and what it has put down or got back as a deposit. Whatever else
//! the account's balances say is an entry too, of what was brought or taken *elsewhere*: so entries add up to
//! the balances. Then
//!
//! - *realised* is the value that transactions have brought at the prices of then, less what they cost;
//! - *marked* is what all that came in has gained or lost in price since;
//! - both together are what the account has now, less what was brought to it.

mod entry;
mod file;

pub use entry::{transfers, value_of, Books, Entry, Fate, Mark, Marks, Move};
pub use file::PnlFile;

use crate::config::FeeConfig;
use breakwater_chain::AccountId;
use breakwater_protocol::{num::time::DAY_MS, AssetId};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The books' name of the chain's own token.
pub const NATIVE: AccountId = [0; 32];

/// What a kind of action has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OfKind {
    pub done: u64,
    pub lost: u64,
    /// Value that came in less what left, at the prices of then, in dollars.
    pub gain_usd: f64,
    pub fees_usd: f64,
    /// Put down for storage, less what was given back.
    pub deposits_usd: f64,
    /// What was expected of those that are done.
    pub expected_usd: f64,
}

/// What we have of a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OfAsset {
    pub asset: AssetId,
    pub units: f64,
    pub value_usd: f64,
    /// What it has gained in price since it came in.
    pub marked_usd: f64,
}

/// Profit and loss.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pnl {
    /// By the names of kinds of actions.
    pub kinds: BTreeMap<String, OfKind>,
    pub assets: Vec<OfAsset>,
    pub realised_usd: f64,
    pub marked_usd: f64,
}

/// Sums of entries.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    kinds: BTreeMap<&'static str, Sums>,
    /// Of each token, units and what they were worth when they came or left, wad dollars.
    held: BTreeMap<AccountId, (i128, i128)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    done: u64,
    lost: u64,
    gain_wad: i128,
    fee: u128,
    deposit: i128,
    expected_wad: u128,
}

impl Totals {
    /// Of some entries.
    pub fn of<'e>(entries: impl IntoIterator<Item = &'e Entry>) -> Self {
        let mut totals = Self::default();
        entries.into_iter().for_each(|entry| totals.add(entry));
        totals
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: &Entry) {
        let mut gain_wad = 0i128;
        for moved in &entry.moves {
            let (units, value_wad) = self.held.entry(moved.token).or_default();
            *units = units.saturating_add(moved.units);
            *value_wad = value_wad.saturating_add(moved.value_wad);
            gain_wad = gain_wad.saturating_add(moved.value_wad);
        }
        if entry.fate == Fate::Elsewhere {
            return;
        }
        let of = self.kinds.entry(entry.kind.name()).or_default();
        of.gain_wad = of.gain_wad.saturating_add(gain_wad);
        of.fee = of.fee.saturating_add(entry.fee);
        of.deposit = of.deposit.saturating_add(entry.deposit);
        match entry.fate {
            Fate::Done => {
                of.done += 1;
                of.expected_wad = of.expected_wad.saturating_add(entry.expected_wad);
            }
            _ => of.lost += 1,
        }
    }

    /// Units of a token by all entries.
    fn units(&self, token: &AccountId) -> i128 {
        self.held.get(token).map_or(0, |(units, _)| *units)
    }

    /// Profit and loss at prices of now. The chain's own token counts at its price of the configuration.
    pub fn pnl(&self, marks: &Marks, fees: &FeeConfig) -> Pnl {
        let mut pnl = Pnl::default();
        let planck_usd = |planck: u128| usd(fees.value_wad(planck));
        for (kind, sums) in &self.kinds {
            let of = OfKind {
                done: sums.done,
                lost: sums.lost,
                gain_usd: signed_usd(sums.gain_wad),
                fees_usd: planck_usd(sums.fee),
                deposits_usd: planck_usd(sums.deposit.unsigned_abs()) * sign(sums.deposit),
                expected_usd: usd(sums.expected_wad),
            };
            pnl.realised_usd += of.net_usd();
            pnl.kinds.insert((*kind).into(), of);
        }
        for (token, (units, then_wad)) in &self.held {
            let Some(mark) = marks.get(token) else { continue };
            let now_wad = value_of(marks, token, *units);
            let marked_usd = signed_usd(now_wad.saturating_sub(*then_wad));
            pnl.marked_usd += marked_usd;
            pnl.assets.push(OfAsset {
                asset: mark.asset,
                units: *units as f64 / 10f64.powi(mark.decimals.into()),
                value_usd: signed_usd(now_wad),
                marked_usd,
            });
        }
        pnl.assets.sort_by_key(|of| of.asset);
        pnl
    }
}

impl OfKind {
    /// Gain less fees and deposits.
    pub fn net_usd(&self) -> f64 {
        self.gain_usd - self.fees_usd - self.deposits_usd
    }
}

impl Pnl {
    /// Realised and marked.
    pub fn total_usd(&self) -> f64 {
        self.realised_usd + self.marked_usd
    }
}

/// What the last day has brought and spent, for limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lately {
    /// Units of each asset that purchases have spent.
    pub spent: BTreeMap<AssetId, u128>,
    /// What transactions of the day are worth at prices of now, costs taken off, in dollars.
    pub result_usd: f64,
}

impl Lately {
    /// Of entries, the oldest first, those of the last day before `now_ms`.
    pub fn of(entries: &[Entry], now_ms: u64, marks: &Marks, fees: &FeeConfig) -> Self {
        let is_late = |entry: &&Entry| entry.time_ms.saturating_add(DAY_MS) > now_ms;
        let late = entries.iter().filter(is_late);
        let late: Vec<&Entry> = late.filter(|entry| entry.fate != Fate::Elsewhere).collect();
        let mut spent = BTreeMap::<AssetId, u128>::new();
        for moved in late.iter().flat_map(|entry| &entry.moves).filter(|moved| moved.units < 0) {
            if let Some(mark) = marks.get(&moved.token) {
                let sum = spent.entry(mark.asset).or_default();
                *sum = sum.saturating_add(moved.units.unsigned_abs());
            }
        }
        Self { spent, result_usd: Totals::of(late).pnl(marks, fees).total_usd() }
    }
}

/// What balances say besides: units of tokens that entries don't explain.
pub fn elsewhere(
    totals: &Totals,
    balances: &BTreeMap<AccountId, u128>,
    books: &Books,
) -> Vec<Move> {
    let unexplained = balances.iter().filter_map(|(token, units)| {
        let units = i128::try_from(*units).unwrap_or(i128::MAX);
        let units = units.saturating_sub(totals.units(token));
        (units != 0).then(|| books.valued(*token, units))
    });
    unexplained.collect()
}

impl fmt::Display for Pnl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<18} {:>5} {:>5} {:>13} {:>10} {:>10} {:>13}",
            "strategy", "done", "lost", "gain", "fees", "deposits", "net"
        )?;
        for (kind, of) in &self.kinds {
            let net = of.net_usd();
            writeln!(
                f,
                "{kind:<18} {:>5} {:>5} {:>13} {:>10} {:>10} {:>13}",
                of.done,
                of.lost,
                shown(of.gain_usd, 2),
                shown(of.fees_usd, 4),
                shown(of.deposits_usd, 4),
                shown(net, 2)
            )?;
        }
        writeln!(f, "\n{:<20} {:>20} {:>14} {:>14}", "asset", "held", "value", "marked")?;
        for of in &self.assets {
            writeln!(
                f,
                "{:<20} {:>20.6} {:>14} {:>14}",
                of.asset,
                of.units,
                shown(of.value_usd, 2),
                shown(of.marked_usd, 2)
            )?;
        }
        write!(
            f,
            "\nrealised {}, marked {}, in all {} dollars",
            shown(self.realised_usd, 2),
            shown(self.marked_usd, 2),
            shown(self.total_usd(), 2)
        )
    }
}

/// A number with so many digits behind the point; what is less than those is 0, not "-0.00".
fn shown(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    match text.strip_prefix('-') {
        Some(plain) if plain.bytes().all(|byte| matches!(byte, b'0' | b'.')) => plain.into(),
        _ => text,
    }
}

fn usd(wad: u128) -> f64 {
    wad as f64 / 1e18
}

fn signed_usd(wad: i128) -> f64 {
    wad as f64 / 1e18
}

fn sign(amount: i128) -> f64 {
    if amount < 0 {
        -1.0
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests;
