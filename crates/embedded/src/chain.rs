//! [`Chain`] on the embedded runtime.

use sp_core::H256;
use sp_runtime::{generic, traits::BlakeTwo256, traits::Header as _, Digest};

use super::{
    block::{build, fee, Built, Head, Job},
    ledger::History,
    state::State,
    Profile, DEFAULT_GENESIS_MS, MIN_PERIOD_MS,
};
use breakwater_chain::{
    extrinsic::{Action, FUND_CHUNK},
    facts::Outcome,
    padded, AccountId, Chain, ChainError, ContractCall, DispatchError, DryRun, Hash, Past, Receipt,
    Signer, Transaction, Weight,
};
use breakwater_runtime::{
    tracer::{self, Frames},
    Constructor,
};

/// A chain in this process with deterministic blocks.
///
/// Development accounts `//Alice` to `//Ferdie` and their `//stash` have [`super::ENDOWMENT`];
/// `//Alice` is sudo. Nothing happens between calls: time moves by one block time per block.
pub struct EmbeddedChain {
    pub(super) profile: Profile,
    block_time_ms: u64,
    pub(super) state: State,
    pub(super) head: Head,
    pub(super) genesis: Hash,
    pub(super) history: Option<History>,
    last_frames: Frames,
}

/// A point to which an [`EmbeddedChain`] of the same profile can return.
///
/// Taking one is free; the first block after it copies the state.
#[derive(Clone)]
pub struct Snapshot {
    profile: Profile,
    state: State,
    head: Head,
    genesis: Hash,
}

impl EmbeddedChain {
    /// A fresh chain at block 0, whose timestamp is [`DEFAULT_GENESIS_MS`].
    ///
    /// # Errors
    /// [`ChainError::Invalid`] if the genesis state cannot be built.
    pub fn new(profile: Profile) -> Result<Self, ChainError> {
        Self::with_genesis_time(profile, DEFAULT_GENESIS_MS)
    }

    /// A fresh chain at block 0, whose timestamp is `genesis_ms` in Unix milliseconds.
    ///
    /// # Errors
    /// As for [`EmbeddedChain::new`].
    pub fn with_genesis_time(profile: Profile, genesis_ms: u64) -> Result<Self, ChainError> {
        let state = State::new(profile.runtime().genesis(genesis_ms)?);
        let hash = generic::Header::<u32, BlakeTwo256>::new(
            0,
            H256::zero(),
            state.root(),
            H256::zero(),
            Digest::default(),
        )
        .hash();
        let head = Head { number: 0, hash, time_ms: genesis_ms };
        let last_frames = Frames::default();
        let block_time_ms = profile.block_time_ms();
        let genesis = hash.0;
        Ok(Self { profile, block_time_ms, state, head, genesis, history: None, last_frames })
    }

    /// The same chain with another time from block to block, at least [`MIN_PERIOD_MS`]. With that it
    /// goes on as a node does whose clock is ahead of the system's.
    pub fn with_block_time_ms(mut self, block_time_ms: u64) -> Self {
        self.block_time_ms = block_time_ms.max(MIN_PERIOD_MS);
        self
    }

    /// The profile this chain was made with.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Frames of the last [`Chain::dry_run`].
    pub fn last_frames(&self) -> Frames {
        self.last_frames
    }

    /// Weight that the newest block used, all dispatch classes together.
    pub fn block_weight_used(&self) -> Weight {
        self.state.view(|| self.profile.runtime().block_weight())
    }

    /// Weight that a block can hold. Contract calls get at most three quarters of it together, and
    /// one call at most [`breakwater_chain::MAX_CALL_GAS`].
    pub fn max_block_weight(&self) -> Weight {
        self.profile.runtime().max_block_weight()
    }

    /// Answers a function of the runtime's own API, such as `ContractsApi_call`, and undoes what it did: SCALE in
    /// and out; `None` if the runtime has none of that name.
    ///
    /// # Panics
    /// If the arguments are not those of the function, as the runtime does in a node.
    pub fn runtime_api(&self, function: &str, arguments: &[u8]) -> Option<Vec<u8>> {
        self.state.view(|| self.profile.runtime().call(function, arguments))
    }

    /// Bytes of the state's trie that a proof of such an answer, and of what it would change, consists of: what a
    /// parachain that gives back unused proof size counts in the end.
    ///
    /// # Panics
    /// As [`EmbeddedChain::runtime_api`].
    pub fn runtime_api_proof_bytes(&self, function: &str, arguments: &[u8]) -> usize {
        self.state.prove(|| self.profile.runtime().call(function, arguments)).1
    }

