//! Since when, and when a fault begins and ends.

use super::Fault;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// A fault that has begun or ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub fault: Fault,
    pub begins: bool,
    /// What is wrong, in words; what was last wrong when it ends.
    pub detail: String,
    /// For how long it has lasted.
    pub lasted: Duration,
}

#[derive(Debug)]
struct Held {
    since: Instant,
    detail: String,
    /// It has been told.
    is_told: bool,
    /// Since when it is no more.
    over_since: Option<Instant>,
}

/// Remembers faults. One begins once it has held for `hold`, and ends once it has been over for as
/// long: what comes and goes is told once, not with every block.
#[derive(Debug)]
pub struct Watch {
    hold: Duration,
    held: BTreeMap<Fault, Held>,
}

impl Watch {
    /// One that has seen nothing.
    pub fn new(hold: Duration) -> Self {
        Self { hold, held: BTreeMap::new() }
    }

    /// Uses another time to hold.
    pub fn set_hold(&mut self, hold: Duration) {
        self.hold = hold;
    }

    /// Notes what is wrong with something now, or that nothing is. What begins or ends with it.
    pub fn note(&mut self, fault: Fault, wrong: Option<String>, now: Instant) -> Option<Change> {
        let hold = self.hold;
        let change = |held: &Held, begins| Change {
            fault,
            begins,
            detail: held.detail.clone(),
            lasted: now.saturating_duration_since(held.since),
        };
        match (wrong, self.held.get_mut(&fault)) {
            (Some(detail), None) => {
                let is_told = hold.is_zero();
                let held = Held { since: now, detail, is_told, over_since: None };
                let begins = is_told.then(|| change(&held, true));
                self.held.insert(fault, held);
                begins
            }
            (Some(detail), Some(held)) => {
                (held.detail, held.over_since) = (detail, None);
                let begins = !held.is_told && now.saturating_duration_since(held.since) >= hold;
                held.is_told |= begins;
                begins.then(|| change(held, true))
            }
            (None, Some(held)) if held.is_told => {
                let over_since = *held.over_since.get_or_insert(now);
                let ends = now.saturating_duration_since(over_since) >= hold;
                let change = ends.then(|| change(held, false));
                if ends {
                    self.held.remove(&fault);
                }
                change
            }
            (None, _) => {
                self.held.remove(&fault);
                None
            }
        }
    }

    /// Faults that have begun and not ended, with what is wrong.
    pub fn faults(&self) -> impl Iterator<Item = (Fault, &str)> {
        let told = self.held.iter().filter(|(_, held)| held.is_told);
        told.map(|(fault, held)| (*fault, held.detail.as_str()))
    }
}
