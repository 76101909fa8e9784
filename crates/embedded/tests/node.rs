//! The node back end, and the proof that the embedded chain computes the same.
//!
//! Needs a node binary; without one the test says so and passes, unless `CI` is `true`.

mod common;

use std::io::Write;

use breakwater_chain::{
    node::{NodeChain, NodeProcess},
    Chain, ChainError, Rejection, Signer, Transaction,
};
use breakwater_embedded::{EmbeddedChain, Profile};
use common::*;

/// One test, so that all of it shares one node.
#[test]
fn the_node_back_end() {
    let node = match NodeProcess::start() {
        Ok(node) => node,
        Err(ChainError::NoNode(why)) => {
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "no node in CI: {why}");
            // Past the test harness, which would show nothing of a test that passes.
            let _ = writeln!(std::io::stderr(), "SKIPPED the_node_back_end: no node ({why})");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let mut chain = NodeChain::connect(node.url()).expect("the node answers");
    both_back_ends_compute_the_same(&mut chain);
    many_transactions_have_their_own_receipts(&mut chain);
    events_belong_to_their_extrinsic(&mut chain);
    time_travels(&mut chain);
    accounts_are_funded(&mut chain);
    refusals_are_errors(&mut chain);
    async_callers_are_told(&mut chain);
}

fn both_back_ends_compute_the_same(node: &mut NodeChain) {
    let mut embedded = EmbeddedChain::new(Profile::Node).expect("a chain");
    let (on_node, in_process) = (scenario(node), scenario(&mut embedded));
    for (index, (left, right)) in on_node.dry_runs.iter().zip(&in_process.dry_runs).enumerate() {
        assert_eq!(left.result, right.result, "dry run {index}");
        assert_eq!(left.gas_consumed, right.gas_consumed, "dry run {index}");
        assert_eq!(left.gas_required, right.gas_required, "dry run {index}");
        assert_eq!(left.storage_deposit, right.storage_deposit, "dry run {index}");
    }
    for (index, (left, right)) in on_node.receipts.iter().zip(&in_process.receipts).enumerate() {
        assert_eq!(left, right, "receipt {index}");
    }
    // Contract addresses too: same deployer, code, input and salt.
    assert_eq!(on_node, in_process);
}

fn many_transactions_have_their_own_receipts(chain: &mut NodeChain) {
    let contract = deploy(chain, b"many");
    let transactions: Vec<_> = (0..40u8)
        .map(|n| {
            let signer = if n % 2 == 0 { alice() } else { bob() };
            Transaction::new(&signer, emit(contract, &[n]))
        })
        .collect();
    let receipts = chain.submit_all(&transactions).expect("receipts");
    for (n, receipt) in receipts.iter().enumerate() {
        assert_eq!(receipt.result, Ok(()));
        assert_eq!(receipt.events.len(), 1);
        assert_eq!(usize::from(receipt.events[0].data[0]), n);
    }
    // The second needs the first, which a dry run cannot know.
    let write = Transaction::new(&alice(), store(contract, b"x"));
    let batch = Transaction::batch(&bob(), vec![load(contract), load(contract)]);
    let receipts = chain.submit_all(&[write, batch]).expect("receipts");
    assert!(receipts.iter().all(|receipt| receipt.result.is_ok()), "{receipts:?}");
}

fn events_belong_to_their_extrinsic(chain: &mut NodeChain) {
    let contract = deploy(chain, b"events");
    let calls = vec![emit(contract, b"one"), emit(contract, b"two")];
    let receipt = chain.submit(Transaction::batch(&bob(), calls)).expect("a receipt");
    assert_eq!(receipt.events.len(), 2);
    assert_eq!(receipt.events[0].contract, contract);
    assert_eq!(receipt.events[0].topics, [TOPIC]);
    assert_eq!(receipt.events[1].data, b"two");
    let dry = chain.dry_run(alice().account(), &emit(contract, b"dry")).expect("a dry run");
    assert_eq!(dry.events.len(), 1);
    assert_eq!(dry.events[0].data, b"dry");
}

fn time_travels(chain: &mut NodeChain) {
    let contract = deploy(chain, b"time");
    let target = chain.now_ms().expect("a time") + 86_400_000;
    chain.travel_to_ms(target).expect("travels");
    assert_eq!(chain.now_ms().expect("a time"), target);
    let seen = chain.dry_run(bob().account(), &op(contract, 8)).expect("a dry run");
    assert_eq!(seen.result.expect("output").data, target.to_le_bytes());
    let receipt = chain.submit(Transaction::new(&bob(), op(contract, 0))).expect("a receipt");
    assert_eq!(receipt.time_ms, target + 5);
    assert_eq!(chain.now_ms().expect("a time"), target + 5);
    assert!(matches!(chain.travel_to_ms(target), Err(ChainError::TimeTravel(_))));
}

fn accounts_are_funded(chain: &mut NodeChain) {
    let accounts: Vec<[u8; 32]> = (1..=20u8).map(|n| [n; 32]).collect();
    chain.fund(&alice(), &accounts, UNIT).expect("funds");
    for account in accounts {
        assert_eq!(chain.balance(account).expect("a balance"), UNIT);
    }
    assert_eq!(chain.balance([99; 32]).expect("a balance"), 0);
    assert_eq!(chain.contract_code_hash([99; 32]).expect("an answer"), None);
    let error = chain.fund(&alice(), &[[98; 32]], u128::MAX / 2).expect_err("too much");
    assert!(matches!(error, ChainError::Dispatch(_)), "{error}");
}

fn refusals_are_errors(chain: &mut NodeChain) {
    let contract = deploy(chain, b"refusals");
    let nobody = Signer::from_uri("//Nobody").expect("a key");
    let error = chain.submit(Transaction::new(&nobody, op(contract, 0))).expect_err("no funds");
    assert!(matches!(error, ChainError::Rejected(Rejection::CannotPay)), "{error}");
    let hash = chain.upload(&bob(), &probe()).expect("a second time is no error");
    let error = chain.instantiate(&alice(), hash, 0, vec![1], vec![]).expect_err("reverts");
    assert_eq!(error.to_string(), "Contracts::ContractReverted");
}

fn async_callers_are_told(chain: &mut NodeChain) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let error = runtime.block_on(async { chain.now_ms() }).expect_err("refused");
    assert!(error.to_string().contains("async"), "{error}");
}

#[test]
fn nobody_listening_is_a_connection_error() {
    let error = NodeChain::connect("ws://127.0.0.1:1").err().expect("refused");
    assert!(matches!(error, ChainError::Connect(_)), "{error}");
    assert!(!error.to_string().contains('\n'));
}
