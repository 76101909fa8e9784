//! The embedded chain, both profiles.

mod common;

use breakwater_chain::{
    Chain, ChainError, ContractCall, DispatchError, GasLimit, Rejection, Signer, Transaction,
    Weight, MAX_CALL_GAS,
};
use breakwater_embedded::{EmbeddedChain, Profile, DEFAULT_GENESIS_MS, ENDOWMENT};
use common::*;

fn chain(profile: Profile) -> EmbeddedChain {
    EmbeddedChain::new(profile).expect("a chain")
}

fn with_probe(profile: Profile) -> (EmbeddedChain, [u8; 32]) {
    let mut chain = chain(profile);
    let contract = deploy(&mut chain, b"");
    (chain, contract)
}

#[test]
fn a_fresh_chain_has_a_time_and_funded_accounts() {
    let mut chain = EmbeddedChain::with_genesis_time(Profile::Node, 1_000).unwrap();
    assert_eq!(chain.now_ms().unwrap(), 1_000);
    assert_eq!(chain.block_number().unwrap(), 0);
    for uri in ["//Alice", "//Ferdie", "//Bob//stash"] {
        let account = Signer::from_uri(uri).unwrap().account();
        assert_eq!(chain.balance(account).unwrap(), ENDOWMENT, "{uri}");
    }
    assert_eq!(chain.balance([1; 32]).unwrap(), 0);
    assert_eq!(chain.contract_code_hash([1; 32]).unwrap(), None);
}

#[test]
fn calls_store_and_read() {
    let (mut chain, contract) = with_probe(Profile::Node);
    let dry = chain.dry_run(alice().account(), &load(contract)).unwrap();
    assert!(dry.result.unwrap().reverted);

    let receipt = chain.submit(Transaction::new(&bob(), store(contract, b"hello"))).unwrap();
    assert_eq!(receipt.result, Ok(()));
    assert!(receipt.storage_deposit > 0 && receipt.fee > 0 && receipt.weight.ref_time > 0);

    let dry = chain.dry_run(alice().account(), &load(contract)).unwrap();
    let output = dry.result.unwrap();
    assert!(!output.reverted);
    assert_eq!(output.data, b"hello");
    assert!(dry.gas_required.ref_time >= dry.gas_consumed.ref_time);

    // A shorter value gives the difference back.
    let receipt = chain.submit(Transaction::new(&bob(), store(contract, b"h"))).unwrap();
    assert!(receipt.storage_deposit < 0, "{receipt:?}");
}

#[test]
fn failures_are_named() {
    let (mut chain, contract) = with_probe(Profile::Node);
    let mut failure = |call: ContractCall| {
        let receipt = chain.submit(Transaction::new(&bob(), call)).unwrap();
        assert!(receipt.events.is_empty());
        receipt.result.unwrap_err().to_string()
    };
    assert_eq!(failure(op(contract, 1)), "Contracts::ContractReverted");
    assert_eq!(failure(op(contract, 2)), "Contracts::ContractTrapped");
    assert_eq!(failure(op(contract, 200)), "Contracts::ContractReverted");
    let tight = Weight { ref_time: 1_000_000, proof_size: 1_000_000 };
    assert_eq!(failure(op(contract, 0).with_gas(tight)), "Contracts::OutOfGas");
    assert_eq!(failure(op([3; 32], 0)), "Contracts::ContractNotFound");
    let rich = ContractCall { value: 2 * ENDOWMENT, ..op(contract, 0) };
    assert_eq!(failure(rich), "Contracts::TransferFailed");
    let free = ContractCall { storage_deposit_limit: Some(0), ..store(contract, b"x") };
    assert_eq!(failure(free), "Contracts::StorageDepositLimitExhausted");
}

#[test]
fn dry_runs_report_failures_and_change_nothing() {
    let (mut chain, contract) = with_probe(Profile::Node);
    let (number, now) = (chain.block_number().unwrap(), chain.now_ms().unwrap());
    let alice_before = chain.balance(alice().account()).unwrap();
    let mut dry = |call: &ContractCall| chain.dry_run(alice().account(), call).unwrap();

    let unknown = dry(&op(contract, 200)).result.unwrap();
    assert!(unknown.reverted);
    assert_eq!(unknown.data, [1, 1]);
    assert_eq!(dry(&op(contract, 2)).result, Err(DispatchError::ContractTrapped));
    assert_eq!(dry(&op([3; 32], 0)).result, Err(DispatchError::ContractNotFound));
    let stored = dry(&store(contract, b"gone"));
    assert_eq!(stored.result.map(|output| output.reverted), Ok(false));
    assert!(stored.storage_deposit > 0);
    assert!(dry(&load(contract)).result.unwrap().reverted);

    assert_eq!(chain.block_number().unwrap(), number);
    assert_eq!(chain.now_ms().unwrap(), now);
    assert_eq!(chain.balance(alice().account()).unwrap(), alice_before);
}

