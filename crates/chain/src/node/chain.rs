//! [`Chain`] on a node.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use subxt::{ext::scale_decode::DecodeAsType, utils::H256};

use super::{
    calls::CONTRACTS,
    codec::Codec,
    contracts_api, network, probe,
    rpc::{decode, Heads, Rpc},
    runtimes::Runtimes,
};
use crate::{
    error::{ChainError, DispatchError},
    extrinsic::{now_key, Action, Birth, FUND_CHUNK, LIFETIME_BLOCKS},
    gas::{padded_within, share},
    ledger::{Ledger, Terms},
    network::Network,
    types::{
        AccountId, ContractCall, DryRun, GasLimit, Hash, Past, Receipt, Signer, Transaction, Weight,
    },
    wire::Code,
    Chain,
};

/// Transactions in flight: well below what the node's pool holds.
const SUBMIT_CHUNK: usize = 500;

/// A running node of a chain with pallet-contracts.
///
/// Calls, events and errors are those of the chain's own metadata, and a runtime upgrade is followed
/// ([`ChainError::Unsuitable`] if it takes away what we need).
///
/// It blocks on an async runtime of its own, so use it from plain threads: inside another async
/// runtime every method returns [`ChainError::Rpc`], and dropping it there panics.
pub struct NodeChain {
    pub(super) rpc: Rpc,
    pub(super) runtimes: Runtimes,
    pub(super) genesis: Hash,
    /// Planck for the author of each block that a transaction of ours is in.
    tip: u128,
    /// How many events a block has that calls were run on, or that was read.
    pub(super) event_count: Mutex<Option<(H256, usize)>>,
}

/// An account as `System.Account` has it.
#[derive(Default, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub(super) struct AccountInfo {
    pub nonce: u32,
    pub data: AccountData,
}

#[derive(Default, DecodeAsType)]
#[decode_as_type(crate_path = "subxt::ext::scale_decode")]
pub(super) struct AccountData {
    pub free: u128,
}

/// Of a dry-run instantiation: the codec it was asked with, the gas it requires, and what the constructor
/// answers.
type Constructed = (Arc<Codec>, Weight, Result<Vec<u8>, DispatchError>);

impl NodeChain {
    /// Connects to a node, for instance at `ws://127.0.0.1:9944`.
    ///
    /// # Errors
    /// [`ChainError::Connect`] if nobody answers, [`ChainError::Unsuitable`] if its chain has no
    /// pallet-contracts, or one that we can't talk to.
    pub fn connect(url: &str) -> Result<Self, ChainError> {
        let rpc = Rpc::connect(url)?;
        let genesis = rpc.hash_of(0)?.0;
        let (runtimes, event_count) = (Runtimes::new(genesis), Mutex::default());
        let chain = Self { rpc, runtimes, genesis, tip: 0, event_count };
        chain.newest()?;
        Ok(chain)
    }

    /// Offers so many planck to the author of each block that a transaction of ours is in; none unless
    /// told. It concerns [`Chain`]; [`Ledger::sign_with`] has terms of its own.
    pub fn with_tip(mut self, planck: u128) -> Self {
        self.tip = planck;
        self
    }

    /// Has the node tell its newest blocks by itself, for who follows the chain and would ask all the time. What
    /// it has told may be a moment old.
    pub fn listening(mut self) -> Self {
        self.rpc.listen();
        self
    }

