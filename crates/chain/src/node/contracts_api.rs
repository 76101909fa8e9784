//! The node's dry-run API: SCALE in, SCALE out. Its types are those of version 2 of `ContractsApi`, which
//! [`super::runtimes`] has checked; errors and events in its answers are the runtime's own.

use scale::{Decode, Encode};

use super::{codec::Codec, dispatch, events, rpc::decode};
use crate::{
    error::{ChainError, DispatchError},
    facts::{signed, Fact},
    types::{AccountId, ContractCall, DryRun, GasLimit, Hash, Output, Weight},
    wire::{
        from_weight, to_weight, Code, ExecReturnValue, InstantiateReturnValue, StorageDeposit,
        DETERMINISM_ENFORCED,
    },
};

/// Version of the API whose types are here.
pub(super) const VERSION: u32 = 2;

/// What comes before the result of a `ContractResult`: gas consumed, gas required, deposit, message.
type Head = (sp_weights::Weight, sp_weights::Weight, StorageDeposit, Vec<u8>);

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
    codec: &Codec,
    bytes: &[u8],
    earlier: usize,
) -> Result<DryRun, ChainError> {
    let mut rest = bytes;
    let what = "dry run";
    let (consumed, required, deposit, _message): Head = next(what, &mut rest)?;
    let result = outcome::<ExecReturnValue>(codec, what, &mut rest)?;
    // After an error come its bytes, whose length only the runtime's types know, and then no events.
    let facts = match rest.split_first() {
        Some((1, records)) if result.is_ok() => events::facts(codec, records.to_vec(), earlier)?,
        _ => Vec::new(),
    };
    Ok(DryRun {
        result: result.map(|output| Output { reverted: output.did_revert(), data: output.data }),
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

/// Arguments of `ContractsApi_instantiate`.
pub(super) fn instantiate_arguments(
    origin: AccountId,
    code: &Code,
    value: u128,
    data: &[u8],
    salt: &[u8],
) -> Vec<u8> {
    let no_gas_limit = None::<sp_weights::Weight>;
    let no_deposit_limit = None::<u128>;
    (origin, value, no_gas_limit, no_deposit_limit, code, data, salt).encode()
}

/// Gas that the answer to `ContractsApi_instantiate` requires, and what the constructor answers.
pub(super) fn instantiate_answer(
    codec: &Codec,
    bytes: &[u8],
) -> Result<(Weight, Result<Vec<u8>, DispatchError>), ChainError> {
    let mut rest = bytes;
    let what = "instantiation dry run";
    let (_, required, _, _): Head = next(what, &mut rest)?;
    let result = outcome::<InstantiateReturnValue>(codec, what, &mut rest)?;
    Ok((from_weight(required), result.map(|made| made.result.data)))
}

/// Arguments of `ContractsApi_upload_code`.
pub(super) fn upload_arguments(origin: AccountId, code: &[u8]) -> Vec<u8> {
    (origin, code, None::<u128>, DETERMINISM_ENFORCED).encode()
}

/// Planck that uploading holds, by the answer to `ContractsApi_upload_code`.
pub(super) fn upload_answer(
    codec: &Codec,
    bytes: &[u8],
) -> Result<Result<u128, DispatchError>, ChainError> {
    let what = "upload dry run";
    let result = outcome::<(Hash, u128)>(codec, what, &mut &*bytes)?;
    Ok(result.map(|(_hash, planck)| planck))
}

fn next<T: Decode>(what: &'static str, rest: &mut &[u8]) -> Result<T, ChainError> {
    T::decode(rest).map_err(|why| ChainError::Decode { what, why: why.to_string() })
}

/// A `Result` whose error is the runtime's; nothing can be read after an error.
fn outcome<T: Decode>(
    codec: &Codec,
    what: &'static str,
    rest: &mut &[u8],
) -> Result<Result<T, DispatchError>, ChainError> {
    match next::<u8>(what, rest)? {
        0 => next(what, rest).map(Ok),
        1 => dispatch::read(codec.metadata(), rest).map(Err),
        tag => Err(ChainError::Decode { what, why: format!("{tag} is no result") }),
    }
}

/// Value of `System::EventCount`, which is absent while it is zero.
pub(super) fn event_count(bytes: Option<Vec<u8>>) -> Result<usize, ChainError> {
    let count: u32 = bytes.map_or(Ok(0), |bytes| decode("event count", &bytes))?;
    usize::try_from(count)
        .map_err(|why| ChainError::Decode { what: "event count", why: why.to_string() })
}
