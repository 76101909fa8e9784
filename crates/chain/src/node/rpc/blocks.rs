//! Where the chain stands, and its blocks.

use std::time::Instant;

use scale::Encode;
use subxt::{
    ext::subxt_rpcs::{self, methods::legacy},
    utils::H256,
    SubstrateConfig,
};

use super::{Header, Rpc};
use crate::{error::ChainError, ledger::BlockId};

/// Where the chain stands: its newest block, and the newest that is final.
pub(in crate::node) struct Heads {
    pub best: BlockId,
    pub finalised: BlockId,
}

/// A value of storage, if there is one.
type Value = Option<Vec<u8>>;

/// A block as far as we need it.
pub(in crate::node) struct Block {
    pub number: u64,
    pub parent: H256,
    pub extrinsics: Vec<Vec<u8>>,
}

impl Rpc {
    /// Newest and final block: as the node has told by itself, where it does.
    pub(in crate::node) fn heads(&self) -> Result<Heads, ChainError> {
        Ok(Heads { best: self.head(false)?, finalised: self.head(true)? })
    }

    /// Number and hash of the newest block, or of the newest that is final.
    pub(in crate::node) fn head(&self, finalised: bool) -> Result<BlockId, ChainError> {
        if let Some(told) = self.feed.as_ref().and_then(|feed| feed.head(finalised)) {
            return Ok(told);
        }
        let header = self.wait(async {
            let hash = match finalised {
                true => Some(self.methods.chain_get_finalized_head().await?),
                false => None,
            };
            self.methods.chain_get_header(hash).await
        })?;
        let none = || ChainError::Rpc("the node has no newest block".into());
        let header = header.ok_or_else(none)?;
        if let Some(feed) = &self.feed {
            feed.note(finalised, &header);
        }
        Ok(id(&header))
    }

    /// The newest block as the node has told by itself, and when, if it did.
    pub(in crate::node) fn head_told(&self) -> Option<(BlockId, Instant)> {
        self.feed.as_ref()?.head_told()
    }

    /// The parent of a block that the node has told of by itself; its number and hash are known to be right.
    pub(in crate::node) fn told_parent(&self, hash: H256) -> Option<(u64, H256)> {
        self.feed.as_ref()?.parent(hash)
    }

    /// Values of the state of blocks, asked for at once; those that there are not are none.
    pub(in crate::node) fn values<const N: usize>(
        &self,
        hashes: &[H256],
        keys: &[Vec<u8>; N],
    ) -> Result<Vec<[Value; N]>, ChainError> {
        self.wait(async {
            let tasks: Vec<_> = hashes
                .iter()
                .map(|hash| {
                    let (methods, hash, keys) = (self.methods.clone(), *hash, keys.clone());
                    tokio::spawn(async move {
                        let named = keys.iter().map(Vec::as_slice);
                        let sets = methods.state_query_storage_at(named, Some(hash)).await?;
                        let mut values = [const { None }; N];
                        for (key, value) in sets.into_iter().flat_map(|set| set.changes) {
                            for (wanted, slot) in keys.iter().zip(&mut values) {
                                if *wanted == key.0 {
                                    *slot = value.as_ref().map(|value| value.0.clone());
                                }
                            }
                        }
                        Ok::<_, subxt_rpcs::Error>(values)
                    })
                })
                .collect();
            let mut all = Vec::with_capacity(tasks.len());
            for task in tasks {
                all.push(task.await.map_err(|why| subxt_rpcs::Error::Client(why.into()))??);
            }
            Ok(all)
        })
    }

    /// Hashes of blocks on the best chain, asked for at once.
    pub(in crate::node) fn hashes(
        &self,
        from: u64,
        to: u64,
    ) -> Result<Vec<Option<H256>>, ChainError> {
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

    pub(in crate::node) fn block(&self, hash: H256) -> Result<Block, ChainError> {
        read(hash, self.wait(self.methods.chain_get_block(Some(hash)))?)
    }

    /// Blocks, asked for at once. Each header is checked to have the hash asked for.
    pub(in crate::node) fn blocks(&self, hashes: &[H256]) -> Result<Vec<Block>, ChainError> {
        let blocks = self.wait(async {
            let tasks: Vec<_> = hashes
                .iter()
                .map(|hash| {
                    let (methods, hash) = (self.methods.clone(), *hash);
                    tokio::spawn(async move { methods.chain_get_block(Some(hash)).await })
                })
                .collect();
            let mut blocks = Vec::with_capacity(tasks.len());
            for task in tasks {
                blocks.push(task.await.map_err(|why| subxt_rpcs::Error::Client(why.into()))??);
            }
            Ok(blocks)
        })?;
        hashes.iter().zip(blocks).map(|(hash, details)| read(*hash, details)).collect()
    }
}

fn read(
    hash: H256,
    details: Option<legacy::BlockDetails<SubstrateConfig>>,
) -> Result<Block, ChainError> {
    let block =
        details.ok_or_else(|| ChainError::Rpc(format!("the node has no block {hash:?}")))?.block;
    if id(&block.header).hash != hash.0 {
        return Err(ChainError::Rpc(format!("the node answers another block for {hash:?}")));
    }
    Ok(Block {
        number: block.header.number.into(),
        parent: block.header.parent_hash,
        extrinsics: block.extrinsics.into_iter().map(|bytes| bytes.0).collect(),
    })
}

/// A header's number and hash.
pub(super) fn id(header: &Header) -> BlockId {
    let hash = sp_core::hashing::blake2_256(&header.encode());
    BlockId { number: header.number.into(), hash }
}
