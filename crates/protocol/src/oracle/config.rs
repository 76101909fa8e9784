//! What a feed is made from (§ 2.2).

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use crate::num::time::{DAY_MS, MINUTE_MS};
use crate::{
    num::math::BPS,
    oracle::redstone::{Name, Signer},
    AccountId, Error,
};
use alloc::{string::String, vec::Vec};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Most sources of a feed.
pub const MAX_SOURCES: usize = 7;
/// Longest symbol of a source, in bytes.
pub const MAX_SYMBOL: usize = 32;
/// As a jump: none is too far.
pub const ANY_JUMP: u32 = u32::MAX;

/// Where values come from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum SourceKind {
    /// One key pushes them: for local networks.
    #[codec(index = 0)]
    Pushed { key: AccountId },
    /// A reporter signs them with sr25519, anyone relays.
    #[codec(index = 1)]
    Sr25519 { key: [u8; 32] },
    /// A reporter signs them with ECDSA over secp256k1, anyone relays.
    #[codec(index = 2)]
    Ecdsa { key: [u8; 33] },
    /// DIA's oracle contract, asked when a price is asked for.
    #[codec(index = 3)]
    Dia { contract: AccountId, symbol: String },
    /// A contract on this chain that keeps the sum of its price over time: only its average over
    /// at least the window counts.
    #[codec(index = 4)]
    Twap {
        contract: AccountId,
        #[codec(compact)]
        window_ms: u64,
    },
    /// A signer of RedStone's, by Ethereum address, and what its values are of there; anyone relays its
    /// packages.
    #[codec(index = 5)]
    Redstone { signer: Signer, name: Name },
}

impl SourceKind {
    /// Whether two are one voice: the same key, however it comes in, the same pair of the same DIA
    /// contract, the average of the same contract. A quorum of one voice is none.
    pub fn is_same_reporter(&self, other: &Self) -> bool {
        use SourceKind::{Dia, Ecdsa, Pushed, Redstone, Sr25519, Twap};
        match (self, other) {
            (Pushed { key } | Sr25519 { key }, Pushed { key: its } | Sr25519 { key: its }) => {
                key == its
            }
            (Ecdsa { key }, Ecdsa { key: its }) => key == its,
            (Dia { contract, symbol }, Dia { contract: its, symbol: its_symbol }) => {
                contract == its && symbol == its_symbol
            }
            (Twap { contract, .. }, Twap { contract: its, .. }) => contract == its,
            (Redstone { signer, .. }, Redstone { signer: its, .. }) => signer == its,
            _ => false,
        }
    }

    /// Whether anyone may bring in its reports: then an old one must be known for what it is.
    pub const fn is_signed(&self) -> bool {
        matches!(self, Self::Sr25519 { .. } | Self::Ecdsa { .. } | Self::Redstone { .. })
    }

    /// Whether a reporter's value means the same under both.
    pub fn is_of_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Redstone { name, .. }, Self::Redstone { name: its, .. }) => name == its,
            _ => true,
        }
    }

    /// Whether it is asked when a price is: of its values only those are known that somebody has
    /// asked for.
    pub const fn is_asked(&self) -> bool {
        matches!(self, Self::Dia { .. })
    }
}

/// One source of a feed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct SourceConfig {
    pub kind: SourceKind,
    /// Decimals of its values; 18 are wad.
    pub decimals: u8,
    /// It gives the price of a dollar in the asset.
    pub inverse: bool,
    /// From what age on its last value does not count.
    #[codec(compact)]
    pub max_age_ms: u64,
    /// Its own bounds, wad: a value at or beyond one of them is a failed source.
    #[codec(compact)]
    pub min_wad: u128,
    #[codec(compact)]
    pub max_wad: u128,
}

