//! A chain as its followers see it: blocks with parents, state at a block, transactions that are
//! signed, submitted and found again.
//!
//! [`Chain`](crate::Chain) is for scripts that act and wait. A service that lives longer than any
//! connection needs to know what it has seen, on which block a view was computed, and which bytes it
//! has signed with which nonce: that is [`Ledger`].

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use crate::{
    error::ChainError,
    network::Network,
    types::{AccountId, ContractCall, ContractEvent, DryRun, Hash, Receipt, Signer},
};

/// Which block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockId {
    pub number: u64,
    pub hash: Hash,
}

/// A block: its place in the chain and what happened in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub id: BlockId,
    pub parent: Hash,
    /// Its timestamp, in Unix milliseconds; 0 for block 0 of a node.
    pub time_ms: u64,
    /// Its extrinsics in order: blake2-256 of the bytes, and what became of it. The hash of one that nobody
    /// has signed may be zero: a body with no others is not read.
    pub extrinsics: Vec<(Hash, Receipt)>,
}

impl Block {
    /// What contracts have emitted, in order.
    pub fn events(&self) -> impl Iterator<Item = &ContractEvent> {
        self.extrinsics.iter().flat_map(|(_, receipt)| &receipt.events)
    }
}

/// A signed extrinsic, good for one nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// blake2-256 of the bytes: how it is found in a block.
    pub hash: Hash,
    pub bytes: Vec<u8>,
}

impl From<Vec<u8>> for Signed {
    fn from(bytes: Vec<u8>) -> Self {
        Self { hash: sp_core::hashing::blake2_256(&bytes), bytes }
    }
}

/// What a transaction offers for getting into a block, and how long it may take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Planck for the block's author on top of the fee. Of two transactions with one nonce a pool keeps
    /// the one whose tip is higher.
    pub tip: u128,
    /// For about how many blocks it is good (rounded up to a power of two, and down to half of what the
    /// runtime remembers); for ever if not given.
    pub lifetime_blocks: Option<u64>,
}

/// A transaction, and the number of the last block that it can be in; `None` if it is good for ever.
pub type SignedUntil = (Signed, Option<u64>);

/// A chain to follow and to submit transactions to. Calls block, and fail where the other side does
/// not answer.
pub trait Ledger: Send {
    /// Hash of block 0.
    fn genesis(&mut self) -> Result<Hash, ChainError>;

    /// The newest block.
    fn best(&mut self) -> Result<BlockId, ChainError>;

    /// The newest block as the node has told by itself, and when it did; none where it was asked for.
    ///
    /// # Errors
    /// The connection's.
    fn head_told(&mut self) -> Result<Option<(BlockId, Instant)>, ChainError> {
        Ok(None)
    }

    /// The newest block that can't be undone.
    fn finalised(&mut self) -> Result<BlockId, ChainError>;

    /// Hashes of the blocks `from` to `to` on the best chain, `None` where there is none.
    fn hashes(&mut self, from: u64, to: u64) -> Result<Vec<Option<Hash>>, ChainError>;

    /// Blocks by their hashes, in the same order. Each header is checked to have the hash asked for.
    ///
    /// # Errors
    /// [`ChainError::Rpc`] also where the state of a block, with its events, is no longer kept.
    fn blocks(&mut self, hashes: &[Hash]) -> Result<Vec<Block>, ChainError>;

    /// Runs a call on the state of a block and throws the result away.
    fn call_at(
        &mut self,
        at: Hash,
        origin: AccountId,
        call: &ContractCall,
    ) -> Result<DryRun, ChainError>;

    /// The account's next nonce by the state of a block.
    fn nonce_at(&mut self, at: Hash, account: AccountId) -> Result<u32, ChainError>;

    /// Signs one call, or all of several or none, on terms: with a tip, and mortal. Gas limits must be fixed. One
    /// with the same nonce and a higher tip takes the place of another in a pool.
    ///
    /// # Errors
    /// [`ChainError::Invalid`] for a gas limit that is to be estimated.
    fn sign_with(
        &mut self,
        signer: &Signer,
        nonce: u32,
        calls: &[ContractCall],
        terms: Terms,
    ) -> Result<SignedUntil, ChainError>;

    /// [`Ledger::sign_with`] without a tip, good for ever.
    ///
    /// # Errors
    /// As [`Ledger::sign_with`].
    fn sign(
        &mut self,
        signer: &Signer,
        nonce: u32,
        calls: &[ContractCall],
    ) -> Result<Signed, ChainError> {
        self.sign_with(signer, nonce, calls, Terms::default()).map(|(signed, _)| signed)
    }

    /// The account's next nonce if all goes in that waits in the pool.
    fn next_nonce(&mut self, account: AccountId) -> Result<u32, ChainError> {
        let best = self.best()?;
        self.nonce_at(best.hash, account)
    }

    /// The transactions that wait in the pool of the node we ask, everybody's.
    fn pending(&mut self) -> Result<Vec<Signed>, ChainError> {
        Ok(Vec::new())
    }

    /// What the chain says of itself.
    ///
    /// # Errors
    /// [`ChainError::Invalid`] if this ledger does not say.
    fn network(&mut self) -> Result<Network, ChainError> {
        Err(ChainError::Invalid("this chain says nothing of itself".into()))
    }

