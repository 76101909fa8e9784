//! `state_*` and `payment_*`: what a state holds, and what the runtime answers on it.

use frame_support::{dispatch::DispatchClass, weights::Weight};
use scale::{Decode, Encode};
use serde_json::{json, Value};
use sp_core::{Bytes, H256};
use sp_version::RuntimeVersion;

use super::{at_most, hex, Answer, Methods, MOST_ITEMS};
use crate::{
    error::{Error, Result},
    node::Node,
    state::State,
};

pub fn register(methods: &mut Methods) -> Result<()> {
    methods.add(&["state_call", "state_callAt"], |node, mut params| -> Answer {
        let (function, arguments): (String, Bytes) = (params.next()?, params.next()?);
        let (_, state) = node.at(params.optional_next()?)?;
        Ok(hex(&state.call(&function, &arguments)?))
    })?;
    methods.add(&["state_getMetadata"], |node, mut params| {
        let (_, state) = node.at(params.optional_next()?)?;
        let opaque = state.call("Metadata_metadata", &[])?;
        Ok(hex(&decode::<Vec<u8>>(&opaque)?))
    })?;
    methods.add(&["state_getRuntimeVersion", "chain_getRuntimeVersion"], |node, mut params| {
        let (_, state) = node.at(params.optional_next()?)?;
        Ok(version(&state)?)
    })?;
    methods.add(&["state_getStorage", "state_getStorageAt"], |node, mut params| {
        value(node, params.next()?, params.optional_next()?, |value| hex(&value))
    })?;
    methods.add(&["state_getStorageHash", "state_getStorageHashAt"], |node, mut params| {
        value(node, params.next()?, params.optional_next()?, |value| json!(hash(&value)))
    })?;
    methods.add(&["state_getStorageSize", "state_getStorageSizeAt"], |node, mut params| {
        value(node, params.next()?, params.optional_next()?, |value| json!(value.len()))
    })?;
    methods.add(&["state_getKeysPaged", "state_getKeysPagedAt"], |node, mut params| {
        let (prefix, count): (Option<Bytes>, usize) = (params.optional_next()?, params.next()?);
        let (after, at): (Option<Bytes>, _) = (params.optional_next()?, params.optional_next()?);
        let prefix = prefix.map(|bytes| bytes.0).unwrap_or_default();
        if count > MOST_ITEMS {
            return Err(Error::TooMuch { what: "keys", most: MOST_ITEMS }.into());
        }
        let (_, state) = node.at(at)?;
        Ok(list(&state.keys(None, &prefix, after.as_deref(), count)?))
    })?;
    methods.add(&["state_queryStorageAt"], |node, mut params| {
        let keys: Vec<Bytes> = at_most("keys", params.next()?)?;
        let (block, state) = node.at(params.optional_next()?)?;
        let values = keys.iter().map(|key| Ok((key, state.storage(key)?.map(Bytes))));
        let changes = values.collect::<Result<Vec<_>>>()?;
        Ok(json!([{ "block": block.hash, "changes": changes }]))
    })?;
    methods.add(&["payment_queryInfo"], |node, mut params| {
        let (extrinsic, at): (Bytes, _) = (params.next()?, params.optional_next()?);
        let answer = of_extrinsic(node, "TransactionPaymentApi_query_info", &extrinsic, at)?;
        let mut rest = answer.as_slice();
        let (weight, class) = <(Weight, DispatchClass)>::decode(&mut rest).map_err(odd)?;
        Ok(json!({
            "weight": { "ref_time": weight.ref_time(), "proof_size": weight.proof_size() },
            "class": class,
            "partialFee": planck(rest)?.to_string(),
        }))
    })?;
    methods.add(&["payment_queryFeeDetails"], |node, mut params| {
        let (extrinsic, at): (Bytes, _) = (params.next()?, params.optional_next()?);
        let answer = of_extrinsic(node, "TransactionPaymentApi_query_fee_details", &extrinsic, at)?;
        let fees = match answer.split_first() {
            Some((1, fees)) if fees.len() % 3 == 0 => Some(fees),
            _ => None,
        };
        let fees = fees.map(|fees| {
            let hex = |part: &[u8]| planck(part).map(|planck| format!("{planck:#x}"));
            let (base, rest) = fees.split_at(fees.len() / 3);
            let (length, weight) = rest.split_at(base.len());
            Ok::<Value, Error>(json!({
                "baseFee": hex(base)?,
                "lenFee": hex(length)?,
                "adjustedWeightFee": hex(weight)?,
            }))
        });
        Ok(json!({ "inclusionFee": fees.transpose()? }))
    })
}

/// An amount, in the runtime's width.
fn planck(bytes: &[u8]) -> Result<u128> {
    match <[u8; 8]>::try_from(bytes) {
        Ok(short) => Ok(u64::from_le_bytes(short).into()),
        Err(_) => decode(bytes),
    }
}

/// The runtime's version as Substrate's nodes write it.
pub fn version(state: &State) -> Result<Value> {
    let version: RuntimeVersion = decode(&state.call("Core_version", &[])?)?;
    serde_json::to_value(version).map_err(|why| Error::Broken(why.to_string()))
}

/// A list of bytes.
pub fn list(items: &[Vec<u8>]) -> Value {
    items.iter().map(|bytes| hex(bytes)).collect()
}

/// Hash of a value, as storage has it.
pub fn hash(value: &[u8]) -> H256 {
    H256(sp_core::hashing::blake2_256(value))
}

fn value(node: &Node, key: Bytes, at: Option<H256>, told: impl FnOnce(Vec<u8>) -> Value) -> Answer {
    let (_, state) = node.at(at)?;
    Ok(state.storage(&key)?.map_or(Value::Null, told))
}

/// Answers a function whose arguments are an extrinsic and its length.
fn of_extrinsic(node: &Node, function: &str, bytes: &Bytes, at: Option<H256>) -> Result<Vec<u8>> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    // The extrinsic's own encoding begins with its length.
    let arguments = [bytes.as_ref(), &length.encode()].concat();
    node.at(at)?.1.call(function, &arguments)
}

fn decode<T: Decode>(mut bytes: &[u8]) -> Result<T> {
    T::decode(&mut bytes).map_err(odd)
}

fn odd(why: scale::Error) -> Error {
    Error::Broken(format!("the runtime's answer: {why}"))
}