#[test]
fn events_belong_to_their_extrinsic() {
    let (mut chain, contract) = with_probe(Profile::Node);
    let one = Transaction::new(&alice(), emit(contract, b"one"));
    let two = Transaction::batch(&bob(), vec![emit(contract, b"two"), emit(contract, b"three")]);
    let receipts = chain.submit_all(&[one, two]).unwrap();
    assert_eq!(receipts[0].block_number, receipts[1].block_number);
    assert_eq!(receipts[0].events.len(), 1);
    assert_eq!(receipts[0].events[0].contract, contract);
    assert_eq!(receipts[0].events[0].topics, [TOPIC]);
    assert_eq!(receipts[0].events[0].data, b"one");
    let data: Vec<_> = receipts[1].events.iter().map(|event| event.data.as_slice()).collect();
    assert_eq!(data, [b"two".as_slice(), b"three"]);
    // The newest block has events; a dry run reports its own only.
    let dry = chain.dry_run(alice().account(), &emit(contract, b"dry")).unwrap();
    assert_eq!(dry.events.len(), 1);
    assert_eq!(dry.events[0].data, b"dry");
}

#[test]
fn a_batch_is_all_or_nothing() {
    let (mut chain, contract) = with_probe(Profile::Node);
    let calls = vec![store(contract, b"x"), emit(contract, b"y"), op(contract, 1)];
    let receipt = chain.submit(Transaction::batch(&bob(), calls)).unwrap();
    assert_eq!(receipt.result, Err(DispatchError::ContractReverted));
    assert!(receipt.events.is_empty() && receipt.storage_deposit == 0 && receipt.fee > 0);
    assert!(chain.dry_run(bob().account(), &load(contract)).unwrap().result.unwrap().reverted);
}

#[test]
fn estimates_in_a_block_see_what_came_before() {
    let (mut chain, contract) = with_probe(Profile::Node);
    // Reading works only after the write, in a batch as well as across transactions.
    let batch = vec![store(contract, b"x"), load(contract)];
    assert_eq!(chain.submit(Transaction::batch(&bob(), batch)).unwrap().result, Ok(()));
    let other = deploy(&mut chain, b"other");
    let write = Transaction::new(&alice(), store(other, b"x"));
    let read = Transaction::new(&bob(), load(other));
    let receipts = chain.submit_all(&[write, read]).unwrap();
    assert!(receipts.iter().all(|receipt| receipt.result.is_ok()), "{receipts:?}");
}

#[test]
fn an_endless_loop_gets_the_most_gas_a_call_can_have() {
    let (mut chain, contract) = with_probe(Profile::Node);
    let receipt = chain.submit(Transaction::new(&bob(), op(contract, 3))).unwrap();
    assert_eq!(receipt.result, Err(DispatchError::OutOfGas));
    assert!(receipt.weight.ref_time >= MAX_CALL_GAS.ref_time);
    assert!(receipt.weight.ref_time < chain.max_block_weight().ref_time);
    assert!(chain.block_weight_used().ref_time >= receipt.weight.ref_time);
}

#[test]
fn what_does_not_fit_goes_to_the_next_block() {
    let (mut chain, contract) = with_probe(Profile::Node);
    let most = |signer: &Signer| Transaction::new(signer, op(contract, 3).with_gas(MAX_CALL_GAS));
    let small = Transaction::new(&alice(), op(contract, 0));
    let time = chain.now_ms().unwrap() + 1_000;
    let receipts = chain.submit_all_at(time, &[most(&alice()), most(&bob()), small]).unwrap();
    assert_eq!(receipts[0].time_ms, time, "{receipts:?}");
    assert_eq!(receipts[1].block_number, receipts[0].block_number + 1, "{receipts:?}");
    assert_eq!(receipts[1].time_ms, time + Profile::Node.block_time_ms());
    assert_eq!(receipts[2].result, Ok(()));
}

#[test]
fn time_moves_by_blocks_and_by_travelling() {
    let (mut chain, contract) = with_probe(Profile::Node);
    let now = chain.now_ms().unwrap();
    assert_eq!(now, DEFAULT_GENESIS_MS + 2 * 6_000);
    let receipt = chain.submit(Transaction::new(&bob(), op(contract, 0))).unwrap();
    assert_eq!(receipt.time_ms, now + 6_000);

    let later = now + 86_400_000;
    chain.travel_to_ms(later).unwrap();
    assert_eq!(chain.now_ms().unwrap(), later);
    let seen = chain.dry_run(bob().account(), &op(contract, 8)).unwrap().result.unwrap();
    assert_eq!(seen.data, later.to_le_bytes());
    for past in [later, later + 4, 0] {
        assert!(matches!(chain.travel_to_ms(past), Err(ChainError::TimeTravel(_))), "{past}");
    }
    chain.travel_to_ms(later + 5).unwrap();
}

