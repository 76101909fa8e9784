//! How deep contracts can call on a chain: pallet-contracts has no constant for it, so it is measured.
//!
//! The probe's constructor runs its own code as a delegate, which does the same, until the runtime allows
//! no more. The deepest frame is then trapped, and each one above it answers one more than the one below.

use crate::error::ChainError;

/// Makes the address of the contract, which is never there, nobody else's.
pub(super) const SALT: &[u8] = b"breakwater call depth";

/// In memory: a code hash at 0; a length at 32; the answer, of 4 bytes, at 36, and its length at 40.
const PROBE: &str = r#"(module
  (import "seal0" "own_code_hash" (func $own_code_hash (param i32 i32)))
  (import "seal0" "delegate_call"
    (func $delegate_call (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
  (import "env" "memory" (memory 1 1))
  (func $deeper
    (i32.store (i32.const 32) (i32.const 32))
    (call $own_code_hash (i32.const 0) (i32.const 32))
    (i32.store (i32.const 36) (i32.const 0))
    (i32.store (i32.const 40) (i32.const 4))
    (drop (call $delegate_call
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 36) (i32.const 40)))
    (i32.store (i32.const 36) (i32.add (i32.load (i32.const 36)) (i32.const 1)))
    (call $return (i32.const 0) (i32.const 36) (i32.const 4)))
  (func (export "deploy") (call $deeper))
  (func (export "call") (call $deeper)))"#;

/// The probe's Wasm.
pub(super) fn code() -> Result<Vec<u8>, ChainError> {
    wat::parse_str(PROBE).map_err(|why| ChainError::Invalid(format!("the probe: {why}")))
}

/// Most frames that can be open at once, by the constructor's answer. The frame that was trapped was open
/// too.
pub(super) fn depth(answer: &[u8]) -> Result<u32, ChainError> {
    let counted: [u8; 4] = answer
        .try_into()
        .map_err(|_| ChainError::Decode { what: "call depth", why: "not 4 bytes".into() })?;
    Ok(u32::from_le_bytes(counted).saturating_add(1))
}
