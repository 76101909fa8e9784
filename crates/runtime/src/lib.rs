//! What the embedded chain asks of a runtime, in plain types, and what both runtimes share. The runtimes
//! are crates of their own, because each takes a minute to compile: they do so side by side.

mod accounts;
mod api;
pub mod tracer;

pub use accounts::{endowed, ENDOWMENT};
pub use api::{Constructor, Refusal, RuntimeApi, Signature, Unsigned};

/// Milliseconds that must at least lie between two blocks.
pub const MIN_PERIOD_MS: u64 = 5;
