//! The embedded chain's runtime as a live chain has it: pallet-contracts' default limits, a coin of 9
//! decimals with a tiny existential deposit, and pallet indices, versions and an order of signed extensions
//! that are not contracts-node's. What knows a chain by its metadata only works here too.

// `construct_runtime!` recurses deeply.
#![recursion_limit = "256"]

// The same source a second time on purpose: the call stack is a type-level array, and every pallet
// is generic over the one runtime that holds it.
#[path = "../../runtime-node/src/runtime/mod.rs"]
mod runtime;
mod stake;

pub use runtime::Api;

/// Nested frames below the first call, so a call chain is at most one longer than this.
pub const CALL_STACK: usize = 5;
/// Largest contract in bytes of Wasm.
pub const MAX_CODE_LEN: u32 = 128 * 1024;

/// An amount of the coin: half as wide as on most chains.
pub type Balance = u64;
/// One whole coin, in planck: 9 decimals.
pub const UNIT: Balance = 1_000_000_000;
/// What a native balance is at least.
pub const EXISTENTIAL_DEPOSIT: Balance = 500;
/// What a development account starts with: what all of them have together must fit.
pub(crate) const ENDOWMENT: Balance = 1_000_000_000 * UNIT;
/// What a contract can have the chain do beyond pallet-contracts.
pub(crate) type ChainExtension = stake::Stake;
