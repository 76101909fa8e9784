//! Signed extrinsics, made with the pallets' own types.

use frame_support::weights::Weight as ChainWeight;
use pallet_contracts::Determinism;
use scale::{Compact, Encode};
use sp_core::{Pair, H256};
use sp_runtime::generic::SignedPayload;

use super::*;
use breakwater_chain::{
    extrinsic::{now_key, Action},
    wire::to_weight,
    ContractCall, Signer, Weight,
};
use breakwater_runtime::Unsigned;

fn address(account: breakwater_chain::AccountId) -> Address {
    Address::Id(AccountId::from(account))
}

fn gas(weight: Weight) -> ChainWeight {
    to_weight(weight)
}

fn contract_call((call, limit): &(ContractCall, Weight)) -> RuntimeCall {
    RuntimeCall::Contracts(pallet_contracts::Call::call {
        dest: address(call.dest),
        value: narrow(call.value),
        gas_limit: gas(*limit),
        storage_deposit_limit: call.storage_deposit_limit.map(narrow).map(Compact),
        data: call.data.clone(),
    })
}

fn batch(calls: Vec<RuntimeCall>) -> RuntimeCall {
    RuntimeCall::Utility(pallet_utility::Call::batch_all { calls })
}

/// The dispatchable behind an action.
fn runtime_call(action: &Action) -> RuntimeCall {
    match action {
        Action::Calls(calls) => match calls.as_slice() {
            [single] => contract_call(single),
            several => batch(several.iter().map(contract_call).collect()),
        },
        Action::Upload { code } => RuntimeCall::Contracts(pallet_contracts::Call::upload_code {
            code: code.clone(),
            storage_deposit_limit: None,
            determinism: Determinism::Enforced,
        }),
        Action::Instantiate { code_hash, value, gas: limit, data, salt } => {
            RuntimeCall::Contracts(pallet_contracts::Call::instantiate {
                value: narrow(*value),
                gas_limit: gas(*limit),
                storage_deposit_limit: None,
                code_hash: H256(*code_hash),
                data: data.clone(),
                salt: salt.clone(),
            })
        }
        Action::Fund { to, amount } => {
            let transfer = |account: &breakwater_chain::AccountId| {
                RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
                    dest: address(*account),
                    value: narrow(*amount),
                })
            };
            batch(to.iter().map(transfer).collect())
        }
        Action::SetTime { time_ms } => {
            let items = vec![(now_key(), time_ms.encode())];
            let set = RuntimeCall::System(frame_system::Call::set_storage { items });
            RuntimeCall::Sudo(pallet_sudo::Call::sudo { call: Box::new(set) })
        }
    }
}

/// Signs an extrinsic; its SCALE bytes.
pub(super) fn sign(signer: &Signer, unsigned: &Unsigned<'_>) -> Vec<u8> {
    let genesis = H256(unsigned.genesis);
    let (era, birth) = match unsigned.birth {
        None => (Era::Immortal, genesis),
        Some(birth) => (Era::mortal(birth.period, birth.block.number), H256(birth.block.hash)),
    };
    let (extra, implied) = signed_extra(era, unsigned.nonce, narrow(unsigned.tip), genesis, birth);
    let payload = SignedPayload::from_raw(runtime_call(unsigned.action), extra, implied);
    let signature = payload.using_encoded(|bytes| signer.pair().sign(bytes));
    let (call, extra, _) = payload.deconstruct();
    let signature = MultiSignature::Sr25519(signature);
    UncheckedExtrinsic::new_signed(call, address(signer.account()), signature, extra).encode()
}
