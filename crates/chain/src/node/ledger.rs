//! [`Ledger`] on a node.

use std::{collections::BTreeMap, sync::PoisonError, time::Instant};

use scale::{Compact, Decode, Encode};
use subxt::utils::H256;

use super::{
    chain::NodeChain,
    contracts_api, events,
    rpc::{decode, Block as RpcBlock},
    runtimes::version_key,
};
use crate::{
    contract::{hashed_key, own_key, ContractRecord},
    error::ChainError,
    extrinsic::{limited, now_key, storage_prefix},
    facts::{outcome, Fact},
    ledger::{Block, BlockId, Item, Ledger, Signed, SignedUntil, Terms},
    network::Network,
    types::{AccountId, ContractCall, DryRun, Hash, Signer},
};

/// Of a block's state: events, timestamp, version of the runtime that made it.
type Read = [Option<Vec<u8>>; 3];

/// A block's number and parent, and the hashes of its extrinsics, if its body was read.
struct Parts {
    number: u64,
    parent: H256,
    extrinsics: Option<Vec<Hash>>,
}

impl From<RpcBlock> for Parts {
    fn from(block: RpcBlock) -> Self {
        let hashes = block.extrinsics.iter().map(|bytes| sp_core::hashing::blake2_256(bytes));
        let extrinsics = Some(hashes.collect());
        Self { number: block.number, parent: block.parent, extrinsics }
    }
}

impl NodeChain {
    /// A block from its parts; none if its body is needed for that and was not read.
    fn read(&self, hash: Hash, parts: Parts, values: Read) -> Result<Option<Block>, ChainError> {
        let [records, now, version] = values;
        let records = records.unwrap_or_default();
        let codec = self.runtimes.of_block(&self.rpc, version.as_deref(), parts.parent)?;
        // Block 0 has no timestamp.
        let time_ms = now.map_or(Ok(0), |bytes| decode("timestamp", &bytes))?;
        let mut facts = BTreeMap::<u32, Vec<_>>::new();
        for (extrinsic, fact) in events::facts(&codec, records.clone(), 0)? {
            if let Some(index) = extrinsic {
                facts.entry(index).or_default().push(fact);
            }
        }
        let is_paid = |fact: &Fact| matches!(fact, Fact::Fee { .. });
        if parts.extrinsics.is_none() && facts.values().flatten().any(is_paid) {
            return Ok(None);
        }
        // Of one that nobody has signed the hash is nobody's concern.
        let quiet = || {
            vec![Hash::default(); facts.last_key_value().map_or(0, |(last, _)| *last as usize + 1)]
        };
        let hashes = parts.extrinsics.unwrap_or_else(quiet);
        let extrinsics = (0..).zip(hashes).map(|(index, hash)| {
            let facts = facts.remove(&index).unwrap_or_default();
            (hash, outcome(parts.number, time_ms, facts).receipt)
        });
        let extrinsics = extrinsics.collect();
        // Calls on its state need not ask for these again.
        if let Ok(Compact(count)) = Compact::<u32>::decode(&mut records.as_slice()) {
            let mut known = self.event_count.lock().unwrap_or_else(PoisonError::into_inner);
            *known = Some((H256(hash), count as usize));
        }
        if !events::replaces_code(&codec, records) {
            self.runtimes.note(H256(hash), &codec);
        }
        let id = BlockId { number: parts.number, hash };
        Ok(Some(Block { id, parent: parts.parent.0, time_ms, extrinsics }))
    }

    /// How many events a block has: the answer to a call on its state has them before the call's own.
    pub(super) fn event_count(&self, at: H256) -> Result<usize, ChainError> {
        let mut last = self.event_count.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last.filter(|(block, _)| *block == at).map(|(_, count)| count);
        if let Some(count) = known {
            return Ok(count);
        }
        let value = self.rpc.storage(&storage_prefix("System", "EventCount"), Some(at))?;
        let count = contracts_api::event_count(value)?;
        *last = Some((at, count));
        Ok(count)
    }

    /// A block that the node has told of, if nobody has signed anything in it.
    fn read_quiet(&self, hash: Hash, values: &Read) -> Result<Option<Block>, ChainError> {
        let Some((number, parent)) = self.rpc.told_parent(H256(hash)) else { return Ok(None) };
        self.read(hash, Parts { number, parent, extrinsics: None }, values.clone())
    }
}

impl Ledger for NodeChain {
    fn genesis(&mut self) -> Result<Hash, ChainError> {
        Ok(self.genesis)
    }

    fn best(&mut self) -> Result<BlockId, ChainError> {
        self.rpc.head(false)
    }

    fn head_told(&mut self) -> Result<Option<(BlockId, Instant)>, ChainError> {
        Ok(self.rpc.head_told())
    }

    fn finalised(&mut self) -> Result<BlockId, ChainError> {
        self.rpc.head(true)
    }

    fn hashes(&mut self, from: u64, to: u64) -> Result<Vec<Option<Hash>>, ChainError> {
        let hashes = self.rpc.hashes(from, to)?;
        Ok(hashes.into_iter().map(|hash| hash.map(|hash| hash.0)).collect())
    }

