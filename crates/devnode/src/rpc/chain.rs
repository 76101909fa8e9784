//! `chain_*`: blocks.

use serde::Deserialize;
use serde_json::{json, Value};
use sp_core::H256;

use super::{at_most, hex, Answer, Methods};
use crate::{
    block::{Block, Header},
    error::{Error, Result},
    node::Node,
};

pub fn register(methods: &mut Methods) -> Result<()> {
    methods.add(&["chain_getBlockHash", "chain_getHead"], |node, mut params| {
        Ok(match params.optional_next::<OneOrSeveral>()? {
            None => json!(node.head()?.hash),
            Some(OneOrSeveral::One(number)) => hash_of(node, &number)?,
            Some(OneOrSeveral::Several(numbers)) => {
                let numbers = at_most("blocks", numbers)?;
                let hashes = numbers.iter().map(|number| hash_of(node, number));
                json!(hashes.collect::<Result<Vec<_>>>()?)
            }
        })
    })?;
    methods.add(&["chain_getHeader"], |node, mut params| {
        let block = find(node, params.optional_next()?)?;
        Ok(block.map_or(Value::Null, |block| header(&block.header)))
    })?;
    methods.add(&["chain_getBlock"], |node, mut params| -> Answer {
        let block = find(node, params.optional_next()?)?;
        Ok(block.map_or(Value::Null, |block| {
            let extrinsics: Vec<_> = block.body.iter().map(|bytes| hex(bytes)).collect();
            json!({
                "block": { "header": header(&block.header), "extrinsics": extrinsics },
                "justifications": null,
            })
        }))
    })?;
    // What is in a block is final.
    methods.add(&["chain_getFinalizedHead", "chain_getFinalisedHead"], |node, _| {
        Ok(json!(node.head()?.hash))
    })
}

/// A block's number, in digits or in hex.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(u64),
    Hex(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrSeveral {
    One(Number),
    Several(Vec<Number>),
}

fn hash_of(node: &Node, number: &Number) -> Result<Value> {
    let number = match number {
        Number::Number(number) => *number,
        Number::Hex(text) => text
            .strip_prefix("0x")
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .ok_or_else(|| Error::Malformed(format!("{text:?} is no block's number")))?,
    };
    let block = u32::try_from(number).ok().and_then(|n| node.read(|book| book.by_number(n)));
    Ok(json!(block.map(|block| block.hash)))
}

fn find(node: &Node, hash: Option<H256>) -> Result<Option<std::sync::Arc<Block>>> {
    match hash {
        Some(hash) => Ok(node.read(|book| book.by_hash(hash))),
        None => node.head().map(Some),
    }
}

/// A header as Substrate's nodes write it.
pub fn header(header: &Header) -> Value {
    use scale::Encode;
    let logs: Vec<_> = header.digest.logs.iter().map(|log| hex(&log.encode())).collect();
    json!({
        "parentHash": header.parent_hash,
        "number": format!("{:#x}", header.number),
        "stateRoot": header.state_root,
        "extrinsicsRoot": header.extrinsics_root,
        "digest": { "logs": logs },
    })
}
