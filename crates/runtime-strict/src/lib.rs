//! The embedded chain's runtime with the limits of a production parachain with pallet-contracts' default
//! values.

// `construct_runtime!` recurses deeply.
#![recursion_limit = "256"]

// The same source a second time on purpose: the call stack is a type-level array, and every pallet
// is generic over the one runtime that holds it.
#[path = "../../runtime-node/src/runtime/mod.rs"]
mod runtime;

pub use runtime::Api;

/// Nested frames below the first call, so a call chain is at most one longer than this.
pub const CALL_STACK: usize = 5;
/// Largest contract in bytes of Wasm.
pub const MAX_CODE_LEN: u32 = 128 * 1024;
