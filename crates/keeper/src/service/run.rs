//! Rounds: one, until something is done, or for ever.

use super::{Keeper, KeeperError, Round};
use crate::{action::ActionKind, metrics::Metrics, strategy::StrategyKind};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

impl Keeper {
    /// Rounds until told to stop. Errors that may pass are logged and tried again.
    ///
    /// # Errors
    /// Those that do not pass ([`KeeperError::is_fatal`]).
    pub fn run(
        &mut self,
        stop: &AtomicBool,
        mut each: impl FnMut(&Round),
    ) -> Result<(), KeeperError> {
        let pause = Duration::from_millis(self.config.chain.poll_ms);
        while !stop.load(Ordering::Relaxed) {
            match self.round() {
                Ok(round) => {
                    each(&round);
                    if !round.caught_up {
                        continue;
                    }
                }
                Err(error) if error.is_fatal() => {
                    self.job.stopped(&error);
                    return Err(error);
                }
                Err(_) => {
                    self.metrics.errors.inc();
                }
            }
            std::thread::sleep(pause);
        }
        Ok(())
    }

    /// Rounds until the newest block is answered and nothing is under way, or for at most `patience`.
    ///
    /// # Errors
    /// The last round's if none succeeded.
    pub fn run_once(
        &mut self,
        stop: &AtomicBool,
        patience: Duration,
        mut each: impl FnMut(&Round),
    ) -> Result<Round, KeeperError> {
        let pause = Duration::from_millis(self.config.chain.poll_ms);
        let mut waiting_since: Option<Instant> = None;
        loop {
            let outcome = self.round();
            match outcome {
                Ok(round) => {
                    each(&round);
                    let waits = waiting_since.get_or_insert_with(Instant::now).elapsed();
                    let is_done = round.caught_up && round.sent == 0 && round.under_way == 0;
                    if is_done || (round.caught_up && waits > patience) {
                        return Ok(round);
                    }
                    if !round.caught_up {
                        waiting_since = None;
                        if !stop.load(Ordering::Relaxed) {
                            continue;
                        }
                    }
                    if stop.load(Ordering::Relaxed) {
                        return Ok(round);
                    }
                }
                Err(error) => {
                    let waits = waiting_since.get_or_insert_with(Instant::now).elapsed();
                    if error.is_fatal() || waits > patience || stop.load(Ordering::Relaxed) {
                        return Err(error);
                    }
                }
            }
            std::thread::sleep(pause);
        }
    }

    /// One round: takes in new blocks and, at the newest, does what is worth doing; and judges whether the
    /// job is done.
    ///
    /// # Errors
    /// [`KeeperError`]. What was taken in stays.
    pub fn round(&mut self) -> Result<Round, KeeperError> {
        let outcome = self.turn();
        let is_news = self.judge(&outcome);
        if let Some(error) = outcome.as_ref().err().filter(|_| is_news) {
            tracing::warn!(%error, "a round failed");
        }
        outcome
    }

    fn turn(&mut self) -> Result<Round, KeeperError> {
        let began = Instant::now();
        let claim = self.follow()?;
        let cursor = self.store.cursor();
        Metrics::set(&self.metrics.head, claim.best.number);
        Metrics::set(&self.metrics.cursor, cursor.block.number);
        Metrics::set(&self.metrics.chain_time_ms, cursor.time_ms);
        let mut round = Round {
            caught_up: cursor.block == claim.best,
            cursor: cursor.block.number,
            head: claim.best.number,
            ..Round::default()
        };
        if round.caught_up {
            if self.answered != Some(claim.best) {
                round.sent = self.answer(&claim)?;
                // After sending, and for auctions that were not read yet, there is another look.
                let is_done = round.sent == 0 && !self.brain.has_unread();
                self.answered = is_done.then_some(claim.best);
                self.metrics.answer.observe(began.elapsed().as_secs_f64());
            }
            if round.sent == 0 {
                self.act(&claim, |executor, site| executor.tend(site))?;
                self.propose_lost_again();
            }
        }
        let under_way = self.store.intents().iter().filter(|held| !held.given_up);
        round.under_way = under_way.count();
        Metrics::set(&self.metrics.under_way, round.under_way as u64);
        Ok(round)
    }

    /// What was lost for good is looked at again now, not when its time comes.
    fn propose_lost_again(&mut self) {
        for kind in self.executor.take_lost() {
            match kind {
                ActionKind::Approve => self.brain.hurry(StrategyKind::Approve),
                ActionKind::ClaimReward => self.brain.hurry(StrategyKind::ClaimReward),
                ActionKind::PokeOracle => self.brain.hurry(StrategyKind::PokeOracle),
                // These look at every block.
                _ => {}
            }
        }
    }
}
