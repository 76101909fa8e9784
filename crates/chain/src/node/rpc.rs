//! Blocking RPC calls.

use std::{future::Future, time::Duration};

use scale::{Decode, Encode};
use subxt::{
    ext::subxt_rpcs::{
        self,
        methods::legacy::{BlockDetails, Bytes},
        rpc_params, LegacyRpcMethods, RpcClient,
    },
    utils::{AccountId32, H256},
    Metadata, SubstrateConfig,
};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::{
    error::{ChainError, Rejection},
    types::AccountId,
};

/// Longest wait for one answer. A node may compile contracts and build blocks meanwhile.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection and the runtime that drives it.
pub(super) struct Rpc {
    // Declared before the runtime so that it is dropped while its tasks can still run.
    methods: LegacyRpcMethods<SubstrateConfig>,
    client: RpcClient,
    runtime: Runtime,
    /// Longest wait for one answer.
    patience: Duration,
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

/// A block, and values of its state.
pub(super) struct BlockWith {
    pub number: u64,
    pub parent: H256,
    pub extrinsics: Vec<Vec<u8>>,
    pub values: [Option<Vec<u8>>; 2],
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
        Ok(Self { methods, client, runtime, patience: ANSWER_TIMEOUT })
    }

    /// Waits no longer than this for one answer.
    pub(super) fn set_patience(&mut self, patience: Duration) {
        self.patience = patience;
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

    /// Number and hash of the newest block, or of the newest that is final.
    pub(super) fn head(&self, finalised: bool) -> Result<(u64, H256), ChainError> {
        let header = self.wait(async {
            let hash = match finalised {
                true => Some(self.methods.chain_get_finalized_head().await?),
                false => None,
            };
            self.methods.chain_get_header(hash).await
        })?;
        let header =
            header.ok_or_else(|| ChainError::Rpc("the node has no newest block".into()))?;
        Ok((header.number.into(), H256(sp_core::hashing::blake2_256(&header.encode()))))
    }

    /// Hashes of blocks on the best chain, asked for at once.
    pub(super) fn hashes(&self, from: u64, to: u64) -> Result<Vec<Option<H256>>, ChainError> {
        self.wait(async {
            let tasks: Vec<_> = (from..=to)
                .map(|number| {
                    let methods = self.methods.clone();
                    tokio::spawn(
                        async move { methods.chain_get_block_hash(Some(number.into())).await },
                    )
                })
                .collect();
            let mut hashes = Vec::with_capacity(tasks.len());
            for task in tasks {
                hashes.push(task.await.map_err(|why| subxt_rpcs::Error::Client(why.into()))??);
            }
            Ok(hashes)
        })
    }

    /// Blocks with values of their state, asked for at once.
    pub(super) fn blocks_with(
        &self,
        hashes: &[H256],
        keys: [Vec<u8>; 2],
    ) -> Result<Vec<BlockWith>, ChainError> {
        let blocks = self.wait(async {
            let tasks: Vec<_> = hashes
                .iter()
                .map(|hash| {
                    let (methods, hash, [first, second]) =
                        (self.methods.clone(), Some(*hash), keys.clone());
                    tokio::spawn(async move {
                        tokio::try_join!(
                            methods.chain_get_block(hash),
                            methods.state_get_storage(&first, hash),
                            methods.state_get_storage(&second, hash),
                        )
                    })
                })
                .collect();
            let mut blocks = Vec::with_capacity(tasks.len());
            for task in tasks {
                blocks.push(task.await.map_err(|why| subxt_rpcs::Error::Client(why.into()))??);
            }
            Ok(blocks)
        })?;
        let with = |(hash, (details, first, second)): (&H256, (Option<BlockDetails<_>>, _, _))| {
            let block: subxt_rpcs::methods::legacy::Block<SubstrateConfig> = details
                .ok_or_else(|| ChainError::Rpc(format!("the node has no block {hash:?}")))?
                .block;
            if sp_core::hashing::blake2_256(&block.header.encode()) != hash.0 {
                return Err(ChainError::Rpc(format!(
                    "the node answers another block for {hash:?}"
                )));
            }
            Ok(BlockWith {
                number: block.header.number.into(),
                parent: block.header.parent_hash,
                extrinsics: block.extrinsics.into_iter().map(|bytes| bytes.0).collect(),
                values: [first, second],
            })
        };
        hashes.iter().zip(blocks).map(with).collect()
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
