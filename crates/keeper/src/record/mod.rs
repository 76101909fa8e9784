//! What pages ask of the past: the market's events and, step by step, how it stood.
//!
//! The [`store`](crate::store) writes events down with the block that they are of, so the record is as true as
//! all else that the keeper knows: it is walked back with a chain that is re-organised, and begun anew where
//! state is read instead of events. What is answered is in memory, a bounded part; whoever asks never waits
//! for the database, and the keeper's loop never for them.

mod answer;
mod row;
mod sample;
mod sums;
mod told;

pub(crate) use answer::market_of;
pub use answer::{history, stats, Refused};
pub use row::{Body, Place, Row, Told};
pub use sample::{AssetSample, Sample};
pub use sums::Sums;

use breakwater_chain::{address, AccountId};
use scale::{Decode, Encode};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Most events that are kept, whatever their age: about 20 MB.
pub const MOST_ROWS: usize = 50_000;
/// Most steps that are kept.
pub const MOST_STEPS: usize = 2_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// For how long, in milliseconds of the chain.
    pub for_ms: u64,
    /// Length of a step of the series, in milliseconds.
    pub step_ms: u64,
}

impl Keep {
    /// So many days, in steps of so many milliseconds.
    pub fn new(days: u64, step_ms: u64) -> Self {
        Self { for_ms: days.saturating_mul(DAY_MS), step_ms: step_ms.max(1) }
    }

    /// Where the step begins that a time is in.
    pub fn step_of(&self, time_ms: u64) -> u64 {
        time_ms - time_ms % self.step_ms
    }
}

impl Default for Keep {
    fn default() -> Self {
        Self::new(30, DAY_MS / 24)
    }
}

/// From which block on nothing is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Since {
    pub block: u64,
    /// Timestamp of the block before it, in Unix milliseconds; 0 at the chain's beginning.
    pub time_ms: u64,
}

/// The record of one market, shared by the store that writes it and by whoever answers questions.
#[derive(Debug, Default)]
pub struct Record(Mutex<Past>);

/// What a record holds.
#[derive(Debug, Default)]
struct Past {
    market: AccountId,
    keep: Keep,
    since: Since,
    /// The last block read, and its time.
    to: Since,
    /// In the order of their places.
    rows: VecDeque<Row>,
    /// By the beginnings of steps: what happened in them, and how the market stood at the last look.
    sums: BTreeMap<u64, Sums>,
    samples: BTreeMap<u64, Sample>,
}

impl Record {
    fn past(&self) -> MutexGuard<'_, Past> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is of the market at an address.
    pub fn is_of(&self, address: &str) -> bool {
        address::parse(address).is_ok_and(|market| market == self.past().market)
    }

    /// How much is kept.
    pub fn keep(&self) -> Keep {
        self.past().keep
    }

    /// Sets how much is kept, before it is filled.
    pub fn set_keep(&self, keep: Keep) {
        self.past().keep = keep;
    }

    /// Forgets all and takes this, as a store has it.
    pub fn fill(
        &self,
        market: AccountId,
        [since, to]: [Since; 2],
        rows: Vec<Row>,
        samples: impl IntoIterator<Item = Sample>,
    ) {
        let mut past = self.past();
        let keep = past.keep;
        let samples = samples.into_iter().map(|sample| (keep.step_of(sample.at_ms), sample));
        *past = Past {
            market,
            keep,
            since,
            to,
            rows: rows.into(),
            sums: BTreeMap::new(),
            samples: samples.collect(),
        };
        past.sum_up();
    }

    /// Takes the events of the next blocks, up to one at `to`; from `since` on the store has all.
    pub fn push(&self, rows: Vec<Row>, since: Since, to: Since) {
        let mut past = self.past();
        for row in rows {
            let step = past.keep.step_of(row.time_ms);
            if let Some(told) = row.body.decode() {
                past.sums.entry(step).or_default().note(&told);
            }
            past.rows.push_back(row);
        }
        (past.since, past.to) = (since, to);
        while past.rows.front().is_some_and(|row| row.place.0 < since.block) {
            past.rows.pop_front();
        }
        past.drop_old_steps();
    }

    /// Forgets what came after a block.
    pub fn walk_back(&self, to: Since) {
        let mut past = self.past();
        past.to = to;
        while past.rows.back().is_some_and(|row| row.place.0 > to.block) {
            past.rows.pop_back();
        }
        past.samples.retain(|_, sample| sample.at_ms <= to.time_ms);
        past.sum_up();
    }

    /// Takes how the market stands. What is to be written down, where a step has begun with it: the last of
    /// the step before, and this.
    pub fn sample(&self, sample: Sample) -> Vec<Sample> {
        let mut past = self.past();
        let step = past.keep.step_of(sample.at_ms);
        let before = match past.samples.contains_key(&step) {
            true => None,
            false => Some(past.samples.range(..step).next_back().map(|(_, last)| last.clone())),
        };
        past.samples.insert(step, sample.clone());
        past.drop_old_steps();
        match before {
            Some(last) => last.into_iter().chain([sample]).collect(),
            None => Vec::new(),
        }
    }
}

impl Past {
    fn sum_up(&mut self) {
        self.sums.clear();
        for row in &self.rows {
            if let Some(told) = row.body.decode() {
                self.sums.entry(self.keep.step_of(row.time_ms)).or_default().note(&told);
            }
        }
        self.drop_old_steps();
    }

    fn drop_old_steps(&mut self) {
        let oldest = self.keep.step_of(self.to.time_ms.saturating_sub(self.keep.for_ms));
        self.sums.retain(|step, _| *step >= oldest);
        self.samples.retain(|step, _| *step >= oldest);
        while self.sums.len() > MOST_STEPS {
            self.sums.pop_first();
        }
        while self.samples.len() > MOST_STEPS {
            self.samples.pop_first();
        }
    }
}

#[cfg(test)]
mod tests;
