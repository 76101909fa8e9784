// Part of the runtime's module, which says what else is here.

/// Spec and transaction version are signed with every extrinsic.
pub(crate) const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: create_runtime_str!("substrate-contracts-node"),
    impl_name: create_runtime_str!("breakwater-chain"),
    authoring_version: 1,
    spec_version: 100,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 1,
    state_version: 1,
};

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

/// What goes into an extrinsic, and what is signed besides.
pub(crate) fn signed_extra(
    era: Era,
    nonce: Nonce,
    tip: Balance,
    genesis: Hash,
    birth: Hash,
) -> (SignedExtra, <SignedExtra as SignedExtension>::AdditionalSigned) {
    let extra = (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(era),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(tip),
    );
    let (spec, transaction) = (VERSION.spec_version, VERSION.transaction_version);
    (extra, ((), spec, transaction, genesis, birth, (), (), ()))
}

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
