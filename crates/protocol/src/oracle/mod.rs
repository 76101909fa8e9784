//! The price-oracle adapter's rules: from many sources to one price (§ 2).

pub mod config;
mod cross;
pub mod feed;
mod median;
pub mod price;
pub mod redstone;
pub mod settle;
pub mod sources;
pub mod volatility;

pub use config::{FeedConfig, SourceConfig, SourceKind, ANY_JUMP, MAX_SOURCES};
pub use cross::crossed;
pub use feed::Feed;
pub use settle::Quarantine;
pub use sources::{normalised, SourceState, Value, Verdict};
pub use volatility::{squared_log_return_wad, Sample, Volatility};

use crate::AccountId;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// What a reporter signs: the encoding of this, hashed with BLAKE2b-256. Adapter and chain are in
/// it, so it is worth nothing elsewhere; the number must rise, so it is worth nothing again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Report {
    /// Genesis hash of the chain.
    pub chain: [u8; 32],
    /// Address of the adapter.
    pub adapter: AccountId,
    pub token: AccountId,
    /// In the source's own decimals.
    pub value: u128,
    /// Unix milliseconds.
    pub time_ms: u64,
    pub nonce: u64,
}
