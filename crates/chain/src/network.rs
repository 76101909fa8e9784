//! What a chain says of itself: its coin, its addresses, its limits.

use crate::types::Weight;

/// A chain's name, coin and limits, from its own metadata and properties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// What its nodes call it.
    pub name: String,
    /// Name of its runtime.
    pub spec_name: String,
    pub spec_version: u32,
    /// Symbol of its coin, where it has one.
    pub token_symbol: Option<String>,
    /// Decimals of its coin: one whole coin is 10^this planck.
    pub token_decimals: u8,
    /// Network number of its SS58 addresses.
    pub address_format: u16,
    /// Planck that an account, and a contract too, must have to exist.
    pub existential_deposit: u128,
    /// Milliseconds from block to block; `None` where blocks come as transactions do.
    pub block_time_ms: Option<u64>,
    /// Blocks whose hashes the runtime remembers: no transaction can be mortal for longer.
    pub block_hash_count: u64,
    /// Most gas that one contract call can be given.
    pub max_call_gas: Weight,
    pub contracts: ContractLimits,
}

/// Constants of pallet-contracts. The depth of calls is none of them
/// ([`crate::Chain::call_depth`] measures it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractLimits {
    /// Largest code that can be uploaded, in bytes of Wasm.
    pub max_code_len: u32,
    /// Planck held for a byte of storage.
    pub deposit_per_byte: u128,
    /// Planck held for an item of storage.
    pub deposit_per_item: u128,
    /// Planck that a transaction may hold where it sets no limit of its own.
    pub default_deposit_limit: u128,
    /// Other codes that a contract may lock.
    pub max_delegate_dependencies: u32,
}
