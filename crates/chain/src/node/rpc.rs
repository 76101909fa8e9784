//! Blocking RPC calls.

use std::{future::Future, time::Duration};

use scale::Decode;
use subxt::{
    ext::subxt_rpcs::{self, LegacyRpcMethods, RpcClient},
    utils::{AccountId32, H256},
    Metadata, SubstrateConfig,
};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::types::{AccountId, ChainError};

/// Longest wait for one answer. A node may compile contracts and build blocks meanwhile.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection and the runtime that drives it.
pub(super) struct Rpc {
    // Declared before the runtime so that it is dropped while its tasks can still run.
    methods: LegacyRpcMethods<SubstrateConfig>,
    runtime: Runtime,
}

/// Name and versions a node reports about its runtime.
pub(super) struct Spec {
    pub name: String,
    pub spec_version: u32,
    pub transaction_version: u32,
}

/// A block as far as we need it.
pub(super) struct Block {
    pub number: u64,
    pub extrinsics: Vec<Vec<u8>>,
}

impl Rpc {
    pub(super) fn connect(url: &str) -> Result<Self, ChainError> {
        refuse_async_context()?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("node-rpc")
            .enable_all()
            .build()
            .map_err(|why| ChainError::Connect(format!("no async runtime: {why}")))?;
        // Keys never leave this process, so a plain ws:// URL is safe to use.
        let client = within(&runtime, CONNECT_TIMEOUT, RpcClient::from_insecure_url(url))
            .ok_or_else(|| ChainError::Connect(format!("{url}: no answer in time")))?
            .map_err(|why| ChainError::Connect(format!("{url}: {}", one_line(&why))))?;
        Ok(Self { methods: LegacyRpcMethods::new(client), runtime })
    }

    /// Waits for one answer.
    fn wait<T>(
        &self,
        request: impl Future<Output = Result<T, subxt_rpcs::Error>>,
    ) -> Result<T, ChainError> {
        refuse_async_context()?;
        within(&self.runtime, ANSWER_TIMEOUT, request)
            .ok_or_else(no_answer)?
            .map_err(|why| ChainError::Rpc(one_line(&why)))
    }

    pub(super) fn spec(&self) -> Result<Spec, ChainError> {
        let version = self.wait(self.methods.state_get_runtime_version(None))?;
        let name = version.other.get("specName").and_then(|name| name.as_str());
        Ok(Spec {
            name: name.unwrap_or("unknown").to_owned(),
            spec_version: version.spec_version,
            transaction_version: version.transaction_version,
        })
    }

    pub(super) fn metadata(&self) -> Result<Metadata, ChainError> {
        let raw = self.wait(self.methods.state_get_metadata(None))?.into_raw();
        decode("metadata", &raw)
    }

    /// Hash of the newest block.
    pub(super) fn best(&self) -> Result<H256, ChainError> {
        self.wait(self.methods.chain_get_block_hash(None))?
            .ok_or_else(|| ChainError::Rpc("the node has no newest block".into()))
    }

    pub(super) fn best_number(&self) -> Result<u64, ChainError> {
        self.wait(self.methods.chain_get_header(None))?
            .map(|header| header.number.into())
            .ok_or_else(|| ChainError::Rpc("the node has no newest block".into()))
    }

    pub(super) fn hash_of(&self, number: u64) -> Result<H256, ChainError> {
        self.wait(self.methods.chain_get_block_hash(Some(number.into())))?
            .ok_or_else(|| ChainError::Rpc(format!("the node has no block {number}")))
    }

    pub(super) fn block(&self, hash: H256) -> Result<Block, ChainError> {
        let block = self
            .wait(self.methods.chain_get_block(Some(hash)))?
            .ok_or_else(|| ChainError::Rpc(format!("the node has no block {hash:?}")))?
            .block;
        Ok(Block {
            number: block.header.number.into(),
            extrinsics: block.extrinsics.into_iter().map(|bytes| bytes.0).collect(),
        })
    }

    /// A storage value; the newest block's unless `at` says which.
    pub(super) fn storage(
        &self,
        key: &[u8],
        at: Option<H256>,
    ) -> Result<Option<Vec<u8>>, ChainError> {
        self.wait(self.methods.state_get_storage(key, at))
    }

    pub(super) fn state_call(
        &self,
        function: &str,
        arguments: &[u8],
        at: H256,
    ) -> Result<Vec<u8>, ChainError> {
        self.wait(self.methods.state_call(function, Some(arguments), Some(at)))
    }

    /// The next nonce of an account, transactions in the pool included.
    pub(super) fn next_nonce(&self, account: AccountId) -> Result<u32, ChainError> {
        let nonce = self.wait(self.methods.system_account_next_index(&AccountId32(account)))?;
        u32::try_from(nonce)
            .map_err(|why| ChainError::Decode { what: "nonce", why: why.to_string() })
    }

    /// Hands in a signed extrinsic.
    pub(super) fn submit(&self, extrinsic: &[u8]) -> Result<(), ChainError> {
        refuse_async_context()?;
        let submission = self.methods.author_submit_extrinsic(extrinsic);
        match within(&self.runtime, ANSWER_TIMEOUT, submission) {
            None => Err(no_answer()),
            Some(Ok(_)) => Ok(()),
            Some(Err(subxt_rpcs::Error::User(refused))) => {
                let detail = refused.data.as_ref().map(|data| data.get().trim_matches('"'));
                Err(ChainError::Invalid(match detail {
                    Some(detail) => format!("{}: {detail}", refused.message),
                    None => refused.message,
                }))
            }
            Some(Err(why)) => Err(ChainError::Rpc(one_line(&why))),
        }
    }
}

/// Runs a future for at most `limit`.
fn within<F: Future>(runtime: &Runtime, limit: Duration, future: F) -> Option<F::Output> {
    // The timer must be made inside the runtime.
    runtime.block_on(async { tokio::time::timeout(limit, future).await.ok() })
}

fn no_answer() -> ChainError {
    ChainError::Rpc(format!("no answer in {} seconds", ANSWER_TIMEOUT.as_secs()))
}

/// `block_on` panics inside another async runtime; this says so instead.
fn refuse_async_context() -> Result<(), ChainError> {
    match Handle::try_current() {
        Ok(_) => Err(ChainError::Rpc("a node chain cannot be used from async code".into())),
        Err(_) => Ok(()),
    }
}

/// SCALE-decodes a prefix of `bytes`.
pub(super) fn decode<T: Decode>(what: &'static str, bytes: &[u8]) -> Result<T, ChainError> {
    T::decode(&mut &*bytes).map_err(|why| ChainError::Decode { what, why: one_line(&why) })
}

/// An error and its causes in one line.
fn one_line(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
