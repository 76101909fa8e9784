//! A feed's sources: what is kept of each, and why its value counts or not (§ 2.2).

use super::config::SourceConfig;
use crate::{
    num::math::{mul_div_down, mul_div_up, pow10, BPS, WAD},
    oracle::price::MAX_PRICE_WAD,
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// The highest value believed: twice it must be a price, for the band.
const MAX_VALUE_WAD: u128 = MAX_PRICE_WAD / 2;

/// A source's last value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Value {
    #[codec(compact)]
    pub value_wad: u128,
    /// The source's own time, in Unix milliseconds; 0 before the first value.
    #[codec(compact)]
    pub time_ms: u64,
}

/// What is kept of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
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
    /// Only reports made after this are its: older ones may have been told before it was set up
    /// (again).
    #[codec(compact)]
    pub after_ms: u64,
    /// Its value as a part of the volatility's index, wad (§ 2.5); 0 before it has one.
    #[codec(compact)]
    pub basis_wad: u128,
}

/// Why a source's value counts or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
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

pub(super) fn verdict(
    config: &SourceConfig,
    state: &SourceState,
    value: &Value,
    now_ms: u64,
) -> Verdict {
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
pub(super) fn distance_bps(price_wad: u128, from_wad: u128) -> u128 {
    mul_div_up(price_wad.abs_diff(from_wad), BPS, from_wad).unwrap_or(u128::MAX)
}
