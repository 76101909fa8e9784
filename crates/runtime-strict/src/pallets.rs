// Part of the runtime's module, which says what else is here.

/// Spec and transaction version are signed with every extrinsic.
pub(crate) const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: create_runtime_str!("breakwater-live"),
    impl_name: create_runtime_str!("breakwater-chain"),
    authoring_version: 1,
    spec_version: 311,
    impl_version: 1,
    apis: RUNTIME_API_VERSIONS,
    transaction_version: 4,
    state_version: 1,
};

/// Other than contracts-node's: the fee's extension is before the nonce's, and the check of the weight
/// comes before both.
pub(crate) type SignedExtra = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckWeight<Runtime>,
    frame_system::CheckEra<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_system::CheckNonce<Runtime>,
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
        frame_system::CheckWeight::new(),
        frame_system::CheckEra::from(era),
        pallet_transaction_payment::ChargeTransactionPayment::from(tip),
        frame_system::CheckNonce::from(nonce),
    );
    let (spec, transaction) = (VERSION.spec_version, VERSION.transaction_version);
    (extra, ((), spec, transaction, genesis, (), birth, (), ()))
}

construct_runtime!(
    pub struct Runtime {
        System: frame_system = 0,
        Timestamp: pallet_timestamp = 2,
        Balances: pallet_balances = 5,
        TransactionPayment: pallet_transaction_payment = 6,
        Utility: pallet_utility = 11,
        Sudo: pallet_sudo = 12,
        Authorship: pallet_authorship = 17,
        RandomnessCollectiveFlip: pallet_insecure_randomness_collective_flip = 21,
        Contracts: pallet_contracts = 29,
    }
);
