//! What others see of the keeper's health.

use super::{Fault, Severity};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The faults of now and when the keeper was last alive. Times are of the monotonic clock: setting the
/// system's clock changes nothing.
#[derive(Debug)]
pub struct Board(Mutex<Seen>);

#[derive(Debug)]
struct Seen {
    faults: BTreeMap<Fault, String>,
    /// When the last round ended.
    round: Option<Instant>,
    /// When a round was last without an error.
    good_round: Option<Instant>,
}

/// Whether the job is done, and if not why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub is_healthy: bool,
    /// One line for each fault, warnings included.
    pub text: String,
}

impl Default for Board {
    fn default() -> Self {
        let seen = Seen { faults: BTreeMap::new(), round: None, good_round: None };
        Self(Mutex::new(seen))
    }
}

impl Board {
    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        // A board has no state that a panic elsewhere could leave half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A round has ended.
    pub fn round(&self, is_good: bool, now: Instant) {
        let mut seen = self.seen();
        seen.round = Some(now);
        if is_good {
            seen.good_round = Some(now);
        }
    }

    /// Replaces the faults.
    pub fn set<'f>(&self, faults: impl Iterator<Item = (Fault, &'f str)>) {
        self.seen().faults = faults.map(|(fault, why)| (fault, why.to_owned())).collect();
    }

    /// Whether there is such a fault, and what is wrong.
    pub fn fault(&self, fault: Fault) -> Option<String> {
        self.seen().faults.get(&fault).cloned()
    }

    /// How long ago the last round ended, good or not.
    pub fn idle(&self, now: Instant) -> Option<Duration> {
        self.seen().round.map(|at| now.saturating_duration_since(at))
    }

    /// Whether the keeper does its job: no critical fault, and a good round no longer ago than `most`.
    pub fn verdict(&self, most: Duration, now: Instant) -> Verdict {
        let seen = self.seen();
        let since = seen.good_round.map(|at| now.saturating_duration_since(at));
        let silent = match since {
            None => Some("not_started: no round has succeeded yet".to_owned()),
            Some(since) if since > most => {
                Some(format!("silent: no round has succeeded for {} s", since.as_secs()))
            }
            Some(_) => None,
        };
        let is_critical = |fault: &Fault| fault.severity() == Severity::Critical;
        let is_healthy = silent.is_none() && !seen.faults.keys().any(is_critical);
        let mut lines = vec![if is_healthy { "healthy" } else { "unhealthy" }.to_owned()];
        lines.extend(silent);
        let faults = seen.faults.iter();
        lines.extend(
            faults.map(|(fault, why)| {
                format!("{} ({}): {why}", fault.name(), fault.severity().name())
            }),
        );
        Verdict { is_healthy, text: lines.join("\n") + "\n" }
    }
}
