//! A random world of one feed: honest reporters around a walk, a minority of liars who sign what they
//! like, strangers who relay anything in any order and again, people who poke, a governance that
//! reconfigures. Whatever they do, the honest ones' price stands.

use crate::common::{HOUR_MS, MINUTE_MS, START_MS};
use breakwater_protocol::{
    num::math::WAD,
    oracle::{
        price::{Use, GOOD_FOR_ALL},
        Feed, FeedConfig, SourceConfig, SourceKind,
    },
    Error,
};
use std::collections::BTreeMap;

/// splitmix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    /// A value by up to so many millionths more or less.
    fn near(&mut self, value: u128, ppm: u64) -> u128 {
        let part = u128::from(1_000_000 - ppm + self.roll(2 * ppm + 1));
        value * part / 1_000_000
    }
}

#[derive(Clone, Copy)]
struct Report {
    key: u8,
    value: u128,
    time_ms: u64,
    nonce: u64,
}

struct World {
    dice: Dice,
    feed: Feed,
    /// The honest ones alone: what there would be without liars.
    twin: Feed,
    honest: u8,
    liars: u8,
    fair_wad: u128,
    now_ms: u64,
    nonce: u64,
    /// All that was ever signed and taken in, or refused as out of order.
    told: Vec<Report>,
    replays: u32,
    /// By reporter: up to when nothing that they have signed may count (again).
    known_ms: BTreeMap<u8, u64>,
    /// Highest volatility with liars and without them.
    fast_wad: u128,
    twin_fast_wad: u128,
}

fn source(key: u8) -> SourceConfig {
    SourceConfig {
        kind: SourceKind::Sr25519 { key: [key; 32] },
        decimals: 18,
        inverse: false,
        max_age_ms: 10 * MINUTE_MS,
        min_wad: 0,
        max_wad: u128::MAX,
    }
}

