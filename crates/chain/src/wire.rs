//! What contracts-node 0.42.0 reads and writes, as SCALE types of our own: its calls, its signed
//! extensions and the answers of its contracts API. Numbers and orders are part of what is signed; the
//! embedded chain, which has the pallets themselves, reads these bytes in its tests.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use crate::types::{AccountId, Hash, Weight};
use scale::{Decode, Encode};
use sp_core::sr25519;
use sp_runtime::{generic::Era, AccountId32, MultiAddress, MultiSignature};

/// Name of the runtime.
pub const SPEC_NAME: &str = "substrate-contracts-node";
/// Versions that are signed with every extrinsic.
pub const SPEC_VERSION: u32 = 100;
/// As [`SPEC_VERSION`].
pub const TRANSACTION_VERSION: u32 = 1;

/// Account or contract, as calls name it.
pub type Address = MultiAddress<AccountId32, ()>;

/// The form of extrinsics: version 4, signed.
const SIGNED_V4: u8 = 0x84;
/// From this length on what is signed is the hash of the payload.
const LONGEST_PAYLOAD: usize = 256;

/// Dispatchables, by pallet.
#[derive(Clone, Debug, Encode)]
pub enum Call {
    #[codec(index = 0)]
    System(SystemCall),
    #[codec(index = 2)]
    Utility(UtilityCall),
    #[codec(index = 4)]
    Balances(BalancesCall),
    #[codec(index = 7)]
    Sudo(SudoCall),
    #[codec(index = 8)]
    Contracts(ContractsCall),
}

#[derive(Clone, Debug, Encode)]
pub enum SystemCall {
    #[codec(index = 4)]
    SetStorage { items: Vec<(Vec<u8>, Vec<u8>)> },
}

#[derive(Clone, Debug, Encode)]
pub enum UtilityCall {
    #[codec(index = 2)]
    BatchAll { calls: Vec<Call> },
}

#[derive(Clone, Debug, Encode)]
pub enum BalancesCall {
    #[codec(index = 3)]
    TransferKeepAlive {
        dest: Address,
        #[codec(compact)]
        value: u128,
    },
}

#[derive(Clone, Debug, Encode)]
pub enum SudoCall {
    #[codec(index = 0)]
    Sudo { call: Box<Call> },
}

#[derive(Clone, Debug, Encode)]
pub enum ContractsCall {
    #[codec(index = 3)]
    UploadCode {
        code: Vec<u8>,
        storage_deposit_limit: Option<scale::Compact<u128>>,
        determinism: u8,
    },
    #[codec(index = 6)]
    Call {
        dest: Address,
        #[codec(compact)]
        value: u128,
        gas_limit: sp_weights::Weight,
        storage_deposit_limit: Option<scale::Compact<u128>>,
        data: Vec<u8>,
    },
    #[codec(index = 8)]
    Instantiate {
        #[codec(compact)]
        value: u128,
        gas_limit: sp_weights::Weight,
        storage_deposit_limit: Option<scale::Compact<u128>>,
        code_hash: Hash,
        data: Vec<u8>,
        salt: Vec<u8>,
    },
}

/// `Determinism::Enforced`.
pub const DETERMINISM_ENFORCED: u8 = 0;

/// Signs a call as an immortal extrinsic without tip; its SCALE bytes.
pub fn signed_extrinsic(
    pair: &sr25519::Pair,
    account: AccountId,
    nonce: u32,
    genesis: Hash,
    call: &Call,
) -> Vec<u8> {
    use sp_core::Pair;
    // Era, nonce, tip: what the extensions put into the extrinsic.
    let extra = (Era::Immortal, scale::Compact(nonce), scale::Compact(0u128)).encode();
    let call = call.encode();
    // And what they sign besides; an immortal extrinsic signs the genesis hash a second time, as its
    // birth block.
    let implied = (SPEC_VERSION, TRANSACTION_VERSION, genesis, genesis).encode();
    let payload = [call.as_slice(), &extra, &implied].concat();
    let signature = if payload.len() > LONGEST_PAYLOAD {
        pair.sign(&sp_core::hashing::blake2_256(&payload))
    } else {
        pair.sign(&payload)
    };
    let head = (SIGNED_V4, address(account), MultiSignature::Sr25519(signature)).encode();
    // A vector of bytes has its length in front, and so has an extrinsic.
    [head, extra, call].concat().encode()
}

/// An address of a raw account.
pub fn address(account: AccountId) -> Address {
    MultiAddress::Id(AccountId32::new(account))
}

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

/// Planck charged for storage, or given back for it.
#[derive(Clone, Debug, Decode)]
pub enum StorageDeposit {
    #[codec(index = 0)]
    Refund(u128),
    #[codec(index = 1)]
    Charge(u128),
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
