//! The embedded chain's runtime with the limits of contracts-node 0.42.0.

// `construct_runtime!` recurses deeply.
#![recursion_limit = "256"]

mod runtime;

pub use runtime::Api;

/// Nested frames below the first call, so a call chain is at most one longer than this.
pub const CALL_STACK: usize = 23;
/// Largest contract in bytes of Wasm.
pub const MAX_CODE_LEN: u32 = 256 * 1024;