    /// Waits no longer than this for one answer; a minute unless told.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.rpc.set_patience(patience);
        self
    }

    /// Where the chain stands, and the runtime of its newest block.
    pub(super) fn newest(&self) -> Result<(Heads, Arc<Codec>), ChainError> {
        let heads = self.rpc.heads()?;
        let at = H256(heads.best.hash);
        // Asked each time: what is signed must be for the runtime of now.
        let codec = self.runtimes.of_state(&self.rpc, &self.rpc.spec(Some(at))?, at)?;
        self.runtimes.note(at, &codec);
        Ok((heads, codec))
    }

    /// Signs an action for the runtime at hand; the extrinsic, and the last block that it can be in.
    pub(super) fn sign_action(
        &self,
        signer: &Signer,
        nonce: u32,
        action: &Action,
        terms: Terms,
    ) -> Result<(Vec<u8>, Option<u64>), ChainError> {
        let (heads, codec) = self.newest()?;
        let birth = match terms.lifetime_blocks {
            None => None,
            Some(blocks) => Some(birth(&codec, &heads, blocks)?),
        };
        let bytes = codec.sign(signer, nonce, action, terms.tip, birth)?;
        Ok((bytes, birth.as_ref().map(Birth::last_block)))
    }

    /// Terms of the transactions that this chain signs by itself.
    pub(super) fn own_terms(&self) -> Terms {
        Terms { tip: self.tip, lifetime_blocks: Some(LIFETIME_BLOCKS) }
    }

    /// What the chain says of itself.
    ///
    /// # Errors
    /// [`ChainError::Unsuitable`] if its runtime lacks a constant that is asked for.
    pub fn network(&self) -> Result<Network, ChainError> {
        let (heads, codec) = self.newest()?;
        let spec = self.rpc.spec(Some(H256(heads.best.hash)))?;
        let (name, properties) = self.rpc.chain()?;
        network::network(&codec, spec, name, &properties)
    }

    /// The storage value of an account or a hash, by a key that the runtime at hand makes.
    fn state_value(
        &self,
        at: Option<H256>,
        key: impl Fn(&Codec) -> Result<Vec<u8>, ChainError>,
    ) -> Result<(Arc<Codec>, Option<Vec<u8>>), ChainError> {
        // Keys and types change with a runtime: that of the state we look at counts.
        let at = match at {
            Some(at) => at,
            None => self.rpc.best()?,
        };
        let codec = self.runtimes.at(&self.rpc, at)?;
        let value = self.rpc.storage(&key(&codec)?, Some(at))?;
        Ok((codec, value))
    }

    /// What the chain keeps of an account; `None` if it never was.
    pub(super) fn system_account(
        &self,
        account: AccountId,
        at: Option<H256>,
    ) -> Result<Option<AccountInfo>, ChainError> {
        let key = |codec: &Codec| codec.account_key("System", "Account", account);
        let (codec, value) = self.state_value(at, key)?;
        value.map(|bytes| codec.value("System", "Account", &bytes)).transpose()
    }

    pub(super) fn now_at(&self, block: Option<H256>) -> Result<u64, ChainError> {
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
        let codec = self.runtimes.at(&self.rpc, at)?;
        let earlier = self.event_count(at)?;
        let arguments = contracts_api::call_arguments(&codec, origin, call);
        let answer = self.rpc.state_call("ContractsApi_call", &arguments, at)?;
        contracts_api::call_answer(&codec, &answer, earlier)
    }

    /// Whether a code is on the chain.
    fn has_code(&self, hash: Hash) -> Result<bool, ChainError> {
        let (_, value) =
            self.state_value(None, |codec| codec.hash_key(CONTRACTS, "CodeInfoOf", hash))?;
        Ok(value.is_some())
    }

    /// Dry-runs an instantiation: the gas it requires and what the constructor answers.
    fn run_constructor(
        &self,
        origin: AccountId,
        code: &Code,
        value: u128,
        data: &[u8],
        salt: &[u8],
    ) -> Result<Constructed, ChainError> {
        let (heads, codec) = self.newest()?;
        let arguments =
            contracts_api::instantiate_arguments(&codec, origin, code, value, data, salt);
        let at = H256(heads.best.hash);
        let answer = self.rpc.state_call("ContractsApi_instantiate", &arguments, at)?;
        let (gas, result) = contracts_api::instantiate_answer(&codec, &answer)?;
        Ok((codec, gas, result))
    }

    /// Gas limits for a transaction's calls.
    fn with_limits(
        &self,
        transaction: &Transaction,
    ) -> Result<Vec<(ContractCall, Weight)>, ChainError> {
        let calls = &transaction.calls;
        let most = network::max_call_gas(&self.newest()?.1)?;
        let limit = |call: &ContractCall| match call.gas {
            GasLimit::Fixed(limit) => Ok(limit),
            GasLimit::Estimate => {
                let run = self.run(transaction.signer.account(), call)?;
                let succeeds = run.result.is_ok_and(|output| !output.reverted);
                // A call that fails on the present state may depend on one before it, which a node
                // cannot simulate; what it then needs is unknown.
                Ok(match succeeds {
                    true => padded_within(run.gas_required, most),
                    false => share(calls.len(), most),
                })
            }
        };
        calls.iter().map(|call| limit(call).map(|limit| (call.clone(), limit))).collect()
    }
}

