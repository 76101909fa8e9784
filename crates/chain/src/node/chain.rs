//! [`Chain`] on a node.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use scale::Encode;
use subxt::{utils::H256, Metadata};

use super::{
    contracts_api, events,
    nonces::Nonces,
    rpc::{decode, Rpc},
};
use crate::{
    contract::ContractRecord,
    error::{ChainError, DispatchError},
    extrinsic::{code_key, now_key, sign, storage_prefix, Action, FUND_CHUNK},
    facts::{outcome, Outcome},
    gas::{padded, share},
    ledger::Ledger,
    types::{
        AccountId, ContractCall, DryRun, GasLimit, Hash, Past, Receipt, Signer, Transaction, Weight,
    },
    wire::{AccountInfo, SPEC_NAME, SPEC_VERSION, TRANSACTION_VERSION},
    Chain,
};

/// Longest wait for the next of our transactions to get into a block.
const INCLUSION_TIMEOUT: Duration = Duration::from_secs(60);
/// The node seals a block within milliseconds of a transaction's arrival.
const POLL: Duration = Duration::from_millis(5);
/// Transactions in flight: well below what the node's pool holds.
const SUBMIT_CHUNK: usize = 500;

/// A running node.
///
/// It blocks on an async runtime of its own, so use it from plain threads: inside another async
/// runtime every method returns [`ChainError::Rpc`], and dropping it there panics.
pub struct NodeChain {
    pub(super) rpc: Rpc,
    pub(super) metadata: Metadata,
    pub(super) genesis: Hash,
}

impl NodeChain {
    /// Connects to a contracts-node of the 0.42 line, for instance at `ws://127.0.0.1:9944`.
    ///
    /// # Errors
    /// [`ChainError::Connect`] if nobody answers or if the chain is another one.
    pub fn connect(url: &str) -> Result<Self, ChainError> {
        let rpc = Rpc::connect(url)?;
        let spec = rpc.spec()?;
        if spec.name != SPEC_NAME
            || spec.spec_version != SPEC_VERSION
            || spec.transaction_version != TRANSACTION_VERSION
        {
            // Indices and signed versions would not match, so nothing we sign would be accepted.
            return Err(ChainError::Connect(format!(
                "{url} runs {} {}, not {SPEC_NAME} {SPEC_VERSION} with pallet-contracts",
                spec.name, spec.spec_version
            )));
        }
        let metadata = rpc.metadata()?;
        if metadata.pallet_by_name("Contracts").is_none() {
            return Err(ChainError::Connect(format!("{url} has no Contracts pallet")));
        }
        let genesis = rpc.hash_of(0)?.0;
        Ok(Self { rpc, metadata, genesis })
    }

