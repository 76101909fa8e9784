//! The limits of a production parachain with pallet-contracts' default values.

/// Nested frames below the first call, so a call chain is at most one longer than this.
pub const CALL_STACK: usize = 5;
/// Largest contract in bytes of Wasm.
pub const MAX_CODE_LEN: u32 = 128 * 1024;

// The same source a second time on purpose: the call stack is a type-level array, and every pallet
// is generic over the one runtime that holds it.
#[path = "runtime/mod.rs"]
pub(crate) mod runtime;
