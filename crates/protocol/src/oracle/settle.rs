//! How a feed's price goes on: breaks, jumps that wait to be confirmed, sources that join (§ 2.4).

use super::{
    config::{FeedConfig, ANY_JUMP},
    feed::Feed,
    median::Median,
    sources::{distance_bps, verdict, Value, Verdict},
};
use crate::Error;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A price that waits to be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Quarantine {
    #[codec(compact)]
    pub price_wad: u128,
    #[codec(compact)]
    pub since_ms: u64,
    /// Time of the last update that counted, by the sources: since then a quorum has spoken anew
    /// where there is another.
    #[codec(compact)]
    pub newest_ms: u64,
    pub updates: u8,
    /// The same by the chain.
    #[codec(compact)]
    pub counted_ms: u64,
    /// Until when the values seen last are fresh: what nobody says any more does not stay.
    #[codec(compact)]
    pub good_until_ms: u64,
}

/// How far a price that waits may move, where any jump is believed.
const MAX_WAITING_BPS: u32 = 2_000;

/// What has become of a price that waits.
struct Waited {
    by_time: bool,
    by_updates: bool,
}

impl Quarantine {
    /// Notes that the sources say this now; another price begins anew.
    fn note(held: &mut Option<Self>, median: &Median, config: &FeedConfig, now_ms: u64) -> Waited {
        let spacing_ms = config.update_spacing_ms();
        let limit = match config.max_jump_bps {
            ANY_JUMP => MAX_WAITING_BPS,
            limit => limit,
        };
        let stays = held.as_ref().is_some_and(|held| {
            distance_bps(median.median_wad, held.price_wad) <= limit.into()
                && now_ms <= held.good_until_ms
        });
        let fresh = Self {
            price_wad: median.median_wad,
            since_ms: now_ms,
            newest_ms: median.time_ms,
            updates: 1,
            counted_ms: now_ms,
            good_until_ms: median.good_until_ms,
        };
        let Some(held) = held.as_mut().filter(|_| stays) else {
            *held = Some(fresh);
            return Waited { by_time: false, by_updates: false };
        };
        held.good_until_ms = median.good_until_ms;
        // Looking again is no update, and reports made or relayed together are one.
        if median.time_ms >= held.newest_ms.saturating_add(spacing_ms)
            && now_ms >= held.counted_ms.saturating_add(spacing_ms)
        {
            (held.newest_ms, held.counted_ms) = (median.time_ms, now_ms);
            held.updates = held.updates.saturating_add(1);
        }
        let waited_ms = now_ms.saturating_sub(held.since_ms);
        Waited {
            by_time: waited_ms >= config.confirm_ms,
            by_updates: held.updates >= config.confirm_updates
                && waited_ms >= config.least_confirm_ms(),
        }
    }
}

impl Feed {
    /// Makes the sources' values the price, if they may be: confirms or quarantines a jump, measures
    /// volatility, lets new sources join. After each report, and by anyone's poke.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    #[inline(never)]
    pub fn settle(&mut self, live: &[Option<Value>], now_ms: u64) -> Result<(), Error> {
        for (state, value) in self.sources.iter_mut().zip(live) {
            if let Some(value) = value {
                state.last = *value;
            }
        }
        if self.price_wad == 0 {
            return self.open(now_ms);
        }
        self.join(self.price_wad, now_ms);
        let own = self.median(&[], false, now_ms);
        if let Some(median) = self.claimed(own.as_ref(), now_ms) {
            // What the newcomers' values were a part of before is not known.
            self.sources.iter_mut().for_each(|state| state.basis_wad = 0);
            self.admit(&median, now_ms);
            return self.take_over(&median, true, now_ms);
        }
        let Some(median) = own else {
            // Seen to be good for nothing: that was a break, whatever is asked later.
            self.good_until_ms = 0;
            self.quarantine = None;
            return Ok(());
        };
        // Who disagrees says nothing: no price, no jump, no return.
        if median.flags(&self.config) == 0 {
            return Ok(());
        }
        if self.is_jump(median.median_wad, now_ms) {
            let waited = Quarantine::note(&mut self.quarantine, &median, &self.config, now_ms);
            if !waited.by_time && !waited.by_updates {
                return Ok(());
            }
        }
        let has_jumped = self.quarantine.is_some();
        self.take_over(&median, has_jumped, now_ms)
    }

    /// The first price is what the first quorum agrees on; who has said so has joined.
    fn open(&mut self, now_ms: u64) -> Result<(), Error> {
        let median = self.median(&[], true, now_ms);
        let Some(median) = median.filter(|median| median.flags(&self.config) != 0) else {
            return Ok(());
        };
        self.admit(&median, now_ms);
        self.take_over(&median, false, now_ms)
    }

    /// Makes a median the price.
    fn take_over(&mut self, median: &Median, has_jumped: bool, now_ms: u64) -> Result<(), Error> {
        self.measure(median, has_jumped, now_ms)?;
        if self.at_ms != 0 && (has_jumped || now_ms > self.good_until_ms) {
            self.good_since_ms = now_ms;
        }
        self.quarantine = None;
        (self.price_wad, self.at_ms) = (median.median_wad, now_ms);
        self.good_until_ms = median.good_until_ms;
        self.join(median.median_wad, now_ms);
        Ok(())
    }

    /// A price that must be believed although those who say so have not joined: where nobody is left
    /// who has, a quorum says it; otherwise a majority of all that there are, farther from the price
    /// than one may join. It is confirmed by time and by number, whoever they are.
    #[inline(never)]
    fn claimed(&mut self, own: Option<&Median>, now_ms: u64) -> Option<Median> {
        let verdicts = self.verdicts(&[], now_ms);
        let has_new = verdicts.iter().any(|(_, verdict)| *verdict == Verdict::NotJoined);
        let median = self.median(&[], true, now_ms).filter(|median| {
            let is_orphaned = self.sources.iter().all(|source| !source.joined);
            let majority = (self.sources.len() / 2).saturating_add(1);
            let least = if is_orphaned { 1 } else { majority };
            let own = own.filter(|own| own.flags(&self.config) != 0);
            let apart =
                own.map_or(u128::MAX, |own| distance_bps(median.median_wad, own.median_wad));
            median.agrees(&self.config)
                && median.kept >= least
                && apart > self.config.join_bps.into()
        });
        let Some(median) = median.filter(|_| has_new) else {
            self.claim = None;
            return None;
        };
        let waited = Quarantine::note(&mut self.claim, &median, &self.config, now_ms);
        if !waited.by_time || !waited.by_updates {
            return None;
        }
        self.claim = None;
        Some(median)
    }

    /// Lets sources count whose values are among those that agree.
    fn admit(&mut self, median: &Median, now_ms: u64) {
        for (config, state) in self.config.sources.iter().zip(&mut self.sources) {
            if verdict(config, state, &state.last, now_ms) == Verdict::NotJoined {
                state.joined = median.keeps(state.last.value_wad);
            }
        }
    }

    /// Lets sources count that have come near the price.
    fn join(&mut self, price_wad: u128, now_ms: u64) {
        let near_bps = self.config.join_bps;
        for (config, state) in self.config.sources.iter().zip(&mut self.sources) {
            if verdict(config, state, &state.last, now_ms) == Verdict::NotJoined {
                state.joined = distance_bps(state.last.value_wad, price_wad) <= near_bps.into();
            }
        }
    }
}
