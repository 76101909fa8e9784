//! What reporters and relayers send to the oracle adapter.

use alloc::vec::Vec;
use ink_primitives::AccountId;
use scale::{Decode, Encode};

/// A signed report, as relayed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "std", derive(scale_info::TypeInfo))]
pub struct SignedReport {
    pub token: AccountId,
    /// Place of the reporter among the feed's sources.
    pub source: u8,
    /// In the source's own decimals.
    pub value: u128,
    pub time_ms: u64,
    pub nonce: u64,
    /// 64 bytes of sr25519, or 65 of ECDSA with the recovery number last.
    pub signature: Vec<u8>,
}
