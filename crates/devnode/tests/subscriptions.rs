//! What clients are told without asking again.

use std::time::Duration;

use breakwater_devnode::{DevNode, Options, Seal};
use jsonrpsee::{
    core::client::{ClientT, Subscription, SubscriptionClientT},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::{json, Value};

const PATIENCE: Duration = Duration::from_secs(20);

async fn connect(node: &DevNode) -> WsClient {
    WsClientBuilder::default().build(node.url()).await.expect("it listens")
}

async fn next(subscription: &mut Subscription<Value>) -> Value {
    let message = tokio::time::timeout(PATIENCE, subscription.next()).await;
    message.expect("in time").expect("it goes on").expect("a message")
}

fn number(header: &Value) -> u64 {
    let text = header["number"].as_str().expect("a number").trim_start_matches("0x");
    u64::from_str_radix(text, 16).expect("hex")
}

fn run(test: impl std::future::Future<Output = ()>) {
    tokio::runtime::Runtime::new().expect("a runtime").block_on(test);
}

fn manual() -> DevNode {
    DevNode::start(&Options { seal: Seal::Manual, ..Options::default() }).expect("a node")
}

#[test]
fn every_head_is_told_once_and_in_order() {
    let node = manual();
    run(async {
        let client = connect(&node).await;
        for (subscribe, unsubscribe) in [
            ("chain_subscribeNewHeads", "chain_unsubscribeNewHeads"),
            ("chain_subscribeAllHeads", "chain_unsubscribeAllHeads"),
            ("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads"),
        ] {
            let mut heads: Subscription<Value> =
                client.subscribe(subscribe, rpc_params![], unsubscribe).await.expect("subscribes");
            let first = number(&next(&mut heads).await);
            let _: Value = client.request("dev_newBlock", rpc_params![20]).await.expect("blocks");
            for expected in first + 1..=first + 20 {
                assert_eq!(number(&next(&mut heads).await), expected, "{subscribe}");
            }
            heads.unsubscribe().await.expect("unsubscribes");
        }
    });
}

#[test]
fn a_chain_that_goes_back_tells_the_head_it_has_then() {
    let node = manual();
    run(async {
        let client = connect(&node).await;
        let snapshot: Value = client.request("dev_snapshot", rpc_params![]).await.expect("one");
        let mut heads: Subscription<Value> = client
            .subscribe("chain_subscribeNewHeads", rpc_params![], "chain_unsubscribeNewHeads")
            .await
            .expect("subscribes");
        assert_eq!(number(&next(&mut heads).await), 0);
        let _: Value = client.request("dev_newBlock", rpc_params![]).await.expect("a block");
        assert_eq!(number(&next(&mut heads).await), 1);
        let _: Value = client.request("dev_revert", rpc_params![snapshot]).await.expect("back");
        assert_eq!(number(&next(&mut heads).await), 0);
        let _: Value = client.request("dev_newBlock", rpc_params![]).await.expect("a block");
        assert_eq!(number(&next(&mut heads).await), 1);
    });
}

#[test]
fn values_are_told_when_they_change() {
    let node = manual();
    run(async {
        let client = connect(&node).await;
        let key = |pallet: &str, item: &str| {
            let hash = |name: &str| sp_core::hashing::twox_128(name.as_bytes());
            let bytes = [hash(pallet), hash(item)].concat();
            bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
        };
        let keys = [key("System", "Number"), key("Sudo", "Key")];
        let mut values: Subscription<Value> = client
            .subscribe(
                "state_subscribeStorage",
                rpc_params![keys.clone()],
                "state_unsubscribeStorage",
            )
            .await
            .expect("subscribes");
        let first = next(&mut values).await;
        assert_eq!(first["changes"].as_array().map(Vec::len), Some(2), "both at first");
        let _: Value = client.request("dev_newBlock", rpc_params![]).await.expect("a block");
        let second = next(&mut values).await;
        assert_eq!(second["changes"], json!([[keys[0], "0x01000000"]]), "then what has changed");
    });
}

/// Neither many subscriptions nor many connections stop the node from answering others.
#[test]
fn too_many_subscriptions_are_refused() {
    let node = manual();
    run(async {
        let client = connect(&node).await;
        let mut open = Vec::new();
        let mut refused = 0;
        for _ in 0..400 {
            let heads = client.subscribe::<Value, _>(
                "chain_subscribeNewHeads",
                rpc_params![],
                "chain_unsubscribeNewHeads",
            );
            match heads.await {
                Ok(heads) => open.push(heads),
                Err(_) => refused += 1,
            }
        }
        assert_eq!((open.len(), refused), (256, 144));
        let keys: Vec<String> = (0..5_000).map(|n| format!("{n:#010x}")).collect();
        let many = connect(&node).await;
        let storage = many.subscribe::<Value, _>(
            "state_subscribeStorage",
            rpc_params![keys.clone()],
            "state_unsubscribeStorage",
        );
        assert!(storage.await.is_err());
        let _: Value = many.request("dev_newBlock", rpc_params![]).await.expect("it goes on");
    });
}

#[test]
fn a_transaction_that_is_watched_tells_how_it_ends() {
    let node = DevNode::start(&Options::default()).expect("a node");
    run(async {
        let client = connect(&node).await;
        let refused = client
            .subscribe::<Value, _>(
                "author_submitAndWatchExtrinsic",
                rpc_params!["0x00"],
                "author_unwatchExtrinsic",
            )
            .await;
        assert!(refused.is_err());
    });
}
