//! One asset's feed: its cell, its configuration, values in (§ 2.2). How one price is made of them is
//! in [`super::settle`].

use super::{
    config::FeedConfig,
    median::{Median, Voice},
    settle::Quarantine,
    sources::{distance_bps, normalised, verdict, SourceState, Value, Verdict},
    volatility::{Sample, Volatility, SAMPLE_MS},
};
use crate::{
    num::math::{add, mul_div_down, mul_div_up, sub, BPS},
    oracle::ANY_JUMP,
    Error, Price,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A feed's cell.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Feed {
    pub config: FeedConfig,
    /// In the order of the configuration.
    pub sources: Vec<SourceState>,
    /// The last confirmed price, and when it was taken; 0 before the first.
    #[codec(compact)]
    pub price_wad: u128,
    #[codec(compact)]
    pub at_ms: u64,
    /// Until when that price would be good without a newer value; sources that are asked are taken
    /// to go on until they are seen not to. 0 where it was seen to be good for nothing since.
    #[codec(compact)]
    pub good_until_ms: u64,
    /// Since when it has been good without a break.
    #[codec(compact)]
    pub good_since_ms: u64,
    pub quarantine: Option<Quarantine>,
    /// A price that sources agree on which have not joined, waiting to be confirmed.
    pub claim: Option<Quarantine>,
    pub fast: Volatility,
    pub slow: Volatility,
    /// Where volatility was measured from.
    pub sample: Sample,
    /// No signed report made up to then is a new source's: whoever was a source before may have told
    /// it, and everybody has it.
    #[codec(compact)]
    pub told_until_ms: u64,
}

impl Feed {
    /// A feed without values.
    ///
    /// # Errors
    /// Those of the configuration.
    pub fn new(config: FeedConfig) -> Result<Self, Error> {
        config.validate()?;
        let sources = Vec::from_iter(config.sources.iter().map(|_| SourceState::default()));
        Ok(Self {
            config,
            sources,
            price_wad: 0,
            at_ms: 0,
            good_until_ms: 0,
            good_since_ms: 0,
            quarantine: None,
            claim: None,
            fast: Volatility::default(),
            slow: Volatility::default(),
            sample: Sample::default(),
            told_until_ms: 0,
        })
    }

    /// A feed without values; its signed sources accept nothing that was signed before now.
    ///
    /// # Errors
    /// Those of the configuration.
    pub fn new_at(config: FeedConfig, now_ms: u64) -> Result<Self, Error> {
        let mut feed = Self::new(config)?;
        feed.told_until_ms = now_ms.saturating_sub(1);
        for (source, state) in feed.config.sources.iter().zip(&mut feed.sources) {
            if source.kind.is_signed() {
                state.after_ms = feed.told_until_ms;
            }
        }
        Ok(feed)
    }

    /// Replaces the configuration, where the time is not known: of a new source's reports those count
    /// that are newer than all that the feed has got from sources that sign.
    ///
    /// # Errors
    /// Those of the configuration.
    pub fn reconfigure(&mut self, config: FeedConfig) -> Result<(), Error> {
        self.reconfigure_at(config, 0)
    }

    /// Replaces the configuration. A reporter who stays keeps number and last time whatever else of
    /// them changes, and their value if it still means the same; new ones must come near the price
    /// before they count, and what they signed before now is not theirs to tell.
    ///
    /// # Errors
    /// Those of the configuration.
    pub fn reconfigure_at(&mut self, config: FeedConfig, now_ms: u64) -> Result<(), Error> {
        let mut next = Self::new(config)?;
        let held = self.config.sources.iter().zip(&self.sources);
        let signed = held.clone().filter(|(source, _)| source.kind.is_signed());
        let newest_ms = signed.map(|(_, state)| state.last.time_ms.max(state.after_ms)).max();
        let told_until_ms =
            self.told_until_ms.max(newest_ms.unwrap_or(0)).max(now_ms.saturating_sub(1));
        for (source, state) in next.config.sources.iter().zip(&mut next.sources) {
            let mut held = held.clone();
            match held.find(|(old, _)| old.kind.is_same_reporter(&source.kind)) {
                Some((old, kept)) => {
                    *state = *kept;
                    let means_the_same = (old.decimals, old.inverse)
                        == (source.decimals, source.inverse)
                        && old.kind.is_of_the_same(&source.kind);
                    if !means_the_same {
                        state.after_ms = kept.after_ms.max(kept.last.time_ms);
                        state.last = Value::default();
                        (state.joined, state.basis_wad) = (false, 0);
                    }
                    if !old.kind.is_signed() && source.kind.is_signed() {
                        state.after_ms = state.after_ms.max(told_until_ms);
                    }
                }
                None if source.kind.is_signed() => state.after_ms = told_until_ms,
                None => {}
            }
        }
        // What was good for as long as somebody could be asked ends with who could.
        if self.good_until_ms == u64::MAX
            && !next.config.sources.iter().any(|one| one.kind.is_asked())
        {
            self.good_until_ms = now_ms.max(self.at_ms);
        }
        self.config = next.config;
        self.sources = next.sources;
        self.told_until_ms = told_until_ms;
        self.claim = None;
        Ok(())
    }

