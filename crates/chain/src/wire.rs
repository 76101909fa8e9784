//! Types of the contracts API, whose version stands for them: SCALE of our own, so that nobody who talks to
//! a chain waits until its pallets are compiled.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use crate::types::{AccountId, Hash, Weight};
use scale::{Decode, Encode};

/// `Determinism::Enforced`.
pub const DETERMINISM_ENFORCED: u8 = 0;

/// Weight as the chain has it.
pub fn to_weight(weight: Weight) -> sp_weights::Weight {
    sp_weights::Weight::from_parts(weight.ref_time, weight.proof_size)
}

/// Weight as we have it.
pub fn from_weight(weight: sp_weights::Weight) -> Weight {
    Weight { ref_time: weight.ref_time(), proof_size: weight.proof_size() }
}

/// What a call of a contract answers.
#[derive(Clone, Debug, Decode)]
pub struct ExecReturnValue {
    pub flags: u32,
    pub data: Vec<u8>,
}

impl ExecReturnValue {
    /// Whether the contract asked for its changes to be undone.
    pub const fn did_revert(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// What an instantiation answers.
#[derive(Clone, Debug, Decode)]
pub struct InstantiateReturnValue {
    pub result: ExecReturnValue,
    pub contract: AccountId,
}

/// Code to instantiate, as the contracts API names it.
#[derive(Clone, Debug, Encode)]
pub enum Code {
    /// Its bytes.
    #[codec(index = 0)]
    Upload(Vec<u8>),
    /// Uploaded code by its hash.
    #[codec(index = 1)]
    Existing(Hash),
}