    /// Waits no longer than this for one answer; a minute unless told.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.rpc.set_patience(patience);
        self
    }

    /// Signs an action with the signer's next nonce and waits for its block.
    fn act(&self, signer: &Signer, action: &Action) -> Result<Outcome, ChainError> {
        let outcome = self
            .include(&[(signer, action)])?
            .pop()
            .ok_or_else(|| ChainError::Rpc("no outcome for the transaction".into()))?;
        match &outcome.receipt.result {
            Ok(()) => Ok(outcome),
            Err(error) => Err(error.clone().into()),
        }
    }

    /// Signs actions, submits them and waits until all are in blocks.
    fn include(&self, actions: &[(&Signer, &Action)]) -> Result<Vec<Outcome>, ChainError> {
        let mut scanned = self.rpc.best_number()?;
        let mut nonces = Nonces::new(|account| self.rpc.next_nonce(account));
        let extrinsics = actions.iter().map(|(signer, action)| {
            let with = |nonce| sign(signer, nonce, self.genesis, action);
            nonces.submit(signer.account(), with, |bytes| self.rpc.submit(bytes))
        });
        let extrinsics: Vec<Vec<u8>> = extrinsics.collect::<Result<_, _>>()?;

        let mut missing: BTreeMap<&[u8], usize> =
            extrinsics.iter().enumerate().map(|(at, bytes)| (bytes.as_slice(), at)).collect();
        let mut found: BTreeMap<usize, Outcome> = BTreeMap::new();
        let mut deadline = Instant::now() + INCLUSION_TIMEOUT;
        while !missing.is_empty() {
            let best = self.rpc.best_number()?;
            while scanned < best {
                scanned += 1;
                let outcomes = self.outcomes(self.rpc.hash_of(scanned)?, &mut missing)?;
                if !outcomes.is_empty() {
                    deadline = Instant::now() + INCLUSION_TIMEOUT;
                }
                found.extend(outcomes);
            }
            if !missing.is_empty() {
                if Instant::now() > deadline {
                    let (missing, of) = (missing.len(), extrinsics.len());
                    return Err(ChainError::NotIncluded { missing, of });
                }
                std::thread::sleep(POLL);
            }
        }
        Ok(found.into_values().collect())
    }

    /// Takes the extrinsics that are in a block out of `missing`, with their outcomes.
    fn outcomes(
        &self,
        hash: H256,
        missing: &mut BTreeMap<&[u8], usize>,
    ) -> Result<Vec<(usize, Outcome)>, ChainError> {
        let block = self.rpc.block(hash)?;
        let ours: BTreeMap<usize, usize> = block
            .extrinsics
            .iter()
            .enumerate()
            .filter_map(|(index, bytes)| missing.remove(bytes.as_slice()).map(|at| (index, at)))
            .collect();
        if ours.is_empty() {
            return Ok(Vec::new());
        }
        let time_ms = self.now_at(Some(hash))?;
        let records = self.rpc.storage(&storage_prefix("System", "Events"), Some(hash))?;
        let mut facts = BTreeMap::<usize, Vec<_>>::new();
        for (extrinsic, fact) in events::facts(&self.metadata, records.unwrap_or_default(), 0)? {
            if let Some(index) = extrinsic.and_then(|index| usize::try_from(index).ok()) {
                facts.entry(index).or_default().push(fact);
            }
        }
        Ok(ours
            .into_iter()
            .map(|(index, at)| {
                (at, outcome(block.number, time_ms, facts.remove(&index).unwrap_or_default()))
            })
            .collect())
    }

    /// What the chain keeps of an account; `None` if it never was.
    pub(super) fn system_account(
        &self,
        account: AccountId,
        at: Option<H256>,
    ) -> Result<Option<AccountInfo>, ChainError> {
        let hash = sp_core::hashing::blake2_128(&account);
        let key = [storage_prefix("System", "Account"), hash.to_vec(), account.encode()].concat();
        self.rpc.storage(&key, at)?.map(|bytes| decode("account", &bytes)).transpose()
    }

    fn now_at(&self, block: Option<H256>) -> Result<u64, ChainError> {
        // Block 0 has no timestamp.
        self.rpc.storage(&now_key(), block)?.map_or(Ok(0), |bytes| decode("timestamp", &bytes))
    }

    fn run(&self, origin: AccountId, call: &ContractCall) -> Result<DryRun, ChainError> {
        self.run_at(self.rpc.best()?, origin, call)
    }

    /// Runs a call on the state of a block.
    pub(super) fn run_at(
        &self,
        at: H256,
        origin: AccountId,
        call: &ContractCall,
    ) -> Result<DryRun, ChainError> {
        // The answer has the block's events before the call's own.
        let earlier = self.rpc.storage(&storage_prefix("System", "EventCount"), Some(at))?;
        let arguments = contracts_api::call_arguments(origin, call);
        let answer = self.rpc.state_call("ContractsApi_call", &arguments, at)?;
        contracts_api::call_answer(&self.metadata, &answer, events::count(earlier)?)
    }

    /// Gas limits for a transaction's calls.
    fn with_limits(
        &self,
        transaction: &Transaction,
    ) -> Result<Vec<(ContractCall, Weight)>, ChainError> {
        let calls = &transaction.calls;
        let limit = |call: &ContractCall| match call.gas {
            GasLimit::Fixed(limit) => Ok(limit),
            GasLimit::Estimate => {
                let run = self.run(transaction.signer.account(), call)?;
                let succeeds = run.result.is_ok_and(|output| !output.reverted);
                // A call that fails on the present state may depend on one before it, which a node
                // cannot simulate; what it then needs is unknown.
                Ok(if succeeds { padded(run.gas_required) } else { share(calls.len()) })
            }
        };
        calls.iter().map(|call| limit(call).map(|limit| (call.clone(), limit))).collect()
    }
}

impl Chain for NodeChain {
    fn now_ms(&mut self) -> Result<u64, ChainError> {
        self.now_at(None)
    }

    fn block_number(&mut self) -> Result<u64, ChainError> {
        self.rpc.best_number()
    }

    fn genesis_hash(&mut self) -> Result<Hash, ChainError> {
        Ok(self.genesis)
    }

    fn block_hash(&mut self, number: u64) -> Result<Option<Hash>, ChainError> {
        Ok(self.rpc.hashes(number, number)?.pop().flatten().map(|hash| hash.0))
    }

