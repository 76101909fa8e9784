//! [`RuntimeApi`] for this runtime.

use frame_support::storage::{unhashed, with_transaction_unchecked, TransactionOutcome};
use frame_system::Phase;
use pallet_contracts::{Code, CollectEvents, DebugInfo, Determinism, StorageDeposit};
use scale::{Decode, DecodeLimit, Encode};
use sp_core::{storage::Storage, H256};
use sp_runtime::{
    traits::Header as _,
    transaction_validity::{
        InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError,
    },
    BuildStorage, Digest, ModuleError,
};

use super::{
    sign::sign,
    unsigned::{apply_unchecked, validate_unchecked},
    *,
};
use breakwater_chain::{
    self as types,
    extrinsic::{code_key, now_key, storage_prefix},
    facts::{self, signed, Fact},
    wire::{from_weight, to_weight},
    ChainError, ContractCall, ContractEvent, DispatchError, DryRun, GasLimit, Output, Rejection,
    Signer, Weight,
};
use breakwater_runtime::{endowed, Constructor, Refusal, RuntimeApi, Signature, Unsigned};

/// This runtime, as a value.
pub struct Api;

type Record = frame_system::EventRecord<RuntimeEvent, Hash>;

impl RuntimeApi for Api {
    fn genesis(&self, time_ms: u64) -> Result<Storage, ChainError> {
        let accounts = endowed()?;
        let sudo = accounts.first().copied().map(AccountId::from);
        let mut storage = RuntimeGenesisConfig {
            balances: pallet_balances::GenesisConfig {
                balances: accounts.into_iter().map(|a| (a.into(), crate::ENDOWMENT)).collect(),
            },
            sudo: pallet_sudo::GenesisConfig { key: sudo },
            ..Default::default()
        }
        .build_storage()
        .map_err(|why| ChainError::Invalid(format!("genesis: {why}")))?;
        storage.top.insert(now_key(), time_ms.encode());
        Ok(storage)
    }

    fn integrity_test(&self) {
        use frame_support::traits::IntegrityTest;
        AllPalletsWithSystem::integrity_test();
    }

    fn initialize_block(&self, number: u32, parent: H256) {
        let header = Header::new(number, H256::zero(), H256::zero(), parent, Digest::default());
        Executive::initialize_block(&header);
    }

    fn set_balance(&self, account: types::AccountId, planck: u128) -> Result<(), ChainError> {
        // Of no extrinsic, so what it emits shall not be counted to one.
        let phase = storage_prefix("System", "ExecutionPhase");
        let usual: Option<Phase> = unhashed::get(&phase);
        unhashed::put(&phase, &Phase::Initialization);
        let set = Balances::force_set_balance(
            frame_system::RawOrigin::Root.into(),
            AccountId::from(account).into(),
            narrow(planck),
        );
        if let Some(usual) = usual {
            unhashed::put(&phase, &usual);
        }
        set.map(|_| ()).map_err(|why| typed(&why).into())
    }

