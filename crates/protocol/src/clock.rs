//! A reserve's clock: it runs only while the asset may be liquidated at a fresh price (§ 4.1).

use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A clock that stops. Whoever touches the reserve with a price at hand moves it on.
///
/// A price is fresh from its own time on for as long as the auction's `price_gap_ms` says. Between
/// two touches only the prices of those two are known, so a gap that other prices have filled
/// meanwhile counts as a stop: the clock may be slow, never fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Clock {
    /// How long it has run, at `at_ms`.
    pub reading_ms: u64,
    /// When it was moved on last, in Unix milliseconds.
    pub at_ms: u64,
    /// Time of the price known then, in Unix milliseconds.
    pub price_ms: u64,
    /// Its last stop, in Unix milliseconds: of two clocks that stand for the same reason, the stop
    /// counts once.
    pub stopped_from_ms: u64,
    pub stopped_until_ms: u64,
}

impl Clock {
    /// Moves it on to now, with a price of some time.
    pub fn advance(&mut self, price_ms: u64, gap_ms: u64, now_ms: u64) {
        let (at_ms, now_ms) = (self.at_ms, now_ms.max(self.at_ms));
        // The last price's freshness goes on from the last touch; this one's begins with it.
        let covered_until_ms = self.price_ms.saturating_add(gap_ms).clamp(at_ms, now_ms);
        let from_ms = price_ms.clamp(covered_until_ms, now_ms);
        let until_ms = price_ms.saturating_add(gap_ms).clamp(from_ms, now_ms);
        let by_last_ms = covered_until_ms.saturating_sub(at_ms);
        let by_this_ms = until_ms.saturating_sub(from_ms);
        self.reading_ms = self.reading_ms.saturating_add(by_last_ms).saturating_add(by_this_ms);
        self.note_stop(covered_until_ms, from_ms);
        self.note_stop(until_ms, now_ms);
        self.at_ms = now_ms;
        self.price_ms = price_ms.max(self.price_ms);
    }

    /// Notes that it stood in a halt, of which it knows only now. Up to the halt the last price's
    /// freshness goes on.
    pub fn halt(&mut self, from_ms: u64, until_ms: u64, gap_ms: u64, now_ms: u64) {
        if from_ms > self.at_ms {
            self.advance(self.price_ms, gap_ms, from_ms.min(now_ms));
        }
        self.stand(until_ms.min(now_ms));
    }

    /// Notes that it has stood up to now.
    pub fn stand(&mut self, now_ms: u64) {
        self.note_stop(self.at_ms, now_ms);
        self.at_ms = self.at_ms.max(now_ms);
    }

    /// A stop, which may be the last one going on.
    fn note_stop(&mut self, from_ms: u64, until_ms: u64) {
        if from_ms >= until_ms {
            return;
        }
        if from_ms != self.stopped_until_ms {
            self.stopped_from_ms = from_ms;
        }
        self.stopped_until_ms = until_ms;
    }

    /// How long two clocks have run together since `start_ms`, given how long each has: rather too
    /// short than too long. It is the time since then less the stops of either, the last stops of
    /// both counted once where they overlap; but no less than the time since the last stop of
    /// either.
    pub fn run_together_ms(start_ms: u64, now_ms: u64, clocks: [(Self, u64); 2]) -> u64 {
        let wall_ms = now_ms.saturating_sub(start_ms);
        let [(a, run_a_ms), (b, run_b_ms)] = clocks;
        let stops_ms = [run_a_ms, run_b_ms]
            .iter()
            .fold(0u64, |sum, run_ms| sum.saturating_add(wall_ms.saturating_sub(*run_ms)));
        let from_ms = a.stopped_from_ms.max(b.stopped_from_ms).max(start_ms);
        let until_ms = a.stopped_until_ms.min(b.stopped_until_ms).min(now_ms);
        let twice_ms = until_ms.saturating_sub(from_ms);
        let by_stops_ms = wall_ms.saturating_sub(stops_ms.saturating_sub(twice_ms));
        let last_stop_ms = a.stopped_until_ms.max(b.stopped_until_ms).max(start_ms);
        by_stops_ms.max(now_ms.saturating_sub(last_stop_ms))
    }
}