    /// The most that an extrinsic can cost as a fee, in planck, if it uses all of its gas.
    fn fee_at(&mut self, at: Hash, signed: &Signed) -> Result<u128, ChainError>;

    /// Submits an extrinsic without waiting. One that is known already is no error.
    ///
    /// # Errors
    /// [`ChainError::Rejected`] if the chain refuses it for what it is, such as a nonce that is used.
    fn submit_signed(&mut self, signed: &Signed) -> Result<(), ChainError>;

    /// Free native balance of an account by the state of a block, in planck.
    ///
    /// # Errors
    /// [`ChainError::Invalid`] if this ledger does not say.
    fn balance_at(&mut self, at: Hash, account: AccountId) -> Result<u128, ChainError> {
        let _ = (at, account);
        Err(ChainError::Invalid("this chain does not say what an account has".into()))
    }

    /// Hash of a contract's code by the state of a block; `None` if there is no contract.
    ///
    /// # Errors
    /// [`ChainError::Invalid`] if this ledger does not say.
    fn code_hash_at(&mut self, at: Hash, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        let _ = (at, contract);
        Err(ChainError::Invalid("this chain does not say what code a contract has".into()))
    }

    /// All items of a contract's storage whose own key begins with `prefix`, by the state of a block.
    ///
    /// # Errors
    /// [`ChainError::Invalid`] if this ledger does not list storage.
    fn items_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        prefix: &[u8],
    ) -> Result<Vec<Item>, ChainError> {
        let _ = (at, contract, prefix);
        Err(ChainError::Invalid("this chain does not list a contract's storage".into()))
    }

    /// Items of a contract's storage by their keys, in their order, by the state of a block: one question
    /// for all of them. `None` where there is none.
    ///
    /// # Errors
    /// [`ChainError::Invalid`] if this ledger does not show storage.
    fn values_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Option<Vec<u8>>>, ChainError> {
        let _ = (at, contract, keys);
        Err(ChainError::Invalid("this chain does not show a contract's storage".into()))
    }

    /// Whether it is a chain for development, on which keys that everybody knows have money.
    ///
    /// # Errors
    /// [`ChainError::Invalid`] if this ledger does not say.
    fn is_development(&mut self) -> Result<bool, ChainError> {
        Err(ChainError::Invalid("this chain does not say what it is for".into()))
    }
}

/// An item of a contract's storage: key and value.
pub type Item = (Vec<u8>, Vec<u8>);

/// One ledger for several users in this process.
impl<L: Ledger> Ledger for Arc<Mutex<L>> {
    fn genesis(&mut self) -> Result<Hash, ChainError> {
        lock(self).genesis()
    }
    fn best(&mut self) -> Result<BlockId, ChainError> {
        lock(self).best()
    }
    fn head_told(&mut self) -> Result<Option<(BlockId, Instant)>, ChainError> {
        lock(self).head_told()
    }
    fn finalised(&mut self) -> Result<BlockId, ChainError> {
        lock(self).finalised()
    }
    fn hashes(&mut self, from: u64, to: u64) -> Result<Vec<Option<Hash>>, ChainError> {
        lock(self).hashes(from, to)
    }
    fn blocks(&mut self, hashes: &[Hash]) -> Result<Vec<Block>, ChainError> {
        lock(self).blocks(hashes)
    }
    fn call_at(
        &mut self,
        at: Hash,
        origin: AccountId,
        call: &ContractCall,
    ) -> Result<DryRun, ChainError> {
        lock(self).call_at(at, origin, call)
    }
    fn nonce_at(&mut self, at: Hash, account: AccountId) -> Result<u32, ChainError> {
        lock(self).nonce_at(at, account)
    }
    fn sign_with(
        &mut self,
        signer: &Signer,
        nonce: u32,
        calls: &[ContractCall],
        terms: Terms,
    ) -> Result<SignedUntil, ChainError> {
        lock(self).sign_with(signer, nonce, calls, terms)
    }
    fn next_nonce(&mut self, account: AccountId) -> Result<u32, ChainError> {
        lock(self).next_nonce(account)
    }
    fn pending(&mut self) -> Result<Vec<Signed>, ChainError> {
        lock(self).pending()
    }
    fn network(&mut self) -> Result<Network, ChainError> {
        lock(self).network()
    }
    fn fee_at(&mut self, at: Hash, signed: &Signed) -> Result<u128, ChainError> {
        lock(self).fee_at(at, signed)
    }
    fn submit_signed(&mut self, signed: &Signed) -> Result<(), ChainError> {
        lock(self).submit_signed(signed)
    }
    fn balance_at(&mut self, at: Hash, account: AccountId) -> Result<u128, ChainError> {
        lock(self).balance_at(at, account)
    }
    fn code_hash_at(&mut self, at: Hash, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        lock(self).code_hash_at(at, contract)
    }
    fn items_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        prefix: &[u8],
    ) -> Result<Vec<Item>, ChainError> {
        lock(self).items_at(at, contract, prefix)
    }
    fn values_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Option<Vec<u8>>>, ChainError> {
        lock(self).values_at(at, contract, keys)
    }
    fn is_development(&mut self) -> Result<bool, ChainError> {
        lock(self).is_development()
    }
}

fn lock<L>(shared: &Mutex<L>) -> MutexGuard<'_, L> {
    // A ledger has no state that a panic elsewhere could leave half changed.
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
