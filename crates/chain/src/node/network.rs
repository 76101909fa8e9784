//! [`Network`] from a node's metadata and properties.

use subxt::ext::scale_decode::DecodeAsType;

use super::{
    calls::CONTRACTS,
    codec::Codec,
    rpc::{Properties, Spec},
};
use crate::{
    error::ChainError,
    network::{ContractLimits, Network},
    types::Weight,
};

/// The network number where neither runtime nor node says one: any Substrate chain.
const GENERIC_ADDRESSES: u16 = 42;
/// Decimals where the node says none, as Substrate's tools take them.
const USUAL_DECIMALS: u8 = 12;
/// Shorter blocks than this are made when a transaction comes.
const SHORTEST_BLOCK_TIME_MS: u64 = 1_000;
/// What an extrinsic needs beyond its calls, as a part of what one may use.
const EXTRINSIC_PART: u64 = 128;

#[derive(Clone, Copy, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct EncodedWeight {
    ref_time: u64,
    proof_size: u64,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct BlockWeights {
    max_block: EncodedWeight,
    per_class: PerClass,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct PerClass {
    normal: ClassWeights,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
struct ClassWeights {
    max_extrinsic: Option<EncodedWeight>,
}

/// Most gas that one contract call can be given.
pub(super) fn max_call_gas(codec: &Codec) -> Result<Weight, ChainError> {
    let limits: BlockWeights = required(codec, "System", "BlockWeights")?;
    let most = limits.per_class.normal.max_extrinsic.unwrap_or(limits.max_block);
    let less = |value: u64| value - value / EXTRINSIC_PART;
    Ok(Weight { ref_time: less(most.ref_time), proof_size: less(most.proof_size) })
}

/// Milliseconds from block to block.
pub(super) fn block_time_ms(codec: &Codec) -> Result<Option<u64>, ChainError> {
    if let Some(time_ms) = codec.constant::<u64>("Babe", "ExpectedBlockTime")? {
        return Ok(Some(time_ms));
    }
    if let Some(time_ms) = codec.constant::<u64>("Aura", "SlotDuration")? {
        return Ok(Some(time_ms));
    }
    // Half of a block's time by convention.
    let least: Option<u64> = codec.constant("Timestamp", "MinimumPeriod")?;
    let time_ms = least.map(|least| least.saturating_mul(2));
    Ok(time_ms.filter(|time_ms| *time_ms >= SHORTEST_BLOCK_TIME_MS))
}

/// Blocks whose hashes the runtime remembers.
pub(super) fn block_hash_count(codec: &Codec) -> Result<u64, ChainError> {
    required(codec, "System", "BlockHashCount")
}

/// What the chain says of itself.
pub(super) fn network(
    codec: &Codec,
    spec: Spec,
    name: String,
    properties: &Properties,
) -> Result<Network, ChainError> {
    let own_format: Option<u16> = codec.constant("System", "SS58Prefix")?;
    let contracts = ContractLimits {
        max_code_len: required(codec, CONTRACTS, "MaxCodeLen")?,
        deposit_per_byte: required(codec, CONTRACTS, "DepositPerByte")?,
        deposit_per_item: required(codec, CONTRACTS, "DepositPerItem")?,
        default_deposit_limit: required(codec, CONTRACTS, "DefaultDepositLimit")?,
        max_delegate_dependencies: required(codec, CONTRACTS, "MaxDelegateDependencies")?,
    };
    Ok(Network {
        name,
        spec_name: spec.name,
        spec_version: spec.versions.spec,
        token_symbol: properties.token_symbol.clone(),
        token_decimals: properties.token_decimals.unwrap_or(USUAL_DECIMALS),
        address_format: own_format.or(properties.address_format).unwrap_or(GENERIC_ADDRESSES),
        existential_deposit: required(codec, "Balances", "ExistentialDeposit")?,
        block_time_ms: block_time_ms(codec)?,
        block_hash_count: block_hash_count(codec)?,
        max_call_gas: max_call_gas(codec)?,
        contracts,
    })
}

fn required<T: DecodeAsType>(
    codec: &Codec,
    pallet: &str,
    name: &'static str,
) -> Result<T, ChainError> {
    let missing = || ChainError::Unsuitable(format!("it has no constant {pallet}.{name}"));
    codec.constant(pallet, name)?.ok_or_else(missing)
}
