//! One asset's feed: values of its sources in, one price with flags out (§ 2.3, § 2.4).

use super::{
    config::{FeedConfig, SourceConfig, ANY_JUMP},
    volatility::{squared_log_return_wad, Volatility},
};
use crate::{
    math::{add, mul_div_down, mul_div_up, pow10, sub, BPS, WAD},
    price::{Price, Use, GOOD_FOR_ALL, MAX_PRICE_WAD},
    Error,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// The highest value believed: twice it must be a price, for the band.
const MAX_VALUE_WAD: u128 = MAX_PRICE_WAD / 2;

/// A source's last value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Value {
    #[codec(compact)]
    pub value_wad: u128,
    /// The source's own time, in Unix milliseconds; 0 before the first value.
    #[codec(compact)]
    pub time_ms: u64,
}

/// What is kept of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct SourceState {
    pub last: Value,
    /// Highest number that its reporter has signed with.
    #[codec(compact)]
    pub nonce: u64,
    /// It has agreed with the price once: it counts.
    pub joined: bool,
    /// Where an average began: the contract's sum, and its time.
    #[codec(compact)]
    pub sum_wad_ms: u128,
    #[codec(compact)]
    pub sum_at_ms: u64,
}

/// Why a source's value counts or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum Verdict {
    Counts,
    /// It has given none yet.
    Missing,
    TooOld,
    /// It is at its own lowest or highest value: a source that can't follow the market.
    AtItsBound,
    /// It has not agreed with the price yet.
    NotJoined,
    /// Zero, absurd, or of the future.
    Invalid,
}

/// A price far from the last, waiting to be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Quarantine {
    #[codec(compact)]
    pub price_wad: u128,
    #[codec(compact)]
    pub since_ms: u64,
    /// Newest value seen: only newer ones are updates.
    #[codec(compact)]
    pub newest_ms: u64,
    pub updates: u8,
}

/// A feed's cell.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Feed {
    pub config: FeedConfig,
    /// In the order of the configuration.
    pub sources: Vec<SourceState>,
    /// The last confirmed price, and when it was taken; 0 before the first.
    #[codec(compact)]
    pub price_wad: u128,
    #[codec(compact)]
    pub at_ms: u64,
    /// Until when that price would be good without a newer value.
    #[codec(compact)]
    pub good_until_ms: u64,
    /// Since when it has been good without a break.
    #[codec(compact)]
    pub good_since_ms: u64,
    pub quarantine: Option<Quarantine>,
    pub fast: Volatility,
    pub slow: Volatility,
}

