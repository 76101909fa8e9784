//! Subscriptions: new blocks, values that change, the runtime's version.

use std::sync::Arc;

use jsonrpsee::{PendingSubscriptionSink, SubscriptionMessage, SubscriptionSink};
use serde::Serialize;
use serde_json::json;
use sp_core::Bytes;

use super::{chain, state, Methods};
use crate::{
    block::Block,
    error::{Error, Result},
    node::Node,
};

/// Most keys that one subscription watches.
const MOST_KEYS: usize = 256;
/// Most blocks that are told one after another to who was slow; of more, the newest only.
const MOST_BEHIND: u32 = 256;

pub fn register(methods: &mut Methods) -> Result<()> {
    // What is in a block is final, so all three tell the same.
    for (subscribe, message, unsubscribe) in [
        ("chain_subscribeNewHeads", "chain_newHead", "chain_unsubscribeNewHeads"),
        ("chain_subscribeAllHeads", "chain_allHead", "chain_unsubscribeAllHeads"),
        ("chain_subscribeFinalizedHeads", "chain_finalizedHead", "chain_unsubscribeFinalizedHeads"),
    ] {
        let heads = |_, pending: PendingSubscriptionSink, node: Arc<Arc<Node>>, _| async move {
            let Ok(sink) = pending.accept().await else { return };
            follow(&sink, &node, |block| Ok(Some(chain::header(&block.header)))).await;
        };
        methods
            .module
            .register_subscription(subscribe, message, unsubscribe, heads)
            .map_err(super::twice)?;
    }
    let version = methods.module.register_subscription(
        "state_subscribeRuntimeVersion",
        "state_runtimeVersion",
        "state_unsubscribeRuntimeVersion",
        |_, pending, node, _| async move {
            let version = node.at(None).and_then(|(_, state)| state::version(&state));
            let Ok(sink) = pending.accept().await else { return };
            // It is told once: the runtime stays.
            if let Ok(version) = version {
                tell(&sink, &version).await;
            }
            sink.closed().await;
        },
    );
    version.map_err(super::twice)?;
    let storage = methods.module.register_subscription(
        "state_subscribeStorage",
        "state_storage",
        "state_unsubscribeStorage",
        |params, pending, node, _| async move {
            let keys = match params.sequence().next::<Vec<Bytes>>() {
                Ok(keys) if keys.len() <= MOST_KEYS => keys,
                Ok(_) => {
                    let why = Error::TooMuch { what: "keys", most: MOST_KEYS };
                    return pending.reject(why).await;
                }
                Err(why) => return pending.reject(why).await,
            };
            let Ok(sink) = pending.accept().await else { return };
            let mut known: Vec<Option<Option<Vec<u8>>>> = vec![None; keys.len()];
            let changed = |block: &Block| {
                let state = node.read(|book| book.state(block))?;
                let mut changes = Vec::new();
                for (key, known) in keys.iter().zip(&mut known) {
                    let value = state.storage(key)?;
                    if known.as_ref() != Some(&value) {
                        changes.push((key.clone(), value.clone().map(Bytes)));
                        *known = Some(value);
                    }
                }
                let message = json!({ "block": block.hash, "changes": changes });
                Ok((!changes.is_empty()).then_some(message))
            };
            follow(&sink, &node, changed).await;
        },
    );
    storage.map_err(super::twice)?;
    for (alias, name) in [
        ("chain_subscribeNewHead", "chain_subscribeNewHeads"),
        ("chain_unsubscribeNewHead", "chain_unsubscribeNewHeads"),
        ("subscribe_newHead", "chain_subscribeNewHeads"),
        ("unsubscribe_newHead", "chain_unsubscribeNewHeads"),
        ("chain_subscribeFinalisedHeads", "chain_subscribeFinalizedHeads"),
        ("chain_unsubscribeFinalisedHeads", "chain_unsubscribeFinalizedHeads"),
        ("chain_subscribeRuntimeVersion", "state_subscribeRuntimeVersion"),
        ("chain_unsubscribeRuntimeVersion", "state_unsubscribeRuntimeVersion"),
    ] {
        methods.module.register_alias(alias, name).map_err(super::twice)?;
    }
    Ok(())
}

/// Tells about the newest block and all that come, until nobody listens.
async fn follow<T: Serialize>(
    sink: &SubscriptionSink,
    node: &Node,
    mut message: impl FnMut(&Block) -> Result<Option<T>>,
) {
    let mut heads = node.heads();
    let mut last: Option<Arc<Block>> = None;
    loop {
        heads.mark_unchanged();
        for block in news(node, last.as_deref()) {
            // A state that is gone meanwhile has nothing to tell.
            if let Ok(Some(message)) = message(&block) {
                if !tell(sink, &message).await {
                    return;
                }
            }
            last = Some(block);
        }
        tokio::select! {
            changed = heads.changed() => if changed.is_err() { return },
            () = sink.closed() => return,
        }
    }
}

/// Blocks since the last that was told; the newest only where that one was taken back.
fn news(node: &Node, last: Option<&Block>) -> Vec<Arc<Block>> {
    node.read(|book| {
        let Ok(head) = book.head() else { return Vec::new() };
        let (newest, last) = match last {
            Some(last) if last.hash == head.hash => return Vec::new(),
            Some(last) if book.by_hash(last.hash).is_some() => {
                (head.header.number, last.header.number)
            }
            _ => return vec![head],
        };
        if newest.saturating_sub(last) > MOST_BEHIND {
            return vec![head];
        }
        (last.saturating_add(1)..=newest).filter_map(|number| book.by_number(number)).collect()
    })
}

async fn tell(sink: &SubscriptionSink, message: &impl Serialize) -> bool {
    match SubscriptionMessage::from_json(message) {
        Ok(message) => sink.send(message).await.is_ok(),
        Err(_) => false,
    }
}
