//! Connections to a chain in this process that tell what is not so, or not all that is.

use breakwater_chain::{
    AccountId, Block, BlockId, ChainError, ContractCall, DryRun, Hash, Item, Ledger, Network,
    Signed, SignedUntil, Signer, Terms,
};
use breakwater_keeper::endpoints::Connect;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What an endpoint does wrong now.
#[derive(Clone, Debug, Default)]
pub struct Wrongs {
    /// Blocks have no events.
    pub hides_events: bool,
    /// Views are not answered.
    pub answers_no_calls: bool,
    /// More blocks than this at once are too many for its patience.
    pub most_blocks: Option<usize>,
    /// Blocks below this are not kept.
    pub pruned_below: Option<u64>,
    /// A contract's storage is not listed.
    pub lists_nothing: bool,
    /// Of a contract's storage the last item is missing.
    pub loses_an_item: bool,
    /// Nothing is answered for so long, and then that it took too long.
    pub hole: Option<Duration>,
}

/// Endpoints of one chain, each with wrongs of its own, by their addresses.
pub struct Wrong<L> {
    chain: Arc<Mutex<L>>,
    wrongs: Arc<Mutex<BTreeMap<String, Wrongs>>>,
}

impl<L: Ledger + 'static> Wrong<L> {
    /// Endpoints that tell the truth.
    pub fn new(chain: &Arc<Mutex<L>>) -> Self {
        Self { chain: Arc::clone(chain), wrongs: Arc::default() }
    }

    /// What one does wrong from now on.
    pub fn set(&self, address: &str, wrongs: Wrongs) {
        self.wrongs.lock().expect("not poisoned").insert(address.into(), wrongs);
    }

    /// Connections to them.
    pub fn connect(&self) -> Connect {
        let (chain, wrongs) = (Arc::clone(&self.chain), Arc::clone(&self.wrongs));
        Box::new(move |address| {
            let (chain, wrongs) = (Arc::clone(&chain), Arc::clone(&wrongs));
            Ok(Box::new(Link { address: address.into(), chain, wrongs }) as Box<dyn Ledger>)
        })
    }
}

struct Link<L> {
    address: String,
    chain: Arc<Mutex<L>>,
    wrongs: Arc<Mutex<BTreeMap<String, Wrongs>>>,
}

impl<L> Link<L> {
    fn wrongs(&self) -> Wrongs {
        self.wrongs.lock().expect("not poisoned").get(&self.address).cloned().unwrap_or_default()
    }

    fn chain(&self) -> Result<MutexGuard<'_, L>, ChainError> {
        if let Some(hole) = self.wrongs().hole {
            std::thread::sleep(hole);
            return Err(ChainError::Timeout(hole));
        }
        Ok(self.chain.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<L: Ledger> Ledger for Link<L> {
    fn genesis(&mut self) -> Result<Hash, ChainError> {
        self.chain()?.genesis()
    }
    fn best(&mut self) -> Result<BlockId, ChainError> {
        self.chain()?.best()
    }
    fn finalised(&mut self) -> Result<BlockId, ChainError> {
        self.chain()?.finalised()
    }
    fn hashes(&mut self, from: u64, to: u64) -> Result<Vec<Option<Hash>>, ChainError> {
        self.chain()?.hashes(from, to)
    }
    fn blocks(&mut self, hashes: &[Hash]) -> Result<Vec<Block>, ChainError> {
        let wrongs = self.wrongs();
        if wrongs.most_blocks.is_some_and(|most| hashes.len() > most) {
            return Err(ChainError::Timeout(Duration::from_secs(3)));
        }
        let mut blocks = self.chain()?.blocks(hashes)?;
        if let Some(first) = wrongs.pruned_below {
            if blocks.iter().any(|block| block.id.number < first) {
                return Err(ChainError::Rpc("State already discarded".into()));
            }
        }
        if wrongs.hides_events {
            let receipts = blocks.iter_mut().flat_map(|block| &mut block.extrinsics);
            receipts.for_each(|(_, receipt)| receipt.events.clear());
        }
        Ok(blocks)
    }
    fn call_at(
        &mut self,
        at: Hash,
        origin: AccountId,
        call: &ContractCall,
    ) -> Result<DryRun, ChainError> {
        if self.wrongs().answers_no_calls {
            return Err(ChainError::Rpc("no views here".into()));
        }
        self.chain()?.call_at(at, origin, call)
    }
    fn nonce_at(&mut self, at: Hash, account: AccountId) -> Result<u32, ChainError> {
        self.chain()?.nonce_at(at, account)
    }
    fn sign_with(
        &mut self,
        signer: &Signer,
        nonce: u32,
        calls: &[ContractCall],
        terms: Terms,
    ) -> Result<SignedUntil, ChainError> {
        self.chain()?.sign_with(signer, nonce, calls, terms)
    }
    fn next_nonce(&mut self, account: AccountId) -> Result<u32, ChainError> {
        self.chain()?.next_nonce(account)
    }
    fn pending(&mut self) -> Result<Vec<Signed>, ChainError> {
        self.chain()?.pending()
    }
    fn network(&mut self) -> Result<Network, ChainError> {
        self.chain()?.network()
    }
    fn fee_at(&mut self, at: Hash, signed: &Signed) -> Result<u128, ChainError> {
        self.chain()?.fee_at(at, signed)
    }
    fn submit_signed(&mut self, signed: &Signed) -> Result<(), ChainError> {
        self.chain()?.submit_signed(signed)
    }
    fn balance_at(&mut self, at: Hash, account: AccountId) -> Result<u128, ChainError> {
        self.chain()?.balance_at(at, account)
    }
    fn code_hash_at(&mut self, at: Hash, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        self.chain()?.code_hash_at(at, contract)
    }
    fn items_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        prefix: &[u8],
    ) -> Result<Vec<Item>, ChainError> {
        let wrongs = self.wrongs();
        if wrongs.lists_nothing {
            return Err(ChainError::Invalid("not listed here".into()));
        }
        let mut items = self.chain()?.items_at(at, contract, prefix)?;
        if wrongs.loses_an_item {
            items.pop();
        }
        Ok(items)
    }
    fn values_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Option<Vec<u8>>>, ChainError> {
        self.chain()?.values_at(at, contract, keys)
    }
    fn is_development(&mut self) -> Result<bool, ChainError> {
        self.chain()?.is_development()
    }
}
