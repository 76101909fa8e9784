//! The node's dry-run API: SCALE in, SCALE out.

use scale::{Decode, Encode};
use sp_runtime::DispatchError as RuntimeError;
use subxt::Metadata;

use super::{events, rpc::decode};
use crate::{
    error::ChainError,
    facts::{signed, Fact},
    types::{AccountId, ContractCall, DryRun, GasLimit, Hash, Output, Weight},
    wire::{from_weight, to_weight, Code, ExecReturnValue, InstantiateReturnValue, StorageDeposit},
};

/// Head of a `ContractResult`; the events that follow need the node's metadata.
type Head<T> =
    (sp_weights::Weight, sp_weights::Weight, StorageDeposit, Vec<u8>, Result<T, RuntimeError>);

/// Arguments of `ContractsApi_call`.
pub(super) fn call_arguments(origin: AccountId, call: &ContractCall) -> Vec<u8> {
    // Without a limit the node takes a whole block's weight.
    let limit = match call.gas {
        GasLimit::Estimate => None,
        GasLimit::Fixed(limit) => Some(to_weight(limit)),
    };
    (origin, call.dest, call.value, limit, call.storage_deposit_limit, &call.data).encode()
}

/// Reads the answer to `ContractsApi_call`. `earlier` events were in the block before the call.
pub(super) fn call_answer(
    metadata: &Metadata,
    bytes: &[u8],
    earlier: usize,
) -> Result<DryRun, ChainError> {
    let mut rest = bytes;
    let (consumed, required, deposit, _debug, result) = Head::<ExecReturnValue>::decode(&mut rest)
        .map_err(|why| ChainError::Decode { what: "dry run", why: why.to_string() })?;
    let facts = match rest.split_first() {
        Some((1, records)) => events::facts(metadata, records.to_vec(), earlier)?,
        _ => Vec::new(),
    };
    Ok(DryRun {
        result: result
            .map(|output| Output { reverted: output.did_revert(), data: output.data })
            .map_err(|error| events::dispatch_error(metadata, &error)),
        gas_consumed: from_weight(consumed),
        gas_required: from_weight(required),
        storage_deposit: match deposit {
            StorageDeposit::Charge(planck) => signed(planck),
            StorageDeposit::Refund(planck) => signed(planck).saturating_neg(),
        },
        events: facts
            .into_iter()
            .filter_map(|(_, fact)| match fact {
                Fact::Emitted(event) => Some(event),
                _ => None,
            })
            .collect(),
    })
}

/// Arguments of `ContractsApi_instantiate` for uploaded code.
pub(super) fn instantiate_arguments(
    origin: AccountId,
    code_hash: Hash,
    value: u128,
    data: &[u8],
    salt: &[u8],
) -> Vec<u8> {
    let no_gas_limit = None::<sp_weights::Weight>;
    let no_deposit_limit = None::<u128>;
    let code = Code::Existing(code_hash);
    (origin, value, no_gas_limit, no_deposit_limit, code, data, salt).encode()
}

/// Gas that the answer to `ContractsApi_instantiate` requires.
pub(super) fn instantiate_gas(bytes: &[u8]) -> Result<Weight, ChainError> {
    let (_, required, ..): Head<InstantiateReturnValue> = decode("instantiation dry run", bytes)?;
    Ok(from_weight(required))
}
