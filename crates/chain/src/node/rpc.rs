//! Blocking RPC calls.

mod blocks;
mod feed;

pub(super) use blocks::{Block, Heads};

use std::{future::Future, time::Duration};

use scale::Decode;
use subxt::{
    config::substrate::{DynamicHasher256, SubstrateHeader},
    ext::subxt_rpcs::{
        self,
        client::rpc_params,
        methods::legacy::{Bytes, RuntimeVersion},
        LegacyRpcMethods, RpcClient,
    },
    utils::{AccountId32, H256},
    SubstrateConfig,
};
use tokio::runtime::{Builder, Handle, Runtime};

use self::feed::Feed;
use super::codec::Versions;
use crate::{
    error::{ChainError, Rejection},
    types::AccountId,
};

type Header = SubstrateHeader<u32, DynamicHasher256>;

/// Longest wait for one answer. A node may compile contracts and build blocks meanwhile.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection and the runtime that drives it.
pub(super) struct Rpc {
    // Declared before the runtime so that it is dropped while its tasks can still run.
    methods: LegacyRpcMethods<SubstrateConfig>,
    client: RpcClient,
    feed: Option<Feed>,
    runtime: Runtime,
    /// Longest wait for one answer.
    patience: Duration,
}

/// What a node reports about a runtime.
pub(super) struct Spec {
    pub name: String,
    pub versions: Versions,
    /// Version of its `ContractsApi`; `None` where the node doesn't say.
    pub contracts_api: Option<u32>,
}

