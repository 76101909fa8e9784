//! A block's events, read with the node's own metadata.

use scale::Compact;
use sp_runtime::{DispatchError as RuntimeError, ModuleError};
use subxt::{
    ext::subxt_core::events::{EventDetails, Events, Phase},
    Metadata, SubstrateConfig,
};

use super::rpc::decode;
use crate::{
    error::{ChainError, DispatchError},
    facts::{self, Fact},
    types::{AccountId, ContractEvent, Weight},
};

type Details = EventDetails<SubstrateConfig>;

/// Facts in the SCALE bytes of a `Vec<EventRecord>`, with the index of their extrinsic; the first
/// `skip` events are left out.
pub(super) fn facts(
    metadata: &Metadata,
    bytes: Vec<u8>,
    skip: usize,
) -> Result<Vec<(Option<u32>, Fact)>, ChainError> {
    Events::<SubstrateConfig>::decode_from(bytes, metadata.clone())
        .iter()
        .skip(skip)
        .filter_map(|event| {
            event
                .map_err(|why| ChainError::Decode { what: "event", why: why.to_string() })
                .and_then(|event| {
                    let extrinsic = match event.phase() {
                        Phase::ApplyExtrinsic(index) => Some(index),
                        Phase::Finalization | Phase::Initialization => None,
                    };
                    Ok(fact(metadata, &event)?.map(|fact| (extrinsic, fact)))
                })
                .transpose()
        })
        .collect()
}

/// A dispatch error with the names that the node's metadata has for it.
pub(super) fn dispatch_error(metadata: &Metadata, error: &RuntimeError) -> DispatchError {
    facts::dispatch_error(error, |inner: &ModuleError| {
        let pallet = metadata.pallet_by_index(inner.index)?;
        let variant = pallet.error_variant_by_index(inner.error[0])?;
        Some((pallet.name().into(), variant.name.clone()))
    })
}

type DispatchInfo = (EncodedWeight, u8, u8);
type EncodedWeight = (Compact<u64>, Compact<u64>);

fn weight((ref_time, proof_size): EncodedWeight) -> Weight {
    Weight { ref_time: ref_time.0, proof_size: proof_size.0 }
}

fn fact(metadata: &Metadata, event: &Details) -> Result<Option<Fact>, ChainError> {
    let fields = event.field_bytes();
    Ok(Some(match (event.pallet_name(), event.variant_name()) {
        ("System", "ExtrinsicSuccess") => {
            let (spent, _class, _pays): DispatchInfo = decode("ExtrinsicSuccess", fields)?;
            Fact::Success { weight: weight(spent) }
        }
        ("System", "ExtrinsicFailed") => {
            let (error, (spent, _class, _pays)): (RuntimeError, DispatchInfo) =
                decode("ExtrinsicFailed", fields)?;
            Fact::Failed { weight: weight(spent), error: dispatch_error(metadata, &error) }
        }
        ("TransactionPayment", "TransactionFeePaid") => {
            let (_who, planck): (AccountId, u128) = decode("TransactionFeePaid", fields)?;
            Fact::Fee { planck }
        }
        ("Sudo", "Sudid") => {
            let result: Result<(), RuntimeError> = decode("Sudid", fields)?;
            Fact::Sudo { error: result.err().map(|error| dispatch_error(metadata, &error)) }
        }
        ("Contracts", "StorageDepositTransferredAndHeld") => {
            Fact::DepositHeld { planck: deposit(fields)? }
        }
        ("Contracts", "StorageDepositTransferredAndReleased") => {
            Fact::DepositReleased { planck: deposit(fields)? }
        }
        ("Contracts", "Instantiated") => {
            let (_deployer, contract): (AccountId, AccountId) = decode("Instantiated", fields)?;
            Fact::Instantiated { contract }
        }
        ("Contracts", "ContractEmitted") => {
            let (contract, data): (AccountId, Vec<u8>) = decode("ContractEmitted", fields)?;
            let topics = event.topics().iter().map(|topic| topic.0).collect();
            Fact::Emitted(ContractEvent { contract, topics, data })
        }
        _ => return Ok(None),
    }))
}

fn deposit(fields: &[u8]) -> Result<u128, ChainError> {
    let (_from, _to, planck): (AccountId, AccountId, u128) = decode("storage deposit", fields)?;
    Ok(planck)
}

/// Value of `System::EventCount`, which is absent while it is zero.
pub(super) fn count(bytes: Option<Vec<u8>>) -> Result<usize, ChainError> {
    let count: u32 = bytes.map_or(Ok(0), |bytes| decode("event count", &bytes))?;
    usize::try_from(count)
        .map_err(|why| ChainError::Decode { what: "event count", why: why.to_string() })
}
