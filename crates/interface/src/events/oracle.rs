//! Events of the oracle adapter.

use super::signed;
use breakwater_protocol::oracle::FeedConfig;
use ink_primitives::AccountId;

/// A source's value was taken in.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct ValueReported {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub token: AccountId,
    pub source: u8,
    /// In the source's own decimals.
    pub value: u128,
    pub time_ms: u64,
}

/// A feed's price moved, or was quarantined.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct PriceSettled {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub token: AccountId,
    /// The last confirmed price.
    pub price_wad: u128,
    /// A price far from it that waits to be confirmed.
    pub quarantined_wad: Option<u128>,
}

/// A feed was set up, or its configuration replaced.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct FeedConfigured {
    #[cfg_attr(feature = "ink", ink(topic))]
    pub token: AccountId,
    pub config: FeedConfig,
}

signed! {
    ValueReported("AccountId,u8,u128,u64"),
    PriceSettled("AccountId,u128,Option<u128>"),
    FeedConfigured("AccountId,FeedConfig"),
}
