//! What the oracle adapter says of an asset (§ 2.1).

use crate::{num::math::WAD, Error};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// What a price is good for. A price can be good enough to settle a sale and not good enough to
/// borrow against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum Use {
    /// Borrowing, and taking collateral out while in debt.
    Risk,
    /// Starting a liquidation.
    Liquidation,
    /// Selling collateral in a liquidation that runs.
    Settlement,
}

impl Use {
    /// The bit in [`Price::good_for`].
    pub const fn flag(self) -> u8 {
        match self {
            Use::Risk => 1,
            Use::Liquidation => 2,
            Use::Settlement => 4,
        }
    }

    /// The error when a price lacks this flag.
    pub const fn error(self) -> Error {
        match self {
            Use::Risk => Error::PriceNotGoodForRisk,
            Use::Liquidation => Error::PriceNotGoodForLiquidation,
            Use::Settlement => Error::PriceNotGoodForSettlement,
        }
    }
}

/// All flags of [`Price::good_for`].
pub const GOOD_FOR_ALL: u8 = 7;

/// The highest price believed: 10^12 dollars a token. Keeps every product far from overflow.
pub const MAX_PRICE_WAD: u128 = 1_000_000_000_000 * WAD;

/// One asset's price with its confidence band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Price {
    /// Wad dollars for one whole token.
    pub mid_wad: u128,
    /// Low end of the band: what collateral counts when risk is taken on.
    pub low_wad: u128,
    /// High end of the band: what debt counts when risk is taken on.
    pub high_wad: u128,
    /// The quorum-th newest time of the sources used, in Unix milliseconds: as many as must agree on
    /// it have spoken since. One that is late does not make it old, one that is early not new.
    pub time_ms: u64,
    /// Standard deviation of a day's return, wad, over a short and over a long while.
    pub fast_volatility_wad: u128,
    pub slow_volatility_wad: u128,
    /// Since when it has been good for liquidation without a break, in Unix milliseconds; 0 where
    /// it has always been.
    pub good_since_ms: u64,
    /// Which [`Use`]s it is good for, as a set of flags.
    pub good_for: u8,
}

impl Price {
    /// The volatility that new risk is measured by: the higher of the two.
    pub fn volatility_wad(&self) -> u128 {
        self.fast_volatility_wad.max(self.slow_volatility_wad)
    }

    /// A price without a band, good for everything.
    pub const fn exact(mid_wad: u128, time_ms: u64) -> Self {
        Self {
            mid_wad,
            low_wad: mid_wad,
            high_wad: mid_wad,
            time_ms,
            fast_volatility_wad: 0,
            slow_volatility_wad: 0,
            good_since_ms: 0,
            good_for: GOOD_FOR_ALL,
        }
    }

    /// Whether the price serves a purpose.
    pub const fn is_good_for(&self, purpose: Use) -> bool {
        self.good_for & purpose.flag() != 0
    }

    /// Checks that the price is one a market may compute with: positive, bounded, in its band.
    ///
    /// # Errors
    /// [`Error::PriceInvalid`].
    pub const fn validate(&self) -> Result<(), Error> {
        if self.low_wad == 0
            || self.low_wad > self.mid_wad
            || self.mid_wad > self.high_wad
            || self.high_wad > MAX_PRICE_WAD
        {
            return Err(Error::PriceInvalid);
        }
        Ok(())
    }
}