/// What a node says of its chain.
pub(super) struct Properties {
    pub token_symbol: Option<String>,
    pub token_decimals: Option<u8>,
    pub address_format: Option<u16>,
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
        let methods = LegacyRpcMethods::new(client.clone());
        Ok(Self { methods, client, feed: None, runtime, patience: ANSWER_TIMEOUT })
    }

    /// Waits no longer than this for one answer.
    pub(super) fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
    }

    /// Has the node tell its heads by itself from now on.
    pub(super) fn listen(&mut self) {
        self.feed = Some(Feed::start(&self.runtime, &self.methods));
    }

    /// Waits for one answer.
    fn wait<T>(
        &self,
        request: impl Future<Output = Result<T, subxt_rpcs::Error>>,
    ) -> Result<T, ChainError> {
        refuse_async_context()?;
        within(&self.runtime, self.patience, request)
            .ok_or(ChainError::Timeout(self.patience))?
            .map_err(|why| error_of(&why))
    }

    /// The runtime in a block's state; the newest block's unless `at` says which.
    pub(super) fn spec(&self, at: Option<H256>) -> Result<Spec, ChainError> {
        self.wait(self.methods.state_get_runtime_version(at)).map(|version| spec(&version))
    }

    /// The SCALE bytes of the metadata of the runtime in a block's state.
    pub(super) fn metadata(&self, at: H256) -> Result<Vec<u8>, ChainError> {
        Ok(self.wait(self.methods.state_get_metadata(Some(at)))?.into_raw())
    }

    /// What the node calls its chain, and what it says of it.
    pub(super) fn chain(&self) -> Result<(String, Properties), ChainError> {
        let (name, properties) = self.wait(async {
            tokio::try_join!(self.methods.system_chain(), self.methods.system_properties())
        })?;
        // One value, or a list of which the first is the native coin's.
        let of = |key: &str| {
            let value = properties.get(key)?;
            Some(value.as_array().and_then(|list| list.first()).unwrap_or(value).clone())
        };
        let number = |key: &str| of(key)?.as_u64();
        let properties = Properties {
            token_symbol: of("tokenSymbol").and_then(|symbol| symbol.as_str().map(str::to_owned)),
            token_decimals: number("tokenDecimals").and_then(|number| u8::try_from(number).ok()),
            address_format: number("ss58Format").and_then(|number| u16::try_from(number).ok()),
        };
        Ok((name, properties))
    }

    /// The bytes of the extrinsics that wait in the node's pool.
    pub(super) fn pending(&self) -> Result<Vec<Vec<u8>>, ChainError> {
        let pending: Vec<Bytes> =
            self.wait(self.client.request("author_pendingExtrinsics", rpc_params![]))?;
        Ok(pending.into_iter().map(|bytes| bytes.0).collect())
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

    /// A storage value; the newest block's unless `at` says which.
    pub(super) fn storage(
        &self,
        key: &[u8],
        at: Option<H256>,
    ) -> Result<Option<Vec<u8>>, ChainError> {
        self.wait(self.methods.state_get_storage(key, at))
    }

    /// What kind of chain the node says it is; none for one with a name of its own.
    pub(super) fn chain_type(&self) -> Result<Option<String>, ChainError> {
        match self.wait(self.client.request::<String>("system_chainType", rpc_params![])) {
            Ok(kind) => Ok(Some(kind)),
            // It answers with something else, or does not know the question.
            Err(ChainError::Rpc(_)) => Ok(None),
            Err(why) => Err(why),
        }
    }

    /// A page of keys of a child trie, those after `after`.
    pub(super) fn child_keys(
        &self,
        trie: &[u8],
        count: usize,
        after: Option<&[u8]>,
        at: H256,
    ) -> Result<Vec<Vec<u8>>, ChainError> {
        let after = after.map(|key| Bytes(key.to_vec()));
        let parameters = rpc_params![Bytes(trie.to_vec()), Bytes(Vec::new()), count, after, at];
        let keys: Vec<Bytes> =
            self.wait(self.client.request("childstate_getKeysPaged", parameters))?;
        Ok(keys.into_iter().map(|key| key.0).collect())
    }

    /// Values of a child trie, asked for at once.
    pub(super) fn child_values(
        &self,
        trie: &[u8],
        keys: &[&[u8]],
        at: H256,
    ) -> Result<Vec<Option<Vec<u8>>>, ChainError> {
        let keys: Vec<Bytes> = keys.iter().map(|key| Bytes(key.to_vec())).collect();
        let parameters = rpc_params![Bytes(trie.to_vec()), keys, at];
        let values: Vec<Option<Bytes>> =
            self.wait(self.client.request("childstate_getStorageEntries", parameters))?;
        Ok(values.into_iter().map(|value| value.map(|value| value.0)).collect())
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

    /// Submits a signed extrinsic.
    pub(super) fn submit(&self, extrinsic: &[u8]) -> Result<(), ChainError> {
        refuse_async_context()?;
        let submission = self.methods.author_submit_extrinsic(extrinsic);
        match within(&self.runtime, self.patience, submission) {
            None => Err(ChainError::Timeout(self.patience)),
            Some(Ok(_)) => Ok(()),
            Some(Err(subxt_rpcs::Error::User(refused))) => {
                let detail = refused.data.as_ref().map(|data| data.get().trim_matches('"'));
                Err(Rejection::read(refused.code, &refused.message, detail).into())
            }
            Some(Err(why)) => Err(error_of(&why)),
        }
    }
}

/// What we want to know of a runtime's version.
fn spec(version: &RuntimeVersion) -> Spec {
    let name = version.other.get("specName").and_then(|name| name.as_str());
    // Pairs of an API's identifier, which is a hash of its name, and its version.
    let ours = format!("0x{}", hex::encode(sp_core::hashing::blake2_64(b"ContractsApi")));
    let apis = version.other.get("apis").and_then(|apis| apis.as_array());
    let contracts_api = apis.and_then(|apis| {
        let is_ours =
            |api: &&serde_json::Value| api.get(0).and_then(|id| id.as_str()) == Some(&ours);
        apis.iter().find(is_ours)?.get(1)?.as_u64()
    });
    let (spec, transaction) = (version.spec_version, version.transaction_version);
    Spec {
        name: name.unwrap_or("unknown").to_owned(),
        versions: Versions { spec, transaction },
        contracts_api: contracts_api.and_then(|version| u32::try_from(version).ok()),
    }
}

/// Runs a future for at most `limit`.
fn within<F: Future>(runtime: &Runtime, limit: Duration, future: F) -> Option<F::Output> {
    // The timer must be made inside the runtime.
    runtime.block_on(async { tokio::time::timeout(limit, future).await.ok() })
}

/// What a failed request means to us.
fn error_of(why: &subxt_rpcs::Error) -> ChainError {
    match why {
        // The transport's: the socket is closed, or was never open.
        subxt_rpcs::Error::Client(_) | subxt_rpcs::Error::DisconnectedWillReconnect(_) => {
            ChainError::Disconnected(one_line(why))
        }
        why => ChainError::Rpc(one_line(why)),
    }
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