    fn past(&mut self, from: u64, to: u64) -> Result<Vec<Past>, ChainError> {
        let hashes: Vec<H256> = self.rpc.hashes(from, to)?.into_iter().flatten().collect();
        let named: Vec<Hash> = hashes.iter().map(|hash| hash.0).collect();
        // Bodies are kept for good, events as long as the state: some hundred blocks on most nodes.
        let with_events = Ledger::blocks(self, &named).ok();
        let mut past = Vec::with_capacity(hashes.len());
        for (index, hash) in hashes.into_iter().enumerate() {
            let events = with_events.as_ref().and_then(|blocks| blocks.get(index));
            let events = events.map(|block| block.events().cloned().collect());
            let block = self.rpc.block(hash)?;
            past.push(Past { number: block.number, extrinsics: block.extrinsics, events });
        }
        Ok(past)
    }

    /// Overwrites the clock through sudo, signed by `//Alice`. The next block's own timestamp is the
    /// system clock's or 5 ms more than this one's, whichever is later.
    fn travel_to_ms(&mut self, time_ms: u64) -> Result<(), ChainError> {
        let now = self.now_at(None)?;
        if time_ms <= now {
            return Err(ChainError::TimeTravel(format!("{time_ms} ms is not after {now} ms")));
        }
        let outcome = self.act(&Signer::from_uri("//Alice")?, &Action::SetTime { time_ms })?;
        // The write comes after the block's own timestamp, so dry runs on that block see it.
        outcome.sudo_error.map_or(Ok(()), |why| Err(ChainError::TimeTravel(why.to_string())))
    }

    fn upload(&mut self, signer: &Signer, wasm: &[u8]) -> Result<Hash, ChainError> {
        let hash = sp_core::hashing::blake2_256(wasm);
        if self.rpc.storage(&code_key(hash), None)?.is_none() {
            self.act(signer, &Action::Upload { code: wasm.to_vec() })?;
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
        let arguments =
            contracts_api::instantiate_arguments(signer.account(), code_hash, value, &data, &salt);
        let answer =
            self.rpc.state_call("ContractsApi_instantiate", &arguments, self.rpc.best()?)?;
        let gas = padded(contracts_api::instantiate_gas(&answer)?);
        let outcome =
            self.act(signer, &Action::Instantiate { code_hash, value, gas, data, salt })?;
        let contract = outcome.instantiated.ok_or(DispatchError::Unknown)?;
        Ok((contract, outcome.receipt))
    }

    fn dry_run(&mut self, origin: AccountId, call: &ContractCall) -> Result<DryRun, ChainError> {
        self.run(origin, call)
    }

    fn submit_all(&mut self, transactions: &[Transaction]) -> Result<Vec<Receipt>, ChainError> {
        let mut receipts = Vec::with_capacity(transactions.len());
        for chunk in transactions.chunks(SUBMIT_CHUNK) {
            // Limits first: once the first is submitted, the state moves.
            let actions: Vec<Action> = chunk
                .iter()
                .map(|transaction| self.with_limits(transaction).map(Action::Calls))
                .collect::<Result<_, _>>()?;
            let signed: Vec<(&Signer, &Action)> =
                chunk.iter().map(|transaction| &transaction.signer).zip(&actions).collect();
            let outcomes = self.include(&signed)?;
            receipts.extend(outcomes.into_iter().map(|outcome| outcome.receipt));
        }
        Ok(receipts)
    }

    fn fee(&mut self, transaction: &Transaction) -> Result<u128, ChainError> {
        let signer = &transaction.signer;
        let nonce = self.rpc.next_nonce(signer.account())?;
        let action = Action::Calls(self.with_limits(transaction)?);
        let signed = sign(signer, nonce, self.genesis, &action).into();
        let best = self.rpc.best()?;
        Ledger::fee_at(self, best.0, &signed)
    }

    fn fund(&mut self, from: &Signer, to: &[AccountId], amount: u128) -> Result<(), ChainError> {
        to.chunks(FUND_CHUNK).try_for_each(|chunk| {
            self.act(from, &Action::Fund { to: chunk.to_vec(), amount }).map(|_| ())
        })
    }

    fn balance(&mut self, account: AccountId) -> Result<u128, ChainError> {
        Ok(self.system_account(account, None)?.map_or(0, |info| info.free))
    }

    fn contract_code_hash(&mut self, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        let bytes = self.rpc.storage(&ContractRecord::key(&contract), None)?;
        let record = bytes.map(|bytes| ContractRecord::read(&bytes));
        Ok(record.transpose()?.map(|record| record.code_hash))
    }
}
