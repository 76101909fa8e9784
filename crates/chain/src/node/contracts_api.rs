//! The node's dry-run API: SCALE in, SCALE out. Its types are those of version 2 of `ContractsApi`, which
//! [`super::runtimes`] has checked; errors and events in its answers are the runtime's own.

use scale::{Decode, Encode};

use super::{codec::Codec, dispatch, events, rpc::decode};
use crate::{
    error::{ChainError, DispatchError},
    facts::{signed, Fact},
    types::{AccountId, ContractCall, DryRun, GasLimit, Hash, Output, Weight},
    wire::{
        from_weight, to_weight, Code, ExecReturnValue, InstantiateReturnValue, DETERMINISM_ENFORCED,
    },
};

/// Version of the API whose types are here.
pub(super) const VERSION: u32 = 2;

/// What comes before the result of a `ContractResult`.
struct Head {
    consumed: Weight,
    required: Weight,
    /// Planck, negative if storage is refunded.
    deposit: i128,
}

fn head(codec: &Codec, what: &'static str, rest: &mut &[u8]) -> Result<Head, ChainError> {
    let (consumed, required): (sp_weights::Weight, sp_weights::Weight) = next(what, rest)?;
    let is_charge = match next::<u8>(what, rest)? {
        0 => false,
        1 => true,
        tag => return Err(ChainError::Decode { what, why: format!("{tag} is no deposit") }),
    };
    let amount = codec.planck().decode(rest);
    let amount = signed(amount.map_err(|why| ChainError::Decode { what, why: why.to_string() })?);
    let _message: Vec<u8> = next(what, rest)?;
    Ok(Head {
        consumed: from_weight(consumed),
        required: from_weight(required),
        deposit: if is_charge { amount } else { amount.saturating_neg() },
    })
}

/// Arguments of `ContractsApi_call`.
pub(super) fn call_arguments(codec: &Codec, origin: AccountId, call: &ContractCall) -> Vec<u8> {
    // Without a limit the node takes a whole block's weight.
    let limit = match call.gas {
        GasLimit::Estimate => None,
        GasLimit::Fixed(limit) => Some(to_weight(limit)),
    };
    let mut bytes = (origin, call.dest).encode();
    bytes.extend(codec.planck().encode(call.value));
    limit.encode_to(&mut bytes);
    bytes.extend(codec.planck().encode_option(call.storage_deposit_limit));
    call.data.encode_to(&mut bytes);
    bytes
}

/// Reads the answer to `ContractsApi_call`. `earlier` events were in the block before the call.
pub(super) fn call_answer(
    codec: &Codec,
    bytes: &[u8],
    earlier: usize,
) -> Result<DryRun, ChainError> {
    let mut rest = bytes;
    let what = "dry run";
    let Head { consumed, required, deposit } = head(codec, what, &mut rest)?;
    let result = outcome::<ExecReturnValue>(codec, what, &mut rest)?;
    // After an error come its bytes, whose length only the runtime's types know, and then no events.
    let facts = match rest.split_first() {
        Some((1, records)) if result.is_ok() => events::facts(codec, records.to_vec(), earlier)?,
        _ => Vec::new(),
    };
    Ok(DryRun {
        result: result.map(|output| Output { reverted: output.did_revert(), data: output.data }),
        gas_consumed: consumed,
        gas_required: required,
        storage_deposit: deposit,
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
    codec: &Codec,
    origin: AccountId,
    code: &Code,
    value: u128,
    data: &[u8],
    salt: &[u8],
) -> Vec<u8> {
    let no_gas_limit = None::<sp_weights::Weight>;
    let mut bytes = origin.encode();
    bytes.extend(codec.planck().encode(value));
    no_gas_limit.encode_to(&mut bytes);
    bytes.extend(codec.planck().encode_option(None));
    (code, data, salt).encode_to(&mut bytes);
    bytes
}

/// Gas that the answer to `ContractsApi_instantiate` requires, and what the constructor answers.
pub(super) fn instantiate_answer(
    codec: &Codec,
    bytes: &[u8],
) -> Result<(Weight, Result<Vec<u8>, DispatchError>), ChainError> {
    let mut rest = bytes;
    let what = "instantiation dry run";
    let Head { required, .. } = head(codec, what, &mut rest)?;
    let result = outcome::<InstantiateReturnValue>(codec, what, &mut rest)?;
    Ok((required, result.map(|made| made.result.data)))
}

/// Arguments of `ContractsApi_upload_code`.
pub(super) fn upload_arguments(origin: AccountId, code: &[u8]) -> Vec<u8> {
    let no_deposit_limit = None::<()>;
    (origin, code, no_deposit_limit, DETERMINISM_ENFORCED).encode()
}

/// Planck that uploading holds, by the answer to `ContractsApi_upload_code`.
pub(super) fn upload_answer(
    codec: &Codec,
    bytes: &[u8],
) -> Result<Result<u128, DispatchError>, ChainError> {
    let what = "upload dry run";
    let mut rest = bytes;
    let result = outcome::<Hash>(codec, what, &mut rest)?;
    let told = |_hash| codec.planck().decode(&mut rest);
    result
        .map(told)
        .map_or_else(|error| Ok(Err(error)), |planck| planck.map(Ok))
        .map_err(|why: scale::Error| ChainError::Decode { what, why: why.to_string() })
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