    fn set_time(&self, time_ms: u64) -> Result<Vec<u8>, ChainError> {
        let call = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: time_ms });
        let inherent = UncheckedExtrinsic::new_unsigned(call);
        let bytes = inherent.encode();
        match Executive::apply_extrinsic(inherent) {
            Ok(Ok(())) => Ok(bytes),
            Ok(Err(error)) => Err(ChainError::TimeTravel(typed(&error).to_string())),
            Err(error) => Err(ChainError::TimeTravel(format!("{error:?}"))),
        }
    }

    fn apply(&self, extrinsic: &[u8], signature: Signature) -> Result<(), Refusal> {
        let extrinsic = decode(extrinsic).map_err(Refusal::Rejected)?;
        let apply = || match signature {
            Signature::Checked => Executive::apply_extrinsic(extrinsic).map(|_| ()),
            Signature::Ignored => apply_unchecked(extrinsic),
        };
        // A refused extrinsic leaves traces (its index, its fee), so undo them as a block author does.
        with_transaction_unchecked(|| match apply() {
            // A failed dispatch is in the block like any other; its events tell.
            Ok(()) => TransactionOutcome::Commit(Ok(())),
            Err(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources)) => {
                TransactionOutcome::Rollback(Err(Refusal::Full))
            }
            Err(error) => TransactionOutcome::Rollback(Err(Refusal::Rejected(error.into()))),
        })
    }

    fn finalize_block(&self) -> Vec<u8> {
        Executive::finalize_block().encode()
    }

    fn facts(&self) -> Vec<(u32, Fact)> {
        System::read_events_no_consensus()
            .filter_map(|record| match record.phase {
                Phase::ApplyExtrinsic(index) => fact(*record).map(|fact| (index, fact)),
                Phase::Finalization | Phase::Initialization => None,
            })
            .collect()
    }

    fn block_weight(&self) -> Weight {
        from_weight(System::block_weight().total())
    }

    fn max_block_weight(&self) -> Weight {
        from_weight(<Runtime as frame_system::Config>::BlockWeights::get().max_block)
    }

    fn call(&self, function: &str, arguments: &[u8]) -> Option<Vec<u8>> {
        super::api::dispatch(function, arguments)
    }

    fn validate(&self, bytes: &[u8], signature: Signature, parent: H256) -> TransactionValidity {
        let extrinsic = decode(bytes).map_err(|_| InvalidTransaction::Call)?;
        let source = TransactionSource::External;
        match signature {
            Signature::Checked => Executive::validate_transaction(source, extrinsic, parent),
            Signature::Ignored => validate_unchecked(source, extrinsic, parent),
        }
    }

    fn sign(&self, signer: &Signer, unsigned: &Unsigned<'_>) -> Vec<u8> {
        sign(signer, unsigned)
    }

    fn signer(&self, extrinsic: &[u8]) -> Option<types::AccountId> {
        match decode(extrinsic).ok()?.signature? {
            (Address::Id(account), _, _) => Some(account.into()),
            _ => None,
        }
    }

    fn nonce(&self, account: types::AccountId) -> u32 {
        System::account_nonce(AccountId::from(account))
    }

    fn balance(&self, account: types::AccountId) -> u128 {
        wide(Balances::free_balance(AccountId::from(account)))
    }

    fn contract_code_hash(&self, contract: types::AccountId) -> Option<types::Hash> {
        Contracts::code_hash(&AccountId::from(contract)).map(|hash| hash.0)
    }

    fn code_exists(&self, code_hash: types::Hash) -> bool {
        frame_support::storage::unhashed::exists(&code_key(code_hash))
    }

    fn fee(&self, extrinsic: &[u8]) -> Result<u128, ChainError> {
        let length = u32::try_from(extrinsic.len()).unwrap_or(u32::MAX);
        let extrinsic = decode(extrinsic)?;
        Ok(wide(TransactionPayment::query_info(extrinsic, length).partial_fee))
    }

    fn dry_run(&self, origin: types::AccountId, call: &ContractCall) -> DryRun {
        undone(|| {
            // The pallet hands out the whole block's events; keep only this call's.
            System::reset_events();
            let mut run = self.run(origin, call);
            run.events = System::read_events_no_consensus()
                .filter_map(|record| match fact(*record) {
                    Some(Fact::Emitted(event)) => Some(event),
                    _ => None,
                })
                .collect();
            run
        })
    }

    fn gas_required(&self, origin: types::AccountId, calls: &[ContractCall]) -> Vec<Weight> {
        undone(|| calls.iter().map(|call| self.run(origin, call).gas_required).collect())
    }

    fn instantiate_gas(&self, origin: types::AccountId, constructor: &Constructor<'_>) -> Weight {
        undone(|| {
            let run = Contracts::bare_instantiate(
                AccountId::from(origin),
                narrow(constructor.value),
                to_weight(self.max_block_weight()),
                None,
                Code::Existing(H256(constructor.code_hash)),
                constructor.data.to_vec(),
                constructor.salt.to_vec(),
                DebugInfo::Skip,
                CollectEvents::Skip,
            );
            from_weight(run.gas_required)
        })
    }
}

