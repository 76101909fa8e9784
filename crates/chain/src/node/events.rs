//! A block's events, read with the metadata of the runtime that made them.

use subxt::{
    ext::{
        scale_decode::{DecodeAsFields, DecodeAsType, Field},
        scale_value::Value,
        subxt_core::events::{EventDetails, Events, Phase},
    },
    utils::AccountId32,
    SubstrateConfig,
};

use super::{calls::CONTRACTS, codec::Codec, dispatch};
use crate::{
    error::ChainError,
    facts::Fact,
    types::{ContractEvent, Weight},
};

type Details = EventDetails<SubstrateConfig>;

/// Facts in the SCALE bytes of a `Vec<EventRecord>`, with the index of their extrinsic; the first
/// `skip` events are left out.
pub(super) fn facts(
    codec: &Codec,
    bytes: Vec<u8>,
    skip: usize,
) -> Result<Vec<(Option<u32>, Fact)>, ChainError> {
    Events::<SubstrateConfig>::decode_from(bytes, codec.metadata().clone())
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
                    Ok(fact(codec, &event)?.map(|fact| (extrinsic, fact)))
                })
                .transpose()
        })
        .collect()
}

/// Whether a block's events say that the next one is made by another runtime; also where they can't be read.
pub(super) fn replaces_code(codec: &Codec, bytes: Vec<u8>) -> bool {
    let is_new =
        |event: &Details| event.pallet_name() == "System" && event.variant_name() == "CodeUpdated";
    Events::<SubstrateConfig>::decode_from(bytes, codec.metadata().clone())
        .iter()
        .any(|event| event.map_or(true, |event| is_new(&event)))
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct Spent {
    ref_time: u64,
    proof_size: u64,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct DispatchInfo {
    weight: Spent,
}

impl DispatchInfo {
    fn weight(&self) -> Weight {
        Weight { ref_time: self.weight.ref_time, proof_size: self.weight.proof_size }
    }
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ExtrinsicSuccess {
    dispatch_info: DispatchInfo,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ExtrinsicFailed {
    dispatch_error: Value,
    dispatch_info: DispatchInfo,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct TransactionFeePaid {
    actual_fee: u128,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct Sudid {
    sudo_result: Result<(), Value>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct StorageDeposit {
    amount: u128,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct Instantiated {
    contract: AccountId32,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ContractEmitted {
    contract: AccountId32,
    data: Vec<u8>,
}

fn fact(codec: &Codec, event: &Details) -> Result<Option<Fact>, ChainError> {
    Ok(Some(match (event.pallet_name(), event.variant_name()) {
        ("System", "ExtrinsicSuccess") => {
            let success: ExtrinsicSuccess = fields(codec, event, "ExtrinsicSuccess")?;
            Fact::Success { weight: success.dispatch_info.weight() }
        }
        ("System", "ExtrinsicFailed") => {
            let failed: ExtrinsicFailed = fields(codec, event, "ExtrinsicFailed")?;
            let error = dispatch::named(codec.metadata(), &failed.dispatch_error);
            Fact::Failed { weight: failed.dispatch_info.weight(), error }
        }
        ("TransactionPayment", "TransactionFeePaid") => {
            let paid: TransactionFeePaid = fields(codec, event, "TransactionFeePaid")?;
            Fact::Fee { planck: paid.actual_fee }
        }
        ("Sudo", "Sudid") => {
            let done: Sudid = fields(codec, event, "Sudid")?;
            let error = done.sudo_result.err();
            Fact::Sudo { error: error.map(|error| dispatch::named(codec.metadata(), &error)) }
        }
        (CONTRACTS, "StorageDepositTransferredAndHeld") => {
            let deposit: StorageDeposit = fields(codec, event, "storage deposit")?;
            Fact::DepositHeld { planck: deposit.amount }
        }
        (CONTRACTS, "StorageDepositTransferredAndReleased") => {
            let deposit: StorageDeposit = fields(codec, event, "storage deposit")?;
            Fact::DepositReleased { planck: deposit.amount }
        }
        (CONTRACTS, "Instantiated") => {
            let made: Instantiated = fields(codec, event, "Instantiated")?;
            Fact::Instantiated { contract: made.contract.0 }
        }
        (CONTRACTS, "ContractEmitted") => {
            let emitted: ContractEmitted = fields(codec, event, "ContractEmitted")?;
            let topics = event.topics().iter().map(|topic| topic.0).collect();
            let (contract, data) = (emitted.contract.0, emitted.data);
            Fact::Emitted(ContractEvent { contract, topics, data })
        }
        _ => return Ok(None),
    }))
}

/// An event's fields by their names.
fn fields<E: DecodeAsFields>(
    codec: &Codec,
    event: &Details,
    what: &'static str,
) -> Result<E, ChainError> {
    let variant = event.event_metadata().variant;
    let mut fields =
        variant.fields.iter().map(|field| Field::new(field.ty.id, field.name.as_deref()));
    E::decode_as_fields(&mut event.field_bytes(), &mut fields, codec.metadata().types())
        .map_err(|why| ChainError::Decode { what, why: why.to_string() })
}