/// How a feed makes one price of its sources.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct FeedConfig {
    pub sources: Vec<SourceConfig>,
    /// Least number of sources that must count.
    pub quorum: u8,
    /// Half-width of the confidence band where sources agree.
    pub band_bps: u16,
    /// Distance of the highest from the lowest value, as a part of the median, from which on no
    /// risk is taken; from three times that on, nothing is liquidated.
    pub max_spread_bps: u16,
    /// Distance from the last confirmed price beyond which a price is quarantined.
    #[codec(compact)]
    pub max_jump_bps: u32,
    /// A quarantined price is confirmed by staying for this long,
    #[codec(compact)]
    pub confirm_ms: u64,
    /// or by so many updates, in a third of that time at least.
    pub confirm_updates: u8,
    /// How near a new source must come to the price before it counts.
    pub join_bps: u16,
    /// Half-lives of the two volatilities.
    #[codec(compact)]
    pub fast_half_life_ms: u64,
    #[codec(compact)]
    pub slow_half_life_ms: u64,
    /// The price is in this token: it is multiplied by that token's price.
    pub cross: Option<AccountId>,
}

impl FeedConfig {
    /// A feed of one key's pushed values, as local networks have it.
    pub fn pushed(key: AccountId, max_age_ms: u64, band_bps: u16) -> Self {
        let source = SourceConfig {
            kind: SourceKind::Pushed { key },
            decimals: 18,
            inverse: false,
            max_age_ms,
            min_wad: 0,
            max_wad: u128::MAX,
        };
        Self {
            sources: Vec::from([source]),
            quorum: 1,
            band_bps,
            max_spread_bps: 200,
            max_jump_bps: ANY_JUMP,
            confirm_ms: 2 * MINUTE_MS,
            confirm_updates: 3,
            join_bps: 200,
            fast_half_life_ms: 10 * MINUTE_MS,
            slow_half_life_ms: 3 * DAY_MS,
            cross: None,
        }
    }

    /// The least time between two updates that confirm a quarantined price, both by the sources'
    /// times and by the blocks': reports made or relayed together are one.
    pub const fn update_spacing_ms(&self) -> u64 {
        self.confirm_ms / 12
    }

    /// The least time in which updates confirm a quarantined price.
    pub const fn least_confirm_ms(&self) -> u64 {
        self.confirm_ms / 3
    }

    /// # Errors
    /// [`Error::FeedOutOfRange`]: no source or too many, one reporter twice, a quorum that can't be
    /// met, times or bounds that make no sense; [`Error::BpsOutOfRange`].
    pub fn validate(&self) -> Result<(), Error> {
        let sane = |source: &SourceConfig| {
            let kind = match &source.kind {
                SourceKind::Dia { symbol, .. } => symbol.len() <= MAX_SYMBOL,
                SourceKind::Twap { window_ms, .. } => {
                    (MINUTE_MS..=DAY_MS).contains(window_ms) && source.max_age_ms > *window_ms
                }
                _ => true,
            };
            kind && source.decimals <= 36
                && (1_000..=7 * DAY_MS).contains(&source.max_age_ms)
                && source.min_wad < source.max_wad
        };
        let has_twins = self.sources.iter().enumerate().any(|(place, source)| {
            let others = self.sources.iter().skip(place.saturating_add(1));
            others.into_iter().any(|other| source.kind.is_same_reporter(&other.kind))
        });
        if self.sources.is_empty()
            || has_twins
            || self.sources.len() > MAX_SOURCES
            || self.quorum == 0
            || usize::from(self.quorum) > self.sources.len()
            || !self.sources.iter().all(sane)
            || self.max_jump_bps == 0
            || self.confirm_updates == 0
            || !(MINUTE_MS / 2..=DAY_MS).contains(&self.confirm_ms)
            || !(MINUTE_MS..=DAY_MS).contains(&self.fast_half_life_ms)
            || !(self.fast_half_life_ms..=90 * DAY_MS).contains(&self.slow_half_life_ms)
        {
            return Err(Error::FeedOutOfRange);
        }
        let parts = [self.band_bps, self.max_spread_bps, self.join_bps];
        if parts.iter().any(|bps| u128::from(*bps) >= BPS) {
            return Err(Error::BpsOutOfRange);
        }
        Ok(())
    }
}
