//! The oracle: reports the market's price late and in steps, sometimes wrongly.
//!
//! Every mechanism gets the same reports for the same prices. What Breakwater's adapter makes of
//! them (quarantine, volatility) is computed by the protocol's own feed.

use crate::{mechanisms::Quote, scenario::OracleModel};
use anyhow::anyhow;
use breakwater_protocol::{
    oracle::{Feed, FeedConfig},
    Error, Price,
};
use std::collections::VecDeque;

/// How old a report may be: a day, since nobody is late but by the scenario's rules.
const MAX_AGE_MS: u64 = 24 * 60 * 60 * 1_000;
/// Half-width of the band around a price.
const BAND_BPS: u16 = 10;

/// One asset's oracle.
#[derive(Clone, Debug)]
pub struct Oracle {
    model: OracleModel,
    asset: usize,
    start_ms: u64,
    /// Market prices that are not old enough to be told.
    waiting: VecDeque<(u64, f64)>,
    reported_usd: f64,
    reported_ms: u64,
    feed: Feed,
}

impl Oracle {
    /// An oracle that has just reported the first price.
    ///
    /// # Errors
    /// A feed that the protocol refuses.
    pub fn new(
        model: &OracleModel,
        asset: usize,
        first_usd: f64,
        start_ms: u64,
    ) -> anyhow::Result<Self> {
        let config = feed_config(model);
        let mut oracle = Self {
            model: model.clone(),
            asset,
            start_ms,
            waiting: VecDeque::new(),
            reported_usd: first_usd,
            reported_ms: start_ms,
            feed: Feed::new(config).map_err(|error| anyhow!("the feed: {error:?}"))?,
        };
        oracle.report(first_usd, start_ms);
        Ok(oracle)
    }

    /// What the oracle says at a time when the market's price is `usd`.
    pub fn look(&mut self, usd: f64, now_ms: u64) -> Quote {
        self.waiting.push_back((now_ms, usd));
        let told_ms = now_ms.saturating_sub(self.model.delay_s * 1_000);
        while self.waiting.len() > 1 && self.waiting[1].0 <= told_ms {
            self.waiting.pop_front();
        }
        let seen = self.waiting.front().filter(|(at_ms, _)| *at_ms <= told_ms);
        let seen_usd = seen.map_or(self.reported_usd, |(_, usd)| *usd) * self.bad_print(now_ms);
        let moved = (seen_usd / self.reported_usd - 1.0).abs() * 1e4;
        let age_ms = now_ms - self.reported_ms;
        if moved >= self.model.deviation_bps || age_ms >= self.model.heartbeat_s * 1_000 {
            self.report(seen_usd, now_ms);
        }
        let judged = self.feed.price(&[], now_ms);
        let price_wad = wad(self.reported_usd);
        Quote {
            price_wad,
            time_ms: self.reported_ms,
            // A feed that can't even say that it has nothing good has nothing good.
            judged: judged.unwrap_or(Price { good_for: 0, ..Price::exact(price_wad, now_ms) }),
        }
    }

    fn report(&mut self, usd: f64, now_ms: u64) {
        (self.reported_usd, self.reported_ms) = (usd, now_ms);
        // A report that the feed refuses is none: the last one goes on to count.
        if self.feed.report(0, wad(usd), now_ms, now_ms).is_ok() {
            let _ = self.feed.settle(&[], now_ms);
        }
    }

    /// By how much what is reported is wrong.
    fn bad_print(&self, now_ms: u64) -> f64 {
        let hour = (now_ms - self.start_ms) as f64 / 3_600_000.0;
        let prints = self.model.prints.iter().filter(|print| {
            print.asset == self.asset
                && hour >= print.at_h
                && hour < print.at_h + print.minutes / 60.0
        });
        prints.map(|print| print.factor).product()
    }
}

/// What the adapter says of a feed's first price.
///
/// # Errors
/// A price that the protocol refuses.
pub fn opening(price_wad: u128, now_ms: u64) -> Result<Price, Error> {
    let mut feed = Feed::new(feed_config(&OracleModel::default()))?;
    feed.report(0, price_wad, now_ms, now_ms)?;
    feed.settle(&[], now_ms)?;
    feed.price(&[], now_ms)
}

/// The adapter's feed in a scenario.
pub fn feed_config(model: &OracleModel) -> FeedConfig {
    let mut config = FeedConfig::pushed([0; 32], MAX_AGE_MS, BAND_BPS);
    if model.max_jump_bps != 0 {
        config.max_jump_bps = model.max_jump_bps;
    }
    config
}

/// Dollars in wad, rounded down.
pub fn wad(usd: f64) -> u128 {
    (usd * 1e18) as u128
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Print;

    const MINUTE_MS: u64 = 60_000;
    const BEGIN_MS: u64 = 1_000 * MINUTE_MS;

    fn reported(model: &OracleModel, prices: &[f64]) -> Vec<f64> {
        let mut oracle = Oracle::new(model, 0, 100.0, BEGIN_MS).unwrap();
        let minutes = (1..).map(|minute| BEGIN_MS + minute * MINUTE_MS);
        let quotes = prices.iter().zip(minutes).map(|(usd, ms)| oracle.look(*usd, ms));
        quotes.map(|quote| quote.price_wad as f64 / 1e18).collect()
    }

    #[test]
    fn it_reports_what_has_moved_far_enough_or_is_old() {
        let model = OracleModel { heartbeat_s: 180, ..OracleModel::default() };
        assert_eq!(
            reported(&model, &[100.4, 100.6, 100.9, 100.8, 100.7]),
            [100.0, 100.6, 100.6, 100.6, 100.7]
        );
    }

    #[test]
    fn it_tells_what_was_some_time_ago() {
        let model = OracleModel { delay_s: 120, ..OracleModel::default() };
        assert_eq!(reported(&model, &[90.0, 80.0, 70.0, 60.0]), [100.0, 100.0, 90.0, 80.0]);
    }

    #[test]
    fn a_bad_print_is_believed_and_quarantined_by_the_adapter() {
        let print = Print { asset: 0, at_h: 0.05, minutes: 1.0, factor: 0.5 };
        let model = OracleModel { prints: vec![print], ..OracleModel::default() };
        let mut oracle = Oracle::new(&model, 0, 100.0, BEGIN_MS).unwrap();
        let quotes: Vec<Quote> =
            (1..6).map(|minute| oracle.look(100.0, BEGIN_MS + minute * MINUTE_MS)).collect();
        let prices: Vec<f64> = quotes.iter().map(|quote| quote.price_wad as f64 / 1e18).collect();
        assert_eq!(prices, [100.0, 100.0, 50.0, 100.0, 100.0]);
        let good: Vec<bool> = quotes.iter().map(|quote| quote.judged.good_for != 0).collect();
        assert_eq!(good, [true, true, false, true, true]);
    }
}