    /// Takes in a source's value as it gives it. The price is not touched: see [`Feed::settle`].
    ///
    /// # Errors
    /// [`Error::UnknownSource`]; [`Error::PriceInvalid`] for zero or absurd values;
    /// [`Error::PriceOutOfOrder`] for a time in the future, not later than the last, or before a
    /// signed source was set up.
    pub fn report(
        &mut self,
        source: usize,
        value: u128,
        time_ms: u64,
        now_ms: u64,
    ) -> Result<(), Error> {
        let config = self.config.sources.get(source).ok_or(Error::UnknownSource)?;
        let state = self.sources.get_mut(source).ok_or(Error::UnknownSource)?;
        let value_wad = normalised(config, value)?;
        if time_ms > now_ms || time_ms <= state.last.time_ms.max(state.after_ms) {
            return Err(Error::PriceOutOfOrder);
        }
        state.last = Value { value_wad, time_ms };
        Ok(())
    }

    /// Takes in a value that a reporter has signed with a number.
    ///
    /// # Errors
    /// [`Error::NonceUsed`], and those of [`Feed::report`].
    pub fn report_signed(
        &mut self,
        source: usize,
        value: u128,
        time_ms: u64,
        nonce: u64,
        now_ms: u64,
    ) -> Result<(), Error> {
        if self.knows(source, nonce)? {
            return Err(Error::NonceUsed);
        }
        self.report(source, value, time_ms, now_ms)?;
        self.sources.get_mut(source).ok_or(Error::UnknownSource)?.nonce = nonce;
        Ok(())
    }

    /// Whether a source's report of this number is known already, or a later one is.
    ///
    /// # Errors
    /// [`Error::UnknownSource`].
    pub fn knows(&self, source: usize, nonce: u64) -> Result<bool, Error> {
        Ok(nonce <= self.sources.get(source).ok_or(Error::UnknownSource)?.nonce)
    }

    /// Notes a contract's sum of its price over time; where the window is over, the average becomes
    /// the source's value.
    ///
    /// # Errors
    /// As [`Feed::report`].
    pub fn report_sum(
        &mut self,
        source: usize,
        sum_wad_ms: u128,
        at_ms: u64,
        window_ms: u64,
        now_ms: u64,
    ) -> Result<(), Error> {
        let state = self.sources.get_mut(source).ok_or(Error::UnknownSource)?;
        let (began_wad_ms, began_ms) = (state.sum_wad_ms, state.sum_at_ms);
        let span_ms = at_ms.saturating_sub(began_ms);
        if began_ms != 0 && span_ms < window_ms {
            return Ok(());
        }
        (state.sum_wad_ms, state.sum_at_ms) = (sum_wad_ms, at_ms);
        if began_ms == 0 {
            return Ok(());
        }
        let average = sum_wad_ms.wrapping_sub(began_wad_ms).checked_div(u128::from(span_ms));
        self.report(source, average.ok_or(Error::DivisionByZero)?, at_ms.min(now_ms), now_ms)
    }

