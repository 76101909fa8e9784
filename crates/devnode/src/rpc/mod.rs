//! The node's JSON-RPC: the methods that Substrate's clients of the older kind use, in the forms of
//! Substrate's nodes, and `dev_*`.

mod author;
mod chain;
mod child;
mod dev;
mod follow;
mod state;
mod system;

use std::sync::Arc;

use jsonrpsee::{
    types::{ErrorObjectOwned, ParamsSequence},
    RpcModule,
};
use serde_json::{json, Value};
use sp_core::Bytes;

use crate::{
    error::{Error, Result},
    node::Node,
};

type Answer = Result<Value, ErrorObjectOwned>;

/// All methods.
///
/// # Errors
/// [`Error::Listen`] if two have one name.
pub fn module(node: Arc<Node>) -> Result<RpcModule<Arc<Node>>> {
    let mut methods = Methods { module: RpcModule::new(node) };
    chain::register(&mut methods)?;
    state::register(&mut methods)?;
    child::register(&mut methods)?;
    author::register(&mut methods)?;
    system::register(&mut methods)?;
    dev::register(&mut methods)?;
    follow::register(&mut methods)?;
    let mut names: Vec<_> = methods.module.method_names().chain(["rpc_methods"]).collect();
    names.sort_unstable();
    let answer = json!({ "methods": names });
    methods.add(&["rpc_methods"], move |_, _| Ok(answer.clone()))?;
    Ok(methods.module)
}

struct Methods {
    module: RpcModule<Arc<Node>>,
}

fn twice(why: jsonrpsee::core::RegisterMethodError) -> Error {
    Error::Listen(why.to_string())
}

impl Methods {
    /// A method, under all of its names.
    fn add(
        &mut self,
        names: &[&'static str],
        answer: impl Fn(&Node, ParamsSequence<'_>) -> Answer + Clone + Send + Sync + 'static,
    ) -> Result<()> {
        let Some((first, others)) = names.split_first() else { return Ok(()) };
        // Contracts run in an interpreter: on threads for that, or one would keep others waiting.
        let run = move |params: jsonrpsee::types::Params<'_>, node: Arc<Arc<Node>>, _| {
            answer(&node, params.sequence())
        };
        self.module.register_blocking_method::<Answer, _>(first, run).map_err(twice)?;
        others.iter().try_for_each(|other| self.module.register_alias(other, first).map_err(twice))
    }
}

/// Bytes as hex.
fn hex(bytes: &[u8]) -> Value {
    json!(Bytes(bytes.to_vec()))
}

/// Most entries of a list that one request may ask for.
const MOST_ITEMS: usize = 1_000;

fn at_most<T>(what: &'static str, items: Vec<T>) -> Result<Vec<T>> {
    match items.len() <= MOST_ITEMS {
        true => Ok(items),
        false => Err(Error::TooMuch { what, most: MOST_ITEMS }),
    }
}