    /// Remembers the present state.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            profile: self.profile,
            state: self.state.clone(),
            head: self.head,
            genesis: self.genesis,
        }
    }

    /// Returns to a remembered state, time and block number included.
    ///
    /// # Errors
    /// [`ChainError::Invalid`] if the snapshot was taken on another profile.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), ChainError> {
        if snapshot.profile != self.profile {
            return Err(ChainError::Invalid("snapshot of another profile".into()));
        }
        self.state = snapshot.state.clone();
        self.head = snapshot.head;
        self.genesis = snapshot.genesis;
        if let Some(history) = &mut self.history {
            history.forget_after(u64::from(self.head.number));
        }
        Ok(())
    }

    /// [`Chain::submit_all`] in a block at exactly `time_ms`. What does not fit goes to further
    /// blocks, one block time apart.
    ///
    /// # Errors
    /// [`ChainError::TimeTravel`] unless `time_ms` is at least [`MIN_PERIOD_MS`] after the newest
    /// block; otherwise as for [`Chain::submit_all`].
    pub fn submit_all_at(
        &mut self,
        time_ms: u64,
        transactions: &[Transaction],
    ) -> Result<Vec<Receipt>, ChainError> {
        let jobs: Vec<_> = transactions.iter().map(Job::Calls).collect();
        let outcomes = self.seal_all(time_ms, &jobs)?;
        Ok(outcomes.into_iter().map(|outcome| outcome.receipt).collect())
    }

    pub(super) fn next_time_ms(&self) -> u64 {
        self.head.time_ms.saturating_add(self.block_time_ms)
    }

    /// Puts all jobs in blocks, the first at `time_ms`. A block with an invalid job is not made;
    /// full blocks before it stay.
    fn seal_all(&mut self, time_ms: u64, jobs: &[Job<'_>]) -> Result<Vec<Outcome>, ChainError> {
        let mut outcomes = self.seal(time_ms, jobs)?;
        while outcomes.len() < jobs.len() {
            outcomes.extend(self.seal(self.next_time_ms(), &jobs[outcomes.len()..])?);
        }
        Ok(outcomes)
    }

    /// Makes one block.
    pub(super) fn seal(
        &mut self,
        time_ms: u64,
        jobs: &[Job<'_>],
    ) -> Result<Vec<Outcome>, ChainError> {
        let earliest = self.head.time_ms.saturating_add(MIN_PERIOD_MS);
        if time_ms < earliest {
            return Err(ChainError::TimeTravel(format!(
                "the next block cannot be at {time_ms} ms, only from {earliest} ms on"
            )));
        }
        let (runtime, genesis, parent) = (self.profile.runtime(), self.genesis, self.head);
        let Built { head, outcomes, hashes } =
            self.state.change(|| build(runtime, genesis, parent, time_ms, jobs))?;
        self.head = head;
        if let Some(history) = &mut self.history {
            history.add(parent, head, &hashes, &outcomes);
        }
        Ok(outcomes)
    }

    /// One action in the next block.
    fn act(&mut self, signer: &Signer, action: Action) -> Result<Outcome, ChainError> {
        let mut outcomes = self.seal_all(self.next_time_ms(), &[Job::Action(signer, action)])?;
        let outcome = outcomes.pop().ok_or_else(|| ChainError::Invalid("no outcome".into()))?;
        match &outcome.receipt.result {
            Ok(()) => Ok(outcome),
            Err(error) => Err(error.clone().into()),
        }
    }
}

impl Chain for EmbeddedChain {
    fn now_ms(&mut self) -> Result<u64, ChainError> {
        Ok(self.head.time_ms)
    }

    fn block_number(&mut self) -> Result<u64, ChainError> {
        Ok(self.head.number.into())
    }

    fn genesis_hash(&mut self) -> Result<Hash, ChainError> {
        Ok(self.genesis)
    }

    fn block_hash(&mut self, number: u64) -> Result<Option<Hash>, ChainError> {
        Ok(match number {
            0 => Some(self.genesis),
            number if number == u64::from(self.head.number) => Some(self.head.hash.0),
            number => self.history.as_ref().and_then(|history| history.hash(number)),
        })
    }

    fn past(&mut self, from: u64, to: u64) -> Result<Vec<Past>, ChainError> {
        let blocks = self.history.as_ref().map(|history| history.between(from, to));
        Ok(blocks.unwrap_or_default())
    }

    fn travel_to_ms(&mut self, time_ms: u64) -> Result<(), ChainError> {
        self.seal_all(time_ms, &[]).map(|_| ())
    }

    fn upload(&mut self, signer: &Signer, wasm: &[u8]) -> Result<Hash, ChainError> {
        let hash = sp_core::hashing::blake2_256(wasm);
        if !self.state.view(|| self.profile.runtime().code_exists(hash)) {
            self.act(signer, Action::Upload { code: wasm.to_vec() })?;
        }
        Ok(hash)
    }

    fn instantiate(
        &mut self,
        signer: &Signer,
        code_hash: Hash,
        value: u128,
        data: Vec<u8>,
        salt: Vec<u8>,
    ) -> Result<(AccountId, Receipt), ChainError> {
        let constructor = Constructor { code_hash, value, data: &data, salt: &salt };
        let runtime = self.profile.runtime();
        let required = self.state.view(|| runtime.instantiate_gas(signer.account(), &constructor));
        let action = Action::Instantiate { code_hash, value, gas: padded(required), data, salt };
        let outcome = self.act(signer, action)?;
        let contract = outcome.instantiated.ok_or(DispatchError::Unknown)?;
        Ok((contract, outcome.receipt))
    }

    fn dry_run(&mut self, origin: AccountId, call: &ContractCall) -> Result<DryRun, ChainError> {
        tracer::reset();
        let run = self.state.view(|| self.profile.runtime().dry_run(origin, call));
        self.last_frames = tracer::frames();
        Ok(run)
    }

    fn submit_all(&mut self, transactions: &[Transaction]) -> Result<Vec<Receipt>, ChainError> {
        self.submit_all_at(self.next_time_ms(), transactions)
    }

    fn fee(&mut self, transaction: &Transaction) -> Result<u128, ChainError> {
        let (runtime, genesis, head) = (self.profile.runtime(), self.genesis, self.head);
        self.state.view(|| fee(runtime, genesis, head, transaction))
    }

    fn fund(&mut self, from: &Signer, to: &[AccountId], amount: u128) -> Result<(), ChainError> {
        to.chunks(FUND_CHUNK).try_for_each(|chunk| {
            self.act(from, Action::Fund { to: chunk.to_vec(), amount }).map(|_| ())
        })
    }

    fn balance(&mut self, account: AccountId) -> Result<u128, ChainError> {
        Ok(self.state.view(|| self.profile.runtime().balance(account)))
    }

    fn contract_code_hash(&mut self, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        Ok(self.state.view(|| self.profile.runtime().contract_code_hash(contract)))
    }
}
