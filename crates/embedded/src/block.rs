//! Blocks: what one holds, and building it.

use sp_core::H256;

use breakwater_chain::{
    extrinsic::{Action, Birth, LIFETIME_BLOCKS},
    facts::{outcome, Fact, Outcome},
    padded, BlockId, ChainError, ContractCall, GasLimit, Hash, Rejection, Signer, Transaction,
    Weight,
};
use breakwater_runtime::{Refusal, RuntimeApi, Signature, Unsigned};

/// The newest block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub number: u32,
    pub hash: H256,
    pub time_ms: u64,
}

/// Something to be signed and put in a block.
pub(super) enum Job<'a> {
    Calls(&'a Transaction),
    Action(&'a Signer, Action),
    /// The bytes of an extrinsic, signed already.
    Signed(&'a [u8]),
}

/// A new block: its head, the outcome of each job that is in, and blake2-256 of each job's extrinsic.
pub(super) struct Built {
    pub head: Head,
    pub outcomes: Vec<Outcome>,
    pub hashes: Vec<Hash>,
}

/// Builds one block on `parent` at `time_ms` from as many of `jobs` as fit, in order.
///
/// Must run with externalities set. An extrinsic that is invalid fails the whole block.
pub(super) fn build(
    runtime: &dyn RuntimeApi,
    genesis: Hash,
    parent: Head,
    time_ms: u64,
    jobs: &[Job<'_>],
) -> Result<Built, ChainError> {
    let number = parent.number.saturating_add(1);
    runtime.initialize_block(number, parent.hash);
    runtime.set_time(time_ms)?;

    let mut hashes = Vec::new();
    for job in jobs {
        let extrinsic = extrinsic(runtime, genesis, parent, job);
        match runtime.apply(&extrinsic, Signature::Checked) {
            Ok(()) => hashes.push(sp_core::hashing::blake2_256(&extrinsic)),
            Err(Refusal::Full) if !hashes.is_empty() => break,
            Err(Refusal::Full) => return Err(Rejection::TooLarge.into()),
            Err(Refusal::Rejected(why)) => return Err(why.into()),
        }
    }

    let outcomes = outcomes(number, time_ms, hashes.len(), runtime.facts());
    let hash = sp_core::hashing::blake2_256(&runtime.finalize_block()).into();
    Ok(Built { head: Head { number, hash, time_ms }, outcomes, hashes })
}

/// Signs a job on the state at hand, which already includes the jobs before it in the block.
fn extrinsic(runtime: &dyn RuntimeApi, genesis: Hash, parent: Head, job: &Job<'_>) -> Vec<u8> {
    let parent = BlockId { number: parent.number.into(), hash: parent.hash.0 };
    // As a node's client signs.
    let birth = Some(Birth::of(parent, LIFETIME_BLOCKS));
    let sign = |signer: &Signer, action: &Action| {
        let nonce = runtime.nonce(signer.account());
        runtime.sign(signer, &Unsigned { action, nonce, tip: 0, birth, genesis })
    };
    match job {
        Job::Signed(bytes) => bytes.to_vec(),
        Job::Action(signer, action) => sign(signer, action),
        Job::Calls(transaction) => {
            let calls = with_limits(runtime, transaction);
            sign(&transaction.signer, &Action::Calls(calls))
        }
    }
}

/// What a transaction would pay at most in the next block.
pub(super) fn fee(
    runtime: &dyn RuntimeApi,
    genesis: Hash,
    parent: Head,
    transaction: &Transaction,
) -> Result<u128, ChainError> {
    runtime.fee(&extrinsic(runtime, genesis, parent, &Job::Calls(transaction)))
}

fn with_limits(runtime: &dyn RuntimeApi, transaction: &Transaction) -> Vec<(ContractCall, Weight)> {
    let calls = &transaction.calls;
    let estimated = if calls.iter().any(|call| call.gas == GasLimit::Estimate) {
        runtime.gas_required(transaction.signer.account(), calls)
    } else {
        Vec::new()
    };
    calls
        .iter()
        .enumerate()
        .map(|(index, call)| {
            let limit = match call.gas {
                GasLimit::Fixed(limit) => limit,
                GasLimit::Estimate => padded(estimated.get(index).copied().unwrap_or_default()),
            };
            (call.clone(), limit)
        })
        .collect()
}

/// Sorts the block's facts by extrinsic; extrinsic 0 is the timestamp inherent.
fn outcomes(number: u32, time_ms: u64, count: usize, facts: Vec<(u32, Fact)>) -> Vec<Outcome> {
    let mut sorted: Vec<Vec<Fact>> = (0..count).map(|_| Vec::new()).collect();
    facts.into_iter().for_each(|(index, fact)| {
        let slot = usize::try_from(index).ok().and_then(|index| index.checked_sub(1));
        if let Some(facts) = slot.and_then(|slot| sorted.get_mut(slot)) {
            facts.push(fact);
        }
    });
    sorted.into_iter().map(|facts| outcome(number.into(), time_ms, facts)).collect()
}