fn config(keys: impl Iterator<Item = u8>, quorum: u8) -> FeedConfig {
    FeedConfig {
        sources: keys.map(source).collect(),
        quorum,
        max_spread_bps: 200,
        max_jump_bps: 1_500,
        join_bps: 200,
        ..FeedConfig::pushed([0; 32], MINUTE_MS, 10)
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let liars = 1 + u8::try_from(dice.roll(3)).unwrap();
        let honest = (liars + 1 + u8::try_from(dice.roll(3)).unwrap()).min(7 - liars);
        // From a majority to all honest ones.
        let least = (liars + honest) / 2 + 1;
        let quorum = least.min(honest);
        // Keys of the honest from 1, of liars from 101.
        let keys = (1..=honest).chain(101..=100 + liars);
        Self {
            dice,
            feed: Feed::new(config(keys, quorum)).unwrap(),
            twin: Feed::new(config(1..=honest, quorum.min(honest))).unwrap(),
            honest,
            liars,
            fair_wad: 200 * WAD,
            now_ms: START_MS,
            nonce: 0,
            told: Vec::new(),
            replays: 0,
            known_ms: BTreeMap::new(),
            fast_wad: 0,
            twin_fast_wad: 0,
        }
    }

    fn place(feed: &Feed, key: u8) -> Option<usize> {
        let is_its = |source: &SourceConfig| source.kind == SourceKind::Sr25519 { key: [key; 32] };
        feed.config.sources.iter().position(is_its)
    }

    fn relay(&mut self, report: Report) -> Result<(), Error> {
        let Report { key, value, time_ms, nonce } = report;
        let place = Self::place(&self.feed, key).ok_or(Error::UnknownSource)?;
        self.feed.report_signed(place, value, time_ms, nonce, self.now_ms)?;
        self.feed.settle(&[], self.now_ms)
    }

    fn sign(&mut self, key: u8, value: u128, time_ms: u64) {
        self.nonce += 1;
        let report = Report { key, value, time_ms, nonce: self.nonce };
        if self.relay(report).is_ok() {
            self.known_ms.insert(key, time_ms);
        }
        self.told.push(report);
    }

    fn honest_speaks(&mut self, key: u8) {
        let value = self.dice.near(self.fair_wad, 1_500);
        self.sign(key, value, self.now_ms);
        if let Some(place) = Self::place(&self.twin, key) {
            if self.twin.report(place, value, self.now_ms, self.now_ms).is_ok() {
                self.twin.settle(&[], self.now_ms).unwrap();
            }
        }
    }

    fn liar_speaks(&mut self) {
        let key = 101 + u8::try_from(self.dice.roll(self.liars.into())).unwrap();
        let value = match self.dice.roll(8) {
            0 => 0,
            1 => 1,
            2 => u128::MAX,
            3 => self.fair_wad * 50,
            4 => self.fair_wad / 50,
            // Up and down, just within and just beyond the limit.
            5 => self.fair_wad * (9_780 + u128::from(self.dice.roll(40))) / 10_000,
            6 => self.fair_wad * (10_180 + u128::from(self.dice.roll(40))) / 10_000,
            _ => self.dice.near(self.fair_wad, 20_000),
        };
        let time_ms = match self.dice.roll(4) {
            0 => self.now_ms.saturating_sub(self.dice.roll(20 * MINUTE_MS)),
            1 => self.now_ms + 1 + self.dice.roll(HOUR_MS),
            _ => self.now_ms,
        };
        self.sign(key, value, time_ms);
    }

    /// A stranger relays what was told before: nothing may move.
    fn replay(&mut self) {
        let place = self.dice.roll(self.told.len() as u64) as usize;
        let report = self.told[place];
        // Reports that never were accepted (of the future, or their source was not there) may be now.
        if report.time_ms > self.known_ms.get(&report.key).copied().unwrap_or(0) {
            assert!(report.key > 100, "an honest report was not taken in when it was told");
            return;
        }
        let before = self.feed.clone();
        self.relay(report).unwrap_err();
        assert_eq!(self.feed, before, "a replay has moved something");
        self.replays += 1;
    }

    fn govern(&mut self) {
        let mut config = self.feed.config.clone();
        match self.dice.roll(6) {
            0 => config.band_bps = 5 + u16::try_from(self.dice.roll(20)).unwrap(),
            1 => {
                let last = config.sources.len() - 1;
                config.sources.swap(0, last);
            }
            2 => config.sources.iter_mut().for_each(|source| source.max_wad -= 1),
            3 => config.sources.iter_mut().for_each(|source| source.max_age_ms ^= 1),
            // A liar goes, or is back.
            _ => {
                let before = config.sources.len();
                config.sources.retain(|source| source.kind != self::source(101).kind);
                if config.sources.len() == before {
                    config.sources.push(source(101));
                    let known_ms = self.known_ms.entry(101).or_default();
                    *known_ms = self.now_ms.saturating_sub(1).max(*known_ms);
                }
            }
        }
        if config.validate().is_ok() {
            self.feed.reconfigure_at(config, self.now_ms).unwrap();
        }
    }

    fn step(&mut self) {
        self.now_ms += 1 + self.dice.roll(20_000);
        // 0.05 % each ten seconds: some 4.6 % a day.
        self.fair_wad = self.dice.near(self.fair_wad, 800);
        match self.dice.roll(12) {
            0..=2 => self.liar_speaks(),
            3 | 4 => self.replay(),
            5 => self.feed.settle(&[], self.now_ms).unwrap(),
            6 if self.dice.roll(10) == 0 => self.govern(),
            7 => {
                // Several in one block, one of them again and again.
                for _ in 0..4 {
                    self.liar_speaks();
                    self.replay();
                }
            }
            _ => {}
        }
        // Honest ones speak twice a minute or so, and never stay away for four minutes.
        for key in 1..=self.honest {
            let place = Self::place(&self.feed, key).unwrap();
            let age_ms = self.now_ms - self.feed.sources[place].last.time_ms;
            if age_ms > 4 * MINUTE_MS || self.dice.roll(3) == 0 {
                self.honest_speaks(key);
            }
        }
        self.check();
    }

    fn check(&mut self) {
        let price = self.feed.price(&[], self.now_ms).unwrap();
        let said = (1..=self.honest)
            .map(|key| self.feed.sources[Self::place(&self.feed, key).unwrap()].last.value_wad);
        let (low_wad, high_wad) = (said.clone().min().unwrap(), said.max().unwrap());
        if price.is_good_for(Use::Settlement) {
            assert!((low_wad..=high_wad).contains(&price.mid_wad), "not what honest ones say");
        }
        assert!((low_wad..=high_wad).contains(&self.feed.price_wad) || self.is_behind());
        assert_eq!(price.good_for, GOOD_FOR_ALL, "an honest majority keeps it alive");
        assert_eq!(price.good_since_ms, 0, "there was no break");
        // A liar may widen the band by no more than the limit.
        assert!(price.low_wad >= low_wad * 97 / 100 && price.high_wad <= high_wad * 103 / 100);
        assert!(self.now_ms - price.time_ms <= 5 * MINUTE_MS);
        self.fast_wad = self.fast_wad.max(price.fast_volatility_wad);
        let twin = self.twin.price(&[], self.now_ms).unwrap();
        self.twin_fast_wad = self.twin_fast_wad.max(twin.fast_volatility_wad);
    }

    /// Since the last settling honest values have grown no older than that; the price is the one then.
    fn is_behind(&self) -> bool {
        self.feed.at_ms < self.now_ms
    }
}

#[test]
fn an_honest_majority_is_neither_moved_nor_stopped() {
    let steps = std::env::var("ORACLE_STEPS").ok().and_then(|steps| steps.parse().ok());
    let steps: u64 = steps.unwrap_or(40_000);
    let (mut replays, mut worst) = (0, 0.0f64);
    for seed in 0..20 {
        let mut world = World::new(seed);
        // In any order, liars in between.
        for key in 1..=world.honest {
            if world.dice.roll(2) == 0 {
                world.liar_speaks();
            }
            world.honest_speaks(key);
        }
        for _ in 0..steps / 20 {
            world.step();
        }
        replays += world.replays;
        let ratio = world.fast_wad as f64 / world.twin_fast_wad as f64;
        eprintln!(
            "seed {seed}: {} honest, {} liars: {ratio:.2} ({:.3})",
            world.honest,
            world.liars,
            world.twin_fast_wad as f64 / 1e18
        );
        worst = worst.max(ratio);
    }
    assert!(u64::from(replays) > steps / 10, "{replays}");
    assert!(worst < 1.5, "liars make volatility: {worst}");
}