    fn blocks(&mut self, hashes: &[Hash]) -> Result<Vec<Block>, ChainError> {
        let asked: Vec<H256> = hashes.iter().copied().map(H256).collect();
        let keys = [storage_prefix("System", "Events"), now_key(), version_key()];
        let values = self.rpc.values(&asked, &keys)?;
        let mut read = Vec::with_capacity(hashes.len());
        for (hash, values) in hashes.iter().zip(&values) {
            read.push(self.read_quiet(*hash, values)?);
        }
        let missing = asked.iter().zip(&read).filter(|(_, read)| read.is_none());
        let missing: Vec<H256> = missing.map(|(hash, _)| *hash).collect();
        let mut bodies = self.rpc.blocks(&missing)?.into_iter();
        let mut blocks = Vec::with_capacity(hashes.len());
        for ((hash, values), quiet) in hashes.iter().zip(values).zip(read) {
            let none = || ChainError::Rpc("the node answers with fewer blocks than asked".into());
            blocks.push(match quiet {
                Some(block) => block,
                None => {
                    let body = bodies.next().ok_or_else(none)?;
                    self.read(*hash, body.into(), values)?.ok_or_else(none)?
                }
            });
        }
        Ok(blocks)
    }

    fn call_at(
        &mut self,
        at: Hash,
        origin: AccountId,
        call: &ContractCall,
    ) -> Result<DryRun, ChainError> {
        self.run_at(H256(at), origin, call)
    }

    fn nonce_at(&mut self, at: Hash, account: AccountId) -> Result<u32, ChainError> {
        Ok(self.system_account(account, Some(H256(at)))?.map_or(0, |info| info.nonce))
    }

    fn sign_with(
        &mut self,
        signer: &Signer,
        nonce: u32,
        calls: &[ContractCall],
        terms: Terms,
    ) -> Result<SignedUntil, ChainError> {
        let (bytes, last) = self.sign_action(signer, nonce, &limited(calls)?, terms)?;
        Ok((bytes.into(), last))
    }

    fn next_nonce(&mut self, account: AccountId) -> Result<u32, ChainError> {
        self.rpc.next_nonce(account)
    }

    fn pending(&mut self) -> Result<Vec<Signed>, ChainError> {
        Ok(self.rpc.pending()?.into_iter().map(Signed::from).collect())
    }

    fn network(&mut self) -> Result<Network, ChainError> {
        NodeChain::network(self)
    }

    fn fee_at(&mut self, at: Hash, signed: &Signed) -> Result<u128, ChainError> {
        let length = u32::try_from(signed.bytes.len()).unwrap_or(u32::MAX);
        // The extrinsic's own encoding begins with its length.
        let arguments = [signed.bytes.clone(), length.encode()].concat();
        let codec = self.runtimes.at(&self.rpc, H256(at))?;
        let answer =
            self.rpc.state_call("TransactionPaymentApi_query_info", &arguments, H256(at))?;
        // Weight, class of dispatch, fee.
        let mut rest = answer.as_slice();
        <(sp_weights::Weight, u8)>::decode(&mut rest)
            .and_then(|_| codec.planck().decode(&mut rest))
            .map_err(|why| ChainError::Decode { what: "fee", why: why.to_string() })
    }

    fn submit_signed(&mut self, signed: &Signed) -> Result<(), ChainError> {
        match self.rpc.submit(&signed.bytes) {
            Err(ChainError::Rejected(why)) if why.is_known() => Ok(()),
            answer => answer,
        }
    }

    fn balance_at(&mut self, at: Hash, account: AccountId) -> Result<u128, ChainError> {
        Ok(self.system_account(account, Some(H256(at)))?.map_or(0, |info| info.data.free))
    }

    fn code_hash_at(&mut self, at: Hash, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        Ok(self.record_at(H256(at), contract)?.map(|record| record.code_hash))
    }

    fn items_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        prefix: &[u8],
    ) -> Result<Vec<Item>, ChainError> {
        let at = H256(at);
        let Some(record) = self.record_at(at, contract)? else { return Ok(Vec::new()) };
        let trie = record.child_key();
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = self.rpc.child_keys(&trie, ITEMS_PER_PAGE, after.as_deref(), at)?;
            let ours: Vec<(&Vec<u8>, Vec<u8>)> =
                page.iter().filter_map(|key| Some((key, own_key(key, prefix)?))).collect();
            let hashed: Vec<&[u8]> = ours.iter().map(|(hashed, _)| hashed.as_slice()).collect();
            let values = self.rpc.child_values(&trie, &hashed, at)?;
            let found = ours.into_iter().zip(values);
            items.extend(found.filter_map(|((_, own), value)| Some((own, value?))));
            match page.last() {
                Some(last) if page.len() == ITEMS_PER_PAGE => after = Some(last.clone()),
                _ => return Ok(items),
            }
        }
    }

    fn values_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Option<Vec<u8>>>, ChainError> {
        let at = H256(at);
        let Some(record) = self.record_at(at, contract)? else { return Ok(vec![None; keys.len()]) };
        let trie = record.child_key();
        let hashed: Vec<Vec<u8>> = keys.iter().map(|key| hashed_key(key)).collect();
        let mut values = Vec::with_capacity(keys.len());
        for page in hashed.chunks(ITEMS_PER_PAGE) {
            let page: Vec<&[u8]> = page.iter().map(Vec::as_slice).collect();
            values.extend(self.rpc.child_values(&trie, &page, at)?);
        }
        match values.len() == keys.len() {
            true => Ok(values),
            false => Err(ChainError::Rpc("the node answers with fewer values than keys".into())),
        }
    }

    fn is_development(&mut self) -> Result<bool, ChainError> {
        Ok(self.rpc.chain_type()?.as_deref() == Some("Development"))
    }
}

impl NodeChain {
    /// What the chain keeps of a contract; `None` if there is none.
    fn record_at(
        &self,
        at: H256,
        contract: AccountId,
    ) -> Result<Option<ContractRecord>, ChainError> {
        let bytes = self.rpc.storage(&ContractRecord::key(&contract), Some(at))?;
        bytes.map(|bytes| ContractRecord::read(&bytes)).transpose()
    }
}

/// Items of storage asked for at once: what public nodes answer.
const ITEMS_PER_PAGE: usize = 500;
