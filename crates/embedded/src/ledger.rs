//! [`Ledger`] on the embedded chain: blocks are remembered, and a transaction that is submitted is
//! sealed at once, as on the node.

use super::{
    block::{Head, Job},
    EmbeddedChain,
};
use breakwater_chain::{
    contract::{hashed_key, own_key, ContractRecord},
    extrinsic::{limited, Birth},
    facts::Outcome,
    AccountId, Block, BlockId, Chain, ChainError, ContractCall, DryRun, Hash, Item, Ledger, Past,
    Signed, SignedUntil, Signer, Terms,
};
use breakwater_runtime::Unsigned;

/// Blocks in order, from the one at which remembering began.
pub(super) struct History {
    first: BlockId,
    blocks: Vec<Block>,
    /// How many of the newest blocks are not final.
    pending: u64,
}

impl History {
    pub(super) fn add(&mut self, parent: Head, head: Head, hashes: &[Hash], outcomes: &[Outcome]) {
        let receipts = outcomes.iter().map(|outcome| outcome.receipt.clone());
        self.blocks.push(Block {
            id: id(head),
            parent: parent.hash.0,
            time_ms: head.time_ms,
            extrinsics: hashes.iter().copied().zip(receipts).collect(),
        });
    }

    pub(super) fn forget_after(&mut self, number: u64) {
        self.blocks.retain(|block| block.id.number <= number);
    }

    fn block(&self, number: u64) -> Option<&Block> {
        let place = number.checked_sub(self.first.number)?.checked_sub(1)?;
        self.blocks.get(usize::try_from(place).ok()?)
    }

    pub(super) fn between(&self, from: u64, to: u64) -> Vec<Past> {
        let within = self.blocks.iter().filter(|block| (from..=to).contains(&block.id.number));
        let past = within.map(|block| Past {
            number: block.id.number,
            extrinsics: Vec::new(),
            events: Some(block.events().cloned().collect()),
        });
        past.collect()
    }

    pub(super) fn hash(&self, number: u64) -> Option<Hash> {
        self.id(number).map(|id| id.hash)
    }

    fn id(&self, number: u64) -> Option<BlockId> {
        if number == self.first.number {
            return Some(self.first);
        }
        self.block(number).map(|block| block.id)
    }
}

impl EmbeddedChain {
    /// Remembers blocks from now on, the newest `pending` of which are not final: [`Ledger`] answers
    /// about those only.
    pub fn remember(&mut self, pending: u64) {
        self.history = Some(History { first: id(self.head), blocks: Vec::new(), pending });
    }

    fn history(&self) -> Result<&History, ChainError> {
        self.history.as_ref().ok_or_else(|| ChainError::Rpc("no blocks are remembered".into()))
    }

    /// Refuses to look at any state but the newest.
    fn require_newest(&self, at: Hash) -> Result<(), ChainError> {
        if at != self.head.hash.0 {
            return Err(ChainError::Rpc("the state of that block is discarded".into()));
        }
        Ok(())
    }
}

impl Ledger for EmbeddedChain {
    fn genesis(&mut self) -> Result<Hash, ChainError> {
        Ok(self.genesis)
    }

    fn best(&mut self) -> Result<BlockId, ChainError> {
        Ok(id(self.head))
    }

    fn finalised(&mut self) -> Result<BlockId, ChainError> {
        let history = self.history()?;
        let number = u64::from(self.head.number).saturating_sub(history.pending);
        Ok(history.id(number).unwrap_or(history.first))
    }

    fn hashes(&mut self, from: u64, to: u64) -> Result<Vec<Option<Hash>>, ChainError> {
        let history = self.history()?;
        Ok((from..=to).map(|number| history.id(number).map(|id| id.hash)).collect())
    }

    fn blocks(&mut self, hashes: &[Hash]) -> Result<Vec<Block>, ChainError> {
        let blocks = &self.history()?.blocks;
        let find = |hash: &Hash| {
            let found = blocks.iter().rev().find(|block| block.id.hash == *hash);
            found.cloned().ok_or_else(|| ChainError::Rpc("no such block".into()))
        };
        hashes.iter().map(find).collect()
    }

    fn call_at(
        &mut self,
        at: Hash,
        origin: AccountId,
        call: &ContractCall,
    ) -> Result<DryRun, ChainError> {
        self.require_newest(at)?;
        self.dry_run(origin, call)
    }

    fn nonce_at(&mut self, at: Hash, account: AccountId) -> Result<u32, ChainError> {
        self.require_newest(at)?;
        Ok(self.state.view(|| self.profile.runtime().nonce(account)))
    }

    fn sign_with(
        &mut self,
        signer: &Signer,
        nonce: u32,
        calls: &[ContractCall],
        terms: Terms,
    ) -> Result<SignedUntil, ChainError> {
        let action = limited(calls)?;
        let head = id(self.head);
        let birth = terms.lifetime_blocks.map(|blocks| Birth::of(head, blocks));
        let (tip, genesis) = (terms.tip, self.genesis);
        let unsigned = Unsigned { action: &action, nonce, tip, birth, genesis };
        let bytes = self.profile.runtime().sign(signer, &unsigned);
        Ok((bytes.into(), birth.as_ref().map(Birth::last_block)))
    }

    fn fee_at(&mut self, at: Hash, signed: &Signed) -> Result<u128, ChainError> {
        self.require_newest(at)?;
        self.state.view(|| self.profile.runtime().fee(&signed.bytes))
    }

    fn submit_signed(&mut self, signed: &Signed) -> Result<(), ChainError> {
        self.seal(self.next_time_ms(), &[Job::Signed(&signed.bytes)]).map(|_| ())
    }

    fn balance_at(&mut self, at: Hash, account: AccountId) -> Result<u128, ChainError> {
        self.require_newest(at)?;
        self.balance(account)
    }

    fn code_hash_at(&mut self, at: Hash, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        self.require_newest(at)?;
        self.contract_code_hash(contract)
    }

    fn items_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        prefix: &[u8],
    ) -> Result<Vec<Item>, ChainError> {
        self.require_newest(at)?;
        self.state.view(|| {
            let Some(bytes) = sp_io::storage::get(&ContractRecord::key(&contract)) else {
                return Ok(Vec::new());
            };
            let trie = ContractRecord::read(&bytes)?.trie;
            let (mut items, mut after) = (Vec::new(), Vec::new());
            while let Some(key) = sp_io::default_child_storage::next_key(&trie, &after) {
                let value = sp_io::default_child_storage::get(&trie, &key);
                items.extend(own_key(&key, prefix).zip(value));
                after = key;
            }
            Ok(items)
        })
    }

    fn values_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Option<Vec<u8>>>, ChainError> {
        self.require_newest(at)?;
        self.state.view(|| {
            let Some(bytes) = sp_io::storage::get(&ContractRecord::key(&contract)) else {
                return Ok(vec![None; keys.len()]);
            };
            let trie = ContractRecord::read(&bytes)?.trie;
            let value = |key: &Vec<u8>| sp_io::default_child_storage::get(&trie, &hashed_key(key));
            Ok(keys.iter().map(value).collect())
        })
    }

    fn is_development(&mut self) -> Result<bool, ChainError> {
        Ok(true)
    }
}

fn id(head: Head) -> BlockId {
    BlockId { number: head.number.into(), hash: head.hash.0 }
}
