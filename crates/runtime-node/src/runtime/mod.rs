//! The runtime: pallets, their indices and the extrinsic format of contracts-node 0.42.0, without
//! its `Revive` and `Assets` pallets.
//!
//! This module is compiled once per profile; the crates that hold it have the limits that differ.

mod api;
mod apis;
mod config;
mod unsigned;

pub use api::Api;

use frame_support::construct_runtime;
use sp_runtime::{
    create_runtime_str, generic,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
    MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

pub(crate) type BlockNumber = u32;
pub(crate) type Signature = MultiSignature;
pub(crate) type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
pub(crate) type Balance = u128;
pub(crate) type Nonce = u32;
pub(crate) type Hash = sp_core::H256;
pub(crate) type Address = MultiAddress<AccountId, ()>;
pub(crate) type Header = generic::Header<BlockNumber, BlakeTwo256>;
pub(crate) type Block = generic::Block<Header, UncheckedExtrinsic>;

/// Same order as the node's: the tuple is part of what is signed.
pub(crate) type SignedExtra = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
);
pub(crate) type UncheckedExtrinsic =
    generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, SignedExtra>;
pub(crate) type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

/// Spec and transaction version of contracts-node 0.42.0: both are signed with every extrinsic.
pub(crate) const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: create_runtime_str!("substrate-contracts-node"),
    impl_name: create_runtime_str!("breakwater-chain"),
    authoring_version: 1,
    spec_version: 100,
    impl_version: 1,
    apis: apis::RUNTIME_API_VERSIONS,
    transaction_version: 1,
    state_version: 1,
};

construct_runtime!(
    pub struct Runtime {
        System: frame_system = 0,
        RandomnessCollectiveFlip: pallet_insecure_randomness_collective_flip = 1,
        Utility: pallet_utility = 2,
        Timestamp: pallet_timestamp = 3,
        Balances: pallet_balances = 4,
        Authorship: pallet_authorship = 5,
        TransactionPayment: pallet_transaction_payment = 6,
        Sudo: pallet_sudo = 7,
        Contracts: pallet_contracts = 8,
    }
);
