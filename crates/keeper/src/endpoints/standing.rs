//! How an endpoint has behaved: when it is asked again, how fast it is, how much it takes at once.

use std::time::{Duration, Instant};

/// First and longest time for which an endpoint that failed is left alone.
pub const FIRST_PAUSE: Duration = Duration::from_millis(200);
pub const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long it is left alone while no other is up: there is nothing to lose.
pub const LONE_PAUSE: Duration = Duration::from_secs(1);
/// Blocks read at once at first, at least.
const FIRST_BATCH: u64 = 8;
/// The average of times forgets an eighth with each answer.
const MEMORY: u32 = 8;

/// What is known of an endpoint's behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// It has answered the last time.
    pub is_up: bool,
    /// How often it has failed in all.
    pub failures: u64,
    /// When it failed last, and how long it is left alone since.
    failed: Option<(Instant, Duration)>,
    /// Average time of an answer to a question that the node had to be asked.
    pub latency: Duration,
    /// By how much later than the first it tells of blocks by itself, on average.
    lateness: Duration,
    /// Blocks that are read of it at once.
    batch: u64,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            is_up: false,
            failures: 0,
            failed: None,
            latency: Duration::ZERO,
            lateness: Duration::ZERO,
            batch: FIRST_BATCH,
        }
    }
}

impl Standing {
    /// Whether it is to be left alone now; `is_lone` while no other is up.
    pub fn is_left_alone(&self, is_lone: bool, now: Instant) -> bool {
        self.failed.is_some_and(|(at, pause)| {
            let pause = if is_lone { pause.min(LONE_PAUSE) } else { pause };
            !self.is_up && now.saturating_duration_since(at) < pause
        })
    }

    /// An answer took so long, or longer.
    pub fn took(&mut self, took: Duration) {
        self.latency = match self.latency {
            Duration::ZERO => took,
            average => (average * (MEMORY - 1) + took) / MEMORY,
        };
    }

    /// It has told of a block, so much later than the first.
    pub fn was_late(&mut self, late: Duration) {
        self.lateness = (self.lateness * (MEMORY - 1) + late) / MEMORY;
    }

    /// How long whoever follows it waits for what it knows.
    pub fn delay(&self) -> Duration {
        self.latency.saturating_add(self.lateness)
    }

    /// It has answered, or told by itself. Whether it was down before.
    pub fn is_there(&mut self, now: Instant) -> bool {
        let is_back = !self.is_up;
        self.is_up = true;
        // Forgiven once it has been good for as long as it was left alone: one good answer between
        // failures does not begin the pauses anew.
        let is_forgiven =
            self.failed.is_some_and(|(at, pause)| now.saturating_duration_since(at) > pause * 2);
        if is_forgiven {
            self.failed = None;
        }
        is_back
    }

    /// It has failed: it is left alone, for twice as long as the last time unless it was forgiven. How
    /// long; none if it is left alone already. `chance` between 0 and 1 spreads keepers that see the same.
    pub fn failed(&mut self, chance: f64, now: Instant) -> Option<Duration> {
        if self.is_left_alone(false, now) {
            return None;
        }
        let last = self.failed.map(|(_, pause)| pause);
        let next = last.map_or(FIRST_PAUSE, |pause| pause * 2);
        let pause = next.mul_f64(1.0 + chance.clamp(0.0, 1.0) / 4.0).min(LONGEST_PAUSE);
        self.failed = Some((now, pause));
        self.failures += 1;
        self.is_up = false;
        self.batch = (self.batch / 2).max(1);
        Some(pause)
    }

    /// How many blocks are read of it at once, at most `most`.
    pub fn batch(&self, most: u64) -> u64 {
        self.batch.min(most).max(1)
    }

    /// A batch took so long of the time there is: the next is larger or smaller.
    pub fn batch_took(&mut self, took: Duration, patience: Duration, most: u64) {
        if took < patience / 8 {
            self.batch = self.batch.saturating_mul(2).min(most);
        } else if took > patience / 2 {
            self.batch = (self.batch / 2).max(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before: pauses stayed at 0.2 to 0.4 s, for any good answer began them anew.
    #[test]
    fn pauses_grow_to_half_a_minute_though_there_are_good_answers_in_between() {
        let (mut one, mut now) = (Standing::default(), Instant::now());
        let mut pauses = Vec::new();
        for _ in 0..12 {
            let pause = one.failed(0.0, now).expect("a pause");
            assert!(one.is_left_alone(false, now + pause / 2));
            assert_eq!(one.failed(0.0, now + pause / 2), None, "it is left alone already");
            now += pause;
            assert!(!one.is_left_alone(false, now));
            assert!(one.is_there(now), "it is back");
            pauses.push(pause.as_millis());
            now += Duration::from_millis(50);
        }
        assert_eq!(pauses[..8], [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600]);
        assert_eq!(pauses[8..], [30_000; 4]);
        // Good for long enough, it begins anew.
        assert!(!one.is_there(now + LONGEST_PAUSE * 3));
        assert_eq!(one.failed(0.0, now + LONGEST_PAUSE * 3), Some(FIRST_PAUSE));
    }

    /// Before: after a node's restart its keeper came back 20 s late.
    #[test]
    fn the_only_endpoint_is_not_left_alone_for_long() {
        let (mut one, mut now) = (Standing::default(), Instant::now());
        for _ in 0..10 {
            let pause = one.failed(1.0, now).expect("a pause");
            assert!(!one.is_left_alone(true, now + LONE_PAUSE));
            now += pause;
        }
        assert!(one.is_left_alone(true, now - LONGEST_PAUSE + LONE_PAUSE / 2));
    }

    /// 33 answers a second, a batch of n takes 4n of them, five seconds' patience: every batch comes to an
    /// end, and before long nothing is lost.
    #[test]
    fn batches_fit_what_an_endpoint_takes() {
        let (patience, mut one, now) =
            (Duration::from_secs(5), Standing::default(), Instant::now());
        let took = |batch: u64| Duration::from_secs_f64(batch as f64 * 4.0 / 33.0);
        let mut read = 0;
        for _ in 0..20 {
            let batch = one.batch(128);
            match took(batch) {
                long if long > patience => drop(one.failed(0.0, now)),
                long => {
                    read += batch;
                    one.batch_took(long, patience, 128);
                }
            }
        }
        assert!(read >= 160, "{read}");
        // A fast one is read in the largest batches soon.
        let mut fast = Standing::default();
        (0..5).for_each(|_| fast.batch_took(Duration::from_millis(20), patience, 128));
        assert_eq!(fast.batch(128), 128);
    }
}
