//! The embedded chain's runtime with the limits of contracts-node 0.42.0.

// `construct_runtime!` recurses deeply.
#![recursion_limit = "256"]

mod runtime;

pub use runtime::Api;

/// Nested frames below the first call, so a call chain is at most one longer than this.
pub const CALL_STACK: usize = 23;
/// Largest contract in bytes of Wasm.
pub const MAX_CODE_LEN: u32 = 256 * 1024;

/// An amount of the coin.
pub type Balance = u128;
/// One whole coin, in planck.
pub const UNIT: Balance = 1_000_000_000_000;
/// What a native balance is at least.
pub const EXISTENTIAL_DEPOSIT: Balance = UNIT / 1_000;
/// What a development account starts with.
pub(crate) const ENDOWMENT: Balance = breakwater_runtime::ENDOWMENT;
/// What a contract can have the chain do beyond pallet-contracts.
pub(crate) type ChainExtension = ();
