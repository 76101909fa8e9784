//! The price-oracle adapter: the market asks it one question, [`prices`](oracle::Oracle::prices).
//!
//! Prices come from a pushed feed with one authorised key. Each is kept with the time its source
//! gave it and refused when it is out of order; one that has grown too old stays readable but is
//! good for nothing.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

mod feed;

pub use feed::Feed;

#[ink::contract]
pub mod oracle {
    use crate::feed::Feed;
    use breakwater_protocol::{Error, Price};
    use ink::{prelude::vec::Vec, storage::Mapping};

    /// A price was accepted.
    #[ink(event)]
    pub struct PricePushed {
        #[ink(topic)]
        pub token: AccountId,
        pub price_wad: u128,
        pub time_ms: u64,
    }

    /// The authorised key was replaced.
    #[ink(event)]
    pub struct FeederSet {
        #[ink(topic)]
        pub feeder: AccountId,
    }

    #[ink(storage)]
    pub struct Oracle {
        owner: AccountId,
        feeder: AccountId,
        /// Age at which a price stops being good for anything.
        max_age_ms: u64,
        /// Half-width of the confidence band, as a part of the price.
        band_bps: u16,
        feeds: Mapping<AccountId, Feed>,
    }

    impl Oracle {
        /// An adapter whose owner is the caller. `band_bps` is the half-width of the confidence
        /// band, below 10,000.
        #[ink(constructor)]
        pub fn new(feeder: AccountId, max_age_ms: u64, band_bps: u16) -> Result<Self, Error> {
            if band_bps >= 10_000 {
                return Err(Error::BpsOutOfRange);
            }
            let owner = Self::env().caller();
            Ok(Self { owner, feeder, max_age_ms, band_bps, feeds: Mapping::new() })
        }

        /// Prices of tokens, in the order asked; `None` where there never was one. A price older
        /// than `max_age_ms` has no flag set.
        #[ink(message)]
        pub fn prices(&self, tokens: Vec<AccountId>) -> Vec<Option<Price>> {
            let now_ms = self.env().block_timestamp();
            tokens
                .into_iter()
                .map(|token| {
                    let feed = self.feeds.get(token)?;
                    feed.price(now_ms, self.max_age_ms, self.band_bps).ok()
                })
                .collect()
        }

        /// Reports prices: token, wad dollars a whole token, time of the price in Unix
        /// milliseconds. Only the feeder. All are accepted or none.
        ///
        /// Errors: `NotFeeder`; `PriceInvalid` for zero or absurd prices; `PriceOutOfOrder` for
        /// a time in the future or not later than the last one.
        #[ink(message)]
        pub fn push(&mut self, reports: Vec<(AccountId, u128, u64)>) -> Result<(), Error> {
            if self.env().caller() != self.feeder {
                return Err(Error::NotFeeder);
            }
            let now_ms = self.env().block_timestamp();
            for (token, price_wad, time_ms) in reports {
                let feed = Feed::accept(self.feeds.get(token), price_wad, time_ms, now_ms)?;
                self.feeds.insert(token, &feed);
                self.env().emit_event(PricePushed { token, price_wad, time_ms });
            }
            Ok(())
        }

        /// Replaces the authorised key. Only the owner.
        #[ink(message)]
        pub fn set_feeder(&mut self, feeder: AccountId) -> Result<(), Error> {
            if self.env().caller() != self.owner {
                return Err(Error::NotOwner);
            }
            self.feeder = feeder;
            self.env().emit_event(FeederSet { feeder });
            Ok(())
        }

        /// The authorised key.
        #[ink(message)]
        pub fn feeder(&self) -> AccountId {
            self.feeder
        }
    }
}
