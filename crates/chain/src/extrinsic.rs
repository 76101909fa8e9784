//! What is signed: the same actions on both back ends, which put them into extrinsics each in its own way,
//! the embedded chain with the pallets' types and a node's client by its metadata. A test compares the bytes.

use crate::{
    error::ChainError,
    ledger::BlockId,
    types::{self, ContractCall, GasLimit, Weight},
};

/// Transfers in one funding extrinsic: well below what a block holds.
pub const FUND_CHUNK: usize = 500;
/// For how many blocks the transactions are good that a chain signs by itself. Where a block comes with
/// each transaction they are soon over, so it is more than a few.
pub const LIFETIME_BLOCKS: u64 = 256;

/// The block from which on a mortal extrinsic is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    /// A block of the chain, which is signed.
    pub block: BlockId,
    /// For how many blocks after it: a power of two from 4 on.
    pub period: u64,
}

/// Longest life whose birth an extrinsic states exactly, in blocks.
const LONGEST_LIFE: u64 = 4_096;
/// Shortest life that there is.
const SHORTEST_LIFE: u64 = 4;

impl Birth {
    /// For about so many blocks from a block on.
    pub fn of(block: BlockId, blocks: u64) -> Self {
        let period = blocks.clamp(SHORTEST_LIFE, LONGEST_LIFE).next_power_of_two();
        Self { block, period }
    }

    /// Number of the last block that the extrinsic can be in.
    pub fn last_block(&self) -> u64 {
        self.block.number.saturating_add(self.period).saturating_sub(1)
    }
}

/// What a signed extrinsic does.
pub enum Action {
    /// One call, or all of several or none, each with its gas limit.
    Calls(Vec<(ContractCall, Weight)>),
    Upload {
        code: Vec<u8>,
    },
    Instantiate {
        code_hash: types::Hash,
        value: u128,
        gas: Weight,
        data: Vec<u8>,
        salt: Vec<u8>,
    },
    Fund {
        to: Vec<types::AccountId>,
        amount: u128,
    },
    /// Overwrites the clock; the signer must be sudo.
    SetTime {
        time_ms: u64,
    },
}

/// Storage key of the newest timestamp (`Timestamp::Now`).
pub fn now_key() -> Vec<u8> {
    storage_prefix("Timestamp", "Now")
}

/// Storage key of what is known about an uploaded code, by its plain hash.
pub fn code_key(code_hash: types::Hash) -> Vec<u8> {
    [storage_prefix("Contracts", "CodeInfoOf"), code_hash.to_vec()].concat()
}

/// `twox128(pallet) ++ twox128(item)`.
pub fn storage_prefix(pallet: &str, item: &str) -> Vec<u8> {
    let hash = |name: &str| sp_core::hashing::twox_128(name.as_bytes());
    [hash(pallet), hash(item)].concat()
}

/// Calls whose gas limits are fixed, as an action.
///
/// # Errors
/// [`ChainError::Invalid`] for a limit that is to be estimated.
pub fn limited(calls: &[ContractCall]) -> Result<Action, ChainError> {
    let limited = |call: &ContractCall| match call.gas {
        GasLimit::Fixed(limit) => Ok((call.clone(), limit)),
        GasLimit::Estimate => Err(ChainError::Invalid("a call without a gas limit".into())),
    };
    calls.iter().map(limited).collect::<Result<_, _>>().map(Action::Calls)
}
