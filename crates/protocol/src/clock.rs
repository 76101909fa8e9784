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
}

impl Clock {
    /// Moves it on to now, with a price of some time.
    pub fn advance(&mut self, price_ms: u64, gap_ms: u64, now_ms: u64) {
        // The last price's freshness goes on from the last touch; this one's begins with it.
        let covered_until_ms = self.price_ms.saturating_add(gap_ms).min(now_ms).max(self.at_ms);
        let by_last_ms = covered_until_ms.saturating_sub(self.at_ms);
        let from_ms = price_ms.max(covered_until_ms);
        let until_ms = price_ms.saturating_add(gap_ms).min(now_ms);
        let by_this_ms = until_ms.saturating_sub(from_ms);
        self.reading_ms = self.reading_ms.saturating_add(by_last_ms).saturating_add(by_this_ms);
        self.at_ms = now_ms.max(self.at_ms);
        self.price_ms = price_ms.max(self.price_ms);
    }

    /// How long two clocks have run together in a stretch of `wall_ms`, given how long each has:
    /// the stretch less the stops of either. Stops of both count twice: rather too
    /// slow than too fast.
    pub fn run_together_ms(wall_ms: u64, runs_ms: [u64; 2]) -> u64 {
        let stops_ms = runs_ms
            .iter()
            .fold(0u64, |sum, run_ms| sum.saturating_add(wall_ms.saturating_sub(*run_ms)));
        wall_ms.saturating_sub(stops_ms)
    }
}
