//! Connections to a chain in this process that lose transactions and are slow.

use breakwater_chain::{
    AccountId, Block, BlockId, ChainError, ContractCall, DryRun, Hash, Item, Ledger, Network,
    Signed, SignedUntil, Signer, Terms,
};
use breakwater_client::abi::selector;
use breakwater_keeper::endpoints::Connect;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Length of an extrinsic that calls no contract.
const SHORT: usize = 130;
/// The name of such.
pub const NOTHING: &str = "nothing";

/// What a connection does wrong, and what came over it.
#[derive(Default)]
pub struct Faults {
    /// Messages whose first transaction is taken and never arrives, however often it is submitted.
    loses: Vec<&'static str>,
    lost: BTreeSet<Hash>,
    /// Dry runs of messages with more data than this don't answer in time.
    pub slow_from: Option<usize>,
    /// It says that it is no chain for development.
    pub is_live: bool,
    /// What it says of the chain; what the chain says, if nothing.
    pub network: Option<Network>,
    /// What was signed: nonce, terms and calls.
    pub signed: Vec<(u32, Terms, Vec<ContractCall>)>,
    /// How often each was called.
    pub calls: BTreeMap<&'static str, usize>,
    /// What happens before the next transaction arrives.
    pub meanwhile: Option<Box<dyn FnOnce() + Send>>,
}

/// A chain behind a connection that has faults.
pub struct Faulty<L> {
    chain: Arc<Mutex<L>>,
    faults: Arc<Mutex<Faults>>,
}

impl Faults {
    /// Loses the first transaction of each of these messages.
    pub fn losing(messages: &[&'static str]) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { loses: messages.to_vec(), ..Self::default() }))
    }

    /// Messages of which none was lost yet.
    pub fn waits_for(&self) -> &[&'static str] {
        &self.loses
    }

    fn count(&mut self, call: &'static str) {
        *self.calls.entry(call).or_default() += 1;
    }

    fn loses(&mut self, signed: &Signed) -> bool {
        if self.lost.contains(&signed.hash) {
            return true;
        }
        let is_called = |name: &&str| match *name {
            NOTHING => signed.bytes.len() < SHORT,
            name => signed.bytes.windows(4).any(|bytes| bytes == selector(name)),
        };
        let Some(place) = self.loses.iter().position(is_called) else { return false };
        self.loses.remove(place);
        self.lost.insert(signed.hash);
        true
    }
}

/// Connections to a chain that have these faults.
pub fn to_faulty<L: Ledger + 'static>(
    chain: &Arc<Mutex<L>>,
    faults: &Arc<Mutex<Faults>>,
) -> Connect {
    let (chain, faults) = (Arc::clone(chain), Arc::clone(faults));
    Box::new(move |_| {
        let (chain, faults) = (Arc::clone(&chain), Arc::clone(&faults));
        Ok(Box::new(Faulty { chain, faults }) as Box<dyn Ledger>)
    })
}

impl<L> Faulty<L> {
    fn on(&self, call: &'static str) -> MutexGuard<'_, L> {
        self.faults().count(call);
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L: Ledger> Ledger for Faulty<L> {
    fn genesis(&mut self) -> Result<Hash, ChainError> {
        self.on("genesis").genesis()
    }
    fn best(&mut self) -> Result<BlockId, ChainError> {
        self.on("best").best()
    }
    fn finalised(&mut self) -> Result<BlockId, ChainError> {
        self.on("finalised").finalised()
    }
    fn hashes(&mut self, from: u64, to: u64) -> Result<Vec<Option<Hash>>, ChainError> {
        self.on("hashes").hashes(from, to)
    }
    fn blocks(&mut self, hashes: &[Hash]) -> Result<Vec<Block>, ChainError> {
        self.on("blocks").blocks(hashes)
    }
    fn call_at(
        &mut self,
        at: Hash,
        origin: AccountId,
        call: &ContractCall,
    ) -> Result<DryRun, ChainError> {
        if self.faults().slow_from.is_some_and(|from| call.data.len() > from) {
            return Err(ChainError::Timeout(Duration::from_secs(3)));
        }
        self.on("call_at").call_at(at, origin, call)
    }
    fn nonce_at(&mut self, at: Hash, account: AccountId) -> Result<u32, ChainError> {
        self.on("nonce_at").nonce_at(at, account)
    }
    fn balance_at(&mut self, at: Hash, account: AccountId) -> Result<u128, ChainError> {
        self.on("balance_at").balance_at(at, account)
    }
    fn code_hash_at(&mut self, at: Hash, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        self.on("code_hash_at").code_hash_at(at, contract)
    }
    fn items_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        prefix: &[u8],
    ) -> Result<Vec<Item>, ChainError> {
        self.on("items_at").items_at(at, contract, prefix)
    }
    fn values_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Option<Vec<u8>>>, ChainError> {
        self.on("values_at").values_at(at, contract, keys)
    }
    fn is_development(&mut self) -> Result<bool, ChainError> {
        if self.faults().is_live {
            return Ok(false);
        }
        self.on("is_development").is_development()
    }
    fn sign_with(
        &mut self,
        signer: &Signer,
        nonce: u32,
        calls: &[ContractCall],
        terms: Terms,
    ) -> Result<SignedUntil, ChainError> {
        let mut chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = chain.sign_with(signer, nonce, calls, terms)?;
        self.faults().signed.push((nonce, terms, calls.to_vec()));
        Ok(signed)
    }
    fn network(&mut self) -> Result<Network, ChainError> {
        let told = self.faults().network.clone();
        match told {
            Some(network) => Ok(network),
            None => self.on("network").network(),
        }
    }
    fn fee_at(&mut self, at: Hash, signed: &Signed) -> Result<u128, ChainError> {
        self.on("fee_at").fee_at(at, signed)
    }
    fn submit_signed(&mut self, signed: &Signed) -> Result<(), ChainError> {
        if self.faults().loses(signed) {
            return Ok(());
        }
        let meanwhile = self.faults().meanwhile.take();
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
        self.on("submit_signed").submit_signed(signed)
    }
}
