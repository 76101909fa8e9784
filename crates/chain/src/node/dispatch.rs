//! The runtime's errors under the names that its metadata has for them.

use subxt::{
    ext::scale_value::{scale::decode_as_type, Composite, Primitive, Value, ValueDef, Variant},
    Metadata,
};

use crate::{
    error::{ChainError, DispatchError},
    facts,
};

/// Reads a dispatch error.
///
/// # Errors
/// [`ChainError::Decode`] if the bytes are none of the runtime's.
pub(super) fn read(metadata: &Metadata, bytes: &[u8]) -> Result<DispatchError, ChainError> {
    let refused = |why: String| ChainError::Decode { what: "dispatch error", why };
    let ty = metadata
        .dispatch_error_ty()
        .ok_or_else(|| refused("the runtime has no type for it".into()))?;
    let value = decode_as_type(&mut &*bytes, ty, metadata.types())
        .map_err(|why| refused(why.to_string()))?;
    Ok(named(metadata, &value.remove_context()))
}

/// What a decoded dispatch error is called.
pub(super) fn named(metadata: &Metadata, value: &Value) -> DispatchError {
    match &value.value {
        ValueDef::Variant(Variant { name, values }) => match name.as_str() {
            "Module" => module(metadata, values),
            kind => facts::runtime_error(kind, detail(values)),
        },
        other => DispatchError::Runtime(format!("{other:?}")),
    }
}

/// A pallet's error.
fn module(metadata: &Metadata, values: &Composite<()>) -> DispatchError {
    // Two numbers, or one structure of two numbers, the second of four bytes in newer runtimes.
    let mut numbers = Vec::new();
    values.values().for_each(|value| flatten(value, &mut numbers));
    let [index, error, ..] = numbers[..] else {
        return DispatchError::Runtime("Module".into());
    };
    let names = metadata.pallet_by_index(index).and_then(|pallet| {
        pallet.error_variant_by_index(error).map(|error| (pallet.name(), error.name.as_str()))
    });
    match names {
        Some((pallet, error)) => DispatchError::module(pallet, error),
        None => DispatchError::Runtime(format!("Module({index})::Error({error})")),
    }
}

/// The numbers of a value in their order.
fn flatten(value: &Value, numbers: &mut Vec<u8>) {
    match &value.value {
        ValueDef::Primitive(Primitive::U128(number)) => {
            numbers.extend(u8::try_from(*number));
        }
        ValueDef::Composite(values) => values.values().for_each(|value| flatten(value, numbers)),
        _ => {}
    }
}

/// The name within a kind of error, such as `FundsUnavailable` within `Token`.
fn detail(values: &Composite<()>) -> Option<&str> {
    match &values.values().next()?.value {
        ValueDef::Variant(inner) => Some(inner.name.as_str()),
        _ => None,
    }
}