/// What the sources say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Median {
    median_wad: u128,
    low_wad: u128,
    high_wad: u128,
    oldest_ms: u64,
    newest_ms: u64,
    /// Until when enough of them are fresh.
    good_until_ms: u64,
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
            fast: Volatility::default(),
            slow: Volatility::default(),
        })
    }

    /// Replaces the configuration. Sources that stay as they were keep their values; new ones must
    /// come near the price before they count.
    ///
    /// # Errors
    /// Those of the configuration.
    pub fn reconfigure(&mut self, config: FeedConfig) -> Result<(), Error> {
        let mut next = Self::new(config)?;
        for (source, state) in next.config.sources.iter().zip(&mut next.sources) {
            let old = self.config.sources.iter().zip(&self.sources);
            if let Some((_, kept)) = old.into_iter().find(|(held, _)| *held == source) {
                *state = *kept;
            }
        }
        self.config = next.config;
        self.sources = next.sources;
        Ok(())
    }

    /// Takes in a source's value as it gives it. The price is not touched: see [`Feed::settle`].
    ///
    /// # Errors
    /// [`Error::UnknownSource`]; [`Error::PriceInvalid`] for zero or absurd values;
    /// [`Error::PriceOutOfOrder`] for a time in the future or not later than the last.
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
        if time_ms > now_ms || time_ms <= state.last.time_ms {
            return Err(Error::PriceOutOfOrder);
        }
        state.last = Value { value_wad, time_ms };
        Ok(())
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

    /// What the market is told now. Looking changes nothing.
    #[inline(never)]
    pub fn price(&self, live: &[Option<Value>], now_ms: u64) -> Result<Price, Error> {
        let nothing = Price { good_for: 0, ..Price::exact(self.price_wad, self.at_ms) };
        let mut price = match self.median(live, now_ms)? {
            None => nothing,
            Some(median) => {
                let Median { median_wad, low_wad, high_wad, oldest_ms, .. } = median;
                let band = u128::from(self.config.band_bps);
                let banded_low_wad = mul_div_down(median_wad, sub(BPS, band)?, BPS)?;
                let banded_high_wad = mul_div_up(median_wad, add(BPS, band)?, BPS)?;
                let good_for = if self.is_jump(median_wad) { 0 } else { self.flags(&median) };
                Price {
                    low_wad: banded_low_wad.min(low_wad),
                    high_wad: banded_high_wad.max(high_wad),
                    good_for,
                    ..Price::exact(median_wad, oldest_ms)
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

    /// Makes the sources' values the price, if they may be: confirms or quarantines a jump, measures
    /// volatility, lets new sources join. After each report, and by anyone's poke.
    #[inline(never)]
    pub fn settle(&mut self, live: &[Option<Value>], now_ms: u64) -> Result<(), Error> {
        for (state, value) in self.sources.iter_mut().zip(live) {
            if let Some(value) = value {
                state.last = *value;
            }
        }
        if self.price_wad == 0 {
            // The first price is what the first quorum says.
            for state in &mut self.sources {
                state.joined = true;
            }
        } else {
            self.join(self.price_wad, now_ms);
        }
        let Some(median) = self.median(&[], now_ms)? else {
            if self.price_wad == 0 {
                self.sources.iter_mut().for_each(|state| state.joined = false);
            }
            return Ok(());
        };
        if self.is_jump(median.median_wad) && !self.confirms(&median, now_ms) {
            return Ok(());
        }
        let jumped = self.quarantine.take().is_some();
        if self.price_wad != 0 {
            let squared_wad = squared_log_return_wad(median.median_wad, self.price_wad)?;
            let passed_ms = now_ms.saturating_sub(self.at_ms);
            self.fast.update(squared_wad, passed_ms, self.config.fast_half_life_ms)?;
            self.slow.update(squared_wad, passed_ms, self.config.slow_half_life_ms)?;
        }
        if self.at_ms != 0 && (jumped || now_ms > self.good_until_ms) {
            self.good_since_ms = now_ms;
        }
        // Within the same millisecond a return would be lost: it waits for the next.
        if now_ms > self.at_ms {
            (self.price_wad, self.at_ms) = (median.median_wad, now_ms);
        }
        self.good_until_ms = median.good_until_ms;
        self.join(median.median_wad, now_ms);
        Ok(())
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

    /// Notes a price that has jumped; whether it is confirmed now.
    fn confirms(&mut self, median: &Median, now_ms: u64) -> bool {
        let price_wad = median.median_wad;
        let limit = u128::from(self.config.max_jump_bps);
        match &mut self.quarantine {
            Some(held) if distance_bps(price_wad, held.price_wad) <= limit => {
                // Looking again is no update.
                if median.newest_ms > held.newest_ms {
                    held.newest_ms = median.newest_ms;
                    held.updates = held.updates.saturating_add(1);
                }
                now_ms.saturating_sub(held.since_ms) >= self.config.confirm_ms
                    || held.updates >= self.config.confirm_updates
            }
            _ => {
                self.quarantine = Some(Quarantine {
                    price_wad,
                    since_ms: now_ms,
                    newest_ms: median.newest_ms,
                    updates: 1,
                });
                false
            }
        }
    }

    fn is_jump(&self, price_wad: u128) -> bool {
        let limit = self.config.max_jump_bps;
        self.price_wad != 0
            && limit != ANY_JUMP
            && distance_bps(price_wad, self.price_wad) > u128::from(limit)
    }

    /// What a price is good for, by how far apart its sources are.
    fn flags(&self, median: &Median) -> u8 {
        let limit = u128::from(self.config.max_spread_bps);
        let apart = median.high_wad.saturating_sub(median.low_wad);
        let spread_bps = mul_div_up(apart, BPS, median.median_wad).unwrap_or(u128::MAX);
        if spread_bps > limit.saturating_mul(3) {
            0
        } else if spread_bps > limit {
            GOOD_FOR_ALL & !Use::Risk.flag()
        } else {
            GOOD_FOR_ALL
        }
    }

    /// The median of the values that count; `None` without a quorum.
    fn median(&self, live: &[Option<Value>], now_ms: u64) -> Result<Option<Median>, Error> {
        let mut values: Vec<u128> = Vec::new();
        let mut ends_ms: Vec<u64> = Vec::new();
        let (mut oldest_ms, mut newest_ms) = (u64::MAX, 0);
        for ((value, verdict), config) in
            self.verdicts(live, now_ms).into_iter().zip(&self.config.sources)
        {
            if verdict == Verdict::Counts {
                values.push(value.value_wad);
                ends_ms.push(value.time_ms.saturating_add(config.max_age_ms));
                oldest_ms = oldest_ms.min(value.time_ms);
                newest_ms = newest_ms.max(value.time_ms);
            }
        }
        if values.len() < usize::from(self.config.quorum) {
            return Ok(None);
        }
        values.sort_unstable();
        ends_ms.sort_unstable();
        let last = values.len().saturating_sub(1);
        let at = |place: usize| values.get(place).copied().ok_or(Error::PriceMissing);
        let (below_wad, above_wad) = (at(last / 2)?, at(last.div_ceil(2))?);
        // The quorum holds until so many have grown old that too few are left.
        let spare = values.len().saturating_sub(usize::from(self.config.quorum));
        Ok(Some(Median {
            median_wad: below_wad.midpoint(above_wad),
            low_wad: at(0)?,
            high_wad: at(last)?,
            oldest_ms,
            newest_ms,
            good_until_ms: ends_ms.get(spare).copied().unwrap_or(0),
        }))
    }
}

fn verdict(config: &SourceConfig, state: &SourceState, value: &Value, now_ms: u64) -> Verdict {
    if value.time_ms == 0 {
        Verdict::Missing
    } else if value.value_wad == 0 || value.value_wad > MAX_VALUE_WAD || value.time_ms > now_ms {
        Verdict::Invalid
    } else if now_ms.saturating_sub(value.time_ms) > config.max_age_ms {
        Verdict::TooOld
    } else if value.value_wad <= config.min_wad || value.value_wad >= config.max_wad {
        Verdict::AtItsBound
    } else if !state.joined {
        Verdict::NotJoined
    } else {
        Verdict::Counts
    }
}

/// A source's value in wad dollars, rounded down.
///
/// # Errors
/// [`Error::PriceInvalid`] for zero or absurd ones.
pub fn normalised(config: &SourceConfig, value: u128) -> Result<u128, Error> {
    let unit = pow10(config.decimals)?;
    let value_wad = if config.inverse {
        mul_div_down(unit, WAD, value)
    } else {
        mul_div_down(value, WAD, unit)
    };
    match value_wad {
        Ok(value_wad @ 1..=MAX_VALUE_WAD) => Ok(value_wad),
        _ => Err(Error::PriceInvalid),
    }
}

/// How far a price is from another, as a part of that, in basis points, rounded up.
fn distance_bps(price_wad: u128, from_wad: u128) -> u128 {
    mul_div_up(price_wad.abs_diff(from_wad), BPS, from_wad).unwrap_or(u128::MAX)
}

/// The price of an asset quoted in another: the product, with both bands and the weaker flags.
///
/// # Errors
/// [`Error::Overflow`].
pub fn crossed(price: &Price, quote: &Price) -> Result<Price, Error> {
    let breaks = [price, quote].map(|part| part.good_since_ms);
    Ok(Price {
        mid_wad: mul_div_down(price.mid_wad, quote.mid_wad, WAD)?,
        low_wad: mul_div_down(price.low_wad, quote.low_wad, WAD)?,
        high_wad: mul_div_up(price.high_wad, quote.high_wad, WAD)?,
        time_ms: price.time_ms.min(quote.time_ms),
        // The sum is no less than the root of the sum of squares, whatever moves together.
        fast_volatility_wad: add(price.fast_volatility_wad, quote.fast_volatility_wad)?,
        slow_volatility_wad: add(price.slow_volatility_wad, quote.slow_volatility_wad)?,
        good_since_ms: breaks[0].max(breaks[1]),
        good_for: price.good_for & quote.good_for,
    })
}