impl Api {
    /// Runs a call for good; the result has no events.
    fn run(&self, origin: types::AccountId, call: &ContractCall) -> DryRun {
        let limit = match call.gas {
            GasLimit::Estimate => self.max_block_weight(),
            GasLimit::Fixed(limit) => limit,
        };
        let run = Contracts::bare_call(
            AccountId::from(origin),
            AccountId::from(call.dest),
            narrow(call.value),
            to_weight(limit),
            call.storage_deposit_limit.map(narrow),
            call.data.clone(),
            DebugInfo::Skip,
            CollectEvents::Skip,
            Determinism::Enforced,
        );
        DryRun {
            result: run
                .result
                .map(|output| Output { reverted: output.did_revert(), data: output.data })
                .map_err(|error| typed(&error)),
            gas_consumed: from_weight(run.gas_consumed),
            gas_required: from_weight(run.gas_required),
            storage_deposit: match run.storage_deposit {
                StorageDeposit::Charge(planck) => signed(wide(planck)),
                StorageDeposit::Refund(planck) => signed(wide(planck)).saturating_neg(),
            },
            events: Vec::new(),
        }
    }
}

/// Runs `f` and takes back everything it did to the state.
fn undone<T>(f: impl FnOnce() -> T) -> T {
    with_transaction_unchecked(|| TransactionOutcome::Rollback(f()))
}

/// An extrinsic of its SCALE bytes. Calls in calls go no deeper than in a node, or the stack would not
/// bear it.
fn decode(mut bytes: &[u8]) -> Result<UncheckedExtrinsic, Rejection> {
    UncheckedExtrinsic::decode_all_with_depth_limit(sp_api::MAX_EXTRINSIC_DEPTH, &mut bytes)
        .map_err(|why| Rejection::Other(format!("malformed extrinsic: {why}")))
}

/// A dispatch error with the names of its pallet and of itself.
fn typed(error: &sp_runtime::DispatchError) -> DispatchError {
    facts::dispatch_error(error, module_error)
}

/// Names of a pallet and of its error.
fn module_error(error: &ModuleError) -> Option<(String, String)> {
    let bytes = (error.index, error.error).encode();
    let decoded = RuntimeError::decode(&mut bytes.as_slice()).ok()?;
    // Its `Debug` reads `RuntimeError::Pallet(Error)`.
    let text = format!("{decoded:?}");
    let (pallet, rest) = text.strip_prefix("RuntimeError::")?.split_once('(')?;
    Some((pallet.into(), rest.strip_suffix(')')?.into()))
}

fn fact(record: Record) -> Option<Fact> {
    use pallet_contracts::Event as Contract;
    match record.event {
        RuntimeEvent::System(frame_system::Event::ExtrinsicSuccess { dispatch_info }) => {
            Some(Fact::Success { weight: from_weight(dispatch_info.weight) })
        }
        RuntimeEvent::System(frame_system::Event::ExtrinsicFailed {
            dispatch_error,
            dispatch_info,
        }) => Some(Fact::Failed {
            weight: from_weight(dispatch_info.weight),
            error: typed(&dispatch_error),
        }),
        RuntimeEvent::TransactionPayment(
            pallet_transaction_payment::Event::TransactionFeePaid { actual_fee, .. },
        ) => Some(Fact::Fee { planck: wide(actual_fee) }),
        RuntimeEvent::Sudo(pallet_sudo::Event::Sudid { sudo_result }) => {
            Some(Fact::Sudo { error: sudo_result.err().map(|error| typed(&error)) })
        }
        RuntimeEvent::Contracts(event) => match event {
            Contract::StorageDepositTransferredAndHeld { amount, .. } => {
                Some(Fact::DepositHeld { planck: wide(amount) })
            }
            Contract::StorageDepositTransferredAndReleased { amount, .. } => {
                Some(Fact::DepositReleased { planck: wide(amount) })
            }
            Contract::Instantiated { contract, .. } => {
                Some(Fact::Instantiated { contract: contract.into() })
            }
            Contract::ContractEmitted { contract, data } => Some(Fact::Emitted(ContractEvent {
                contract: contract.into(),
                topics: record.topics.into_iter().map(|topic| topic.0).collect(),
                data,
            })),
            _ => None,
        },
        _ => None,
    }
}
