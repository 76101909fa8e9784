//! `childstate_*`: contracts' own storage.

use serde_json::{json, Value};
use sp_core::{storage::ChildInfo, Bytes, H256};

use super::{
    at_most, hex,
    state::{hash, list},
    Answer, Methods, MOST_ITEMS,
};
use crate::{
    error::{Error, Result},
    node::Node,
    state,
};

pub fn register(methods: &mut Methods) -> Result<()> {
    methods.add(
        &["childstate_getKeysPaged", "childstate_getKeysPagedAt"],
        |node, mut params| {
            let (child, prefix, count) = (params.next()?, params.next::<Bytes>()?, params.next()?);
            let (after, at): (Option<Bytes>, _) =
                (params.optional_next()?, params.optional_next()?);
            keys(node, child, &prefix, after, count, at)
        },
    )?;
    methods.add(&["childstate_getKeys"], |node, mut params| {
        let (child, prefix): (_, Bytes) = (params.next()?, params.next()?);
        keys(node, child, &prefix, None, MOST_ITEMS, params.optional_next()?)
    })?;
    methods.add(&["childstate_getStorage"], |node, mut params| {
        let (child, key) = (params.next()?, params.next()?);
        value(node, child, key, params.optional_next()?, |value| hex(&value))
    })?;
    methods.add(&["childstate_getStorageHash"], |node, mut params| {
        let (child, key) = (params.next()?, params.next()?);
        value(node, child, key, params.optional_next()?, |value| json!(hash(&value)))
    })?;
    methods.add(&["childstate_getStorageSize"], |node, mut params| {
        let (child, key) = (params.next()?, params.next()?);
        value(node, child, key, params.optional_next()?, |value| json!(value.len()))
    })?;
    methods.add(&["childstate_getStorageEntries"], |node, mut params| {
        let (child, keys): (_, Vec<Bytes>) = (params.next()?, params.next()?);
        let keys = at_most("keys", keys)?;
        let (child, (_, state)) = (named(child)?, node.at(params.optional_next()?)?);
        let values = keys.iter().map(|key| Ok(state.child_storage(&child, key)?.map(Bytes)));
        Ok(json!(values.collect::<Result<Vec<_>>>()?))
    })
}

fn named(key: Bytes) -> Result<ChildInfo> {
    state::child(key.0)
}

fn keys(
    node: &Node,
    child: Bytes,
    prefix: &[u8],
    after: Option<Bytes>,
    count: usize,
    at: Option<H256>,
) -> Answer {
    if count > MOST_ITEMS {
        return Err(Error::TooMuch { what: "keys", most: MOST_ITEMS }.into());
    }
    let (_, state) = node.at(at)?;
    Ok(list(&state.keys(Some(&named(child)?), prefix, after.as_deref(), count)?))
}

fn value(
    node: &Node,
    child: Bytes,
    key: Bytes,
    at: Option<H256>,
    told: impl FnOnce(Vec<u8>) -> Value,
) -> Answer {
    let (_, state) = node.at(at)?;
    Ok(state.child_storage(&named(child)?, &key)?.map_or(Value::Null, told))
}