/// From which block on, and for how many, a transaction is good that is to live for `blocks`.
fn birth(codec: &Codec, heads: &Heads, blocks: u64) -> Result<Birth, ChainError> {
    // The runtime knows the hashes of so many blocks only, and the birth may be a while ago already.
    let most = (network::block_hash_count(codec)? / 2).checked_ilog2().map_or(1, |log| 1 << log);
    // A block that can't be undone, unless finality is far behind: of one that is undone nothing that
    // was signed for it is left.
    let age = heads.best.number.saturating_sub(heads.finalised.number);
    let birth = Birth::of(heads.best, blocks.min(most));
    let block = if age <= birth.period / 4 { heads.finalised } else { heads.best };
    Ok(Birth { block, ..birth })
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

    fn network(&mut self) -> Result<Network, ChainError> {
        NodeChain::network(self)
    }

    fn call_depth(&mut self, origin: AccountId) -> Result<u32, ChainError> {
        let code = Code::Upload(probe::code()?);
        let (_, _, result) = self.run_constructor(origin, &code, 0, &[], probe::SALT)?;
        probe::depth(&result?)
    }

    fn upload_deposit(&mut self, origin: AccountId, wasm: &[u8]) -> Result<u128, ChainError> {
        if self.has_code(sp_core::hashing::blake2_256(wasm))? {
            return Ok(0);
        }
        let (heads, codec) = self.newest()?;
        let arguments = contracts_api::upload_arguments(origin, wasm);
        let at = H256(heads.best.hash);
        let answer = self.rpc.state_call("ContractsApi_upload_code", &arguments, at)?;
        Ok(contracts_api::upload_answer(&codec, &answer)??)
    }

    fn upload(&mut self, signer: &Signer, wasm: &[u8]) -> Result<Hash, ChainError> {
        let hash = sp_core::hashing::blake2_256(wasm);
        if !self.has_code(hash)? {
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
        let code = Code::Existing(code_hash);
        let (codec, required, _) =
            self.run_constructor(signer.account(), &code, value, &data, &salt)?;
        let gas = padded_within(required, network::max_call_gas(&codec)?);
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
        let (signed, _) = self.sign_action(signer, nonce, &action, self.own_terms())?;
        let best = self.rpc.best()?;
        Ledger::fee_at(self, best.0, &signed.into())
    }

    fn fund(&mut self, from: &Signer, to: &[AccountId], amount: u128) -> Result<(), ChainError> {
        to.chunks(FUND_CHUNK).try_for_each(|chunk| {
            self.act(from, &Action::Fund { to: chunk.to_vec(), amount }).map(|_| ())
        })
    }

    fn balance(&mut self, account: AccountId) -> Result<u128, ChainError> {
        Ok(self.system_account(account, None)?.map_or(0, |info| info.data.free))
    }

    fn contract_code_hash(&mut self, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        #[derive(DecodeAsType)]
        #[decode_as_type(crate_path = "subxt::ext::scale_decode")]
        struct ContractInfo {
            code_hash: H256,
        }
        let entry = "ContractInfoOf";
        let (codec, value) =
            self.state_value(None, |codec| codec.account_key(CONTRACTS, entry, contract))?;
        let info = value.map(|bytes| codec.value::<ContractInfo>(CONTRACTS, entry, &bytes));
        Ok(info.transpose()?.map(|info| info.code_hash.0))
    }
}
