//! `author_*`: transactions.

use jsonrpsee::SubscriptionMessage;
use serde_json::{json, Value};
use sp_core::Bytes;
use tokio::sync::mpsc;

use super::{hex, Methods};
use crate::{error::Result, pool::Status};

pub fn register(methods: &mut Methods) -> Result<()> {
    methods.add(&["author_submitExtrinsic"], |node, mut params| {
        let extrinsic: Bytes = params.next()?;
        Ok(json!(node.submit(extrinsic.0, None)?))
    })?;
    methods.add(&["author_pendingExtrinsics"], |node, _| {
        Ok(node.pending().iter().map(|bytes| hex(bytes)).collect())
    })?;
    let watch = methods.module.register_subscription(
        "author_submitAndWatchExtrinsic",
        "author_extrinsicUpdate",
        "author_unwatchExtrinsic",
        |params, pending, node, _| async move {
            let extrinsic: Bytes = match params.sequence().next() {
                Ok(extrinsic) => extrinsic,
                Err(why) => return pending.reject(why).await,
            };
            let (watcher, mut statuses) = mpsc::unbounded_channel();
            // Blocks on the runtime, so not here.
            let submit = move || node.submit(extrinsic.0, Some(watcher));
            match tokio::task::spawn_blocking(submit).await {
                Ok(Ok(_)) => {}
                Ok(Err(why)) => return pending.reject(why).await,
                Err(_) => return,
            }
            let Ok(sink) = pending.accept().await else { return };
            loop {
                let status = tokio::select! {
                    status = statuses.recv() => status,
                    () = sink.closed() => return,
                };
                let Some(status) = status else { return };
                for told in words(status) {
                    let Ok(message) = SubscriptionMessage::from_json(&told) else { return };
                    if sink.send(message).await.is_err() {
                        return;
                    }
                }
            }
        },
    );
    watch.map_err(super::twice)?;
    Ok(())
}

/// A status in the words of Substrate's nodes.
fn words(status: Status) -> Vec<Value> {
    match status {
        Status::Future => vec![json!("future")],
        Status::Ready => vec![json!("ready")],
        Status::InBlock(hash) => vec![json!({ "inBlock": hash }), json!({ "finalized": hash })],
        Status::Usurped(by) => vec![json!({ "usurped": by })],
        Status::Invalid => vec![json!("invalid")],
        Status::Dropped => vec![json!("dropped")],
    }
}