#[test]
fn snapshots_bring_back_everything() {
    let (mut chain, contract) = with_probe(Profile::Node);
    chain.submit(Transaction::new(&bob(), store(contract, b"old"))).unwrap();
    let snapshot = chain.snapshot();
    let (number, now) = (chain.block_number().unwrap(), chain.now_ms().unwrap());
    let change = Transaction::new(&bob(), store(contract, b"new value"));
    let first = chain.submit(change.clone()).unwrap();
    chain.restore(&snapshot).unwrap();
    assert_eq!((chain.block_number().unwrap(), chain.now_ms().unwrap()), (number, now));
    let seen = chain.dry_run(bob().account(), &load(contract)).unwrap().result.unwrap();
    assert_eq!(seen.data, b"old");
    // The same transaction on the same state gives the same receipt.
    assert_eq!(chain.submit(change).unwrap(), first);
    assert!(EmbeddedChain::new(Profile::Strict).unwrap().restore(&snapshot).is_err());
}

#[test]
fn two_chains_are_the_same_chain() {
    let run = || scenario(&mut chain(Profile::Node));
    assert_eq!(run(), run());
}

#[test]
fn call_depth_is_limited_by_the_profile() {
    for (profile, depth) in [(Profile::Node, 24), (Profile::Strict, 6)] {
        assert_eq!(profile.max_call_depth(), depth);
        let (mut chain, contract) = with_probe(profile);
        let deepest = u8::try_from(depth - 1).unwrap();
        let dry = chain.dry_run(bob().account(), &nest(contract, deepest)).unwrap();
        assert!(dry.result.is_ok(), "{profile:?}");
        let frames = chain.last_frames();
        assert_eq!((frames.total, frames.max_depth), (depth as u32, depth as u32));
        let dry = chain.dry_run(bob().account(), &nest(contract, deepest + 1)).unwrap();
        assert!(dry.result.is_err(), "{profile:?}");
        assert_eq!(chain.last_frames().max_depth, depth as u32);
    }
}

#[test]
fn code_size_is_limited_by_the_profile() {
    let size = |profile: Profile| usize::try_from(profile.max_code_len()).unwrap();
    let (small, large) = (probe_of_size(100 * 1024), probe_of_size(150 * 1024));
    assert!(small.len() < size(Profile::Strict) && large.len() > size(Profile::Strict));
    chain(Profile::Strict).upload(&alice(), &small).unwrap();
    chain(Profile::Node).upload(&alice(), &large).unwrap();
    let error = chain(Profile::Strict).upload(&alice(), &large).unwrap_err();
    assert!(error.to_string().contains("Contracts::CodeTooLarge"), "{error}");
}

#[test]
fn deploying_reports_what_went_wrong() {
    let mut chain = chain(Profile::Node);
    let hash = chain.upload(&alice(), &probe()).unwrap();
    let number = chain.block_number().unwrap();
    assert_eq!(chain.upload(&bob(), &probe()).unwrap(), hash, "a second time is no error");
    assert_eq!(chain.block_number().unwrap(), number);

    let mut deploy = |code, data: &[u8]| {
        chain.instantiate(&alice(), code, 0, data.to_vec(), vec![]).map_err(|e| e.to_string())
    };
    assert_eq!(deploy(hash, &[1]).unwrap_err(), "Contracts::ContractReverted");
    assert_eq!(deploy([0; 32], &[]).unwrap_err(), "Contracts::CodeNotFound");
    deploy(hash, &[]).unwrap();
    assert_eq!(deploy(hash, &[]).unwrap_err(), "Contracts::DuplicateContract");
    assert!(chain.upload(&alice(), b"not wasm").is_err());
}

#[test]
fn funding_reaches_many_accounts() {
    let mut chain = chain(Profile::Node);
    let accounts: Vec<[u8; 32]> = (0..1_200u32)
        .map(|n| {
            let mut account = [5; 32];
            account[..4].copy_from_slice(&n.to_le_bytes());
            account
        })
        .collect();
    chain.fund(&alice(), &accounts, UNIT).unwrap();
    assert!(accounts.iter().all(|account| chain.balance(*account).unwrap() == UNIT));
    let error = chain.fund(&alice(), &accounts[..1], 2 * ENDOWMENT).unwrap_err();
    assert!(matches!(error, ChainError::Dispatch(_)), "{error}");
}

#[test]
fn an_account_without_funds_cannot_pay() {
    let (mut chain, contract) = with_probe(Profile::Node);
    let nobody = Signer::from_uri("//Nobody").unwrap();
    let number = chain.block_number().unwrap();
    let call = ContractCall { gas: GasLimit::Fixed(MAX_CALL_GAS), ..op(contract, 0) };
    let error = chain.submit(Transaction::new(&nobody, call)).unwrap_err();
    assert!(matches!(error, ChainError::Rejected(Rejection::CannotPay)), "{error}");
    assert_eq!(chain.block_number().unwrap(), number, "the block was not made");
}

#[test]
fn a_chain_can_move_to_another_thread() {
    let mut chain = chain(Profile::Node);
    let number = std::thread::spawn(move || chain.block_number().unwrap()).join().unwrap();
    assert_eq!(number, 0);
}