    /// Why each source counts or not, with its last value. `live` are values of sources that are
    /// asked when a price is: in the order of the sources, none for the others.
    pub fn verdicts(&self, live: &[Option<Value>], now_ms: u64) -> Vec<(Value, Verdict)> {
        let states = self.config.sources.iter().zip(&self.sources).enumerate();
        Vec::from_iter(states.map(|(place, (config, state))| {
            let value = live.get(place).copied().flatten().unwrap_or(state.last);
            (value, verdict(config, state, &value, now_ms))
        }))
    }

    /// Whether somebody has seen that it has no price any more, and nobody that it has one again.
    pub const fn is_broken(&self) -> bool {
        self.price_wad != 0 && self.good_until_ms == 0
    }

    /// The median of the sources that count, or also of those that have not joined.
    pub(super) fn median(
        &self,
        live: &[Option<Value>],
        with_new: bool,
        now_ms: u64,
    ) -> Option<Median> {
        let verdicts = self.verdicts(live, now_ms).into_iter();
        let speaking = verdicts.zip(&self.config.sources).filter(|((_, verdict), _)| {
            *verdict == Verdict::Counts || with_new && *verdict == Verdict::NotJoined
        });
        let voices =
            Vec::from_iter(speaking.map(|((value, _), config)| Voice::new(config, &value)));
        Median::of(voices, &self.config)
    }

    /// When a quorum has last spoken whose values count or are too old only: how long there has been no price
    /// is a matter of the sources' values, not of our looking (§ 2.4). 0 where none has.
    fn spoken_ms(&self, live: &[Option<Value>], now_ms: u64) -> u64 {
        let verdicts = self.verdicts(live, now_ms).into_iter().zip(&self.sources);
        let spoke = verdicts.filter(|((_, verdict), state)| {
            state.joined && matches!(verdict, Verdict::Counts | Verdict::TooOld)
        });
        let mut times_ms = Vec::from_iter(spoke.map(|((value, _), _)| value.time_ms.min(now_ms)));
        times_ms.sort_unstable_by(|a, b| b.cmp(a));
        let quorum = usize::from(self.config.quorum);
        times_ms.get(quorum.saturating_sub(1)).copied().unwrap_or(0)
    }

    /// What the market is told now. Looking changes nothing.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    #[inline(never)]
    pub fn price(&self, live: &[Option<Value>], now_ms: u64) -> Result<Price, Error> {
        let nothing = Price { good_for: 0, ..Price::exact(self.price_wad, self.at_ms) };
        let is_first = self.price_wad == 0;
        let mut price = match self.median(live, is_first, now_ms) {
            None => Price { time_ms: self.spoken_ms(live, now_ms).max(self.at_ms), ..nothing },
            Some(median) => {
                let Median { median_wad, low_wad, high_wad, time_ms, .. } = median;
                let band = u128::from(self.config.band_bps);
                let banded_low_wad = mul_div_down(median_wad, sub(BPS, band)?, BPS)?;
                let banded_high_wad = mul_div_up(median_wad, add(BPS, band)?, BPS)?;
                let is_unsettled = is_first || self.is_jump(median_wad, now_ms);
                Price {
                    low_wad: banded_low_wad.min(low_wad),
                    high_wad: banded_high_wad.max(high_wad),
                    good_for: if is_unsettled { 0 } else { median.flags(&self.config) },
                    ..Price::exact(median_wad, time_ms)
                }
            }
        };
        price.fast_volatility_wad = self.fast.daily_wad();
        price.slow_volatility_wad = self.slow.daily_wad();
        // A break that nobody has noted yet ends with the value that is asked for now.
        let unnoted = self.at_ms != 0 && price.good_for != 0 && price.time_ms > self.good_until_ms;
        price.good_since_ms = if unnoted { price.time_ms } else { self.good_since_ms };
        Ok(price)
    }

    /// Whether a price is too far from the last confirmed one, or from that of a minute ago: one who
    /// goes far in many small steps is as quick as one who jumps.
    pub(super) fn is_jump(&self, price_wad: u128, now_ms: u64) -> bool {
        let is_far = |from_wad| {
            from_wad != 0 && distance_bps(price_wad, from_wad) > self.config.max_jump_bps.into()
        };
        let is_sample_new = now_ms.saturating_sub(self.sample.at_ms) < SAMPLE_MS;
        self.config.max_jump_bps != ANY_JUMP
            && (is_far(self.price_wad) || is_sample_new && is_far(self.sample.price_wad))
    }
}
