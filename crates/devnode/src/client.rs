//! Asks a node for one thing: what a command needs.

use std::time::Duration;

use jsonrpsee::{
    core::{client::ClientT, ClientError},
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const METHOD_NOT_FOUND: i32 = -32601;

/// Why a node has not done it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("cannot reach the node at {url}: {why}")]
    Unreached { url: String, why: String },
    #[error("the node has no such method")]
    NoMethod,
    #[error("the node refuses: {0}")]
    Refused(String),
    #[error("connection lost: {0}")]
    Lost(String),
}

/// A connection. It blocks, so it is for plain threads.
pub struct Client {
    // Before its runtime, so that it is dropped while its tasks can run.
    client: WsClient,
    runtime: Runtime,
}

impl Client {
    /// Connects to a node, as `ws://127.0.0.1:9944`.
    ///
    /// # Errors
    /// [`Failure::Unreached`].
    pub fn connect(url: &str) -> Result<Self, Failure> {
        let unreached = |why: String| Failure::Unreached { url: url.into(), why };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|why| unreached(why.to_string()))?;
        let client = WsClientBuilder::default()
            .connection_timeout(CONNECT_TIMEOUT)
            .request_timeout(ANSWER_TIMEOUT);
        let client =
            runtime.block_on(client.build(url)).map_err(|why| unreached(why.to_string()))?;
        Ok(Self { client, runtime })
    }

    /// Asks with positional parameters, and waits for the answer.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn call(&self, method: &str, params: Value) -> Result<Value, Failure> {
        let mut list = jsonrpsee::core::params::ArrayParams::new();
        let Value::Array(items) = params else {
            return Err(Failure::Refused("parameters are a list".into()));
        };
        for item in items {
            list.insert(item).map_err(|why| Failure::Refused(why.to_string()))?;
        }
        self.runtime.block_on(self.client.request(method, list)).map_err(|why| match why {
            ClientError::Call(why) if why.code() == METHOD_NOT_FOUND => Failure::NoMethod,
            ClientError::Call(why) => Failure::Refused(why.message().into()),
            why => Failure::Lost(why.to_string()),
        })
    }
}
