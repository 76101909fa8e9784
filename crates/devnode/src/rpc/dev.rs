//! `dev_*`: what only a chain of one's own can do.

use breakwater_chain::{address, AccountId, ChainError};
use jsonrpsee::types::ParamsSequence;
use serde::Deserialize;
use serde_json::{json, Value};

use super::{Answer, Methods};
use crate::{
    block::Block,
    error::{Error, Result},
};

/// Most blocks that one request makes.
const MOST_BLOCKS: u32 = 1_000;

pub fn register(methods: &mut Methods) -> Result<()> {
    // Blocks at once, one if not told how many: the newest.
    methods.add(&["dev_newBlock"], |node, mut params| {
        let count = params.optional_next::<u32>()?.unwrap_or(1);
        if !(1..=MOST_BLOCKS).contains(&count) {
            let most = usize::try_from(MOST_BLOCKS).unwrap_or(usize::MAX);
            return Err(Error::TooMuch { what: "blocks", most }.into());
        }
        let mut newest = node.new_block()?;
        for _ in 1..count {
            newest = node.new_block()?;
        }
        Ok(told(&newest))
    })?;
    // On by this many milliseconds, in one block.
    methods.add(&["dev_travel"], |node, mut params| Ok(told(&*node.travel(params.next()?)?)))?;
    methods
        .add(&["dev_travelTo"], |node, mut params| Ok(told(&*node.travel_to(params.next()?)?)))?;
    methods.add(&["dev_setBalance"], |node, mut params| {
        let account = account(&mut params)?;
        let planck = amount(params.next()?)?;
        Ok(told(&*node.set_balance(account, planck)?))
    })?;
    methods.add(&["dev_snapshot"], |node, _| Ok(json!(node.snapshot()?)))?;
    methods.add(&["dev_revert"], |node, mut params| Ok(told(&*node.revert(params.next()?)?)))?;
    for (name, on) in [("dev_impersonate", true), ("dev_stopImpersonating", false)] {
        methods.add(&[name], move |node, mut params| -> Answer {
            node.impersonate(account(&mut params)?, on);
            Ok(Value::Null)
        })?;
    }
    Ok(())
}

/// A block, for who has asked for it.
fn told(block: &Block) -> Value {
    json!({ "number": block.header.number, "hash": block.hash, "timeMs": block.time_ms })
}

pub fn malformed(why: ChainError) -> Error {
    Error::Malformed(why.to_string())
}

fn account(
    params: &mut ParamsSequence<'_>,
) -> Result<AccountId, jsonrpsee::types::ErrorObjectOwned> {
    let text: String = params.next()?;
    Ok(address::parse(&text).map_err(malformed)?)
}

/// Planck, in digits or in hex; as text where they are more than a number of JSON holds.
#[derive(Deserialize)]
#[serde(untagged)]
enum Amount {
    Number(u64),
    Text(String),
}

fn amount(amount: Amount) -> Result<u128> {
    match amount {
        Amount::Number(planck) => Ok(planck.into()),
        Amount::Text(text) => match text.strip_prefix("0x") {
            Some(digits) => u128::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        }
        .ok_or_else(|| Error::Malformed(format!("{text:?} is no amount of planck"))),
    }
}
