//! One token's last price and the rules by which a newer one replaces it.

use breakwater_protocol::{
    math::{add, mul_div_down, mul_div_up, sub, BPS},
    price::{GOOD_FOR_ALL, MAX_PRICE_WAD},
    Error, Price,
};

/// The last price accepted for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "std", derive(ink::storage::traits::StorageLayout))]
pub struct Feed {
    pub price_wad: u128,
    pub time_ms: u64,
}

impl Feed {
    /// Checks a new price against the last.
    pub fn accept(
        last: Option<Self>,
        price_wad: u128,
        time_ms: u64,
        now_ms: u64,
    ) -> Result<Self, Error> {
        // Twice, because the band's high end must be believable too.
        if price_wad == 0 || price_wad > MAX_PRICE_WAD / 2 {
            return Err(Error::PriceInvalid);
        }
        let earliest = last.map_or(0, |last| last.time_ms.saturating_add(1));
        if time_ms > now_ms || time_ms < earliest {
            return Err(Error::PriceOutOfOrder);
        }
        Ok(Self { price_wad, time_ms })
    }

    /// What the market is told.
    pub fn price(&self, now_ms: u64, max_age_ms: u64, band_bps: u16) -> Result<Price, Error> {
        let band = u128::from(band_bps);
        let fresh = now_ms.saturating_sub(self.time_ms) <= max_age_ms;
        Ok(Price {
            mid_wad: self.price_wad,
            low_wad: mul_div_down(self.price_wad, sub(BPS, band)?, BPS)?,
            high_wad: mul_div_up(self.price_wad, add(BPS, band)?, BPS)?,
            time_ms: self.time_ms,
            // This feed knows single prices only.
            fast_volatility_wad: 0,
            slow_volatility_wad: 0,
            good_for: if fresh { GOOD_FOR_ALL } else { 0 },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_protocol::math::WAD;

    #[test]
    fn first_price_is_accepted_up_to_now() {
        assert!(Feed::accept(None, WAD, 1_000, 1_000).is_ok());
        assert_eq!(Feed::accept(None, WAD, 1_001, 1_000), Err(Error::PriceOutOfOrder));
    }

    #[test]
    fn older_or_equal_times_are_refused() {
        let last = Some(Feed { price_wad: WAD, time_ms: 500 });
        assert_eq!(Feed::accept(last, WAD, 500, 1_000), Err(Error::PriceOutOfOrder));
        assert_eq!(Feed::accept(last, WAD, 499, 1_000), Err(Error::PriceOutOfOrder));
        assert!(Feed::accept(last, WAD, 501, 1_000).is_ok());
    }

    #[test]
    fn zero_and_absurd_prices_are_refused() {
        assert_eq!(Feed::accept(None, 0, 1, 1), Err(Error::PriceInvalid));
        assert_eq!(Feed::accept(None, u128::MAX, 1, 1), Err(Error::PriceInvalid));
    }

    #[test]
    fn an_old_price_is_good_for_nothing_but_still_known() {
        let feed = Feed { price_wad: 200 * WAD, time_ms: 1_000 };
        let fresh = feed.price(61_000, 60_000, 50).expect("fits");
        assert_eq!(fresh.good_for, GOOD_FOR_ALL);
        // 0.5 % of 200 is 1.
        assert_eq!((fresh.low_wad, fresh.high_wad), (199 * WAD, 201 * WAD));
        let stale = feed.price(61_001, 60_000, 50).expect("fits");
        assert_eq!((stale.good_for, stale.mid_wad), (0, 200 * WAD));
    }
}
