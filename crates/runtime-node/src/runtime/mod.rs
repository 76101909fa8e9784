//! A runtime with pallet-contracts: the pallets of contracts-node 0.42.0 without `Revive` and `Assets`.
//!
//! This module is compiled once per profile; the crates that hold it have what differs: limits, coin,
//! indices, versions and the form of extrinsics.

mod config;
mod driver;
mod sign;
mod unsigned;

pub use driver::Api;

use frame_support::construct_runtime;
use sp_runtime::{
    create_runtime_str,
    generic::{self, Era},
    traits::{BlakeTwo256, IdentifyAccount, SignedExtension, Verify},
    MultiAddress, MultiSignature, SaturatedConversion,
};
use sp_version::RuntimeVersion;

pub(crate) type BlockNumber = u32;
pub(crate) type Signature = MultiSignature;
pub(crate) type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
pub(crate) use crate::Balance;
pub(crate) type Nonce = u32;
pub(crate) type Hash = sp_core::H256;
pub(crate) type Address = MultiAddress<AccountId, ()>;
pub(crate) type Header = generic::Header<BlockNumber, BlakeTwo256>;
pub(crate) type Block = generic::Block<Header, UncheckedExtrinsic>;

pub(crate) type UncheckedExtrinsic =
    generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, SignedExtra>;
pub(crate) type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

/// An amount as this runtime has it. What does not fit is more than there is, and so is the highest.
pub(crate) fn narrow(planck: u128) -> Balance {
    planck.saturated_into()
}

/// An amount as everybody else has it.
pub(crate) fn wide(planck: Balance) -> u128 {
    planck.saturated_into()
}

// What differs from chain to chain: `VERSION`, `SignedExtra` with what is put into it, and the pallets with
// their indices.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pallets.rs"));

// In the module of the pallets, or the metadata would not have it: they look for it by name.
include!("apis.rs");
