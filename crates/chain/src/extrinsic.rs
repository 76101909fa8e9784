//! Signed extrinsics, byte for byte the same on both back ends.

use scale::Encode;
use sp_core::{sr25519, Pair, H256};
use sp_runtime::{
    generic::{Era, SignedPayload},
    MultiAddress,
};

use crate::{
    embedded::profile_node::runtime::{
        AccountId, Address, RuntimeCall, SignedExtra, UncheckedExtrinsic, VERSION,
    },
    ledger::Signed,
    types::{self, ChainError, ContractCall, GasLimit, Signer, Weight},
};

/// Transfers in one funding extrinsic: well below what a block holds.
pub(crate) const FUND_CHUNK: usize = 500;

/// What a signed extrinsic does.
pub(crate) enum Action {
    /// One call, or all of several or none, each with its gas limit.
    Calls(Vec<(ContractCall, Weight)>),
    Upload {
        code: Vec<u8>,
    },
    Instantiate {
        code_hash: types::Hash,
        value: u128,
        gas: Weight,
        data: Vec<u8>,
        salt: Vec<u8>,
    },
    Fund {
        to: Vec<types::AccountId>,
        amount: u128,
    },
    /// Overwrites the clock; the signer must be sudo.
    SetTime {
        time_ms: u64,
    },
}

/// Storage key of the newest timestamp (`Timestamp::Now`).
pub(crate) fn now_key() -> Vec<u8> {
    storage_prefix("Timestamp", "Now")
}

/// Storage key of what is known about an uploaded code, by its plain hash.
pub(crate) fn code_key(code_hash: types::Hash) -> Vec<u8> {
    [storage_prefix("Contracts", "CodeInfoOf"), code_hash.to_vec()].concat()
}

/// `twox128(pallet) ++ twox128(item)`.
pub(crate) fn storage_prefix(pallet: &str, item: &str) -> Vec<u8> {
    let hash = |name: &str| sp_core::hashing::twox_128(name.as_bytes());
    [hash(pallet), hash(item)].concat()
}

pub(crate) fn to_weight(weight: Weight) -> frame_support::weights::Weight {
    frame_support::weights::Weight::from_parts(weight.ref_time, weight.proof_size)
}

pub(crate) fn from_weight(weight: frame_support::weights::Weight) -> Weight {
    Weight { ref_time: weight.ref_time(), proof_size: weight.proof_size() }
}

fn address(account: types::AccountId) -> Address {
    MultiAddress::Id(AccountId::from(account))
}

fn contract_call((call, gas): &(ContractCall, Weight)) -> RuntimeCall {
    RuntimeCall::Contracts(pallet_contracts::Call::call {
        dest: address(call.dest),
        value: call.value,
        gas_limit: to_weight(*gas),
        storage_deposit_limit: call.storage_deposit_limit.map(Into::into),
        data: call.data.clone(),
    })
}

/// The dispatchable behind an action.
fn runtime_call(action: &Action) -> RuntimeCall {
    match action {
        Action::Calls(calls) => match calls.as_slice() {
            [single] => contract_call(single),
            several => RuntimeCall::Utility(pallet_utility::Call::batch_all {
                calls: several.iter().map(contract_call).collect(),
            }),
        },
        Action::Upload { code } => RuntimeCall::Contracts(pallet_contracts::Call::upload_code {
            code: code.clone(),
            storage_deposit_limit: None,
            determinism: pallet_contracts::Determinism::Enforced,
        }),
        Action::Instantiate { code_hash, value, gas, data, salt } => {
            RuntimeCall::Contracts(pallet_contracts::Call::instantiate {
                value: *value,
                gas_limit: to_weight(*gas),
                storage_deposit_limit: None,
                code_hash: H256(*code_hash),
                data: data.clone(),
                salt: salt.clone(),
            })
        }
        Action::Fund { to, amount } => RuntimeCall::Utility(pallet_utility::Call::batch_all {
            calls: to
                .iter()
                .map(|account| {
                    RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
                        dest: address(*account),
                        value: *amount,
                    })
                })
                .collect(),
        }),
        Action::SetTime { time_ms } => {
            let set = RuntimeCall::System(frame_system::Call::set_storage {
                items: vec![(now_key(), time_ms.encode())],
            });
            RuntimeCall::Sudo(pallet_sudo::Call::sudo { call: Box::new(set) })
        }
    }
}

/// Signs calls whose gas limits are fixed.
///
/// # Errors
/// [`ChainError::Invalid`] for a limit that is to be estimated.
pub(crate) fn sign_calls(
    signer: &Signer,
    nonce: u32,
    genesis: types::Hash,
    calls: &[ContractCall],
) -> Result<Signed, ChainError> {
    let limited = |call: &ContractCall| match call.gas {
        GasLimit::Fixed(limit) => Ok((call.clone(), limit)),
        GasLimit::Estimate => Err(ChainError::Invalid("a call without a gas limit".into())),
    };
    let calls = calls.iter().map(limited).collect::<Result<_, _>>()?;
    Ok(sign(signer, nonce, genesis, &Action::Calls(calls)).into())
}

/// Signs an action as an immortal extrinsic without tip and returns its SCALE bytes.
pub(crate) fn sign(signer: &Signer, nonce: u32, genesis: types::Hash, action: &Action) -> Vec<u8> {
    let genesis = H256(genesis);
    let extra: SignedExtra = (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckEra::from(Era::Immortal),
        frame_system::CheckNonce::from(nonce),
        frame_system::CheckWeight::new(),
        pallet_transaction_payment::ChargeTransactionPayment::from(0),
    );
    // An immortal extrinsic signs the genesis hash a second time, as its birth block.
    let additional =
        ((), VERSION.spec_version, VERSION.transaction_version, genesis, genesis, (), (), ());
    let payload = SignedPayload::from_raw(runtime_call(action), extra, additional);
    let pair: &sr25519::Pair = signer.pair();
    let signature = payload.using_encoded(|bytes| pair.sign(bytes));
    let (call, extra, _) = payload.deconstruct();
    UncheckedExtrinsic::new_signed(call, address(signer.account()), signature.into(), extra)
        .encode()
}
