//! How fast the simulator is.

use crate::{
    compare::{columns, compare, count_runs, Results},
    mechanisms::breakwater::Settings,
    prices,
    scenario::Scenario,
};
use anyhow::{Context, Result};
use std::{fmt, time::Instant};

/// Ticks of the system's clock in a second, in which Linux counts a process's work.
const TICKS_PER_S: f64 = 100.0;

/// What a comparison has taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speed {
    pub runs: u64,
    /// Of each run.
    pub steps: u64,
    pub accounts: u64,
    /// How often an account was looked at, in all runs: only one whose trigger is reached, that is for sale, or whose
    /// owner watches theirs.
    pub visited: u64,
    /// From the beginning to the end, seconds.
    pub took_s: f64,
    /// Work of all threads, seconds of a core, where the system tells.
    pub worked_s: Option<f64>,
}

impl Speed {
    /// Accounts looked at in a second.
    pub fn visited_per_s(&self) -> f64 {
        self.visited as f64 / self.took_s
    }

    /// Steps of accounts in a second, most of which nobody has to look at.
    pub fn walked_per_s(&self) -> f64 {
        self.runs as f64 * self.steps as f64 * self.accounts as f64 / self.took_s
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, steps, accounts, took_s, .. } = self;
        write!(f, "{runs} runs of {steps} steps and {accounts} accounts in {took_s:.1} s")?;
        if let Some(worked_s) = self.worked_s {
            write!(f, " ({worked_s:.1} s of a core)")?;
        }
        write!(
            f,
            ": {:.1} million account-steps a second; {:.1} million accounts looked at, {:.1} million a second.",
            self.walked_per_s() / 1e6,
            self.visited as f64 / 1e6,
            self.visited_per_s() / 1e6
        )
    }
}

/// Times a comparison.
pub struct Stopwatch {
    began: Instant,
    worked_s: Option<f64>,
}

impl Stopwatch {
    /// From now on.
    pub fn start() -> Self {
        Self { began: Instant::now(), worked_s: worked_s() }
    }

    /// Seconds since then.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    /// What so many runs have taken since then.
    ///
    /// # Errors
    /// Prices that can't be had.
    pub fn speed(&self, scenario: &Scenario, runs: u64, results: &[Results]) -> Result<Speed> {
        let (took_s, now_s) = (self.seconds(), worked_s());
        Ok(Speed {
            runs,
            steps: prices::path(scenario, scenario.first_seed)?.len() as u64,
            accounts: scenario.borrowers.count as u64,
            visited: results.iter().map(|result| result.visited).sum(),
            took_s,
            worked_s: now_s.zip(self.worked_s).map(|(now_s, then_s)| now_s - then_s),
        })
    }
}

/// Times `breakwater lab compare` in a scenario, on so many threads.
///
/// # Errors
/// Threads that can't be started; those of [`compare`].
pub fn measure(scenario: &Scenario, threads: usize) -> Result<Speed> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .context("cannot start threads")?;
    let columns = columns(&Settings::default());
    let watch = Stopwatch::start();
    let results = pool.install(|| compare(scenario, &columns, true, &|| {}))?;
    watch.speed(scenario, count_runs(scenario, &columns, true), &results)
}

/// Work of all threads of this process so far, user's and system's, seconds of a core, where the system tells.
fn worked_s() -> Option<f64> {
    ticks(&std::fs::read_to_string("/proc/self/stat").ok()?).map(|ticks| ticks as f64 / TICKS_PER_S)
}

/// The two counters of `/proc/self/stat`, of which the name, which may hold anything, ends in the last bracket.
fn ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut counters = after_name.split_whitespace().skip(11);
    let mut next = || counters.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_the_users_and_the_systems() {
        let stat = "42 (a) b) R 1 2 3 4 5 6 7 8 9 10 250 50 7 7 20 0";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("42 (a) R 1 2"), None);
    }

    #[test]
    fn a_comparison_is_timed_and_says_how_many_accounts_it_looked_at() {
        let mut scenario = Scenario { seeds: 1, ..Scenario::default() };
        scenario.borrowers.count = 20;
        let speed = measure(&scenario, 1).unwrap();
        // Each run looks at each account once, to open it.
        assert!(speed.visited >= speed.runs * 20, "{speed:?}");
        // By far not all at every step.
        assert!(speed.visited * 5 < speed.runs * speed.steps * 20, "{speed:?}");
        let fixed = Speed { took_s: 2.0, visited: 3_000_000, worked_s: Some(1.5), ..speed };
        assert_eq!(fixed.visited_per_s(), 1.5e6);
        let said = fixed.to_string();
        assert!(said.contains("in 2.0 s (1.5 s of a core)"), "{said}");
        assert!(said.ends_with("3.0 million accounts looked at, 1.5 million a second."), "{said}");
    }
}
